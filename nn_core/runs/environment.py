"""`environment.json`: with what a run was trained, once for each process that started or resumed it.

It has no paths and no name of the machine or of a user, because runs are shared.
"""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nn_core.atomic_io import replace_json
from nn_core.runs.folder import RunFolder

__all__ = ["Environment", "Environments", "clean_environments", "read_environments", "record_environment"]

_MAX_ENVIRONMENTS = 100
_Text = Annotated[str, Field(max_length=200)]
_Count = Annotated[int, Field(ge=0, le=10**12)]


class Environment(BaseModel):
    """What one process trained with.

    Attributes:
        started_at: ISO 8601, in UTC.
        step: The run's completed steps when the process started; 0 for the first one.
        nn_lab, python, torch: Versions.
        system: The operating system and the processor's architecture.
        device: The model of the GPU, or "CPU".
        cores: How many the process could use.
        threads: How many torch used.
        processes: How many on its machine shared the run.
        commit: Of the checkout that the code is in; "" for an installed package.
        is_changed: Whether files of the checkout differed from that commit.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    started_at: _Text
    step: _Count = 0
    nn_lab: _Text
    python: _Text
    torch: _Text
    system: _Text
    device: _Text
    cores: _Count
    threads: _Count
    processes: _Count = 1
    commit: _Text = ""
    is_changed: bool = False


class Environments(BaseModel):
    """The file. environments: the oldest first; of more than a hundred, the first and the latest."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: int = 1
    environments: list[Environment] = Field(default=[], max_length=_MAX_ENVIRONMENTS)


def read_environments(run: RunFolder) -> list[Environment]:
    """Return what the run's processes trained with, the first one first; nothing without the file or if it is damaged."""
    try:
        return run.read_cached(run.environment_file, _read).environments
    except (OSError, ValidationError):
        return []


def _read(file: Path) -> Environments:
    return Environments.model_validate_json(file.read_bytes())


def clean_environments(run: RunFolder) -> bool:
    """Write an imported file again with what is known of it only, or delete a damaged one. Returns whether it was sound.

    Raises:
        OSError: The file cannot be read, replaced or deleted.
    """
    try:
        sound = _read(run.environment_file)
    except ValidationError:
        run.environment_file.unlink()
        return False
    replace_json(run.environment_file, sound.model_dump())
    return True


def record_environment(run: RunFolder, environment: Environment) -> None:
    """Add what the present process trains with. Raises OSError."""
    earlier = read_environments(run)
    kept = [*earlier[:1], *earlier[1:][2 - _MAX_ENVIRONMENTS :], environment]
    replace_json(run.environment_file, Environments(environments=kept).model_dump(), durable=False)

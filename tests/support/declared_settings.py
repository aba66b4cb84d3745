"""Settings as they are declared."""

from typing import Any

from nn_core.config import RunConfig
from nn_core.settings import get_alternatives

__all__ = ["declared"]


def declared(section: str, name: str, **changes: Any) -> Any:
    """The settings of that name as declared, with some changed."""
    settings = get_alternatives(RunConfig.model_fields[section])[name]
    return settings.model_validate({**settings().model_dump(), **changes})

"""Saves the training state into the run folder and restores it.

`last.state` alone decides where a run resumes, and is replaced atomically; the one before it stays as `previous.state`, in case the
disk returns other bits than were written. torch.load does not notice a flipped bit in a tensor, so the file carries a checksum: as the
comment of the ZIP archive that torch.save writes, which older versions of NN Lab and torch ignore. The two weight files are published
from it for other programs; any script can load them with safetensors.
"""

import hashlib
import io
import pickle
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor

from nn_core.atomic_io import replace_bytes, sync_to_disk
from nn_core.errors import DamagedRun
from nn_core.i18n import _
from nn_core.runs import RunFolder
from nn_core.runs.weights import is_damaged, pack_weights
from nn_core.training.state import TrainState
from nn_core.training.state_schema import CheckpointState

__all__ = [
    "append_checksum",
    "has_valid_checksum",
    "load_state",
    "remove_temp_files",
    "repair_checkpoint",
    "restore_session",
    "save_checkpoint",
]

_END, _END_BYTES = b"PK\x05\x06", 22  # the last record of an archive; its last two bytes are the comment's length
_MARK = b"nn_lab sha256:"
_DIGEST_BYTES = 32
_BLOCK_BYTES = 1 << 20


def append_checksum(packed: io.BytesIO) -> None:
    """Append the checksum to what torch.save has just written."""
    end = packed.seek(0, io.SEEK_END) - _END_BYTES
    assert packed.getbuffer()[end : end + 4] == _END, "torch.save writes no comment of its own"
    packed.seek(-2, io.SEEK_END)
    packed.write((len(_MARK) + _DIGEST_BYTES).to_bytes(2, "little") + _MARK)
    packed.write(hashlib.sha256(packed.getbuffer()).digest())


def has_valid_checksum(file: Path) -> bool:
    """Whether the checksum is that of the file. One without any is believed: older versions wrote none. Raises OSError."""
    with file.open("rb") as stream:
        size = stream.seek(0, io.SEEK_END)
        if _from(stream, size - _END_BYTES).startswith(_END) and _from(stream, size - 2) == b"\0\0":
            return True
        tail = _from(stream, size - len(_MARK) - _DIGEST_BYTES)
        if not tail.startswith(_MARK):
            return False
        digest = hashlib.sha256()
        left = size - _DIGEST_BYTES
        stream.seek(0)
        while left and (block := stream.read(min(left, _BLOCK_BYTES))):
            digest.update(block)
            left -= len(block)
    return digest.digest() == tail[len(_MARK) :]


def _from(stream: BinaryIO, place: int) -> bytes:
    """The rest of the file."""
    stream.seek(max(0, place))
    return stream.read()


def save_checkpoint(run: RunFolder, session: TrainState, *, metrics_size: int, elapsed_seconds: float) -> None:
    """Raises OSError when the disk does not take it (what was saved before stays), Diverged when the weights are broken.

    metrics_size: bytes in metrics.jsonl that belong to this state.
    """
    state = CheckpointState.of({**session.state(), "metrics_size": metrics_size, "elapsed_seconds": elapsed_seconds})
    # By way of memory: torch.save turns a full disk into an error that does not say so.
    packed = io.BytesIO()
    torch.save(state.as_dict(), packed)
    append_checksum(packed)
    sync_to_disk(run.metrics_file)
    replace_bytes(run.state_file, packed.getbuffer(), keep_old_as=run.previous_state)
    for file, content in _published(run, session, state.average or state.model):
        replace_bytes(file, content)


def load_state(run: RunFolder) -> dict[str, Any] | None:
    """What the last checkpoint holds, with `metrics_size` and `elapsed_seconds`, or the one before it where that is damaged,
    and `recovered`, whether it is that one; None before the first. Raises DamagedRun where neither can be read."""
    files = [file for file in (run.state_file, run.previous_state) if file.exists()]
    for file in files:
        try:
            return {**_read(file), "recovered": file == run.previous_state}
        except _DAMAGE as error:
            if "allocate memory" in str(error):
                raise
            if file == files[-1]:
                raise _damaged(run, files) from error
    return None


def restore_session(run: RunFolder, session: TrainState, state: dict[str, Any]) -> None:
    """`session.restore`. Raises DamagedRun for a state that does not fit the run's config."""
    with _damage_in_words(run):
        session.restore(state)


def repair_checkpoint(run: RunFolder, session: TrainState, state: dict[str, Any]) -> str:
    """After `restore_session`, by the process that saves from now on: put aside what is damaged, and write the weight files
    anew where they are not those of the state. A sentence on that for the user, or ''. Raises OSError."""
    sentence = ""
    if state["recovered"]:
        what = _("was missing")
        if run.state_file.exists():
            run.state_file.replace(run.damaged_state)  # it must not become the previous one when the run is saved next
            sync_to_disk(run.path)
            what = _("was damaged and lies aside as {aside}; check the disk").format(aside=run.damaged_state.name)
        sentence = _("{last} {what}. The run went on from the checkpoint before it, of step {step}.").format(
            last=run.state_file.name, what=what, step=session.step
        )
    published = list(_published(run, session, session.weights()))
    damaged = [file.name for file, _content in published if is_damaged(file)]
    for file, content in published:
        if state["recovered"] or file.name in damaged:
            replace_bytes(file, content)
    if damaged:
        mended = _("{files} was damaged and has been written again from {state}.").format(
            files=" and ".join(damaged), state=run.state_file.name
        )
        sentence = f"{sentence} {mended}".strip()
    return sentence


def remove_temp_files(run: RunFolder) -> None:
    """Delete what a process that was killed while it saved left half written. For whoever holds the run's lock."""
    asked = (f".{run.control_file.name}.", f".{run.turn_file.name}.")  # others write these, at this very moment perhaps
    for leftover in run.path.glob(".*.tmp"):
        if not leftover.name.startswith(asked):
            leftover.unlink(missing_ok=True)


_DAMAGE = (
    OSError,
    EOFError,
    RuntimeError,
    LookupError,
    AttributeError,
    TypeError,
    ValueError,
    pickle.UnpicklingError,
    zipfile.BadZipFile,
)


@contextmanager
def _damage_in_words(run: RunFolder) -> Iterator[None]:
    try:
        yield
    except torch.OutOfMemoryError:
        raise
    except _DAMAGE as error:
        raise _damaged(run, [run.state_file]) from error


def _damaged(run: RunFolder, files: Sequence[Path]) -> DamagedRun:
    remedy = _("Start a new run with its config.json.")
    if run.best_weights.exists():
        remedy = _(
            "Its trained weights in {best} still serve; to train them further, start a new run with training.start_from = '{run}'."
        ).format(best=run.best_weights.name, run=run.name)
    return DamagedRun(
        _("Run '{run}' cannot go on, for what it would go on from is damaged: {files}. {remedy}").format(
            run=run.name, files=", ".join(file.name for file in files), remedy=remedy
        )
    )


def _read(file: Path) -> dict[str, Any]:
    if not has_valid_checksum(file):
        raise ValueError("the checksum is wrong")
    return CheckpointState.of(torch.load(file, map_location="cpu", weights_only=True)).as_dict()


def _published(run: RunFolder, session: TrainState, last: dict[str, Tensor]) -> Iterator[tuple[Path, bytearray]]:
    """The weight files that belong to what the session is now. last: a copy of the judged network's weights."""
    about: dict[str, Any] = {"model": session.config.model.name, "data": session.config.data.name}
    yield run.last_weights, pack_weights(last, {**about, "step": session.step})
    if best := session.best:
        told = {"step": best.step, "epoch": best.epoch, "validation": best.model_dump(include={"accuracy", "loss"})}
        yield run.best_weights, pack_weights(session.best_weights, {**about, **told})

"""Saves the training state into the run folder and restores it.

`last.state` alone decides where a run resumes. It is replaced atomically; the checkpoint before it stays as `previous.state`, in case
the disk returns other bits than were written. torch.load does not notice a flipped bit in a tensor, so the file carries a checksum: as
the comment of the ZIP archive that torch.save writes, which older versions of NN Lab and torch ignore. The two weight files are written
from the same state for other programs; any script can load them with safetensors.
"""

import hashlib
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from pickle import UnpicklingError
from typing import BinaryIO
from zipfile import BadZipFile

import torch
from torch import Tensor

from nn_core.atomic_io import replace_bytes, sync_to_disk
from nn_core.errors import DamagedRun
from nn_core.i18n import _
from nn_core.runs import RunFolder
from nn_core.runs.weights import is_damaged, pack_weights
from nn_core.training.state import TrainState
from nn_core.training.state_schema import Checkpoint, LoadedCheckpoint

__all__ = [
    "append_checksum",
    "has_valid_checksum",
    "load_checkpoint",
    "remove_temp_files",
    "repair_checkpoint",
    "restore_checkpoint",
    "save_checkpoint",
]

_END, _END_BYTES = b"PK\x05\x06", 22  # the last record of an archive; its last two bytes are the comment's length
_MARK = b"nn_lab sha256:"
_DIGEST_BYTES = 32
_BLOCK_BYTES = 1 << 20


def append_checksum(packed: io.BytesIO) -> None:
    """Append the checksum to the archive that torch.save has just written."""
    end = packed.seek(0, io.SEEK_END) - _END_BYTES
    assert packed.getbuffer()[end : end + 4] == _END, "torch.save writes no comment of its own"
    packed.seek(-2, io.SEEK_END)
    packed.write((len(_MARK) + _DIGEST_BYTES).to_bytes(2, "little") + _MARK)
    packed.write(hashlib.sha256(packed.getbuffer()).digest())


def has_valid_checksum(file: Path) -> bool:
    """Whether the checksum matches the file. A file of an older version has none and is accepted. Raises OSError."""
    with file.open("rb") as stream:
        size = stream.seek(0, io.SEEK_END)
        if _read_from(stream, size - _END_BYTES).startswith(_END) and _read_from(stream, size - 2) == b"\0\0":
            return True
        tail = _read_from(stream, size - len(_MARK) - _DIGEST_BYTES)
        if not tail.startswith(_MARK):
            return False
        digest = hashlib.sha256()
        left = size - _DIGEST_BYTES
        stream.seek(0)
        while left and (block := stream.read(min(left, _BLOCK_BYTES))):
            digest.update(block)
            left -= len(block)
    return digest.digest() == tail[len(_MARK) :]


def _read_from(stream: BinaryIO, position: int) -> bytes:
    stream.seek(max(0, position))
    return stream.read()


def save_checkpoint(run: RunFolder, state: TrainState, *, metrics_size: int, elapsed_seconds: float) -> None:
    """Write `last.state` and the two weight files.

    Args:
        metrics_size: Bytes of metrics.jsonl that belong to this state.

    Raises:
        OSError: The disk is full or read-only; the checkpoint before stays intact.
        Diverged: The weights are not finite.
    """
    checkpoint = Checkpoint.from_dict(
        {**dict(state.capture()), "metrics_size": metrics_size, "elapsed_seconds": elapsed_seconds}
    )
    # Through memory, because torch.save hides the reason when the disk is full.
    packed = io.BytesIO()
    torch.save(checkpoint.as_dict(), packed)
    append_checksum(packed)
    sync_to_disk(run.metrics_file)
    replace_bytes(run.state_file, packed.getbuffer(), keep_old_as=run.previous_state)
    for file, content in _pack_weight_files(run, state, checkpoint.average or checkpoint.model):
        replace_bytes(file, content)


def load_checkpoint(run: RunFolder) -> LoadedCheckpoint | None:
    """Read the last checkpoint, or the one before it where the last one is damaged; None before the first.

    Raises:
        DamagedRun: Neither can be read.
    """
    files = [file for file in (run.state_file, run.previous_state) if file.exists()]
    for file in files:
        try:
            if not has_valid_checksum(file):
                raise ValueError("the checksum is wrong")
            content = torch.load(file, map_location="cpu", weights_only=True)
            return LoadedCheckpoint.from_dict({**content, "is_previous": file == run.previous_state})
        except _DAMAGE as error:
            if "allocate memory" in str(error):
                raise
            if file == files[-1]:
                raise _build_damaged_error(run, files) from error
    return None


def restore_checkpoint(run: RunFolder, state: TrainState, checkpoint: Checkpoint) -> None:
    """Restore the state. Raises DamagedRun for a checkpoint that does not fit the run's config."""
    try:
        state.restore(checkpoint)
    except torch.OutOfMemoryError:
        raise
    except _DAMAGE as error:
        raise _build_damaged_error(run, [run.state_file]) from error


def repair_checkpoint(run: RunFolder, state: TrainState, checkpoint: LoadedCheckpoint) -> str:
    """Move a damaged checkpoint aside and rewrite damaged weight files, after `restore_checkpoint`.

    Only the process that saves the run from now on may call this.

    Returns:
        A message for the user, or "" if nothing was damaged.

    Raises:
        OSError: The disk is full or read-only.
    """
    messages = []
    if checkpoint.is_previous:
        damage = _("was missing")
        if run.state_file.exists():
            # Otherwise the next save would keep the damaged file as the previous checkpoint.
            run.state_file.replace(run.damaged_state)
            sync_to_disk(run.path)
            damage = _("was damaged and was moved to {aside}; check the disk").format(aside=run.damaged_state.name)
        messages.append(
            _("{last} {damage}. The run continues from the checkpoint before it, of step {step}.").format(
                last=run.state_file.name, damage=damage, step=state.step
            )
        )
    weight_files = list(_pack_weight_files(run, state, state.copy_weights()))
    damaged = [file.name for file, _content in weight_files if is_damaged(file)]
    for file, content in weight_files:
        if checkpoint.is_previous or file.name in damaged:
            replace_bytes(file, content)
    if damaged:
        messages.append(
            _("{files} was damaged and has been written again from {state}.").format(
                files=" and ".join(damaged), state=run.state_file.name
            )
        )
    return " ".join(messages)


def remove_temp_files(run: RunFolder) -> None:
    """Delete partly written files of a process that was killed while it saved. The caller holds the run's lock."""
    # Other processes write requests at any time.
    request_prefixes = tuple(f".{file.name}." for file in (run.control_file, run.turn_file, run.speed_file))
    for leftover in run.path.glob(".*.tmp"):
        if not leftover.name.startswith(request_prefixes):
            leftover.unlink(missing_ok=True)


_DAMAGE = (
    OSError,
    EOFError,
    RuntimeError,
    LookupError,
    AttributeError,
    TypeError,
    ValueError,
    UnpicklingError,
    BadZipFile,
)


def _build_damaged_error(run: RunFolder, files: Sequence[Path]) -> DamagedRun:
    remedy = _("Start a new run with its config.json.")
    if run.best_weights.exists():
        remedy = _(
            "Its trained weights in {best} can still be used; to train them further, start a new run with training.start_from = '{run}'."
        ).format(best=run.best_weights.name, run=run.name)
    return DamagedRun(
        _("Run '{run}' cannot be resumed, because its checkpoint is damaged: {files}. {remedy}").format(
            run=run.name, files=", ".join(file.name for file in files), remedy=remedy
        )
    )


def _pack_weight_files(run: RunFolder, state: TrainState, last: dict[str, Tensor]) -> Iterator[tuple[Path, bytearray]]:
    """Pack the weight files that belong to the state. last: a copy of the weights of `eval_model`."""
    metadata = {"model": state.config.model.name, "data": state.config.data.name}
    yield run.last_weights, pack_weights(last, {**metadata, "step": state.step})
    if best := state.best:
        result = {"step": best.step, "epoch": best.epoch, "validation": best.model_dump(include={"accuracy", "loss"})}
        yield run.best_weights, pack_weights(state.best_weights, {**metadata, **result})

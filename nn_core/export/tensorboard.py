"""Event files for TensorBoard: the curves, the figures and histograms of the layers, and the settings with the final results.

docs/export.md lists the tags. tensorboardX writes the events; TensorBoard itself is not needed.
"""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile

from nn_core.config.repeat import list_used_settings
from nn_core.errors import BadInput
from nn_core.export.metrics import read_lines
from nn_core.i18n import _
from nn_core.runs import RunFolder
from nn_core.vitals.records import GRADIENT_EXPONENTS, HISTOGRAM_BINS, Histogram, VitalsRecord, read_vitals

if TYPE_CHECKING:
    from tensorboardX.proto.summary_pb2 import Summary

__all__ = ["write_event_folder", "write_event_zip"]

_FIGURES = ("weight_norm", "gradient_norm", "update_ratio", "dead_share", "saturated_share")


@dataclass(frozen=True)
class _Event:
    """What is written for one step. seconds: of training until then; None if that was not recorded."""

    step: int
    seconds: float | None
    summary: Summary


def write_event_folder(runs: Sequence[RunFolder], folder: Path) -> list[RunFolder]:
    """Write the event file of one run into the folder, or of several runs into a folder of each run's name in it.

    Args:
        runs: those to export.
        folder: it must not exist.

    Returns:
        The runs for which no histograms were recorded.

    Raises:
        BadInput: tensorboardX is not installed, or a run is damaged.
        OSError: A file cannot be read or written.
    """
    _check_installed()
    without = []
    for run in runs:
        inner = folder / run.name if len(runs) > 1 else folder
        inner.mkdir(parents=True)
        records = read_vitals(run.vitals_file)
        _write_events(run, records, inner)
        if not any(layer.weights or layer.gradients for record in records for layer in record.layers.values()):
            without.append(run)
    return without


def write_event_zip(runs: Sequence[RunFolder], target: BinaryIO) -> None:
    """Write a ZIP with a folder for each run, to unpack and give to TensorBoard. Raises as `write_event_folder`."""
    with tempfile.TemporaryDirectory() as temporary, ZipFile(target, "w", ZIP_DEFLATED) as archive:
        for run in runs:
            write_event_folder([run], Path(temporary) / run.name)
        for file in sorted(Path(temporary).rglob("events.*")):
            archive.write(file, file.relative_to(temporary))


def _check_installed() -> None:
    try:
        import tensorboardX  # noqa: F401
    except ImportError as error:
        raise BadInput(
            _("Event files for TensorBoard need the package tensorboardX: install it with pip install tensorboardX.")
        ) from error


def _write_events(run: RunFolder, records: Sequence[VitalsRecord], folder: Path) -> None:
    """Write one event file. Its name does not contain that of the machine, as tensorboardX's own would."""
    from tensorboardX.proto.event_pb2 import Event
    from tensorboardX.record_writer import RecordWriter

    started_at = datetime.fromisoformat(run.status().created_at).timestamp()
    writer = RecordWriter(str(folder.absolute() / f"events.out.tfevents.{int(started_at):010}.nn-lab"))
    try:
        writer.write(Event(wall_time=started_at, file_version="brain.Event:2").SerializeToString())
        for event in _iterate_events(run, records):
            wall_time = started_at + (event.seconds or 0.0)
            writer.write(Event(wall_time=wall_time, step=event.step, summary=event.summary).SerializeToString())
        writer.flush()
    finally:
        writer.close()


def _iterate_events(run: RunFolder, records: Sequence[VitalsRecord]) -> Iterator[_Event]:
    """Yield all events; those of each tag in the order of their steps."""
    last = run.status().step
    results = _list_results(run)
    yield from (_Event(0, None, summary) for summary in _make_hyperparameters(run, results))
    times: list[tuple[int, float]] = []
    for line in read_lines(run):
        values = {
            f"loss/{line.kind}": line.loss,
            f"accuracy/{line.kind}": line.accuracy,
            f"r_squared/{line.kind}": line.r_squared,
        }
        if line.kind == "train":
            values |= {
                "learning_rate": line.learning_rate,
                "samples_per_second": line.samples_per_second,
                "epoch": line.epoch,
            }
        if line.elapsed_seconds is not None:
            times.append((line.step, line.elapsed_seconds))
        yield _Event(line.step, line.elapsed_seconds, _make_scalars(values))
    for record in records:
        seconds = _interpolate_time(times, record.step)
        for summary in _summarize_layers(record):
            yield _Event(record.step, seconds, summary)
    yield _Event(last, run.status().elapsed_seconds, _make_scalars(results))


def _interpolate_time(times: Sequence[tuple[int, float]], step: int) -> float | None:
    """The training time at a step, between those of the curves' lines: the layers are recorded without one."""
    import numpy as np

    steps, seconds = zip(*times, strict=True) if times else ((), ())
    return float(np.interp(step, steps, seconds)) if steps else None


def _make_scalars(values: Mapping[str, float | None]) -> Summary:
    from tensorboardX.proto.summary_pb2 import Summary

    known = [Summary.Value(tag=tag, simple_value=value) for tag, value in values.items() if value is not None]
    return Summary(value=known)


def _summarize_layers(record: VitalsRecord) -> Iterator[Summary]:
    """Yield the figures and the histograms of each layer."""
    for name, layer in record.layers.items():
        yield _make_scalars({f"{figure}/{name}": getattr(layer, figure) for figure in _FIGURES})
        if layer.weights:
            reach = layer.weights.limit
            edges = [reach * (2 * place / HISTOGRAM_BINS - 1) for place in range(HISTOGRAM_BINS + 1)]
            yield _make_histogram(f"weights/{name}", layer.weights, edges)
        if layer.gradients:
            low, high = GRADIENT_EXPONENTS
            exponents = [low + (high - low) * place / HISTOGRAM_BINS for place in range(HISTOGRAM_BINS + 1)]
            yield _make_histogram(f"gradients_log2/{name}", layer.gradients, exponents)


def _make_histogram(tag: str, histogram: Histogram, edges: Sequence[float]) -> Summary:
    """Convert recorded heights, of which 255 is the highest, to counts; only their ratios have a meaning."""
    from tensorboardX.summary import histogram_raw

    counts = list(base64.b64decode(histogram.heights))
    filled = [place for place, count in enumerate(counts) if count]
    low, high = (edges[filled[0]], edges[filled[-1] + 1]) if filled else (edges[0], edges[-1])
    weighed = [(count, (left + right) / 2) for count, (left, right) in zip(counts, pairwise(edges), strict=True)]
    return histogram_raw(
        tag,
        min=low,
        max=high,
        num=sum(counts),
        sum=sum(count * middle for count, middle in weighed),
        sum_squares=sum(count * middle**2 for count, middle in weighed),
        bucket_limits=edges,
        bucket_counts=[0, *counts],
    )


def _list_results(run: RunFolder) -> dict[str, float | None]:
    """The final results by their tags: those of the best epoch on the validation data, and those on the test data."""
    status = run.status()
    results: dict[str, float | None] = {}
    if best := status.best:
        results |= {"loss": best.loss, "accuracy": best.accuracy, "r_squared": best.r_squared}
    results = {f"final/validation_{name}": value for name, value in results.items()}
    with suppress(BadInput):  # a damaged evaluation, which is measured again on the Evaluate page
        if evaluation := run.evaluation_of(status):
            results |= {
                "final/test_loss": evaluation.loss,
                "final/test_accuracy": evaluation.accuracy,
                "final/test_r_squared": getattr(evaluation, "r_squared", None),
            }
    return {tag: value for tag, value in results.items() if value is not None}


def _make_hyperparameters(run: RunFolder, results: Mapping[str, float | None]) -> Sequence[Summary]:
    """The settings and the names of the results, for the HParams plugin."""
    from tensorboardX.summary import hparams

    settings = {
        path: value if isinstance(value, bool | int | float | str) else str(value)
        for path, _field, value in list_used_settings(run.config(), {"version"})
    }
    return list(hparams(settings, dict(results)))

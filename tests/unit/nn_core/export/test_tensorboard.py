"""Event files, read back with TensorBoard's own reader."""

import base64
import io
import socket
import sys
from datetime import datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import metadata
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from nn_core.config import get_preset
from nn_core.errors import BadInput
from nn_core.export import write_event_folder, write_event_zip
from nn_core.export.metrics import generate_rows
from nn_core.runs import RunFolder, create_run
from nn_core.vitals.records import Histogram, LayerVitals, VitalsRecord, append_vitals, read_vitals


def read_events(folder: Path) -> EventAccumulator:
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0, "histograms": 0})
    events.Reload()
    return events


@pytest.fixture(scope="module")
def events(finished_run: RunFolder, tmp_path_factory: pytest.TempPathFactory) -> EventAccumulator:
    folder = tmp_path_factory.mktemp("events") / "finished"
    assert write_event_folder([finished_run], folder) == []
    return read_events(folder)


@pytest.mark.parametrize("split", ["train", "validation"])
@pytest.mark.parametrize("figure", ["loss", "accuracy"])
def test_the_curves_have_their_steps_values_and_times(
    events: EventAccumulator, finished_run: RunFolder, split: str, figure: str
) -> None:
    rows = [row for row in generate_rows([finished_run], {}) if row.split == split]
    read = events.Scalars(f"{figure}/{split}")
    assert [each.step for each in read] == [row.step for row in rows]
    assert [each.value for each in read] == pytest.approx([getattr(row, figure) for row in rows], rel=1e-6)
    start = datetime.fromisoformat(finished_run.status().created_at).timestamp()
    assert [each.wall_time - start for each in read] == pytest.approx([row.seconds for row in rows], abs=1e-3)


def test_speed_and_learning_rate_are_there_where_they_were_recorded(
    events: EventAccumulator, finished_run: RunFolder
) -> None:
    rows = [row for row in generate_rows([finished_run], {}) if row.split == "train"]
    for tag in ("learning_rate", "samples_per_second"):
        values = [getattr(row, tag) for row in rows if getattr(row, tag) is not None]
        assert [each.value for each in events.Scalars(tag)] == pytest.approx(values, rel=1e-6)


def test_the_layers_have_their_figures_and_histograms(events: EventAccumulator, finished_run: RunFolder) -> None:
    records = read_vitals(finished_run.vitals_file)
    layer = next(iter(records[0].layers))
    norms = {record.step: record.layers[layer].weight_norm for record in records}
    assert {each.step: each.value for each in events.Scalars(f"weight_norm/{layer}")} == pytest.approx(norms, rel=1e-6)
    assert len(events.Histograms(f"weights/{layer}")) == len(norms)
    for tag in (f"weights/{layer}", f"gradients_log2/{layer}"):
        for each in events.Histograms(tag):
            shown = each.histogram_value
            assert sum(shown.bucket) == shown.num > 0
            assert list(shown.bucket_limit) == sorted(shown.bucket_limit)
            assert shown.min < shown.max


def test_a_histogram_has_the_recorded_heights(tmp_path: Path) -> None:
    run = create_run(tmp_path, get_preset("simple_net"), "made")
    heights = bytes([0] * 23 + [51, 255] + [0] * 23)
    histogram = Histogram(limit=0.5, heights=base64.b64encode(heights).decode())
    append_vitals(run.vitals_file, [VitalsRecord(step=3, epoch=1, layers={"1": LayerVitals(weights=histogram)})])
    write_event_folder([run], tmp_path / "out")
    (each,) = read_events(tmp_path / "out").Histograms("weights/1")
    shown = each.histogram_value
    assert (each.step, shown.num, shown.min, shown.max) == (3, 306, pytest.approx(-1 / 48), pytest.approx(1 / 48))
    filled = [(limit, count) for limit, count in zip(shown.bucket_limit, shown.bucket, strict=True) if count]
    assert filled == [(pytest.approx(0.0), 51), (pytest.approx(1 / 48), 255)]
    assert shown.sum == pytest.approx((255 - 51) / 96)


def test_the_hparams_plugin_finds_settings_and_results(events: EventAccumulator, finished_run: RunFolder) -> None:
    content = events.SummaryMetadata(metadata.SESSION_START_INFO_TAG).plugin_data.content
    settings = HParamsPluginData.FromString(content).session_start_info.hparams
    assert settings["optimizer.lr"].number_value == pytest.approx(0.1)
    assert settings["model.name"].string_value == "simple_net"
    assert settings["training.vitals"].bool_value is True
    assert "data.plane.points" not in settings, "it has no effect on pictures"
    content = events.SummaryMetadata(metadata.EXPERIMENT_TAG).plugin_data.content
    names = {info.name.tag for info in HParamsPluginData.FromString(content).experiment.metric_infos}
    assert names == {"final/validation_loss", "final/validation_accuracy", "final/test_loss", "final/test_accuracy"}
    evaluation = finished_run.evaluation()
    assert evaluation is not None
    assert events.Scalars("final/test_accuracy")[0].value == pytest.approx(evaluation.accuracy, rel=1e-6)


def test_several_runs_have_a_folder_each_and_none_names_the_machine(finished_run: RunFolder, tmp_path: Path) -> None:
    other = create_run(tmp_path, get_preset("simple_net"), "other")
    out = tmp_path / "out"
    assert write_event_folder([finished_run, other], out) == [other], "nothing was recorded for it yet"
    assert {file.name for file in out.iterdir()} == {"finished", "other"}
    assert read_events(out / "finished").Scalars("loss/train")
    for file in out.rglob("events*"):
        assert socket.gethostname() not in file.name
    packed = io.BytesIO()
    write_event_zip([finished_run], packed)
    assert [Path(name).parent.name for name in ZipFile(packed).namelist()] == ["finished"]


def test_without_tensorboardx_a_sentence_says_what_to_install(
    finished_run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(BadInput, match="pip install tensorboardX"):
        write_event_folder([finished_run], tmp_path / "out")
    assert not (tmp_path / "out").exists()

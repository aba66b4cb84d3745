"""Fixtures for all tests. No test touches the project's own runs and data, and every test starts from the same seed."""

import gzip
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from cli_in_process import command
from hostile import little_memory
from in_process_runs import three_epochs, trained
from plane_runs import make_run_ahead_of_its_status
from processes import SHARED_DATA, end_workers
from serving import AppServer, serve_app
from train_states import RECIPES

from nn_core.config import RunConfig, get_preset
from nn_core.data import DATASETS, Dataset, DataSettings, load_dataset
from nn_core.drawings.corrections import get_corrections_file
from nn_core.inference import TrainedNetwork, load_network
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder, create_run, get_shipped_run


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that start servers, browsers or runs come first: one that starts last keeps the other cores waiting for it.

    A test in a browser that fails is run once more, as Playwright's own runner does in CI, because a busy machine delays browser,
    server and training process for unpredictable times. The summary lists every test that was run again.
    """
    slow = {"app_server", "browser", "runs_root"}
    first = {item.path for item in items if slow & set(getattr(item, "fixturenames", ()))}
    items.sort(key=lambda item: item.path not in first)
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session", autouse=True)
def _own_places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NN_LAB_DATA", str(tmp_path_factory.mktemp("no_data")))
        patch.setenv("NN_LAB_RUNS", str(tmp_path_factory.mktemp("no_runs")))
        yield


@pytest.fixture(autouse=True)
def _seeds() -> None:
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)


@pytest.fixture
def runs_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty runs folder that the processes of this test use too. Runs that still work at the end are killed."""
    root = tmp_path / "runs"
    monkeypatch.setenv("NN_LAB_RUNS", str(root))
    yield root
    end_workers(root)


@pytest.fixture
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own, which its processes use too. It does not exist yet."""
    monkeypatch.setenv("NN_LAB_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def corrections_file(data_folder: Path) -> Path:
    """Where corrected drawings are stored."""
    return get_corrections_file(data_folder)


@pytest.fixture
def fresh_allowance() -> Iterator[None]:
    """No limit is used up, neither before nor after the test."""
    from ui.auth.quotas import get_quotas

    get_quotas.cache_clear()
    yield
    get_quotas.cache_clear()


@pytest.fixture(scope="session")
def data_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder, with the complete MNIST and Fashion-MNIST if they are beside the checkout."""
    root = tmp_path_factory.mktemp("data")
    for packed in SHARED_DATA.glob("*MNIST/raw/*.gz"):
        plain = root / packed.relative_to(SHARED_DATA).with_suffix("")
        plain.parent.mkdir(parents=True, exist_ok=True)
        with gzip.open(packed) as source, plain.open("wb") as target:
            shutil.copyfileobj(source, target)
    return root


@pytest.fixture
def complete_mnist(data_root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder with the complete sets, which the processes of this test use too."""
    if not (data_root / "MNIST").exists():
        pytest.skip(f"the complete data sets are not in {SHARED_DATA}")
    monkeypatch.setenv("NN_LAB_DATA", str(data_root))
    return data_root


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """mnist_sample in memory."""
    return load_dataset(DataSettings(name="mnist_sample"), tmp_path_factory.mktemp("unused"))


@pytest.fixture(scope="session")
def pen_digits_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the images of `pen_digits`, which take four seconds to rasterize. Tests only read it."""
    folder = tmp_path_factory.mktemp("rasterized")
    load_dataset(DataSettings(name="pen_digits"), folder)
    return folder


@pytest.fixture(scope="module")
def little(sample: Dataset) -> Dataset:
    """165 images for training, of which 16 are validation data."""
    few = sample.train.take(torch.arange(0, 4000, 4000 // 165)[:165])
    return Dataset(sample.spec, few, sample.test.take(torch.arange(0, 1000, 10)))


@pytest.fixture(params=RECIPES)
def recipe(request: pytest.FixtureRequest) -> RunConfig:
    """Each of the short runs."""
    return RECIPES[request.param]


@pytest.fixture(scope="session")
def uninterrupted_run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run of `three_epochs()` that was never stopped, for tests that only read it."""
    run = create_run(tmp_path_factory.mktemp("uninterrupted"), three_epochs(), "whole")
    trained(run)
    return run


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A finished run, for tests that only read it."""
    root = tmp_path_factory.mktemp("finished")
    settings = ("--set", "training.epochs=2", "--set", "training.device=cpu", "--set", "optimizer.lr=0.1")
    answer = command("train", "--preset", "simple_net", "--name", "finished", "--runs", root, *settings)
    assert answer.code == 0, answer.err
    return RunFolder(root / "finished")


@pytest.fixture
def copied_run(finished_run: RunFolder, tmp_path: Path) -> RunFolder:
    """A copy of the finished run, to change."""
    return RunFolder(Path(shutil.copytree(finished_run.path, tmp_path / "here" / "finished")))


@pytest.fixture
def run_ahead_of_its_status(runs_root: Path) -> RunFolder:
    """A run on points in the plane whose status, picture and curves are of different epochs."""
    return make_run_ahead_of_its_status(runs_root)


@pytest.fixture
def app_server(tmp_path: Path) -> Iterator[AppServer]:
    """The real app on a fresh server, without visits."""
    with serve_app(tmp_path) as served:
        yield served


@pytest.fixture(scope="session")
def shipped_network() -> TrainedNetwork:
    """pretrained-digits, for tests that only read it."""
    run = get_shipped_run()
    assert run is not None
    return load_network(run, get_data_folder())


@pytest.fixture(scope="module")
def little_memory_for_files() -> Iterator[None]:
    """A memory limit of 1 GB for the tests of a module. What would be imported later is imported first."""
    from nn_core.models import describe_layers
    from nn_core.models.formula import Formula

    describe_layers(get_preset("quick").model, DATASETS["mnist_sample"].task)
    Formula.parse("x*tanh(log(1+exp(x)))")
    with little_memory(1_000_000_000):
        yield


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the files of all tests of a module; a file may already exist."""
    return tmp_path_factory.mktemp("place")

"""What a run is trained with is recorded, without anything that tells whose machine it was."""

import getpass
import os
import platform
from pathlib import Path

import torch
from in_process_runs import three_epochs, trained

from nn_core.jobs.environment import describe_environment
from nn_core.runs import create_run
from nn_core.runs.environment import read_environments


def test_each_process_of_a_run_is_recorded(tmp_path: Path) -> None:
    run = create_run(tmp_path, three_epochs(), "halves")
    trained(run, until=1)
    trained(run)
    first, second = read_environments(run)
    assert (first.step, second.step) == (0, 18)
    assert first.started_at <= second.started_at
    assert (first.python, first.torch, first.device) == (platform.python_version(), torch.__version__, "CPU")
    assert first.nn_lab.count(".") == 2
    assert first.cores >= first.threads >= 1
    text = run.environment_file.read_text(encoding="utf-8")
    for private in (platform.node(), str(tmp_path), os.getcwd(), str(Path.home()), f'"{getpass.getuser()}"'):
        assert private not in text


def test_the_device_and_the_processes_are_given() -> None:
    described = describe_environment(torch.device("cpu"), 7, processes=2)
    assert (described.step, described.device, described.processes) == (7, "CPU", 2)

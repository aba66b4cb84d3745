"""Names of the devices of a machine, found without allocating their memory."""

from pathlib import Path

import pytest
import torch

from nn_core.devices import describe_from_outside

CUDA = torch.device("cuda")


@pytest.fixture
def driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the system looks for the driver's tool, and finds none yet."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path / "nvidia-smi"


def answers(tool: Path, text: str) -> None:
    tool.write_text(f"#!/bin/sh\necho '{text}'\n")
    tool.chmod(0o755)


def test_nvidia_smi_reports_the_gpu(driver: Path) -> None:
    answers(driver, "NVIDIA H100 80GB HBM3, 1024, 81920")
    assert str(describe_from_outside(CUDA)) == "NVIDIA H100 80GB HBM3, 1.0 of 80 GiB in use"
    assert not torch.cuda.is_initialized()


@pytest.mark.parametrize("answer", ["", "No devices were found", "NVIDIA H100, [N/A], 81920"])
def test_useless_output_of_nvidia_smi_is_ignored(driver: Path, answer: str) -> None:
    answers(driver, answer)
    assert str(describe_from_outside(CUDA)) == "NVIDIA GPU"


def test_a_gpu_is_found_without_nvidia_smi(driver: Path) -> None:
    assert not driver.exists()
    assert str(describe_from_outside(CUDA)) == "NVIDIA GPU"


def test_the_cpu_is_found_without_nvidia_smi(driver: Path) -> None:
    assert "CPU" in str(describe_from_outside(torch.device("cpu")))

"""The declared settings of the training itself."""

from typing import Literal

from nn_core.i18n import N_
from nn_core.settings import Section, setting

__all__ = ["TrainingSettings"]


class TrainingSettings(Section):
    epochs: int = setting(10, N_("Epochs"), N_("How often the network sees all training examples."), ge=1, le=10_000)
    batch_size: int = setting(
        100,
        N_("Batch size"),
        N_("Examples per correction. Smaller corrects more often, larger is steadier and faster per example."),
        ge=1,
        le=16_384,
    )
    seed: int = setting(
        0,
        N_("Seed"),
        N_("The start of all random numbers: the same seed repeats the same run."),
        ge=0,
        le=2**31 - 1,
        advanced=True,
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = setting(
        "auto",
        N_("Device"),
        N_("Where the network is computed; auto takes a graphics card if there is one."),
        advanced=True,
    )
    threads: int = setting(
        0,
        N_("CPU threads"),
        N_("How many cores compute at once; 0 leaves one free for the browser, without which training stutters."),
        ge=0,
        le=256,
        advanced=True,
    )
    checkpoint_seconds: float = setting(
        5.0,
        N_("Save every"),
        N_("A run that is cut off loses no more work than this."),
        unit="s",
        ge=0,
        le=10,
        advanced=True,
    )

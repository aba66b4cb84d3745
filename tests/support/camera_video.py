"""A video for Chromium's simulated camera: digits on paper, each held still for ten seconds, over and over."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

__all__ = ["ALLOWED", "CAMERA", "REFUSED", "show_video", "write_video"]

CAMERA = "--use-fake-device-for-media-stream"
ALLOWED = "--use-fake-ui-for-media-stream"
"""Answers the question for permission with yes."""
REFUSED = "--use-fake-ui-for-media-stream=deny"
_WIDTH, _HEIGHT = 320, 240
_RATE, _SECONDS = 6, 10
_PAPER, _INK, _NOISE = 215, 40, 6

Strokes = Sequence[Sequence[tuple[float, float]]]


def show_video(file: Path) -> str:
    """The switch that shows this file to the camera."""
    return f"--use-file-for-fake-video-capture={file}"


def write_video(file: Path, digits: Sequence[Strokes]) -> Path:
    """Write a Y4M file. The strokes are in pixels of a canvas of 280; the noise of no two frames is the same."""
    random = np.random.default_rng(0)
    colours = np.full(_WIDTH * _HEIGHT // 2, 128, np.uint8).tobytes()
    with file.open("wb") as stream:
        stream.write(f"YUV4MPEG2 W{_WIDTH} H{_HEIGHT} F{_RATE}:1 Ip A1:1 C420\n".encode())
        for digit in digits:
            paper = np.asarray(_draw(digit), np.float32)
            for _frame in range(_RATE * _SECONDS):
                noisy = np.clip(paper + random.normal(0, _NOISE, paper.shape), 0, 255).astype(np.uint8)
                stream.write(b"FRAME\n" + noisy.tobytes() + colours)
    return file


def _draw(digit: Strokes) -> Image.Image:
    image = Image.new("L", (_WIDTH, _HEIGHT), _PAPER)
    pen, scale = ImageDraw.Draw(image), 0.7 * _HEIGHT / 280
    left, top = (_WIDTH - 280 * scale) / 2, (_HEIGHT - 280 * scale) / 2
    for stroke in digit:
        pen.line([(left + x * scale, top + y * scale) for x, y in stroke], fill=_INK, width=9, joint="curve")
    return image

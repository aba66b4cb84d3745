"""Creates ui/assets/digits.png, the handwriting on the home page: `python -m scripts.home_picture`."""

from pathlib import Path

import torch

from nn_core.data import DataSettings, load_dataset
from ui.app.images import make_contact_sheet

ROWS, COLUMNS = 5, 8


def main() -> None:
    train = load_dataset(DataSettings(), Path("data")).train
    chosen = torch.randperm(len(train), generator=torch.Generator().manual_seed(5))[: ROWS * COLUMNS]
    pictures = [train.inputs[index, 0].numpy() for index in chosen]
    rows = [pictures[row * COLUMNS : (row + 1) * COLUMNS] for row in range(ROWS)]
    sheet = make_contact_sheet(rows, scale=2, gap=6).quantize(64)
    sheet.save(Path(__file__).parent.parent / "ui" / "assets" / "digits.png", optimize=True)


if __name__ == "__main__":
    main()

"""The summary of whether networks agree."""

from nn_core.inference import Prediction
from ui.draw.side_by_side import describe_agreement


def summarise(**labels: str) -> str:
    digits, clothes = dict.fromkeys("0123456789", 0.1), dict.fromkeys(("Shirt", "Coat"), 0.5)
    return describe_agreement(
        {name: Prediction(label, digits if label in digits else clothes) for name, label in labels.items()}
    )


def test_agreement_of_networks_is_described() -> None:
    assert summarise(a="7", b="7", c="7") == "All 3 networks read **7**."
    assert summarise(a="7", b="1", c="1") == "The networks disagree: **1** (b, c), **7** (a)."
    assert summarise(a="7", b="7", c="Coat") == "Both networks read **7**. Not trained on **7**: c."
    assert summarise(a="7", c="Coat") == "Not trained on **7**: c."
    assert "*x*" not in summarise(a="7", **{"*x*": "1"})

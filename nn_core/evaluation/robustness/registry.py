"""All perturbations."""

from nn_core.data import DatasetSpec
from nn_core.evaluation.robustness.perturbation import Perturbation
from nn_core.evaluation.robustness.pictures import PICTURE_PERTURBATIONS
from nn_core.evaluation.robustness.texts_and_points import POINT_PERTURBATIONS, TEXT_PERTURBATIONS

__all__ = ["PERTURBATIONS", "list_perturbations"]

PERTURBATIONS: dict[str, Perturbation] = {
    each.name: each for each in (*PICTURE_PERTURBATIONS, *TEXT_PERTURBATIONS, *POINT_PERTURBATIONS)
}
"""By name, in the order of the page. A new perturbation is registered here."""


def list_perturbations(spec: DatasetSpec) -> list[Perturbation]:
    """List the perturbations that suit the examples of a data set."""
    return [each for each in PERTURBATIONS.values() if each.can_apply(spec)]

"""How the accuracy falls when the test examples are disturbed."""

from nn_core.evaluation.robustness.measure import DEFAULT_EXAMPLES, measure_robustness
from nn_core.evaluation.robustness.perturbation import Perturbation
from nn_core.evaluation.robustness.registry import PERTURBATIONS, list_perturbations

__all__ = ["DEFAULT_EXAMPLES", "PERTURBATIONS", "Perturbation", "list_perturbations", "measure_robustness"]

"""Evaluation on the test split."""

from nn_core.evaluation.evaluate import evaluate_run
from nn_core.evaluation.teaching import measure_teaching

__all__ = ["evaluate_run", "measure_teaching"]

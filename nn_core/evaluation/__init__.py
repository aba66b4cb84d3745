"""Evaluation on the test split."""

from nn_core.evaluation.evaluate import evaluate_run

__all__ = ["evaluate_run", "measure_teaching"]

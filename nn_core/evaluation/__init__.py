"""Evaluation of a run on its test data, and the calibration of its confidence."""

from nn_core.evaluation.evaluate import evaluate_run

__all__ = ["evaluate_run"]

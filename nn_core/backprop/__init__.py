"""One training step under the microscope: the real autograd graph of one example, its gradients, and the step of the optimizer."""

from nn_core.backprop.chain_rule import Term, WeightGradient, explain_weight, name_weight_axes
from nn_core.backprop.example import (
    Example,
    build_training_loss,
    encode_name,
    find_hardest_example,
    make_example,
    take_test_example,
)
from nn_core.backprop.finite_difference import TOLERANCE, GradientCheck, check_gradients
from nn_core.backprop.graph import INPUT, TARGET, Graph, Node, ParameterGradient
from nn_core.backprop.loss_rules import compute_cross_entropy, describe_loss, get_label_smoothing
from nn_core.backprop.optimizer_step import Move, OptimizerStep, check_learning_rate, take_optimizer_step
from nn_core.backprop.report import make_report
from nn_core.backprop.trace import LOSS, trace

__all__ = [
    "INPUT",
    "LOSS",
    "TARGET",
    "TOLERANCE",
    "Example",
    "GradientCheck",
    "Graph",
    "Move",
    "Node",
    "OptimizerStep",
    "ParameterGradient",
    "Term",
    "WeightGradient",
    "build_training_loss",
    "check_gradients",
    "check_learning_rate",
    "compute_cross_entropy",
    "describe_loss",
    "encode_name",
    "explain_weight",
    "find_hardest_example",
    "get_label_smoothing",
    "make_example",
    "make_report",
    "name_weight_axes",
    "take_optimizer_step",
    "take_test_example",
    "trace",
]

"""Activation functions that the user types, such as `x*tanh(log(1+exp(x)))`. The text is never run as Python.

`parse` turns the text into a tree (`tree`), and everything else works on the tree: the check that a network can be trained with it
(`formula`), the derivative (`derivative`), the layer (`activation`, with torch operations from `compile`) and its Python code
(`codegen`). Only `compile` and `activation` import torch.
"""

from nn_core.models.formula.formula import Formula

__all__ = ["Formula"]

"""Activation functions that the user types, such as `x*tanh(log(1+exp(x)))`. The text is never run as Python.

`parse` turns the text into a tree (`tree`), and everything else works on the tree: the check that a network can be trained with it
(`formula`), the derivative (`derivative`), the layer of torch operations (`activation`, the only module that imports torch) and its
Python code (`codegen`).
"""

from nn_core.models.formula.formula import Formula

__all__ = ["Formula"]

"""An activation function that the user types, such as `x*tanh(log(1+exp(x)))`, read without ever running the text.

The text becomes a tree of our own (`tree`, `reading`), and everything else works on that tree: whether one can train with it
(`usable`), the derivative (`derivative`), the text of it (`writing`), the layer (`activation`, for which `computing` makes
torch expressions) and the layer's Python (`source`). torch is needed for `computing` and `activation` alone.
"""

from nn_core.models.formula.formula import Formula

__all__ = ["Formula"]

"""Each operation of a graph in words, as a formula, and the local rule by which the gradient passes it.

In the formulas x is the input, y the output, w and b are parameters, g is the gradient of the loss with respect to y, and ∂x, ∂w, ∂b
are the gradients that follow from it.
"""

from __future__ import annotations

from dataclasses import dataclass

from nn_core.i18n import N_, _

__all__ = ["Operation", "describe_operation"]


@dataclass(frozen=True)
class Operation:
    """An operation. about: what it does, in words; rule: how the gradient passes it; both untranslated."""

    about: str
    formula: str
    rule: str


_SHAPE = Operation(N_("Gives the same numbers another shape."), "y = x", N_("∂x = g, in the old shape"))
_SWAP = Operation(N_("Swaps dimensions; the numbers stay the same."), "y = xᵀ", "∂x = gᵀ")
_SELECT = Operation(
    N_("Takes a part of the numbers."), "y = x[i]", N_("∂x = g at the part that was taken, and 0 everywhere else")
)
_DIVIDE = Operation(
    N_("Divides the numbers into several parts."), "y₁, y₂, … = x", N_("∂x = the gradients of all parts, joined again")
)
_JOIN = Operation(N_("Joins several results."), "y = [x₁, x₂, …]", N_("∂x₁, ∂x₂, … = their parts of g"))
_SUMS = Operation(
    N_("Adds up inputs times weights, for each output neuron."),
    "y = x · wᵀ + b",
    N_("∂x = g · w;  ∂w = gᵀ · x, summed over all rows of x;  ∂b = g, summed over them"),
)
_PRODUCT = Operation(N_("Multiplies two matrices."), "y = a · b", "∂a = g · bᵀ;  ∂b = aᵀ · g")
_CONVOLUTION = Operation(
    N_("Moves a small pattern over the input. At each place, it adds up input times pattern."),
    "y[o, p] = b[o] + Σ w[o, c, k] · x[c, p + k]",
    N_(
        "∂w[o, c, k] = Σ g[o, p] · x[c, p + k] over all places p;  ∂b[o] = Σ g[o, p];  ∂x = g, spread back by the same patterns"
    ),
)
_WITHOUT_BIAS = {
    _SUMS: Operation(
        N_("Adds up inputs times weights, for each output neuron. This layer has no bias."),
        "y = x · wᵀ",
        N_("∂x = g · w;  ∂w = gᵀ · x, summed over all rows of x"),
    ),
    _CONVOLUTION: Operation(
        N_(
            "Moves a small pattern over the input. At each place, it adds up input times pattern. This layer has no bias."
        ),
        "y[o, p] = Σ w[o, c, k] · x[c, p + k]",
        N_("∂w[o, c, k] = Σ g[o, p] · x[c, p + k] over all places p;  ∂x = g, spread back by the same patterns"),
    ),
}
_MAXIMUM = Operation(
    N_("Keeps the largest number."), "y = max(x)", N_("∂x = g where the maximum was, and 0 everywhere else")
)
_MEAN = Operation(N_("Averages the numbers."), "y = Σ x / n", "∂x = g / n")
_SUM = Operation(N_("Adds up the numbers."), "y = Σ x", N_("∂x = g, for each number"))
_LOG_SOFTMAX = Operation(
    N_("Turns the outputs into logarithms of probabilities."),
    "y = x − log Σ exp(x)",
    "∂x = g − softmax(x) · Σ g",
)
_ATTENTION = Operation(
    N_("Compares every token's query with all keys, and mixes their values by how well they match."),
    "a = softmax(q · kᵀ / √d);  y = a · v",
    N_("∂v = aᵀ · g;  ∂a = g · vᵀ;  s = a ⊙ (∂a − Σ a ⊙ ∂a);  ∂q = s · k / √d;  ∂k = sᵀ · q / √d"),
)
_LSTM = Operation(
    N_("Reads the sequence step by step. Gates decide what the memory keeps, takes and shows."),
    "c = f ⊙ c′ + i ⊙ tanh(…);  h = o ⊙ tanh(c)",
    N_(
        "Backpropagation through time: the gradient goes back from the last step to the first. ∂w is the sum over all steps."
    ),
)
_NORM = Operation(
    N_("Subtracts the mean of the training, divides by its spread, then scales and shifts."),
    "y = w · (x − mean) / √(variance + ε) + b",
    N_("∂x = g · w / √(variance + ε);  ∂w = Σ g · (x − mean) / √(variance + ε);  ∂b = Σ g"),
)

_OPERATIONS: dict[str, Operation] = {
    "input": Operation(N_("What the network sees: the example after normalisation."), "x", N_("Data has no gradient.")),
    "letters": Operation(
        N_("What the network sees: the number of each letter in its alphabet. 0 fills up short texts."),
        "x",
        N_("Data has no gradient."),
    ),
    "target": Operation(N_("The correct answer."), "t", N_("Data has no gradient.")),
    "identity": Operation(
        N_("Passes its input on. Dropout does this in evaluation mode; only training switches units off."),
        "y = x",
        "∂x = g",
    ),
    **dict.fromkeys(("addmm", "linear"), _SUMS),
    **dict.fromkeys(("mm", "bmm"), _PRODUCT),
    **dict.fromkeys(
        ("view", "unsafe_view", "_unsafe_view", "flatten", "reshape", "reshape_alias", "unsqueeze", "squeeze"), _SHAPE
    ),
    **dict.fromkeys(("unflatten", "clone", "to_copy", "_to_copy", "contiguous", "alias"), _SHAPE),
    **dict.fromkeys(("t", "transpose", "permute"), _SWAP),
    **dict.fromkeys(("select", "slice", "index_select", "index", "gather"), _SELECT),
    **dict.fromkeys(("unbind", "split", "unsafe_split", "split_with_sizes", "chunk"), _DIVIDE),
    **dict.fromkeys(("cat", "stack"), _JOIN),
    **dict.fromkeys(("convolution", "mkldnn_convolution", "thnn_conv2d", "conv_transpose"), _CONVOLUTION),
    **dict.fromkeys(("max_pool2d_with_indices", "amax", "max", "max_pool1d_with_indices"), _MAXIMUM),
    **dict.fromkeys(("avg_pool2d", "mean", "adaptive_avg_pool2d"), _MEAN),
    "sum": _SUM,
    "expand": Operation(N_("Repeats the numbers."), "y = [x, x, …]", N_("∂x = Σ g over the repetitions")),
    **dict.fromkeys(("native_batch_norm", "cudnn_batch_norm", "_native_batch_norm_legit_no_training"), _NORM),
    "native_layer_norm": Operation(
        N_("Subtracts the mean of each token, divides by its spread, then scales and shifts."),
        "n = (x − mean) / √(variance + ε);  y = w · n + b",
        N_("∂w = Σ g · n;  ∂b = Σ g;  ∂x follows from g · w, less its mean and its part along n"),
    ),
    "embedding": Operation(
        N_("Looks up the row of numbers that describes each letter."),
        "y = w[x]",
        N_("∂w[letter] = Σ g over all places of this letter; other rows get 0"),
    ),
    "add": Operation(N_("Adds two results."), "y = a + b", "∂a = g;  ∂b = g"),
    "sub": Operation(N_("Subtracts one result from another."), "y = a − b", "∂a = g;  ∂b = −g"),
    "rsub": Operation(N_("Subtracts one result from another."), "y = a − b", "∂a = g;  ∂b = −g"),
    "mul": Operation(N_("Multiplies number by number."), "y = a ⊙ b", "∂a = g ⊙ b;  ∂b = g ⊙ a"),
    "div": Operation(N_("Divides number by number."), "y = a / b", "∂a = g / b;  ∂b = −g · a / b²"),
    "neg": Operation(N_("Changes the sign."), "y = −x", "∂x = −g"),
    "sin": Operation(N_("Takes the sine."), "y = sin(x)", "∂x = g · cos(x)"),
    "pow": Operation(N_("Raises to a power."), "y = xⁿ", "∂x = g · n · xⁿ⁻¹"),
    "relu": Operation(N_("Sets negative numbers to 0."), "y = max(0, x)", N_("∂x = g where x > 0, and 0 elsewhere")),
    "leaky_relu": Operation(
        N_("Makes negative numbers a hundred times smaller."),
        "y = x,  or 0.01 · x",
        N_("∂x = g where x > 0, and 0.01 · g elsewhere"),
    ),
    "elu": Operation(
        N_("Bends negative numbers smoothly towards a limit."),
        "y = x,  or α · (exp(x) − 1)",
        N_("∂x = g where x > 0, and g · α · exp(x) elsewhere; SELU also multiplies by its scale"),
    ),
    "gelu": Operation(
        N_("Multiplies x by the share of a bell curve that is below it."), "y = x · Φ(x)", "∂x = g · (Φ(x) + x · φ(x))"
    ),
    "silu": Operation(N_("Multiplies x by its sigmoid."), "y = x · σ(x)", "∂x = g · σ(x) · (1 + x · (1 − σ(x)))"),
    "mish": Operation(
        N_("Multiplies x by a smooth step."), "y = x · tanh(log(1 + exp(x)))", N_("∂x = g times the slope of y at x")
    ),
    "softplus": Operation(N_("A smooth form of ReLU."), "y = log(1 + exp(x))", "∂x = g · σ(x)"),
    "tanh": Operation(N_("Squeezes numbers between −1 and 1."), "y = tanh(x)", "∂x = g · (1 − y²)"),
    "sigmoid": Operation(
        N_("Squeezes numbers between 0 and 1."), "y = σ(x) = 1 / (1 + exp(−x))", "∂x = g · y · (1 − y)"
    ),
    "formula_function": Operation(
        N_("Your own activation."),
        "y = f(x)",
        N_("∂x = g · f′(x), with the derivative that was computed from the formula"),
    ),
    "mkldnn_rnn_layer": _LSTM,
    "masked_fill": Operation(
        N_("Replaces the marked numbers, such as those of padding."),
        N_("y = x,  or a constant where marked"),
        N_("∂x = g where x was kept, and 0 where it was replaced"),
    ),
    **dict.fromkeys(
        ("eq", "ne", "gt", "lt"),
        Operation(
            N_("Marks some numbers, such as those of padding."), N_("y = 1 where marked"), N_("Marks have no gradient.")
        ),
    ),
    **dict.fromkeys(
        ("bitwise_not", "logical_not"),
        Operation(
            N_("Inverts marks: what was marked no longer is, and everything else is."),
            N_("y = 1 where x is not marked"),
            N_("Marks have no gradient."),
        ),
    ),
    "where": Operation(
        N_("Chooses between two numbers. In attention it gives padding a score of −∞, so that nothing looks at it."),
        N_("y = a where marked,  or b"),
        N_("∂a = g where a was chosen;  ∂b = g where b was chosen"),
    ),
    "constant_pad_nd": Operation(N_("Adds constant numbers at the edge."), "y = [c, x]", N_("∂x = its part of g")),
    "scatter": Operation(
        N_("Replaces single numbers."), N_("y = x,  or a constant"), N_("∂x = g where x was kept, and 0 elsewhere")
    ),
    "softmax": Operation(N_("Turns outputs into probabilities."), "y = exp(x) / Σ exp(x)", "∂x = y ⊙ (g − Σ g ⊙ y)"),
    "log_softmax": _LOG_SOFTMAX,
    "nll_loss": Operation(
        N_("The loss: how improbable the correct class is."),
        "L = −x[t]",
        N_("∂x = −g for the correct class, and 0 for the others"),
    ),
    **dict.fromkeys(
        ("huber_loss", "smooth_l1_loss"),
        Operation(
            N_("The loss: squared for small differences from the target, linear for large ones."),
            "L = (x − t)² / 2,  or δ · (|x − t| − δ / 2)",
            N_("∂x = g · d, where d is x − t limited to −δ … δ"),
        ),
    ),
    "abs": Operation(N_("Makes all numbers positive."), "y = |x|", "∂x = g · sign(x)"),
    "mse_loss": Operation(
        N_("The loss: the mean squared difference from the target."), "L = Σ (x − t)² / n", "∂x = g · 2 · (x − t) / n"
    ),
    "binary_cross_entropy": Operation(
        N_("The loss: how improbable the target's pixels are."),
        "L = −Σ (t · log x + (1 − t) · log(1 − x)) / n",
        "∂x = g · (x − t) / (x · (1 − x) · n)",
    ),
}
_UNKNOWN = Operation(
    N_("An operation of PyTorch."), "y = f(x)", N_("∂x = g times the derivative of f, as PyTorch defines it")
)


def describe_operation(op: str, *, has_bias: bool = True) -> Operation:
    """Describe an operation in the user's language. has_bias: whether a layer that can have a bias has one."""
    name = op.rstrip("_")
    found = _OPERATIONS.get(name) or _OPERATIONS.get(name.lstrip("_"))
    if found is None:
        found = _ATTENTION if "scaled_dot_product" in name else _UNKNOWN
    if not has_bias:
        found = _WITHOUT_BIAS.get(found, found)
    return Operation(_(found.about), _(found.formula), _(found.rule))

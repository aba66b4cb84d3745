// The activation functions of a network, each a function of a number. A formula that a user typed comes as a tree of operations.

const SELU_SCALE = 1.0507009873554804934193349852946, SELU_ALPHA = 1.6732632423543772848170429916717;

const softplus = (x) => (x > 0 ? x : 0) + Math.log1p(Math.exp(-Math.abs(x)));
const sigmoid = (x) => 1 / (1 + Math.exp(-x));

const ACTIVATIONS = {
  relu: (x) => (x > 0 ? x : 0),
  leaky_relu: (x) => (x > 0 ? x : 0.01 * x),
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  selu: (x) => SELU_SCALE * (x > 0 ? x : SELU_ALPHA * Math.expm1(x)),
  gelu: (x) => 0.5 * x * (1 + computeErf(x * Math.SQRT1_2)),
  silu: (x) => x * sigmoid(x),
  mish: (x) => x * Math.tanh(softplus(x)),
  tanh: Math.tanh,
  sigmoid,
  softplus,
};

const OPERATIONS = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "**": (a, b) => a ** b,
  neg: (a) => -a,
  where: (left, right, then, other) => (left > right ? then : other),
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  abs: Math.abs,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  tanh: Math.tanh,
  sinh: Math.sinh,
  cosh: Math.cosh,
  sigmoid,
  relu: ACTIVATIONS.relu,
  softplus,
  sign: Math.sign,
  atan: Math.atan,
  erf: computeErf,
  min: (a, b) => Math.min(a, b),
  max: (a, b) => Math.max(a, b),
};

export function getActivation(name) {
  return ACTIVATIONS[name];
}

// A formula, and its derivative, which continues it linearly where float32 would overflow: below `limits.min`, above `limits.max`.
export function compileFormula({ value, slope, limits }) {
  const compute = compileTree(value);
  if (!slope) {
    return compute;
  }
  const computeSlope = compileTree(slope);
  return (x) => {
    const inside = Math.min(Math.max(x, limits.min ?? -Infinity), limits.max ?? Infinity);
    return inside === x ? compute(x) : compute(inside) + computeSlope(inside) * (x - inside);
  };
}

// A tree is "x", a number, or a list of an operation and its arguments.
function compileTree(tree) {
  if (tree === "x") {
    return (x) => x;
  }
  if (typeof tree === "number") {
    return () => tree;
  }
  const [name, ...trees] = tree;
  const operation = OPERATIONS[name];
  const args = trees.map(compileTree);
  const [first, second] = args;
  if (args.length === 1) {
    return (x) => operation(first(x));
  }
  return args.length === 2 ? (x) => operation(first(x), second(x)) : (x) => operation(...args.map((arg) => arg(x)));
}

// Relative error of 1 - erf below 1.2e-7: Press et al., Numerical Recipes, the approximation erfcc.
function computeErf(x) {
  const t = 1 / (1 + 0.5 * Math.abs(x));
  let exponent = 0.17087277;
  exponent = exponent * t - 0.82215223;
  exponent = exponent * t + 1.48851587;
  exponent = exponent * t - 1.13520398;
  exponent = exponent * t + 0.27886807;
  exponent = exponent * t - 0.18628806;
  exponent = exponent * t + 0.09678418;
  exponent = exponent * t + 0.37409196;
  exponent = exponent * t + 1.00002368;
  exponent = exponent * t - 1.26551223;
  const rest = t * Math.exp(exponent - x * x);
  return x >= 0 ? 1 - rest : rest - 1;
}

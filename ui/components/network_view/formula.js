// Numbers and formulas as text.

const SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉";
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const subscript = (number) => [...String(number)].map((digit) => SUBSCRIPTS[digit]).join("");

// Four significant digits, without needless zeros.
function numberText(value) {
  if (value === undefined || value === null || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  const text = size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential(2) : String(Number(value.toPrecision(4)));
  return text.replaceAll("-", "−");
}

// The sum of inputs × weights, plus the bias: "0.42·x₁ − 1.3·x₂ + 0.1". Each term is [number, what it is multiplied by].
function sumText(terms) {
  return terms
    .map(([value, rest], i) => {
      const sign = value < 0 ? (i ? " − " : "−") : i ? " + " : "";
      return `${sign}${numberText(Math.abs(value))}${rest}`;
    })
    .join("");
}

// The name of a hidden neuron in a formula: h₃⁽¹⁾ is the third of the first layer.
const hiddenName = (layer, index) => `h${subscript(index + 1)}⁽${SUPERSCRIPTS[layer]}⁾`;

const DEFINITIONS = {
  relu: "max(0, z)",
  leaky_relu: "max(0.01·z, z)",
  elu: "z > 0: z, else eᶻ − 1",
  selu: "1.0507·(z > 0: z, else 1.6733·(eᶻ − 1))",
  gelu: "z·Φ(z)",
  silu: "z·σ(z)",
  mish: "z·tanh(ln(1 + eᶻ))",
  tanh: "tanh(z)",
  sigmoid: "σ(z) = 1/(1 + e⁻ᶻ)",
  softplus: "ln(1 + eᶻ)",
};

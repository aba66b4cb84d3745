"""Generates a program of a network that needs only torch, and safetensors to load the run's weights."""

from __future__ import annotations

from textwrap import dedent, indent

import torch
from torch import Tensor, nn

from nn_core.config import RunConfig
from nn_core.data import DatasetSpec
from nn_core.models import MODELS, build_model, get_goal
from nn_core.models.summary import make_blank_batch
from nn_core.settings import get_title
from nn_core.task import Goal, Kind
from nn_core.transfer.codegen.expressions import Call, Definitions, format_call, read_arguments, read_constructor
from nn_core.transfer.codegen.preparation import copy_functions, read_program

__all__ = ["find_output_shapes", "format_word", "format_words", "generate_code"]

_HEAD = '''\
"""{title} as a program. It needs PyTorch, and safetensors to load the weights{more}.

Put best.safetensors next to this file, and run: python THIS_FILE {example}
It prints a line of JSON for each. Probabilities are the network's own, before the calibration by NN Lab.
"""
'''
_MORE: dict[Kind, str] = {"pictures": "; to read picture files, also NumPy and Pillow", "text": "", "points": ""}
_EXAMPLES: dict[Kind, str] = {"pictures": "picture.png", "text": '"a text"', "points": "0.5,-1"}


def generate_code(config: RunConfig, spec: DatasetSpec) -> str:
    """Generate a Python program with the class `Network`, whose state_dict has the same keys as the run's files, a function that
    prepares its inputs, and a main part. Raises ConfigError if the network cannot be built for the data."""
    with torch.device("meta"):
        model = build_model(config.model, spec.task)
        comments = {
            module: f"→ {shape}" for module, shape in find_output_shapes(model, make_blank_batch(spec.task)).items()
        }
    definitions = Definitions()
    network = _network(model, config, spec, definitions, comments)
    body = [
        _constants(spec, get_goal(config.model.name, spec.task)),
        *definitions.texts,
        network,
        _PREPARE.get(spec.kind) or _prepare_pictures(spec),
        _main(config, spec),
    ]
    program = "\n\n\n".join(part.strip("\n") for part in body)
    title = get_title(MODELS[config.model.name].settings)
    head = _HEAD.format(title=title, more=_MORE[spec.kind], example=_EXAMPLES[spec.kind])
    return f"{head}\n{definitions.imports(program)}\n\n{program}\n"


def find_output_shapes(model: nn.Module, inputs: Tensor) -> dict[nn.Module, str]:
    """The output shape of each module for one sample, as text, except for the whole network and for nn.Sequential."""
    found: dict[nn.Module, str] = {}

    def note(module: nn.Module, _inputs: tuple[Tensor, ...], output: object) -> None:
        if isinstance(output, Tensor):
            found[module] = _sides(tuple(output.shape[1:]))

    modules = [module for module in model.modules() if module is not model and not isinstance(module, nn.Sequential)]
    hooks = [module.register_forward_hook(note) for module in modules]
    try:
        with torch.inference_mode():
            model.eval()(inputs)
    finally:
        for hook in hooks:
            hook.remove()
    return found


def _sides(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))


def _network(
    model: nn.Module,
    config: RunConfig,
    spec: DatasetSpec,
    definitions: Definitions,
    comments: dict[nn.Module, str],
) -> str:
    """The source of the class, a subclass of the class of the network's outermost module."""
    plain = isinstance(model, nn.Sequential)
    if plain:
        base = "nn.Sequential"
        call = Call("super().__init__", read_constructor(model, definitions, comments).arguments)
    else:
        base = definitions.add(type(model))
        call = Call("super().__init__", read_arguments(model, definitions, comments))
    shape = ", ".join(map(str, spec.shape))
    gives = {
        "classify": f"logits, [count, {len(spec.classes)}]",
        "reconstruct": "the same, pixels from 0 to 1",
        "regress": "the predicted values, [count, 1]",
    }[get_goal(config.model.name, spec.task)]
    lines = [
        f"class Network({base}):",
        f'    """{spec.kind.capitalize()} as `prepare` gives them, [count, {shape}] → {gives}."""',
        "",
        "    def __init__(self) -> None:",
        format_call(call, 8),
    ]
    if plain:
        lines += [
            "",
            "    def forward(self, signals: Tensor) -> Tensor:",
            "        for layer in self:",
            "            signals = layer(signals)",
            "        return signals",
        ]
    return "\n".join(lines)


def _constants(spec: DatasetSpec, goal: Goal) -> str:
    """The constants of the data. Names of classes may come from the user, so they are always quoted."""
    lines = [f"CLASSES = {format_words(spec.classes)}"] if goal == "classify" else []
    if spec.kind == "text":
        lines += [f"ALPHABET = {format_word(spec.alphabet)}", f"LENGTH = {spec.shape[0]}"]
    else:
        each = "of pixels from 0 to 1, for each channel" if spec.kind == "pictures" else "of each axis"
        lines += [f"MEAN, STD = {spec.mean!r}, {spec.std!r}  # {each}"]
    return "\n".join(lines)


def format_words(words: tuple[str, ...]) -> str:
    in_one = ", ".join(map(format_word, words))
    return (
        f"[{in_one}]" if len(in_one) < 100 else "\n".join(["[", *(f"    {format_word(word)}," for word in words), "]"])
    )


def format_word(word: str) -> str:
    """A Python literal, in double quotes where that needs no escaping."""
    literal = repr(word)
    return f'"{literal[1:-1]}"' if literal[0] == "'" and '"' not in word else literal


def _prepare_pictures(spec: DatasetSpec) -> str:
    ink = " Bright strokes on black, as in MNIST." if spec.is_line_drawing else ""
    return dedent(
        f'''\
        def prepare(pictures: Tensor) -> Tensor:
            """Pixels from 0 to 255, [count, {", ".join(map(str, spec.shape))}] → what the network was trained on: minus MEAN,
            divided by STD.{ink}"""
            mean = 255 * torch.tensor(MEAN).view(1, -1, 1, 1)
            std = 255 * torch.tensor(STD).view(1, -1, 1, 1)
            return (pictures.float() - mean) * (1 / std)
        '''
    )


_PREPARE = {
    "points": '''\
def prepare(points: Tensor) -> Tensor:
    """Coordinates, [count, 2] → what the network was trained on: mean 0 and deviation 1."""
    return (points.float() - torch.tensor(MEAN)) * (1 / torch.tensor(STD))
''',
    "text": '''\
def prepare(texts: list[str]) -> Tensor:
    """[count, LENGTH]: for each letter, 2 + its index in ALPHABET, or 1 if it is not there; 0 after the end of
    the text."""
    plain = [normalize("NFC", text.lower()).replace("\\N{RIGHT SINGLE QUOTATION MARK}", "'") for text in texts]
    rows = [[ALPHABET.find(letter) + 2 for letter in text[:LENGTH]] for text in plain]
    return torch.tensor([row + [0] * (LENGTH - len(row)) for row in rows])
''',
}


_READ = {
    "drawing": """\
prepared = prepare_drawing(Path(given))
if prepared is None:
    raise SystemExit(f"No ink found in '{given}'. Crop to one digit; avoid dark edges.")
pixels = resize(prepared, SHAPE).astype(np.float32)
inputs = prepare(torch.from_numpy(pixels[np.newaxis]))
""",
    "views": """\
prepared = prepare_drawing(Path(given))
if prepared is None:
    raise SystemExit(f"No ink found in '{given}'. Crop to one digit; avoid dark edges.")
pixels = resize(prepared, SHAPE).astype(np.float32)
inputs = prepare(torch.from_numpy(make_views(pixels)))
""",
    "photo": """\
pixels = resize(prepare_photo(Path(given), SHAPE), SHAPE)
inputs = prepare(torch.from_numpy(pixels[np.newaxis]))
""",
    "text": """\
inputs = prepare([given.strip()])
""",
    "points": """\
inputs = prepare(torch.tensor([parse_point(given)]))
""",
}
"""How a program makes inputs for the network from an argument: those of drawings that are classified are several views."""
_COMPUTE: dict[Goal, str] = {
    "classify": """\
shares = network(inputs).mean(dim=0).softmax(dim=0).tolist()
probabilities = {name: round(share, 6) for name, share in zip(CLASSES, shares, strict=True)}
answer = {"label": CLASSES[shares.index(max(shares))], "probabilities": probabilities}
""",
    "regress": """\
answer = {"value": round(network(inputs).item(), 6)}
""",
    "reconstruct": """\
made = (255 * network(inputs)[0]).round().byte().numpy().transpose(1, 2, 0)
target = f"{Path(given).stem}-reconstructed.png"
Image.fromarray(made.squeeze()).save(target)
answer = {"code": network.encoder(inputs)[0].tolist(), "file": target}
""",
}


_LOAD = """\
if not sys.argv[1:]:
    raise SystemExit({usage!r})
network = Network()
network.load_state_dict(load_file(Path(__file__).with_name("best.safetensors")))
network.eval()
for given in sys.argv[1:]:
"""


def _main(config: RunConfig, spec: DatasetSpec) -> str:
    """The part that reads what the command line names. All that only this part needs is imported in it."""
    goal = get_goal(config.model.name, spec.task)
    how: str = "photo" if spec.kind == "pictures" else spec.kind
    if spec.is_line_drawing:
        how = "views" if goal == "classify" else "drawing"
    read, compute = _READ[how], _COMPUTE[goal]
    source, own = read_program(spec.kind), read + compute + "json, sys, Path\n"
    names = [
        name for name in ("prepare_drawing", "prepare_photo", "make_views", "resize", "parse_point") if name in read
    ]
    prepared = copy_functions(source, names, own)
    shape = f"SHAPE = {spec.shape!r}\n" if spec.kind == "pictures" else ""
    imports = "import sys\nfrom safetensors.torch import load_file\n"
    usage = f"Say what to predict: python THIS_FILE {_EXAMPLES[spec.kind]}"
    return (
        'if __name__ == "__main__":\n'
        + indent(f"{imports}{prepared.rstrip()}\n\n\n{shape}{_LOAD.format(usage=usage)}", "    ")
        + indent(read, "        ")
        + indent(
            f"with torch.inference_mode():\n{indent(compute, '    ')}print(json.dumps(answer, ensure_ascii=False))\n",
            "        ",
        )
    )

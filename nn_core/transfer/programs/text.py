"""Classifies texts with a network that NN Lab exported: python THIS_FILE "a text"

It needs the .onnx file next to it, and: pip install numpy onnxruntime. It prints a line of JSON for each text, or for each line of a
file with --file FILE.
"""

import argparse
import json
from pathlib import Path
from unicodedata import normalize

import numpy as np
import numpy.typing as npt
import onnxruntime

PADDING, UNKNOWN, FIRST = (
    0,
    1,
    2,
)  # the numbers that stand for no letter, one that is not in the alphabet, and its first letter


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("texts", nargs="*", metavar="TEXT")
    parser.add_argument("--file", type=Path, help="a text file in UTF-8 with one text per line")
    parser.add_argument("--model", type=Path, help="the .onnx file, if it is elsewhere")
    options = parser.parse_args()
    lines = options.file.read_text(encoding="utf-8").splitlines() if options.file else []
    session = onnxruntime.InferenceSession(options.model or find_model(), providers=["CPUExecutionProvider"])
    for text in [*options.texts, *lines]:
        print(json.dumps(predict(session, text), ensure_ascii=False))


def find_model() -> Path:
    """Return the .onnx file next to this one."""
    files = sorted(Path(__file__).parent.glob("*.onnx"))
    same_name = [file for file in files if Path(__file__).name.startswith(file.stem + ".")]
    if len(same_name or files) != 1:
        raise SystemExit("Say which .onnx file to use: --model FILE.onnx")
    return (same_name or files)[0]


def predict(session: onnxruntime.InferenceSession, text: str) -> dict[str, object]:
    """Return the answer for a text."""
    if not text.strip():
        return {"label": None, "probabilities": {}, "message": "Type a text"}
    described = session.get_modelmeta().custom_metadata_map
    indices = encode(text.strip(), described["alphabet"], session.get_inputs()[0].shape[1])
    outputs = dict(
        zip((output.name for output in session.get_outputs()), session.run(None, {"text": indices}), strict=True)
    )
    probabilities = outputs["probabilities"][0]
    classes = json.loads(described["classes"])
    return {
        "label": classes[int(probabilities.argmax())],
        "probabilities": {name: round(float(share), 6) for name, share in zip(classes, probabilities, strict=True)},
        "refused": bool("unfamiliarity" in outputs and outputs["unfamiliarity"][0] > 1),
    }


def encode(text: str, alphabet: str, length: int) -> npt.NDArray[np.int64]:
    """Convert a text to the numbers of its letters, [1, length]. Upper and lower case are the same."""
    plain = normalize("NFC", text.lower()).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")[:length]
    numbers = {letter: number for number, letter in enumerate(alphabet, start=FIRST)}
    known = [numbers.get(letter, UNKNOWN) for letter in plain]
    return np.array([known + [PADDING] * (length - len(known))], dtype=np.int64)


if __name__ == "__main__":
    main()

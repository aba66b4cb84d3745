"""Classifies points of the plane, or predicts their values, with a network that NN Lab exported: python THIS_FILE 0.5,-1

It needs the .onnx file next to it, and: pip install numpy onnxruntime. It prints a line of JSON for each point, or for each line of a
file with --file FILE.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import onnxruntime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("points", nargs="*", metavar="X1,X2", help="write -- before a point that begins with a minus")
    parser.add_argument("--file", type=Path, help="a text file with one point per line: two numbers with a comma")
    parser.add_argument("--model", type=Path, help="the .onnx file, if it is elsewhere")
    options = parser.parse_args()
    lines = options.file.read_text(encoding="utf-8").split() if options.file else []
    session = onnxruntime.InferenceSession(options.model or find_model(), providers=["CPUExecutionProvider"])
    for text in [*options.points, *lines]:
        print(json.dumps(predict(session, parse_point(text)), ensure_ascii=False))


def find_model() -> Path:
    """Return the .onnx file next to this one."""
    files = sorted(Path(__file__).parent.glob("*.onnx"))
    same_name = [file for file in files if Path(__file__).name.startswith(file.stem + ".")]
    if len(same_name or files) != 1:
        raise SystemExit("Say which .onnx file to use: --model FILE.onnx")
    return (same_name or files)[0]


def parse_point(text: str) -> tuple[float, float]:
    """Read two numbers with a comma."""
    try:
        x1, x2 = map(float, text.split(","))
    except ValueError:
        raise SystemExit(f"'{text}' is not a point. Write two numbers with a comma, such as 0.5,-1.") from None
    return x1, x2


def predict(session: onnxruntime.InferenceSession, point: tuple[float, float]) -> dict[str, object]:
    """Return the answer for a point."""
    described = session.get_modelmeta().custom_metadata_map
    names = [output.name for output in session.get_outputs()]
    outputs = dict(zip(names, session.run(names, {"points": np.array([point], dtype=np.float32)}), strict=True))
    if described["goal"] == "regress":
        return {"value": round(float(outputs["value"][0, 0]), 6)}
    probabilities = outputs["probabilities"][0]
    classes = json.loads(described["classes"])
    return {
        "label": classes[int(probabilities.argmax())],
        "probabilities": {name: round(float(share), 6) for name, share in zip(classes, probabilities, strict=True)},
        "refused": bool("unfamiliarity" in outputs and outputs["unfamiliarity"][0] > 1),
    }


if __name__ == "__main__":
    main()

"""Measures a network in Chromium: `python -m scripts.browser_speed [--run RUN] [--onnx-runtime FOLDER]`.

Prints rows of a Markdown table: bytes as sent with gzip, the time until the first answer of a page that has nothing in its cache, and the
time for an answer, from strokes to probabilities. FOLDER is `package/dist` of onnxruntime-web (`npm pack onnxruntime-web`); it gets
the same pictures.
"""

import argparse
import gzip
import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

from nn_core.browser import build_browser_network, get_browser_scripts
from nn_core.cli.runs import get_run
from nn_core.data.builtin.pen_digits import read_pen_drawings
from nn_core.export.onnx_model import make_onnx
from nn_core.paths import SHIPPED_RUN, get_data_folder
from scripts.install_browser import find_browser

__all__ = ["main"]

_DRAWINGS = 300
_RUNTIME = ("ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".html": "text/html"}

_OWN = """
const { createReader } = await import("/reader.js");
const reader = createReader(await (await fetch("/network.bin")).arrayBuffer());
const read = (drawing) => reader.read(drawing).probabilities;
"""
_ONNX = """
const { rules } = await (await fetch("/rules.json")).json();
const { rasterize } = await import("/rasterize.js");
const ort = await import("/ort.wasm.min.mjs");
ort.env.wasm.numThreads = 1;
const session = await ort.InferenceSession.create("/network.onnx");
const read = async (drawing) => {
  const pixels = Float32Array.from(rasterize(drawing, rules));
  const answer = await session.run({ pictures: new ort.Tensor("float32", pixels, [1, 1, 28, 28]) });
  return answer.probabilities.data;
};
"""
_MEASURE = """
const drawings = await (await fetch("/drawings.json")).json();
const answers = [[...(await read(drawings[0]))]];
const first = performance.now();
const times = [];
for (const drawing of [...drawings, ...drawings]) {
  const start = performance.now();
  const answer = await read(drawing);
  times.push(performance.now() - start);
  answers.push([...answer]);
}
return { first, times: times.slice(drawings.length), answers: answers.slice(1, drawings.length + 1) };
"""


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", default=str(SHIPPED_RUN))
    parser.add_argument("--onnx-runtime", type=Path)
    options = parser.parse_args()
    run = get_run(options.run)
    network = build_browser_network(run, get_data_folder())
    drawings = [vars(drawing) for drawing, _label in islice(read_pen_drawings(), _DRAWINGS)]
    scripts = {name: source.encode() for name, source in get_browser_scripts().items()}
    header = json.loads(network.payload[8 : 8 + int.from_bytes(network.payload[4:8], "little")])
    given = {"drawings.json": json.dumps(drawings).encode(), "index.html": b"<!doctype html><title>Measure</title>"}
    given["rules.json"] = json.dumps({"rules": header["drawing"]}).encode()
    own = {**scripts, "network.bin": network.payload}
    print("| kernels | bytes, gzip | first answer, ms | median ms | 95 % ms |")
    print("| --- | ---: | ---: | ---: | ---: |")
    exact = measure("ours", own, given, _OWN)
    if options.onnx_runtime:
        runtime = {name: (options.onnx_runtime / name).read_bytes() for name in _RUNTIME}
        model = {"rasterize.js": scripts["rasterize.js"], "network.onnx": make_onnx(run, get_data_folder()).content}
        other = measure("ONNX Runtime Web", {**runtime, **model}, given, _ONNX)
        print(f"\nLargest difference between the two: {np.abs(np.array(exact) - np.array(other)).max():.1e}")


def measure(title: str, files: Mapping[str, bytes], given: Mapping[str, bytes], script: str) -> list[list[float]]:
    """Print the row of one implementation and return its answers."""
    compressed = {f"/{name}": gzip.compress(content) for name, content in {**files, **given}.items()}
    sent = sum(len(compressed[f"/{name}"]) for name in files)
    with ThreadingHTTPServer(("127.0.0.1", 0), _make_handler(compressed)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page()
            page.goto(f"http://127.0.0.1:{server.server_port}/index.html")
            result = page.evaluate(f"async () => {{ {script} {_MEASURE} }}")
            browser.close()
        server.shutdown()
    median, most = np.percentile(result["times"], (50, 95))
    print(f"| {title} | {sent:,} | {result['first']:,.0f} | {median:.1f} | {most:.1f} |", flush=True)
    answers: list[list[float]] = result["answers"]
    return answers


def _make_handler(compressed: Mapping[str, bytes]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = compressed.get(self.path)
            self.send_response(200 if content else 404)
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Type", _TYPES.get(Path(self.path).suffix, "application/octet-stream"))
            self.end_headers()
            self.wfile.write(content or gzip.compress(b""))

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


if __name__ == "__main__":
    main()

"""Reads picture files with a network that NN Lab exported: python THIS_FILE picture.png

It needs the .onnx file next to it, and: pip install numpy pillow onnxruntime. It prints a line of JSON for each picture. A network of
drawings reads dark or light ink on any paper; the picture must show one digit or letter, on a sheet that fills the picture.
"""

import argparse
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
from PIL import Image, ImageOps

SIDE, BOX = 28, 20.0  # pixels of a prepared drawing, and of the longer side of the digit in it
MIN_STROKE, MAX_STROKE = 1.9, 3.6  # pixels: other strokes are made thicker or thinner
MAX_SIDE = 640  # pixels of a picture; a larger one is scaled down

Array = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Pixels = npt.NDArray[np.uint8]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pictures", nargs="+", type=Path, metavar="PICTURE")
    parser.add_argument("--model", type=Path, help="the .onnx file, if it is elsewhere")
    options = parser.parse_args()
    session = onnxruntime.InferenceSession(options.model or find_model(), providers=["CPUExecutionProvider"])
    for picture in options.pictures:
        try:
            print(json.dumps(predict(session, picture), ensure_ascii=False))
        except OSError as error:
            raise SystemExit(f"'{picture}' is not a readable picture: {error}. Give a PNG or JPEG file.") from error


def find_model() -> Path:
    """Return the .onnx file next to this one."""
    files = sorted(Path(__file__).parent.glob("*.onnx"))
    same_name = [file for file in files if Path(__file__).name.startswith(file.stem + ".")]
    if len(same_name or files) != 1:
        raise SystemExit("Say which .onnx file to use: --model FILE.onnx")
    return (same_name or files)[0]


def predict(session: onnxruntime.InferenceSession, file: Path) -> dict[str, object]:
    """Return the answer for a picture file; a network that reconstructs writes its picture into the current folder."""
    described = session.get_modelmeta().custom_metadata_map
    shape = tuple(session.get_inputs()[0].shape[1:])
    is_drawing = described["pictures"] == "drawings"
    prepared = prepare_drawing(file) if is_drawing else prepare_photo(file, shape)
    if prepared is None:
        return {"label": None, "probabilities": {}, "message": "No ink found. Crop to one digit; avoid dark edges."}
    samples = resize(prepared, shape)[np.newaxis].astype(np.float32)
    if described["goal"] == "reconstruct":
        pixels, code = session.run(["reconstruction", "code"], {"pictures": samples})
        target = Path(f"{file.stem}-reconstructed.png")
        Image.fromarray(np.rint(255 * pixels[0].transpose(1, 2, 0)).astype(np.uint8).squeeze()).save(target)
        return {"code": code[0].round(6).tolist(), "file": str(target)}
    views = make_views(samples[0]) if is_drawing else samples
    names = [output.name for output in session.get_outputs()]
    outputs = dict(zip(names, session.run(names, {"pictures": views}), strict=True))
    logits = outputs["logits"].mean(axis=0) / float(described["temperature"])
    probabilities = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    classes = json.loads(described["classes"])
    return {
        "label": classes[int(probabilities.argmax())],
        "probabilities": {name: round(float(share), 6) for name, share in zip(classes, probabilities, strict=True)},
        "refused": bool("unfamiliarity" in outputs and outputs["unfamiliarity"][0] > 1),
    }


# --- From a file to pixels ---


def open_picture(file: Path) -> Image.Image:
    """Open a picture upright and opaque, on white, or on black if the ink is light."""
    with Image.open(file) as stored:
        image = ImageOps.exif_transpose(stored)
    if image.mode.startswith("I"):  # greys of 10, 12, 14 or 16 bits, in files that do not say how many
        greys = np.asarray(image)
        white = next((level for level in (255, 1023, 4095, 16383) if greys.max() <= level), 65535)
        image = Image.fromarray((greys * (255 / white)).astype(np.uint8))
    if not image.has_transparency_data:
        return image if image.mode in ("L", "RGB") else image.convert("RGB")
    image = image.convert("RGBA")
    image.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.BOX)
    pixels = np.asarray(image, dtype=np.float64)
    weight = pixels[..., 3].sum()
    brightness = (pixels[..., :3].mean(axis=2) * pixels[..., 3]).sum() / weight if weight else 0
    paper = Image.new("RGBA", image.size, "white" if brightness < 128 else "black")
    return Image.alpha_composite(paper, image).convert("RGB")


def prepare_photo(file: Path, shape: tuple[int, ...]) -> Pixels:
    """Scale a photo to fit the network's square; the rest gets the median colour of the border: uint8 [channels, side, side]."""
    side = max(shape[1:])
    image = open_picture(file).convert("RGB" if shape[0] == 3 else "L")
    scale = side / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    small = np.asarray(image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)).reshape(size[1], size[0], -1)
    border = np.concatenate([small[0], small[-1], small[:, 0], small[:, -1]])
    square = np.full((side, side, small.shape[2]), np.median(border, axis=0), np.uint8)
    top, left = (side - size[1]) // 2, (side - size[0]) // 2
    square[top : top + size[1], left : left + size[0]] = small
    return np.ascontiguousarray(square.transpose(2, 0, 1))


def prepare_drawing(file: Path) -> Pixels | None:
    """Make a picture like MNIST's: light ink on black, 20 pixels large, centred: uint8 [1, 28, 28]; None without ink."""
    image = open_picture(file)
    image.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.BOX)
    colours = np.asarray(image.convert("RGB"))
    grey: Pixels = colours.mean(axis=2).round().astype(np.uint8)
    for light_on_dark in (grey, 255 - grey):
        if is_prepared(light_on_dark):
            return light_on_dark[np.newaxis]
    is_tiny = min(grey.shape) < 20
    ink = None if is_tiny else find_ink(colours.astype(np.float32) / np.float32(255))
    return None if ink is None else fit(ink)[np.newaxis]


def is_prepared(grey: Pixels) -> bool:
    """Return whether the picture is like MNIST's already."""
    if grey.shape != (SIDE, SIDE) or not (grey > 25).any() or np.median(grey) > 0:
        return False
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    off_centre = [abs((axis * grey.astype(float)).sum() / grey.sum(dtype=float) - SIDE / 2) for axis in (x, y)]
    longest = max(edge.stop - edge.start for edge in find_bounds(grey > 25))
    return bool(abs(longest - BOX) <= 2 and max(off_centre) <= 1.5)


def resize(pixels: Pixels, shape: tuple[int, ...]) -> Pixels:
    """Convert a picture to the size and the channels that the network reads."""
    if pixels.shape == shape:
        return pixels
    channels = [Image.fromarray(channel).resize((shape[2], shape[1]), Image.Resampling.BOX) for channel in pixels]
    small = np.stack([np.asarray(channel) for channel in channels])
    return small if len(small) == shape[0] else np.repeat(small[:1], shape[0], axis=0)


# --- From pixels to ink ---


def find_ink(light: Array) -> Array | None:
    """Return what is darker, or lighter, than the paper around it: [height, width], 1 for ink, 0 for paper; None without ink."""
    if max(light.shape) > 100:
        light = blur(light, 0.7)
    small = shrink_to(light, 100)
    grey = small.mean(axis=2)
    difference = grey - blur(grey, max(grey.shape) / 4)
    is_dark = bool(((difference - difference.mean()) ** 3).mean() <= 0)
    for darkness in map(compute_darkness, (light, 1 - light) if is_dark else (1 - light, light)):
        noise = 1.48 * float(np.median(np.abs(darkness - np.median(darkness))))
        darkness = darkness - np.median(darkness)
        for is_last in (False, True):
            count = max(3, int(0.002 * darkness.size))
            ink = float(np.median(np.partition(darkness, -count, axis=None)[-count:]))
            if ink < max(0.1, 4 * noise):
                break
            coverage = drop_pieces(np.clip(darkness / ink, 0, 1))
            if is_last:
                return coverage
            darkness = np.where(coverage > 0, darkness, 0)
    return None


def compute_darkness(light: Array) -> Array:
    """Return how much darker each pixel is than the paper, as a fraction of the paper's brightness, [height, width]."""
    small = shrink_to(light, 100)
    height, width, _channels = small.shape
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=2).reshape(-1, 6)
    surfaces = []
    for channel in small.reshape(
        -1, 3
    ).T:  # uneven light is a smooth surface over all pixels that are not darker than it
        paper = np.ones(len(channel), dtype=bool)
        for _round in range(6):
            rest = channel - terms @ np.linalg.lstsq(terms[paper], channel[paper], rcond=None)[0]
            fitted = channel - rest
            paper &= rest >= -rest[paper].std() - 1e-6
        surfaces.append(fitted.reshape(height, width))
    lighting = np.clip(np.stack(surfaces, axis=2), 0.05, 1).astype(np.float32)
    window = max(3, round(0.3 * max(height, width)) | 1)  # wider than any stroke, so that only the paper is left
    closed = blur(take_extreme(take_extreme(small / lighting, window, np.max), window, np.min), window / 8)
    paper_light = resize_light(closed * lighting, light.shape[:2])
    darkness: Array = ((paper_light - light) / np.maximum(paper_light, 0.05)).max(axis=2)
    return darkness


def drop_pieces(ink: Array) -> Array:
    """Remove specks, and pieces at the edge of the picture if there are others."""
    labels = label_pieces(ink > 0.5)
    boxes = {}
    for label in np.unique(labels[labels > 0]):
        rows, columns = find_bounds(labels == label)
        is_at_edge = min(rows.start, columns.start) < 2 or rows.stop > len(ink) - 2 or columns.stop > ink.shape[1] - 2
        boxes[int(label)] = (max(rows.stop - rows.start, columns.stop - columns.start), is_at_edge)
    inner = [extent for extent, is_at_edge in boxes.values() if not is_at_edge]
    if max(inner, default=0) < 0.15 * max(ink.shape):  # writing is hardly smaller
        inner = [extent for extent, _is_at_edge in boxes.values()]
        boxes = {label: (extent, False) for label, (extent, _is_at_edge) in boxes.items()}
    kept = [label for label, (extent, at_edge) in boxes.items() if not at_edge and extent >= 0.1 * max(inner)]
    dropped = (labels > 0) & ~np.isin(labels, kept)
    around = take_extreme(dropped, 5, np.max) & ~np.isin(labels, kept)
    return np.where(around, np.float32(0), ink)


def label_pieces(mask: Mask) -> npt.NDArray[np.int_]:
    """Give all pixels of a connected piece the same number, the largest of their positions; 0 outside."""
    height, width = mask.shape
    labels = np.where(mask, np.arange(1, mask.size + 1).reshape(mask.shape), 0)
    while True:
        padded = np.pad(labels, 1)
        shifted = [padded[y : y + height, x : x + width] for y in range(3) for x in range(3)]
        spread = np.where(mask, np.max(shifted, axis=0), 0)
        spread = np.append(0, spread)[spread]  # a pixel takes the number of the pixel at the position that it names
        if (spread == labels).all():
            return labels
        labels = spread


# --- From ink to a picture like MNIST's ---


def fit(ink: Array) -> Pixels:
    """Scale the ink to 20 × 20 pixels with strokes of MNIST's width, its centre of mass in the middle: uint8 [28, 28]."""
    inside = enlarge(np.pad(ink[find_bounds(ink > 0.5)], 2)) > 0.5
    inside = inside[find_bounds(inside)]
    growth = compute_growth(inside)
    inside = np.pad(inside, 2 + round(abs(growth)))
    depth = measure_depth(inside) - measure_depth(~inside)
    shape = np.clip(depth + growth + np.where(inside, 0, 1), 0, 1).astype(np.float32)
    padded = np.pad(shape, max(shape.shape))
    edges = find_bounds(padded > 0.5)
    side = max(edge.stop - edge.start for edge in edges) * SIDE / BOX
    y, x = (find_centre(padded, axis, edge, side) for axis, edge in enumerate(edges))
    window = (x - side / 2, y - side / 2, x + side / 2, y + side / 2)
    small = np.asarray(Image.fromarray(padded).resize((SIDE, SIDE), Image.Resampling.BILINEAR, box=window))
    return np.asarray(np.rint(255 * np.clip(small, 0, 1)), np.uint8)


def find_centre(shape: Array, axis: int, edge: slice, side: float) -> float:
    """Return the centre of mass along an axis, as far as the digit stays in the picture."""
    mass = shape.sum(axis=1 - axis)
    middle, reach = (edge.start + edge.stop) / 2, side * (1 - BOX / SIDE) / 2
    centre = float((mass * (np.arange(len(mass)) + 0.5)).sum() / mass.sum())
    return float(min(max(centre, middle - reach), middle + reach))


def compute_growth(inside: Mask) -> float:
    """Return by how many pixels every edge must move out (negative: in) for strokes of MNIST's width after scaling."""
    stroke = max(1.0, 4 * float(measure_depth(np.pad(inside, 1))[1:-1, 1:-1][inside].mean()) - 2)
    extent = max(inside.shape)
    if stroke > extent / 2:
        return 0.0  # a dot
    wanted = min(max(stroke * BOX / extent, MIN_STROKE), MAX_STROKE)
    return float(max((wanted * extent - BOX * stroke) / (2 * (BOX - wanted)), -0.35 * stroke))


def measure_depth(inside: Mask) -> Array:
    """Return the distance of each pixel inside to the nearest one outside, 0 outside (Felzenszwalb and Huttenlocher, 2012)."""
    height, width = inside.shape
    rows, far = np.arange(height)[:, np.newaxis], 2 * (height + width)
    above = rows - np.maximum.accumulate(np.where(inside, -far, rows), axis=0)
    below = np.minimum.accumulate(np.where(inside, far, rows)[::-1], axis=0)[::-1] - rows
    along_columns = np.minimum(above, below).astype(np.float32) ** 2
    apart = (np.arange(width)[:, np.newaxis] - np.arange(width)).astype(np.float32) ** 2
    depths: Array = np.sqrt(np.stack([(apart + row).min(axis=1) for row in along_columns]))
    return depths


def make_views(picture: Array) -> Array:
    """Return the picture and six views of it: turned, slanted and scaled a little. The average of the answers is more reliable."""
    height, width = picture.shape[1:]
    cos, sin = math.cos(math.radians(7)), math.sin(math.radians(7))
    changes = [(cos, -sin, sin, cos), (cos, sin, -sin, cos), (1, 0.12, 0, 1), (1, -0.12, 0, 1)]
    changes += [(1 / size, 0, 0, 1 / size) for size in (1.075, 0.925)]
    y, x = np.meshgrid((2 * np.arange(height) + 1) / height - 1, (2 * np.arange(width) + 1) / width - 1, indexing="ij")
    padded = np.pad(picture, [(0, 0), (1, 2), (1, 2)])
    views = [picture]
    for xx, xy, yx, yy in changes:
        column = np.clip(((xx * x + xy * y + 1) * width + 1) / 2, 0, width + 1)  # in the padded picture
        row = np.clip(((yx * x + yy * y + 1) * height + 1) / 2, 0, height + 1)
        left, top = column.astype(int), row.astype(int)
        right, bottom = column - left, row - top
        upper = padded[:, top, left] * (1 - right) + padded[:, top, left + 1] * right
        lower = padded[:, top + 1, left] * (1 - right) + padded[:, top + 1, left + 1] * right
        views.append(upper * (1 - bottom) + lower * bottom)
    return np.stack(views).astype(np.float32)


def find_bounds(mask: Mask) -> tuple[slice, slice]:
    """Return the rows and columns of the bounding box."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def shrink_to(light: Array, side: int) -> Array:
    """Scale down so that the longer side has at most this many pixels."""
    factor = side / max(light.shape)
    height, width = (max(1, round(length * factor)) for length in light.shape[:2])
    return resize_light(light, (height, width)) if factor < 1 else light


def resize_light(light: Array, size: tuple[int, ...]) -> Array:
    """Resize [height, width, 3] to (height, width)."""
    channels = [Image.fromarray(np.ascontiguousarray(light[..., channel])) for channel in range(3)]
    small = [channel.resize((size[1], size[0]), Image.Resampling.BILINEAR) for channel in channels]
    return np.stack([np.asarray(channel) for channel in small], axis=2)


def enlarge(ink: Array) -> Array:
    """Scale up to 160 pixels, so that strokes can be measured."""
    factor = 160 / max(ink.shape)
    if factor <= 1:
        return ink
    size = (round(ink.shape[1] * factor), round(ink.shape[0] * factor))
    return np.asarray(Image.fromarray(ink).resize(size, Image.Resampling.BICUBIC))


def blur(values: Array, deviation: float) -> Array:
    """Smooth the first two axes with a Gaussian."""
    reach = int(4 * deviation + 0.5)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2).astype(np.float32)
    for axis in (0, 1):
        widths = [(reach, reach) if other == axis else (0, 0) for other in range(values.ndim)]
        padded, count = np.pad(values, widths, mode="edge"), values.shape[axis]
        places = (np.take(padded, range(start, start + count), axis=axis) for start in range(2 * reach + 1))
        values = sum(weight * place for weight, place in zip(weights / weights.sum(), places, strict=True))
    return values


def take_extreme(values: Any, window: int, pick: Callable[..., Any]) -> Any:
    """Return the largest (np.max) or smallest (np.min) value in a square window around each pixel."""
    for axis in (0, 1):
        widths = [(window // 2, window // 2) if other == axis else (0, 0) for other in range(values.ndim)]
        padded = np.pad(values, widths, mode="edge")
        values = pick(np.lib.stride_tricks.sliding_window_view(padded, window, axis), axis=-1)
    return values


if __name__ == "__main__":
    main()

"""Generated photos of digits in eleven situations and of several digits, with random sizes, colours, places, light and noise."""

import io
import math
from collections.abc import Callable, Sequence

import numpy as np
from digit_ink import Array, Ink, Placement
from PIL import Image, ImageDraw, ImageFilter

__all__ = ["SITUATIONS", "Situation", "take_photo_of_number"]

Random = np.random.Generator
Colour = tuple[float, float, float]
Situation = Callable[[Ink, Random], bytes]
PENS: tuple[Colour, ...] = ((20, 20, 40), (25, 25, 25), (30, 40, 120), (60, 30, 40))
MARKERS: tuple[Colour, ...] = ((20, 30, 150), (170, 20, 30), (20, 20, 20), (10, 110, 50))
BLUE_LINES: Colour = (130, 160, 215)
RED_LINE: Colour = (210, 90, 90)


def take_clean_photo(ink: Ink, random: Random) -> bytes:
    photo = _make_paper(*_choose_size(random), random)
    return _finish(_write(photo, ink, _place(photo, random, 0.3, 0.75, pen=(0.05, 0.11)), random), random, noise=2)


def take_pencil_on_ruled_paper(ink: Ink, random: Random) -> bytes:
    photo = _make_paper(*_choose_size(random), random, darkest=235)
    unit, angle = min(photo.shape[:2]), random.uniform(-3, 3)
    spacing, thickness, strength = unit * random.uniform(0.07, 0.12), random.uniform(1, 2.2), random.uniform(0.6, 1)
    photo = _rule(photo, random, BLUE_LINES, spacing, thickness, strength, angle)
    if random.random() < 0.6:
        photo = _draw_margin(photo, random, thickness, angle)
    grey = random.uniform(95, 160)
    place = _place(photo, random, 0.2, 0.55, pen=(0.04, 0.07), min_pen=3)
    return _finish(_cover(photo, ink(place) * random.uniform(0.75, 1), (grey, grey, grey + 3)), random)


def take_pen_on_dark_lines(ink: Ink, random: Random) -> bytes:
    photo = _make_paper(*_choose_size(random), random)
    spacing = min(photo.shape[:2]) * random.uniform(0.08, 0.16)
    thickness, strength, angle = random.uniform(1.5, 3), random.uniform(0.7, 1), random.uniform(-3, 3)
    photo = _rule(photo, random, (60, 60, 70), spacing, thickness, strength, angle)
    return _finish(_write(photo, ink, _place(photo, random, 0.25, 0.6), random), random)


def take_pen_on_squared_paper(ink: Ink, random: Random) -> bytes:
    photo = _make_paper(*_choose_size(random), random)
    grey = random.uniform(120, 200)
    colour = (grey, grey, grey) if random.random() < 0.5 else BLUE_LINES
    spacing = min(photo.shape[:2]) * random.uniform(0.04, 0.09)
    thickness, strength, angle = random.uniform(1, 2), random.uniform(0.6, 1), random.uniform(-3, 3)
    for turn in (0, 90):
        photo = _rule(photo, random, colour, spacing, thickness, strength, angle + turn)
    return _finish(_write(photo, ink, _place(photo, random, 0.25, 0.6), random), random)


def take_slip_on_table(ink: Ink, random: Random) -> bytes:
    width, height = _choose_size(random)
    brightness, unit = random.uniform(20, 110), min(width, height)
    wood = brightness * np.array([1, random.uniform(0.7, 1), random.uniform(0.5, 1)])
    photo = np.ones((height, width, 3), np.float32) * wood.astype(np.float32)
    if random.random() < 0.5:  # its grain
        photo = photo + 8 * np.sin(np.arange(height) / random.uniform(3, 12))[:, None, None]
    sides = unit * random.uniform(0.45, 0.85), unit * random.uniform(0.5, 0.9)
    angle = math.radians(random.uniform(-15, 15))
    x, y = (side * random.uniform(0.45, 0.55) for side in (width, height))
    corners = []
    for right, down in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        dx, dy = right * sides[0] / 2 * random.uniform(0.93, 1), down * sides[1] / 2 * random.uniform(0.93, 1)
        corners.append(
            (x + dx * math.cos(angle) - dy * math.sin(angle), y + dx * math.sin(angle) + dy * math.cos(angle))
        )
    sheet = Image.new("L", (width, height))
    ImageDraw.Draw(sheet).polygon(corners, fill=255)
    on_sheet = np.asarray(sheet, np.float32)[..., None] / 255
    photo = photo * (1 - on_sheet) + _make_paper(width, height, random) * on_sheet
    extent = min(sides) * random.uniform(0.35, 0.7)
    place = Placement(
        width, height, (x, y), extent, max(4.0, extent * random.uniform(0.05, 0.1)), random.uniform(-8, 8)
    )
    return _finish(_write(photo, ink, place, random) * _make_gradient(photo, random, 0.25 * random.random()), random)


def take_scan_with_dark_edges(ink: Ink, random: Random) -> bytes:
    photo = _make_paper(*_choose_size(random), random, darkest=235, lightest=254)
    height, width = photo.shape[:2]
    unit, darkness = min(width, height), np.zeros((height, width), np.float32)
    free = [0.0, 0.0, float(width), float(height)]  # left, top, right, bottom
    for side in random.permutation(4)[: random.integers(1, 3)]:
        edge = unit * random.uniform(0.02, 0.14)
        length = width if side % 2 == 0 else height
        ramp = np.clip((edge - np.arange(length)) / random.uniform(1, 10) + 0.5, 0, 1)
        ramp = ramp[::-1] if side >= 2 else ramp
        free[side] = edge if side < 2 else length - edge
        darkness = np.maximum(darkness, ramp[None, :] if side % 2 == 0 else ramp[:, None])
    photo = _cover(photo, darkness * random.uniform(0.75, 1), (10, 10, 10))
    extent = unit * random.uniform(0.25, 0.55)
    margin = extent / 2 + 0.06 * unit
    centre = random.uniform(free[0] + margin, free[2] - margin), random.uniform(free[1] + margin, free[3] - margin)
    place = Placement(
        width, height, centre, extent, max(4.0, extent * random.uniform(0.05, 0.1)), random.uniform(-8, 8)
    )
    return _finish(_write(photo, ink, place, random), random)


def take_black_frame(ink: Ink, random: Random) -> bytes:
    photo = _make_paper(*_choose_size(random), random, darkest=240, lightest=255)
    height, width = photo.shape[:2]
    unit = min(width, height)
    thickness, outside = int(unit * random.uniform(0.01, 0.06)) + 1, int(unit * random.choice([0, 0, 0.02, 0.05]))
    frame = np.zeros((height, width), bool)
    frame[outside : height - outside, outside : width - outside] = True
    inside = outside + thickness
    frame[inside : height - inside, inside : width - inside] = False
    photo[frame] = random.uniform(0, 40)
    place = _place(photo, random, 0.3, 0.65, pen=(0.05, 0.11), around_middle=0.05)
    return _finish(_write(photo, ink, place, random), random, noise=2 * float(random.random() < 0.5), blur=0.5)


def take_screenshot(ink: Ink, random: Random) -> bytes:
    """A window with a title bar, with or without round buttons and a title."""
    width, height = _choose_size(random)
    unit = min(width, height)
    bar = int(unit * random.uniform(0.05, 0.12))
    grey = int(random.uniform(20, 90) if random.random() < 0.7 else random.uniform(180, 225))
    image = Image.new("RGB", (width, height), (int(random.uniform(245, 255)),) * 3)
    pencil = ImageDraw.Draw(image)
    pencil.rectangle((0, 0, width, bar), fill=(grey, grey, grey + 5))
    if random.random() < 0.6:
        for place, colour in enumerate([(255, 95, 86), (255, 189, 46), (39, 201, 63)]):
            x, radius = bar * (0.4 + 0.7 * place), bar * 0.22
            pencil.ellipse((x - radius, bar / 2 - radius, x + radius, bar / 2 + radius), fill=colour)
    if random.random() < 0.6:
        pencil.text((width * 0.4, bar * 0.25), "Untitled - Paint", fill=(230 if grey < 130 else 40,) * 3)
    photo = np.asarray(image, np.float32)
    extent = unit * random.uniform(0.3, 0.6)
    centre = width * random.uniform(0.4, 0.6), bar + (height - bar) / 2
    pen = max(3.0, extent * random.uniform(0.03, 0.11))
    place_of_digit = Placement(width, height, centre, extent, pen, random.uniform(-8, 8))
    is_png = random.random() < 0.5
    return _finish(
        _write(photo, ink, place_of_digit, random), random, noise=0, blur=0.3, kind="PNG" if is_png else "JPEG"
    )


def take_blackboard(ink: Ink, random: Random) -> bytes:
    width, height = _choose_size(random)
    green = random.uniform(30, 80) * np.array([1, random.uniform(1, 1.4), random.uniform(0.9, 1.1)])
    smears = Image.fromarray(random.normal(0, 1, (height // 24 + 1, width // 24 + 1)).astype(np.float32))
    smear = np.asarray(smears.resize((width, height), Image.Resampling.BICUBIC))[..., None] * random.uniform(3, 9)
    photo = (np.ones((height, width, 3)) * green + smear).astype(np.float32)
    chalk = np.clip(random.normal(0.8, 0.25, (height, width)), 0.2, 1).astype(np.float32)
    photo = _cover(photo, ink(_place(photo, random, 0.3, 0.7)) * chalk, (235, 235, 225))
    return _finish(photo * _make_gradient(photo, random, random.uniform(0, 0.3)), random, noise=4, blur=0.8)


def take_whiteboard(ink: Ink, random: Random) -> bytes:
    """With one or two lamps reflected in it."""
    width, height = _choose_size(random)
    photo = np.full((height, width, 3), random.uniform(170, 225), np.float32)
    photo = photo * _make_gradient(photo, random, random.uniform(0.1, 0.3))
    y, x = np.mgrid[0:height, 0:width]
    for _lamp in range(random.integers(1, 3)):
        distance = np.hypot(x - random.uniform(0, width), y - random.uniform(0, height))
        spread = min(width, height) * random.uniform(0.06, 0.2)
        photo = photo + random.uniform(40, 120) * np.exp(-((distance / spread) ** 2) / 2)[..., None]
    place = _place(photo, random, 0.3, 0.65, pen=(0.05, 0.09))
    return _finish(_cover(np.minimum(photo, 255), ink(place) * 0.9, MARKERS[random.integers(4)]), random)


def take_photo_in_uneven_light(ink: Ink, random: Random) -> bytes:
    """Light that falls off to one side, perhaps with the soft edge of a shadow."""
    photo = _make_paper(*_choose_size(random), random)
    height, width = photo.shape[:2]
    photo = _write(photo, ink, _place(photo, random, 0.3, 0.65), random)
    photo = photo * _make_gradient(photo, random, random.uniform(0.4, 0.75))
    if random.random() < 0.5:
        angle = random.uniform(0, math.pi)
        y, x = np.mgrid[0:height, 0:width]
        across = ((x - width / 2) * math.cos(angle) + (y - height / 2) * math.sin(angle)) / min(width, height)
        shadow = 1 / (1 + np.exp((random.uniform(-0.3, 0.3) - across) * random.uniform(10, 60)))
        photo = photo * (1 - 0.4 * shadow)[..., None]
    return _finish(photo, random)


SITUATIONS: dict[str, Situation] = {
    "clean": take_clean_photo,
    "pencil on ruled paper": take_pencil_on_ruled_paper,
    "dark lines": take_pen_on_dark_lines,
    "squared paper": take_pen_on_squared_paper,
    "slip on a dark table": take_slip_on_table,
    "dark scan edge": take_scan_with_dark_edges,
    "black frame": take_black_frame,
    "screenshot with title bar": take_screenshot,
    "blackboard": take_blackboard,
    "whiteboard with glare": take_whiteboard,
    "uneven light": take_photo_in_uneven_light,
}


def take_photo_of_number(digits: Sequence[Ink], random: Random) -> bytes:
    height = int(random.integers(250, 420))
    extent = height * random.uniform(0.4, 0.6)
    step = extent * random.uniform(0.9, 1.2)
    width = int(step * (len(digits) - 1) + extent * 1.6)
    photo, pen, colour = (
        _make_paper(width, height, random),
        extent * random.uniform(0.05, 0.1),
        PENS[random.integers(4)],
    )
    for place, ink in enumerate(digits):
        centre = extent * 0.8 + place * step, height * random.uniform(0.45, 0.55)
        photo = _cover(photo, ink(Placement(width, height, centre, extent, pen, random.uniform(-8, 8))), colour)
    return _finish(photo, random)


def _choose_size(random: Random) -> tuple[int, int]:
    """Width and height."""
    if random.random() < 0.3:
        return 400, 400
    width = int(random.integers(360, 900))
    return width, int(width * random.uniform(0.75, 1.33))


def _make_paper(width: int, height: int, random: Random, *, darkest: float = 225, lightest: float = 252) -> Array:
    value = random.uniform(darkest, lightest)
    colour = np.array([value, value - random.uniform(0, 6), value - random.uniform(0, 14)], np.float32)
    return np.ones((height, width, 3), np.float32) * colour


def _place(
    photo: Array,
    random: Random,
    smallest: float,
    largest: float,
    *,
    pen: tuple[float, float] = (0.05, 0.1),
    min_pen: float = 4,
    around_middle: float | None = None,
) -> Placement:
    """Anywhere in the photo, or around its middle. The digit's size is a fraction of the photo's, the pen's one of the digit's."""
    height, width = photo.shape[:2]
    unit = min(width, height)
    extent = unit * random.uniform(smallest, largest)
    margin = extent / 2 + 0.08 * unit
    centre = [random.uniform(margin, side - margin) for side in (width, height)]
    if around_middle is not None:
        centre = [side * (0.5 + random.uniform(-around_middle, around_middle)) for side in (width, height)]
    width_of_pen = max(min_pen, extent * random.uniform(*pen))
    return Placement(width, height, (centre[0], centre[1]), extent, width_of_pen, random.uniform(-8, 8))


def _write(photo: Array, ink: Ink, place: Placement, random: Random) -> Array:
    return _cover(photo, ink(place), PENS[random.integers(len(PENS))])


def _cover(photo: Array, coverage: Array, colour: Colour) -> Array:
    return photo * (1 - coverage[..., None]) + np.array(colour, np.float32) * coverage[..., None]


def _rule(
    photo: Array, random: Random, colour: Colour, spacing: float, thickness: float, strength: float, angle: float
) -> Array:
    """Draw parallel lines. angle: in degrees, 0 for horizontal ones."""
    height, width = photo.shape[:2]
    layer = Image.new("L", (2 * width, 2 * height))
    pencil = ImageDraw.Draw(layer)
    along = np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle))])
    across, reach = np.array([-along[1], along[0]]), 2 * (width + height)
    start = random.uniform(0, spacing)
    count = int((width + height) / spacing) + 2
    for number in range(-count, count):
        middle = np.array([width, height]) + 2 * (start + number * spacing) * across
        ends = [tuple(middle - reach * along), tuple(middle + reach * along)]
        pencil.line(ends, fill=255, width=max(1, round(2 * thickness)))
    lines = np.asarray(layer.resize((width, height), Image.Resampling.BOX), np.float32) / 255
    return _cover(photo, lines * strength, colour)


def _draw_margin(photo: Array, random: Random, thickness: float, angle: float) -> Array:
    height, width = photo.shape[:2]
    x = width * random.uniform(0.08, 0.18)
    layer = Image.new("L", (width, height))
    ends = [(x, 0), (x - math.tan(math.radians(angle)) * height, height)]
    ImageDraw.Draw(layer).line(ends, fill=255, width=max(1, round(thickness)))
    return _cover(photo, np.asarray(layer, np.float32) / 255, RED_LINE)


def _make_gradient(photo: Array, random: Random, strength: float) -> Array:
    """Light that falls off to one side by this fraction, [height, width, 1]."""
    y, x = np.mgrid[0 : 1 : photo.shape[0] * 1j, 0 : 1 : photo.shape[1] * 1j] - 0.5
    angle = random.uniform(0, 2 * math.pi)
    return (1 - strength * (0.5 + x * math.cos(angle) + y * math.sin(angle)))[..., None].astype(np.float32)


def _finish(photo: Array, random: Random, *, noise: float = 3, blur: float = 0.6, kind: str = "JPEG") -> bytes:
    """Add noise, of the brightness and of the colours, and blur, and encode the photo."""
    height, width = photo.shape[:2]
    noisy = photo + random.normal(0, noise, (height, width, 1)) + random.normal(0, noise / 2, (height, width, 3))
    image = Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(blur))
    file = io.BytesIO()
    image.save(file, kind, quality=int(random.integers(70, 95)))
    return file.getvalue()

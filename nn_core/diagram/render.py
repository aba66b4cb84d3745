"""Renders the diagram of a network as HTML: an SVG for each stage, and a list of the stages for screen readers."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from nn_core.diagram.shapes import draw_link, draw_shape
from nn_core.diagram.stages import Group, Item, Role, Stage, list_stages
from nn_core.i18n import _

__all__ = ["DiagramStyle", "format_shape", "render_diagram"]

_COLORS: dict[Role, int | None] = {
    "input": None,
    "other": None,
    "convolution": 0,
    "pool": 5,
    "dense": 1,
    "sequence": 7,
    "attention": 3,
    "latent": 3,
    "output": 2,
}
"""The index of each role's colour in the theme's chart colours; None is grey."""
_GREY = "#8a8fa3"
_MIN_LINK_PX = 40
_MAX_TEXT_PX = 108
_STYLE = """<style>
.nn-diagram { display: flex; flex-wrap: wrap; align-items: flex-start; row-gap: 0.9rem; padding: 0.25rem 2.2rem 0.25rem 0; }
.nn-diagram img, .nn-diagram svg { display: block; flex: none; max-width: none; }
.nn-stage { display: flex; align-items: flex-start; }
.nn-stage:first-of-type { margin-left: var(--nn-overhang); }
.nn-words { text-align: center; font-size: 0.75rem; line-height: 1.3; }
.nn-words b { display: block; font-weight: 600; }
.nn-words span { display: block; opacity: 0.8; }
.nn-words b + span { opacity: 1; white-space: nowrap; }
.nn-group { display: flex; flex-wrap: wrap; position: relative; border: 1.5px dashed color-mix(in srgb, currentColor 60%, transparent);
  border-radius: 0.6rem; padding: 0 1.7rem 1.4rem 0; margin-left: 1.2rem; }
.nn-group > .nn-tag { position: absolute; bottom: 0.2rem; left: 0.6rem; font-size: 0.72rem; line-height: 1.2; opacity: 0.8; }
.nn-layers { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (forced-colors: active) {
  .nn-diagram img, .nn-diagram svg { forced-color-adjust: none; background: var(--nn-ground); }
  .nn-words span, .nn-group > .nn-tag { opacity: 1; }
}
</style>"""


@dataclass(frozen=True)
class DiagramStyle:
    """The colours of a diagram, in CSS.

    Attributes:
        text: of the words.
        ground: behind the diagram.
        palette: of the layers; `_COLORS` has the index of each role.
        is_inline: whether the SVGs are elements of the page, so that colours may be CSS variables. Otherwise they are images,
            because Streamlit removes SVG elements.
    """

    text: str
    ground: str
    palette: Sequence[str]
    is_inline: bool = False

    def get_color(self, role: Role) -> str:
        """Return the colour of a stage with this role."""
        index = _COLORS[role]
        return _GREY if index is None or index >= len(self.palette) else self.palette[index]

    def embed(self, svg: str, kind: str) -> str:
        """Return the HTML of an SVG that screen readers skip. kind: its CSS class."""
        if self.is_inline:
            return svg.replace("<svg ", f'<svg class="{kind}" aria-hidden="true" ', 1)
        colored = svg.replace("<svg ", f'<svg color="{self.text}" ', 1)
        return f'<img class="{kind}" alt="" src="data:image/svg+xml;base64,{b64encode(colored.encode()).decode()}">'


def render_diagram(items: Sequence[Item], names: Sequence[str], style: DiagramStyle) -> str:
    """Render HTML with an SVG for each stage, which wraps on narrow pages, and a list of the stages for screen readers.

    Args:
        items: from `list_network_items`.
        names: of the classes, any text.
        style: the colours.
    """
    stages = list_stages(items)
    largest = max((max(stage.shape[1:]) for stage in stages if len(stage.shape) == 3), default=1)
    body, before = "", None
    for item in items:
        drawn, before = _render_item(item, before, names, largest, style)
        body += drawn
    label = escape(
        _("Diagram of the network, from {first} to {last}").format(
            first=_describe(stages[0]), last=_describe(stages[-1])
        )
    )
    drawn = f'<div class="nn-diagram" role="img" aria-label="{label}" style="--nn-ground: {style.ground}">{_STYLE}{body}</div>'
    return f'{drawn}<ol class="nn-layers" aria-label="{escape(_("Layers of the network"))}">{_render_list(items)}</ol>'


def _render_list(items: Sequence[Item]) -> str:
    """An HTML list item for each stage, and one with a list inside for each group."""
    html = ""
    for item in items:
        if isinstance(item, Stage):
            html += f"<li>{escape(_describe(item, parameters=True))}</li>"
        else:
            html += f"<li>{escape(_describe_group(item))}<ol>{_render_list(item.items)}</ol></li>"
    return html


def _describe(stage: Stage, *, parameters: bool = False) -> str:
    """'Convolution 16 × 14 × 14, 3×3, ReLU, 160 parameters'."""
    parts = [f"{stage.title} {format_shape(stage.shape)}"]
    if parameters:
        parts += stage.notes
        if stage.parameters:
            parts.append(_("{count:,} parameters").format(count=stage.parameters))
    return ", ".join(parts)


def _describe_group(group: Group) -> str:
    if group.repeats > 1:
        return _("Repeated {times} times:").format(times=group.repeats)
    after = ", ".join(list_stages(group.items)[-1].after)
    return _("Residual connection: the input is added to the output of these layers{after}:").format(
        after=_(", followed by {names}").format(names=after) if after else ""
    )


def _render_item(
    item: Item, before: Stage | None, names: Sequence[str], largest: int, style: DiagramStyle
) -> tuple[str, Stage | None]:
    """(HTML, the stage that the next one is linked to)."""
    if isinstance(item, Stage):
        return _render_stage(item, before, names, largest, style), item
    body = ""
    for inner in item.items:
        drawn, before = _render_item(inner, before, names, largest, style)
        body += drawn
    return f'<div class="nn-group">{body}<div class="nn-tag">{escape(_get_tag(item))}</div></div>', before


def _get_tag(group: Group) -> str:
    if group.repeats > 1:
        return _("× {times}").format(times=group.repeats)
    after = "".join(f" · {note}" for note in list_stages(group.items)[-1].after)
    return _("↷ plus input") + after


def _render_stage(stage: Stage, before: Stage | None, names: Sequence[str], largest: int, style: DiagramStyle) -> str:
    color = style.get_color(stage.role)
    drawn = draw_shape(stage, color, names, largest)
    overhang = max(0, (_estimate_width(stage) - drawn.width) // 2)
    arrow, first = "", f' style="--nn-overhang: {overhang}px"'
    if before:
        width_before = draw_shape(before, color, names, largest).width
        # Wide enough for the text below, which is wider than the drawings.
        width = max(_MIN_LINK_PX, overhang + max(0, (_estimate_width(before) - width_before) // 2) + 8)
        arrow, first = style.embed(draw_link(before, stage, color, width).svg, "nn-link"), ""
    lines = "".join(f"<span>{escape(line)}</span>" for line in [format_shape(stage.shape), *_join_notes(stage.notes)])
    size = f"width: {drawn.width + 2 * overhang}px; margin: 0 -{overhang}px"
    text = f'<div class="nn-words" style="{size}"><b>{escape(stage.title)}</b>{lines}</div>'
    return f'<div class="nn-stage"{first}>{arrow}<div>{style.embed(drawn.svg, "nn-drawn")}{text}</div></div>'


def _estimate_width(stage: Stage) -> int:
    """Approximate width in pixels of the text below a stage."""
    lines = [format_shape(stage.shape), *_join_notes(stage.notes)]
    return min(_MAX_TEXT_PX, round(max([6.9 * len(stage.title), *(6.2 * len(line) for line in lines)])))


def _join_notes(notes: Sequence[str]) -> list[str]:
    """Two short notes a line."""
    lines: list[str] = []
    for note in notes:
        if lines and len(lines[-1]) + len(note) < 17:
            lines[-1] += f", {note}"
        else:
            lines.append(note)
    return lines


def format_shape(shape: tuple[int, ...]) -> str:
    """Return a shape such as '16 × 14 × 14'."""
    return " × ".join(map(str, shape))

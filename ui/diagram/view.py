"""A network drawn before it is trained: what leaves each layer, its shape, and how many parameters there are."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from nn_core.formatting import format_percent
from nn_core.i18n import _
from nn_core.task import Goal
from ui.app.charts import is_dark
from ui.diagram.shapes import draw_link, draw_shape
from ui.diagram.stages import Group, Item, Role, Stage, list_network_items, list_stages

if TYPE_CHECKING:
    from nn_core.data import DatasetSpec
    from nn_core.models.rows import LayerRow

__all__ = ["render_diagram", "show_network"]

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
"""For each role its place among the theme's colours for charts; None is grey."""
_GREY = "#8a8fa3"
_LEAST_LINK_PX = 40
_MOST_WORDS_PX = 108
_STYLE = """<style>
.nn-diagram { display: flex; flex-wrap: wrap; align-items: flex-start; row-gap: 0.9rem; padding: 0.25rem 2.2rem 0.25rem 0; }
.nn-diagram img { display: block; flex: none; max-width: none; }
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
  .nn-diagram img { forced-color-adjust: none; background: var(--nn-ground); }
  .nn-words span, .nn-group > .nn-tag { opacity: 1; }
}
</style>"""


def show_network(rows: Sequence[LayerRow], spec: DatasetSpec, goal: Goal) -> None:
    """The number of parameters, the drawing, and the table of layers."""
    total = sum(row.parameters for row in rows)
    st.metric(_("Parameters"), f"{total:,}", help=_("The numbers that training adjusts."))
    st.caption(_in_words(rows, total))
    names = [_(name) for name in spec.classes]
    st.html(render_diagram(list_network_items(rows, spec.problem, goal), names, dark=is_dark()))
    with st.expander(_("Layer by layer"), key="layer_table", icon=":material/table_rows:"):
        st.table(
            {
                _("Layer"): [_("Input: {title}").format(title=_(spec.title)), *(row.layer for row in rows)],
                _("Output shape"): [_times(spec.shape), *(_times(row.output) for row in rows)],
                _("Parameters"): ["", *(f"{row.parameters:,}" if row.parameters else "" for row in rows)],
            },
            hide_index=True,
        )


def render_diagram(items: Sequence[Item], names: Sequence[str], *, dark: bool) -> str:
    """HTML with an inline SVG for each stage, which wraps where the page is narrow, and a list of the same for screen readers.
    names: of the classes, any text."""
    stages = list_stages(items)
    largest = max((max(stage.shape[1:]) for stage in stages if len(stage.shape) == 3), default=1)
    theme = f"theme.{'dark' if dark else 'light'}"
    ground = st.get_option(f"{theme}.backgroundColor") or ("#000" if dark else "#fff")
    look = _Look(st.get_option(f"{theme}.textColor") or _GREY, st.get_option(f"{theme}.chartCategoricalColors") or [])
    body, before = "", None
    for item in items:
        drawn, before = _item(item, before, names, largest, look)
        body += drawn
    label = escape(
        _("Diagram of the network, from {first} to {last}").format(
            first=_describe(stages[0]), last=_describe(stages[-1])
        )
    )
    drawn = (
        f'<div class="nn-diagram" role="img" aria-label="{label}" style="--nn-ground: {ground}">{_STYLE}{body}</div>'
    )
    return f'{drawn}<ol class="nn-layers" aria-label="{escape(_("Layers of the network"))}">{_list_items(items)}</ol>'


def _list_items(items: Sequence[Item]) -> str:
    """An HTML list item for each stage, and one with a list inside for each group."""
    html = ""
    for item in items:
        if isinstance(item, Stage):
            html += f"<li>{escape(_describe(item, parameters=True))}</li>"
        else:
            html += f"<li>{escape(_describe_group(item))}<ol>{_list_items(item.items)}</ol></li>"
    return html


def _describe(stage: Stage, *, parameters: bool = False) -> str:
    """'Convolution 16 × 14 × 14, 3×3, ReLU, 160 parameters'."""
    parts = [f"{stage.title} {_times(stage.shape)}"]
    if parameters:
        parts += stage.notes
        if stage.parameters:
            parts.append(_("{count:,} parameters").format(count=stage.parameters))
    return ", ".join(parts)


def _describe_group(group: Group) -> str:
    if group.repeats > 1:
        return _("Repeated {times} times:").format(times=group.repeats)
    after = ", ".join(list_stages(group.items)[-1].after)
    return _("Residual connection: what came in is added to what these make{after}:").format(
        after=_(", followed by {names}").format(names=after) if after else ""
    )


@dataclass(frozen=True)
class _Look:
    ink: str
    palette: Sequence[str]

    def color(self, role: Role) -> str:
        place = _COLORS[role]
        return _GREY if place is None or place >= len(self.palette) else self.palette[place]

    def image(self, svg: str, kind: str) -> str:
        """The SVG as a picture: Streamlit takes inline ones out of HTML."""
        colored = svg.replace("<svg ", f'<svg color="{self.ink}" ', 1)
        return f'<img class="{kind}" alt="" src="data:image/svg+xml;base64,{b64encode(colored.encode()).decode()}">'


def _item(
    item: Item, before: Stage | None, names: Sequence[str], largest: int, look: _Look
) -> tuple[str, Stage | None]:
    """(HTML, the stage that the next one is linked to)."""
    if isinstance(item, Stage):
        return _stage(item, before, names, largest, look), item
    body = ""
    for inner in item.items:
        drawn, before = _item(inner, before, names, largest, look)
        body += drawn
    return f'<div class="nn-group">{body}<div class="nn-tag">{escape(_tag(item))}</div></div>', before


def _tag(group: Group) -> str:
    if group.repeats > 1:
        return _("× {times}").format(times=group.repeats)
    after = "".join(f" · {note}" for note in list_stages(group.items)[-1].after)
    return _("↷ plus what came in") + after


def _stage(stage: Stage, before: Stage | None, names: Sequence[str], largest: int, look: _Look) -> str:
    color = look.color(stage.role)
    drawn = draw_shape(stage, color, names, largest)
    overhang = max(0, (_words_width(stage) - drawn.width) // 2)
    arrow, first = "", f' style="--nn-overhang: {overhang}px"'
    if before:
        there = draw_shape(before, color, names, largest).width
        # As wide as the words below need it, which reach beyond the drawings.
        room = max(_LEAST_LINK_PX, overhang + max(0, (_words_width(before) - there) // 2) + 8)
        arrow, first = look.image(draw_link(before, stage, color, room).svg, "nn-link"), ""
    lines = "".join(f"<span>{escape(line)}</span>" for line in [_times(stage.shape), *_joined(stage.notes)])
    style = f"width: {drawn.width + 2 * overhang}px; margin: 0 -{overhang}px"
    words = f'<div class="nn-words" style="{style}"><b>{escape(stage.title)}</b>{lines}</div>'
    return f'<div class="nn-stage"{first}>{arrow}<div>{look.image(drawn.svg, "nn-drawn")}{words}</div></div>'


def _words_width(stage: Stage) -> int:
    """About as many pixels as the words below a stage take."""
    lines = [_times(stage.shape), *_joined(stage.notes)]
    return min(_MOST_WORDS_PX, round(max([6.9 * len(stage.title), *(6.2 * len(line) for line in lines)])))


def _joined(notes: Sequence[str]) -> list[str]:
    """Two short notes a line."""
    lines: list[str] = []
    for note in notes:
        if lines and len(lines[-1]) + len(note) < 17:
            lines[-1] += f", {note}"
        else:
            lines.append(note)
    return lines


def _times(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))


def _in_words(rows: Sequence[LayerRow], total: int) -> str:
    """What the number means: what happens to them, and where most of them are."""
    if not total:
        return _("There is nothing to learn in it yet.")
    largest = max(rows, key=lambda row: row.parameters)
    share = format_percent(largest.parameters / total, 0)
    return _("Training adjusts all of them a little after every batch. {share} are in the layer {layer}.").format(
        share=share, layer=largest.layer.replace("→", "to")
    )

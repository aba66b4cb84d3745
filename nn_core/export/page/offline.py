"""Builds the file: the network's weights, what reads drawings with them, and the pad, in one page that loads nothing else."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from jinja2 import Environment

from nn_core.browser import BrowserNetwork, build_browser_network, join_browser_scripts
from nn_core.data import DatasetSpec, find_configured_dataset
from nn_core.drawings.canvas import make_keyboard_texts
from nn_core.export.templates import make_environment
from nn_core.formatting import format_bytes, format_percent
from nn_core.i18n import _
from nn_core.runs import RunFolder, make_titles
from nn_core.runs.reports import ClassificationReport

__all__ = ["OfflinePage", "RunPages", "build_pages", "render_pages", "write_worker"]

_HERE = Path(__file__).parent
_IMPORT = re.compile(r'^import \{[^}]*\} from "[^"]+";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:function|const) (\w+))", re.MULTILINE)
_END_OF_SCRIPT = re.compile(r"<(?=/script|script|!--)", re.IGNORECASE)


@dataclass(frozen=True)
class OfflinePage:
    """A page that works by itself.

    Attributes:
        html: the file.
        policy: its Content-Security-Policy, which is in the file as well.
    """

    html: bytes
    policy: str

    @cached_property
    def digest(self) -> str:
        """Changes with the page."""
        return hashlib.sha256(self.html).hexdigest()[:16]


@dataclass(frozen=True)
class RunPages:
    """The page of a run in both forms.

    Attributes:
        title: of the run.
        file: as a file.
        served: for a server that offers to install it, with a manifest and a service worker beside it.
    """

    title: str
    file: OfflinePage
    served: OfflinePage


def build_pages(run: RunFolder, data_folder: Path) -> RunPages:
    """Build the page of a run whose network reads drawings. Raises BadInput for a network that cannot run in a browser.

    Args:
        run: a run.
        data_folder: with the run's data set, whose classes are in the page.
    """
    network = build_browser_network(run, data_folder)
    spec = find_configured_dataset(run.config().data, data_folder)
    title = make_titles([run])[run.name]
    return render_pages(network, spec, title=title, file_name=f"{run.name}.html", facts=_describe_network(run, network))


def render_pages(network: BrowserNetwork, spec: DatasetSpec, *, title: str, file_name: str, facts: str) -> RunPages:
    """Write a network into pages.

    Args:
        network: of the pages.
        spec: what it was trained on.
        title: of the run.
        file_name: of the file that is saved on a phone.
        facts: a sentence about the network.
    """
    texts = _make_texts(spec)
    contents = {
        "title": title,
        "data": spec.title,
        "network": b64encode(network.payload).decode(),
        "texts": texts,
        "texts_json": json.dumps(texts).replace("<", "\\u003c"),
        "what": _describe_page(spec),
        "facts": facts,
        "file_name": file_name,
    }
    return RunPages(title, _render(contents, is_served=False), _render(contents, is_served=True))


def _render(contents: Mapping[str, object], *, is_served: bool) -> OfflinePage:
    style, script = (_HERE / "pad.css").read_text(encoding="utf-8"), _join_scripts()
    policy = _make_policy(style, script, is_served=is_served)
    template = _make_environment().get_template("page.html.jinja")
    html = template.render(contents, policy=policy, style=style, script=script, is_served=is_served)
    return OfflinePage(html.encode(), policy)


def write_worker(page: OfflinePage, address: str) -> str:
    """Write the service worker that keeps a served page.

    Args:
        page: to be kept.
        address: where it is served, which distinguishes it from those of other runs.
    """
    name = json.dumps(f"{address}#{page.digest}")[1:-1]
    return (_HERE / "worker.js").read_text(encoding="utf-8").replace("{{ page }}", name)


def _make_policy(style: str, script: str, *, is_served: bool) -> str:
    """Allow only the page's own style and script, by their hashes, and no connection."""
    beside = " 'self'" if is_served else ""
    sources = {
        "default-src": "'none'",
        "script-src": f"'sha256-{_hash(script)}'",
        "style-src": f"'sha256-{_hash(style)}'",
        "img-src": f"data:{beside}",
        "base-uri": "'none'",
        "form-action": "'none'",
        **({"manifest-src": "'self'", "worker-src": "'self'"} if is_served else {}),
    }
    return "; ".join(f"{name} {allowed}" for name, allowed in sources.items())


def _hash(text: str) -> str:
    return b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _join_scripts() -> str:
    """Return all scripts as one, in which no `</script>` ends it early."""
    parts = [_enclose(join_browser_scripts())]
    parts += [_enclose((_HERE / name).read_text(encoding="utf-8")) for name in ("pen.js", "answer.js")]
    parts.append(_IMPORT.sub("", (_HERE / "pad.js").read_text(encoding="utf-8")))
    return _END_OF_SCRIPT.sub(r"\\x3c", "\n".join(parts))


def _enclose(module: str) -> str:
    """Put a module into a function, so that its private names do not meet those of others."""
    exported = ", ".join(_EXPORT.findall(module))
    body = _EXPORT.sub("", _IMPORT.sub("", module))
    return f"const {{ {exported} }} = (() => {{\n{body}\nreturn {{ {exported} }};\n}})();"


@cache
def _make_environment() -> Environment:
    environment = make_environment("nn_core.export.page", folder="", autoescape=True)
    environment.globals["_"] = _
    return environment


def _has_only_digits(spec: DatasetSpec) -> bool:
    return set(spec.classes) <= set("0123456789")


def _make_texts(spec: DatasetSpec) -> dict[str, str]:
    """The texts of the scripts. Those in braces are replaced there."""
    return {
        "drawing": _("Drawing"),
        "pad": _("Drawing area"),
        "answer": _("Answer"),
        "bars": _("Probability of each class"),
        "invitation": _("Draw a digit") if _has_only_digits(spec) else _("Draw something"),
        "when": _("The answer follows the pen."),
        "sure": _("{share} sure"),
        "over": _("over {share}"),
        "read": _("Read as {label}, {share} sure."),
        "best": _("most likely"),
        "empty": _("Nothing is drawn."),
        "input": _("The {width} × {height} pixels that the network sees"),
        "nameless": _("(no name)"),
        "broken": _("This page does not work in this browser."),
        **make_keyboard_texts(),
    }


def _describe_page(spec: DatasetSpec) -> str:
    if _has_only_digits(spec):
        return _("A drawing area and a neural network that reads the digit in it, while you draw.")
    return _(
        "A drawing area and a neural network that chooses one of {count} classes for the drawing in it, while you draw."
    ).format(count=len(spec.classes))


def _describe_network(run: RunFolder, network: BrowserNetwork) -> str:
    size = format_bytes(len(network.payload))
    facts = [_("The network is in this page: {size} as {precision}.").format(size=size, precision=network.precision)]
    if parameters := run.status().parameters:
        facts.append(_("It has {parameters:,} parameters.").format(parameters=parameters))
    report = run.evaluation()
    if isinstance(report, ClassificationReport):
        share = format_percent(report.accuracy)
        facts.append(
            _("It read {share} of its {count:,} test examples correctly.").format(share=share, count=report.samples)
        )
    return " ".join(facts)

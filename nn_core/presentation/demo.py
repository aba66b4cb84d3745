"""A demo: an ordered list of links to pages of the app, each with a title and a note. Its JSON form is checked strictly."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from nn_core.errors import BadInput, to_one_line
from nn_core.i18n import _

__all__ = [
    "MAX_ATTRACT_SECONDS",
    "MAX_FILE_BYTES",
    "MAX_LINK_LENGTH",
    "MAX_NOTE_LENGTH",
    "MAX_TITLE_LENGTH",
    "MAX_VIEWS",
    "MIN_ATTRACT_SECONDS",
    "OWN_PARAMETERS",
    "VIEW_SECONDS",
    "Demo",
    "DemoView",
    "format_demo",
    "make_link",
    "normalize_link",
    "parse_demo",
]

MAX_VIEWS = 50
MAX_TITLE_LENGTH, MAX_NOTE_LENGTH = 80, 300
MAX_LINK_LENGTH = 4000
"""Characters; a link to the Playground with drawn points is the longest."""
MAX_FILE_BYTES = 256 * 1024
MIN_ATTRACT_SECONDS, MAX_ATTRACT_SECONDS = 2, 3600
VIEW_SECONDS = (3, 600)
"""The shortest and the longest time for which the attract loop shows a view."""
OWN_PARAMETERS = frozenset({"present", "demo"})
"""Parameters of the presentation mode; they are not part of a view."""
_ID = re.compile(r"[0-9a-f]{8}")


@dataclass(frozen=True)
class DemoView:
    """One view of a demo.

    Attributes:
        link: page and query, such as `/draw?run=pretrained-digits`; the same for each spelling of it.
        title: as the presenter calls it.
        note: what to say; may be empty.
        id: eight hexadecimal digits; identifies the view while it is moved or edited.
    """

    link: str
    title: str
    note: str = ""
    id: str = ""


@dataclass(frozen=True)
class Demo:
    """The demo of this installation.

    Attributes:
        views: in order.
        attract_seconds: without input until the attract loop begins; 0 for never.
        view_seconds: for which the attract loop shows each view.
    """

    views: tuple[DemoView, ...] = ()
    attract_seconds: int = 60
    view_seconds: int = 15

    def add(self, link: str, title: str, note: str = "") -> Demo:
        """Return the demo with one more view at the end. Raises BadInput if a text is too long or there are too many views.

        Args:
            link: as `make_link` or `normalize_link` returned it.
            title: as the presenter calls the view.
            note: what to say.
        """
        if len(self.views) >= MAX_VIEWS:
            raise BadInput(
                _("The demo has {most} views, which is the maximum; delete one first.").format(most=MAX_VIEWS)
            )
        view = _make_view(link, title, note, secrets.token_hex(4))
        return replace(self, views=(*self.views, view))

    def edit(self, identity: str, *, title: str | None = None, note: str | None = None) -> Demo:
        """Return the demo with another title or note of one view. Raises BadInput."""

        def change(view: DemoView) -> DemoView:
            new_title, new_note = (view.title if title is None else title), (view.note if note is None else note)
            return _make_view(view.link, new_title, new_note, view.id)

        return replace(self, views=tuple(change(view) if view.id == identity else view for view in self.views))

    def reorder(self, identity: str, places: int) -> Demo:
        """Return the demo with a view further down by this many places, or further up if negative."""
        views = list(self.views)
        for index, view in enumerate(self.views):
            if view.id == identity:
                views.insert(min(max(index + places, 0), len(views) - 1), views.pop(index))
        return replace(self, views=tuple(views))

    def delete(self, identity: str) -> Demo:
        """Return the demo without this view."""
        return replace(self, views=tuple(view for view in self.views if view.id != identity))

    def configure(self, *, attract_seconds: int, view_seconds: int) -> Demo:
        """Return the demo with these times. Raises BadInput."""
        if attract_seconds and not MIN_ATTRACT_SECONDS <= attract_seconds <= MAX_ATTRACT_SECONDS:
            raise BadInput(
                _("The attract loop cannot begin after {value} seconds: use 0 for never, or {least} to {most}.").format(
                    value=attract_seconds, least=MIN_ATTRACT_SECONDS, most=MAX_ATTRACT_SECONDS
                )
            )
        if not VIEW_SECONDS[0] <= view_seconds <= VIEW_SECONDS[1]:
            raise BadInput(
                _("A view cannot be shown for {value} seconds: use {least} to {most}.").format(
                    value=view_seconds, least=VIEW_SECONDS[0], most=VIEW_SECONDS[1]
                )
            )
        return replace(self, attract_seconds=attract_seconds, view_seconds=view_seconds)


def make_link(address: str, query: dict[str, list[str]]) -> str:
    """Return the link to a page. address: without a slash; empty for Home."""
    pairs = [(name, value) for name, values in query.items() if name not in OWN_PARAMETERS for value in values]
    return f"/{address}" + (f"?{urlencode(pairs)}" if pairs else "")


def normalize_link(text: str, addresses: Collection[str]) -> str:
    """Return the one spelling of a link to a page of the app. Raises BadInput for any other link, such as one with a host.

    Args:
        text: the link.
        addresses: of the pages, without slashes; that of Home is empty.
    """
    shown = to_one_line(text, 60)
    if len(text) > MAX_LINK_LENGTH:
        raise BadInput(
            _("The link '{link}' has {count:,} characters; at most {most:,} are allowed.").format(
                link=shown, count=len(text), most=MAX_LINK_LENGTH
            )
        )
    pairs = _parse_link(text, addresses)
    if pairs is None:
        raise BadInput(
            _(
                "The link '{link}' does not lead to a page of NN Lab; links look like '/draw?run=pretrained-digits'."
            ).format(link=shown)
        )
    query: dict[str, list[str]] = {}
    for name, value in pairs:
        query.setdefault(name, []).append(value)
    return make_link(urlsplit(text).path.removeprefix("/"), query)


def _parse_link(text: str, addresses: Collection[str]) -> list[tuple[str, str]] | None:
    """The parameters of a link; None if it does not lead to one of the pages."""
    if not (text.startswith("/") and text.isascii() and text.isprintable()) or "\\" in text:
        return None
    try:
        parts = urlsplit(text)
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query), max_num_fields=100)
    except ValueError:
        return None
    is_own = not (parts.scheme or parts.netloc or parts.fragment) and parts.path.removeprefix("/") in addresses
    return pairs if is_own else None


def _make_view(link: str, title: str, note: str, identity: str) -> DemoView:
    title, note = _clean(title), _clean(note)
    if not 0 < len(title) <= MAX_TITLE_LENGTH:
        raise BadInput(
            _("A view cannot be called '{title}': its title needs 1 to {most} characters.").format(
                title=to_one_line(title, 30), most=MAX_TITLE_LENGTH
            )
        )
    if len(note) > MAX_NOTE_LENGTH:
        raise BadInput(
            _("The note of '{title}' has {count:,} characters; at most {most} are allowed.").format(
                title=to_one_line(title, 30), count=len(note), most=MAX_NOTE_LENGTH
            )
        )
    return DemoView(link, title, note, identity)


def _clean(text: str) -> str:
    """In one line, without characters that cannot be shown."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


class _StoredView(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    link: str
    title: str
    note: str = ""
    id: str = ""

    @field_validator("id")
    @classmethod
    def _check_id(cls, text: str) -> str:
        return text if _ID.fullmatch(text) else ""


class _StoredDemo(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    version: int = Field(ge=1, le=1)
    attract_seconds: int = 60
    view_seconds: int = 15
    views: list[_StoredView] = Field(max_length=MAX_VIEWS)


def parse_demo(content: bytes, addresses: Collection[str]) -> Demo:
    """Read what `format_demo` returned. Raises BadInput with one sentence for anything else.

    Args:
        content: of a file.
        addresses: of the pages to which links may lead, as for `normalize_link`.
    """
    if len(content) > MAX_FILE_BYTES:
        raise BadInput(
            _("The demo file has {count:,} bytes; at most {most:,} are allowed.").format(
                count=len(content), most=MAX_FILE_BYTES
            )
        )
    try:
        stored = _StoredDemo.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or _("the file")
        raise BadInput(
            _("This is not a demo file ({place}: {reason}); export a demo to see what one looks like.").format(
                place=to_one_line(place, 60), reason=to_one_line(str(first["msg"]), 120)
            )
        ) from None
    demo = Demo().configure(attract_seconds=stored.attract_seconds, view_seconds=stored.view_seconds)
    used: set[str] = set()
    views = []
    for view in stored.views:
        identity = view.id if view.id and view.id not in used else secrets.token_hex(4)
        used.add(identity)
        views.append(_make_view(normalize_link(view.link, addresses), view.title, view.note, identity))
    return replace(demo, views=tuple(views))


def format_demo(demo: Demo) -> bytes:
    """Return the demo as readable JSON."""
    views = [_StoredView(link=view.link, title=view.title, note=view.note, id=view.id) for view in demo.views]
    stored = _StoredDemo(version=1, attract_seconds=demo.attract_seconds, view_seconds=demo.view_seconds, views=views)
    return stored.model_dump_json(indent=1).encode() + b"\n"

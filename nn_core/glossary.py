"""The glossary: every term that pages, tooltips and docs explain. Its texts are in glossary.toml, and the docs are made from it.

Texts are returned in English; who shows them passes each through `_`.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

__all__ = ["Source", "Term", "find_terms", "get_term", "load_glossary"]

_FILE = Path(__file__).with_name("glossary.toml")


@dataclass(frozen=True)
class Source:
    """Where a method is published.

    Attributes:
        citation: authors, year and title.
        address: of the publication.
    """

    citation: str
    address: str


@dataclass(frozen=True)
class Term:
    """A term of the glossary. `short` and `background` are Markdown.

    Attributes:
        name: as the code and addresses name it, such as "learning_rate".
        title: as readers call it.
        group: the heading under which lists show it.
        short: one sentence, for a tooltip.
        background: half a page; an empty line divides paragraphs, and each paragraph is one line.
        related: names of other terms.
        also: other words by which readers search for it.
        sources: publications.
    """

    name: str
    title: str
    group: str
    short: str
    background: str
    related: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()


@cache
def load_glossary() -> Mapping[str, Term]:
    """Load all terms by name, in the order in which lists show them."""
    terms: dict[str, Term] = {}
    group = ""
    for name, entry in tomllib.loads(_FILE.read_text(encoding="utf-8")).items():
        group = entry.get("group", group)
        terms[name] = Term(
            name,
            entry["title"],
            group,
            entry["short"],
            "\n\n".join(" ".join(paragraph.split()) for paragraph in entry["background"].strip().split("\n\n")),
            tuple(entry.get("related", ())),
            tuple(entry.get("also", ())),
            tuple(Source(citation, address) for citation, address in entry.get("sources", ())),
        )
    return MappingProxyType(terms)


def get_term(name: str) -> Term:
    """Return a term. Raises KeyError if the glossary does not have it, which is a mistake in the code that asks."""
    return load_glossary()[name]


def find_terms(query: str) -> list[Term]:
    """List the terms that contain every word of the query: first those that have them in a title, then those that have them in
    the text. All terms for an empty query."""
    words = query.casefold().split()
    named = [term for term in load_glossary().values() if _has_all(words, term.title, term.name, *term.also)]
    mentioned = [
        term
        for term in load_glossary().values()
        if term not in named and _has_all(words, term.title, *term.also, term.short, term.background)
    ]
    return [*named, *mentioned]


def _has_all(words: list[str], *texts: str) -> bool:
    text = " ".join(texts).casefold()
    return all(word in text for word in words)

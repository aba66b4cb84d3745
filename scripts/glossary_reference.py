"""Writes docs/glossary.md from the glossary: `python -m scripts.glossary_reference`."""

from itertools import groupby
from pathlib import Path

from nn_core.glossary import Term, load_glossary

FILE = Path(__file__).parent.parent / "docs" / "glossary.md"


def make_reference() -> str:
    """Return the document: an alphabetical index, then all terms by group."""
    terms = load_glossary()
    index = sorted(terms.values(), key=lambda term: term.title.casefold())
    lines = [
        "# Glossary",
        "",
        "The terms that the pages explain, as the page Glossary shows them. Made from `nn_core/glossary.toml` by",
        "`python -m scripts.glossary_reference`; a test holds the two together.",
        "",
        " · ".join(_link(term) for term in index),
    ]
    for group, members in groupby(terms.values(), key=lambda term: term.group):
        lines += ["", f"## {group}"]
        for term in members:
            lines += ["", f"### {term.title}", "", f"*{term.short}*", "", term.background]
            if term.related:
                lines += ["", f"Related: {', '.join(_link(terms[name]) for name in term.related)}"]
            for source in term.sources:
                lines += ["", f"Source: [{source.citation}]({source.address})"]
    return "\n".join(lines) + "\n"


def _link(term: Term) -> str:
    """A link to a term's heading, whose address is made as GitHub makes it."""
    kept = (letter for letter in term.title.lower() if letter.isalnum() or letter in " -_")
    return f"[{term.title}](#{''.join(kept).replace(' ', '-')})"


if __name__ == "__main__":
    FILE.write_text(make_reference(), encoding="utf-8")

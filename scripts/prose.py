"""Checks the style of documents, docstrings, comments and user texts: rare words, American spellings and repeated words.

Run with `python -m scripts.prose`; `make check` does. The word lists are in pyproject.toml, under `[tool.prose]`.
"""

import ast
import io
import re
import sys
import tokenize
import tomllib
from collections.abc import Iterator
from pathlib import Path

__all__ = ["find_problems", "main"]

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = ("*.md", "docs/*.md")
SOURCES = ("app.py", "nn_core/**/*.py", "ui/**/*.py", "pages/*.py")
MARKED_AS_TEXT = ("_", "N_", "declare_setting", "declare_group", "declare_choice")
_CODE = re.compile(r"```.*?```|`[^`\n]*`|<!--.*?-->|\]\([^)]*\)", re.DOTALL)
_REPEATED = re.compile(r"(?i)\b([a-z]{2,})[ \n]\1\b")

Text = tuple[int, str]
"""The number of its first line, and a text."""


def main() -> None:
    """Print all problems, and exit with 1 if there are more than `[tool.prose]` allows."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["prose"]
    problems = [
        f"{file.relative_to(ROOT)}:{line}: {problem}"
        for patterns, read in ((DOCUMENTS, read_document), (SOURCES, read_source))
        for pattern in patterns
        for file in sorted(ROOT.glob(pattern))
        for first, text in read(file.read_text(encoding="utf-8"))
        for line, problem in find_problems(first, text, settings["words"])
    ]
    if len(problems) > settings["allowed"]:
        print(*problems, sep="\n")
        sys.exit(f"{len(problems)} problems of style; [tool.prose] in pyproject.toml allows {settings['allowed']}.")


def find_problems(first: int, text: str, words: dict[str, str]) -> Iterator[tuple[int, str]]:
    """(line, problem) of a text that begins in line `first`. words: what to write in place of each word."""
    plain = _CODE.sub(lambda code: "\n" * code.group().count("\n") + "·", text)
    for found in re.finditer(rf"(?i)\b({'|'.join(words)})\b", plain):
        word = found.group()
        yield first + plain.count("\n", 0, found.start()), f"'{word}': write {words[word.lower()]}"
    for found in _REPEATED.finditer(plain):
        if found.group().split()[1].isupper():  # --name NAME
            continue
        yield first + plain.count("\n", 0, found.start()), f"'{found.group(1)}' is repeated"


def read_document(text: str) -> Iterator[Text]:
    """A document as a whole."""
    yield 1, text


def read_source(text: str) -> Iterator[Text]:
    """Docstrings, comments and user texts of a Python file."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr):
            strings = [node.value]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKED_AS_TEXT:
            strings = node.args
        else:
            continue
        for string in strings:
            if isinstance(string, ast.Constant) and isinstance(string.value, str):
                yield string.lineno, string.value


if __name__ == "__main__":
    main()

"""Measures the structure of the code: words, names, sizes of modules, types and lines. Prints one table.

Run with `python -m scripts.house`, or `make house`.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from statistics import median

__all__ = ["main"]

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("nn_core", "ui", "pages")
TEXTS = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/*.md")
RARE_WORDS = tuple(
    """
    told anew nobody somebody sureness whoever taught merely errs
    abreast ails alike anybody commonest entrance everybody faintest lesson lessons likeliest muddled seldom surely surer untidy
    """.split()
)
"""Words that hardly occur in code that other engineers read.

Those of the second line occur here at least 60 times as often as in torch, scikit-learn, Streamlit, pydantic, numpy, scipy and ten
other packages (14 million words), and are neither terms of the field nor names on the disk. "judged", "audience", "squeezes" and
"begun" are as frequent, but can be the right word.
"""

VERBS = frozenset(
    """
    acquire adapt add adopt agree announce answer append apply arrange ask attribute augment await blur build calibrate call cancel catch
    change check choose clean clear collect color compare compile compute configure convert copy correct count create cut
    declare decode delete derive describe detect diagnose differentiate download draw drop edit
    empty encode end enlarge enter escape estimate evaluate explain explore export fetch fill filter find finish fit fold follow
    forget format freeze gather generate get give go group hand hash identify import improve inherit inspect interpolate isolate join keep label launch leave
    list load look make match measure mix move mount name normalize note notify offer open order pack pad paint parse pause
    pick place plan plot predict preload prepare preview print probe propose protect prove quote rasterize rate read receive remember repeat
    record recover redirect reexec register reject remove rename render repair replace report request require
    rerun reset resize resolve restore resume round run save scale score search see segment select send serve set
    settle shorten show shrink skip smooth sort split start stop store strip suggest summarize sweep sync take
    teach test thin to trace train translate try unpack unroll update use validate vary wait walk warm warn watch
    weigh widen wrap write
    """.split()
)
"""First words of the names of functions."""

ENTRY_POINTS = ("main", "N")  # and N_, the name that gettext's tools look for
SMALL, LARGE = 50, 350
STAND_ALONE = ("nn_core/models/", "pages/")  # a network or a page is one file, even if it is short
BOOLEAN_PREFIXES = ("is", "has", "can", "are", "needs", "should")


def main() -> None:
    """Print the table."""
    files = sources()
    trees = {file: ast.parse(file.read_text(encoding="utf-8")) for file in files}
    sizes = [size_of(file) for file in files if file.name != "__init__.py"]
    small = [
        file
        for file in files
        if file.name != "__init__.py" and not name_of(file).startswith(STAND_ALONE) and size_of(file) < SMALL
    ]
    rows = [
        ("rare words in code, pages and docs", f"{count_rare_words(files)}", "< 30"),
        ("public functions without a verb", f"{len(list(find_unnamed_verbs(trees)))}", "0"),
        ("public predicates without is_, has_ or can_", f"{len(list(find_plain_predicates(trees)))}", "0"),
        (f"modules under {SMALL} lines", f"{len(small)} ({len(small) / len(sizes):.0%})", "<= 12 %"),
        ("median lines of a module", f"{median(sizes):.0f}", ">= 120"),
        (f"modules over {LARGE} lines", f"{sum(size > LARGE for size in sizes)}", "0"),
        ("dict[str, Any]", f"{count_matches(files, re.escape('dict[str, Any]'))}", "< 10"),
        ("Any", f"{sum(count_any(tree) for tree in trees.values())}", "< 60"),
        ("most files touched to add something", f"{count_touched_files()}", "<= 2"),
        ("lines of code", f"{sum(count_code_lines(file) for file in files):,}", "<= 18,500"),
    ]
    for title, value, target in [("", "now", "target"), *rows]:
        print(f"{title:<45} {value:>12} {target:>10}")


def sources() -> list[Path]:
    """The Python files of nn_core, ui and pages."""
    return [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]


def name_of(file: Path) -> str:
    """The path below the project, with slashes."""
    return file.relative_to(ROOT).as_posix()


def size_of(file: Path) -> int:
    """All lines of a file."""
    return len(file.read_text(encoding="utf-8").splitlines())


def count_matches(files: list[Path], pattern: str) -> int:
    """The number of matches of a pattern in the files."""
    return sum(len(re.findall(pattern, file.read_text(encoding="utf-8"))) for file in files)


def count_rare_words(files: list[Path]) -> int:
    """The number of `RARE_WORDS` in code and documents, including parts of names."""
    documents = [file for pattern in TEXTS for file in ROOT.glob(pattern)]
    scripts = [file for file in (ROOT / "ui").rglob("*.js") if "vendor" not in file.parts]
    words = "|".join(RARE_WORDS)
    return count_matches([*files, *scripts, *documents], rf"(?i)(?<![a-z])({words})(?![a-z])")


def find_unnamed_verbs(trees: dict[Path, ast.Module]) -> Iterator[str]:
    """Public functions whose names do not start with a verb, without context managers. Add new verbs to `VERBS`."""
    for file, tree in trees.items():
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
                word = node.name.split("_")[0]
                if word not in (*VERBS, *BOOLEAN_PREFIXES, *ENTRY_POINTS) and not is_context_manager(node):
                    yield f"{name_of(file)}: {node.name}"


def is_context_manager(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether the function is used after `with`: such names are nouns, as `tempfile.TemporaryDirectory`."""
    words = [*node.decorator_list, *([node.returns] if node.returns else [])]
    return any("contextmanager" in ast.unparse(word).lower() for word in words)


def find_plain_predicates(trees: dict[Path, ast.Module]) -> Iterator[str]:
    """Public functions and methods that return bool and are not named as questions."""
    for file, tree in trees.items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_") or node.returns is None:
                continue
            if ast.unparse(node.returns) == "bool" and node.name.split("_")[0] not in (*BOOLEAN_PREFIXES, *VERBS):
                yield f"{name_of(file)}: {node.name}"


def count_touched_files() -> int:
    """The most files that an example of CONTRIBUTING touches."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    sections = text.split("\n### ")[1:]
    return max(len(set(re.findall(r"^(?:New file|In) `([^`]+)`:$", each, re.MULTILINE))) for each in sections)


def count_any(tree: ast.Module) -> int:
    """The number of uses of the type Any."""
    return sum(isinstance(node, ast.Name) and node.id == "Any" for node in ast.walk(tree))


def count_code_lines(file: Path) -> int:
    """The number of lines without blanks, comments and docstrings."""
    text = file.read_text(encoding="utf-8")
    documented = {
        line
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    silent = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in silent:
            lines.update(range(token.start[0], token.end[0] + 1))
    return len(lines - documented)


if __name__ == "__main__":
    main()

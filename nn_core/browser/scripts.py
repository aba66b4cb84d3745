"""The JavaScript that runs a network: plain ES modules, which a page loads as they are or joined to one."""

import re
from pathlib import Path

__all__ = ["BROWSER_SCRIPTS", "get_browser_scripts", "join_browser_scripts"]

BROWSER_SCRIPTS = Path(__file__).parent
"""The folder with the modules. They import each other by their file names, such as `./kernels.js`."""
_ENTRY = "reader.js"
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+\.js)";\n', re.MULTILINE)


def get_browser_scripts() -> dict[str, str]:
    """Return the source of each module by its file name; each comes after those that it imports, `reader.js` last."""
    ordered: dict[str, str] = {}

    def add(name: str) -> None:
        if name not in ordered:
            source = (BROWSER_SCRIPTS / name).read_text(encoding="utf-8")
            for imported in _IMPORT.findall(source):
                add(imported)
            ordered[name] = source

    add(_ENTRY)
    return ordered


def join_browser_scripts() -> str:
    """Return all modules as one that exports `createReader` and imports nothing, for pages that are a single file."""
    parts = []
    for name, source in get_browser_scripts().items():
        plain = _IMPORT.sub("", source)
        if name == _ENTRY:
            parts.append(plain)
            continue
        exported = re.findall(r"^export function (\w+)", plain, re.MULTILINE)
        body = re.sub(r"^export ", "", plain, flags=re.MULTILINE)
        # A function around each module, so that their private names do not meet.
        parts.append(
            f"const {{ {', '.join(exported)} }} = (() => {{\n{body}return {{ {', '.join(exported)} }};\n}})();\n"
        )
    return "\n".join(parts)

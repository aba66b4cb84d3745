"""Small scripts that several components include, each in its own module: colours, markers, the axes of a plane, text and tables."""

from pathlib import Path

__all__ = ["join_scripts"]

_HERE = Path(__file__).parent


def join_scripts(folder: Path, *names: str, shared: tuple[str, ...] = ()) -> str:
    """One JavaScript module: the named scripts of this package, followed by those of a component's folder."""
    files = [*(_HERE / name for name in shared), *(folder / name for name in names)]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)

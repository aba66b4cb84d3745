"""Loads the Jinja templates of exports."""

from __future__ import annotations

from collections.abc import Callable

from jinja2 import Environment, PackageLoader, StrictUndefined

__all__ = ["make_environment"]


def make_environment(
    package: str,
    *,
    folder: str = "templates",
    autoescape: bool = False,
    finalize: Callable[[object], object] | None = None,
) -> Environment:
    """Return the environment of a package's templates. A name that is not given is an error, and lines of tags leave no blank lines.

    Args:
        package: such as `nn_core.export.report`.
        folder: of the templates, inside the package.
        autoescape: whether values are escaped for HTML.
        finalize: changes each value before it is written.
    """
    return Environment(
        loader=PackageLoader(package, folder),
        autoescape=autoescape,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
        finalize=finalize,
    )

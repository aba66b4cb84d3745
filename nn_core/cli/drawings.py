"""The commands export-drawings and import-drawings: the user's labelled and pinned drawings as a file."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from nn_core.atomic_io import replace_bytes
from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.paths import get_data_folder

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    app.command("export-drawings")(export_drawings)
    app.command("import-drawings")(import_drawings)


def export_drawings(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="FILE.jsonl for JSON Lines of strokes, FILE.zip for PNG pictures.")
    ],
) -> None:
    """Write your labelled and pinned drawings to a file. Prints its path."""
    from nn_core.drawings.corrections import get_corrections_file, read_corrections
    from nn_core.drawings.exchange import SharedDrawing, pack_lines, pack_pictures
    from nn_core.drawings.pins import read_pins

    pack = {".jsonl": pack_lines, ".zip": pack_pictures}.get(file.suffix.lower())
    if pack is None:
        raise BadInput(
            _("'{file}' ends with neither .jsonl nor .zip; name the file drawings.jsonl or drawings.zip.").format(
                file=file
            )
        )
    folder = get_data_folder()
    drawings: list[SharedDrawing] = [*read_pins(folder), *read_corrections(get_corrections_file(folder))]
    try:
        replace_bytes(file, pack(drawings))
    except OSError as error:
        raise BadInput(
            _("Cannot write '{file}': {reason}. Choose a folder that you may write to.").format(
                file=file, reason=error.strerror or error
            )
        ) from error
    print(_("{count:,} drawings written.").format(count=len(drawings)), file=sys.stderr)
    print(file)


def import_drawings(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What Draw or export-drawings has written.")],
) -> None:
    """Add the labelled and pinned drawings of a file to yours; those that are there already are skipped."""
    from nn_core.drawings.exchange import MAX_FILE_BYTES, read_shared, store_shared

    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise BadInput(
            _("Cannot read the drawings in '{file}': {reason}. Give a file that NN Lab exported.").format(
                file=file, reason=error.strerror or error
            )
        ) from error
    stored = store_shared(read_shared(content, file.name), get_data_folder())
    print(
        _("{labelled:,} labelled and {pinned:,} pinned drawings imported, {duplicates:,} were there already.").format(
            labelled=stored.labelled, pinned=stored.pinned, duplicates=stored.duplicates
        ),
        file=sys.stderr,
    )
    if stored.unlabelled:
        print(_("One drawing has no label, so it was left out."), file=sys.stderr)

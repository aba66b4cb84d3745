"""The commands import-data, delete-data and datasets."""

import json
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from nn_core.cli.runs import JsonFlag
from nn_core.formatting import format_percent
from nn_core.i18n import _
from nn_core.paths import get_data_folder

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    app.command("import-data")(import_data)
    app.command("delete-data")(delete_data)
    app.command("datasets")(print_datasets)


def import_data(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A ZIP, a tar or a folder with a folder of pictures for each class, or a table (CSV, TSV, XLSX, ODS, JSON) of "
            "text and label.",
        ),
    ],
    name: Annotated[str, typer.Option("--name", help="Name of the data set.")],
    size: Annotated[
        int, typer.Option("--size", metavar="PIXELS", help="Width and height of the pictures, 28 to 64.")
    ] = 28,
    colour: Annotated[bool, typer.Option("--colour/--grey", help="Whether pictures keep their colours.")] = False,
    length: Annotated[
        int | None,
        typer.Option(
            "--length", metavar="CHARACTERS", help="Longest text; longer ones are cut. Default: chosen from the data."
        ),
    ] = None,
    text_column: Annotated[
        str | None,
        typer.Option(
            "--text-column", metavar="COLUMN", help="Column of the texts: its name, or its number counted from 1."
        ),
    ] = None,
    label_column: Annotated[
        str | None,
        typer.Option(
            "--label-column", metavar="COLUMN", help="Column of the labels, likewise; also of a table in an archive."
        ),
    ] = None,
    classes: Annotated[
        Literal["outer", "inner", "table"] | None,
        typer.Option("--classes", help="Which folders of an archive are the classes, or its table."),
    ] = None,
    names_encoding: Annotated[
        str | None,
        typer.Option(
            "--names-encoding",
            metavar="ENCODING",
            help="Encoding of file names in an archive that does not state it, such as gbk.",
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Create a data set from your own pictures or texts. Prints the name to train with: --set data.name=NAME."""
    from nn_core.data.custom.archives.class_sources import ArchiveOptions
    from nn_core.data.custom.archives.opening import is_archive
    from nn_core.data.custom.archives.packed_table import describe_packed, unpack_table
    from nn_core.data.custom.metadata import describe_import, summarize
    from nn_core.data.custom.picture_import import make_picture_dataset
    from nn_core.data.custom.table_import import make_table_dataset
    from nn_core.data.custom.validation import LIMITS

    can_have_pictures = is_archive(file)
    packed = unpack_table(file, LIMITS) if can_have_pictures else None
    if packed:
        print(describe_packed(packed), file=sys.stderr)
    if can_have_pictures and not packed:
        options = ArchiveOptions(classes, names_encoding, label_column)
        made = make_picture_dataset(
            file, name, get_data_folder(), side=size, colour=colour, options=options, on_progress=_progress
        )
    else:
        made = make_table_dataset(
            packed.stream if packed else file,
            name,
            get_data_folder(),
            text_column=text_column,
            label_column=label_column,
            length=length,
            on_progress=_progress,
        )
    print(summarize(made.metadata), file=sys.stderr)
    print(describe_import(made).model_dump_json() if as_json else made.name)


def delete_data(name: Annotated[str, typer.Argument(metavar="NAME", help="Its name, which begins with own-.")]) -> None:
    """Delete one of your own data sets from the disk."""
    from nn_core.data import OWN_DRAWINGS, custom
    from nn_core.drawings.corrections import delete_corrections, get_corrections_file

    if name == OWN_DRAWINGS:
        delete_corrections(get_corrections_file(get_data_folder()))
    else:
        custom.delete_custom_dataset(name, get_data_folder())
    print(_("Deleted '{name}'.").format(name=name), file=sys.stderr)


def print_datasets(as_json: JsonFlag = False) -> None:
    """List all data sets: the built-in ones and your own."""
    from nn_core.data import custom, list_datasets

    folder = get_data_folder()
    entries = [
        {
            "name": spec.name,
            "title": _(spec.title),
            "kind": spec.kind,
            "shape": list(spec.shape),
            "classes": list(spec.classes),
            "present": spec.is_present(folder),
            "read": custom.choose_storage(spec, folder),
        }
        for spec in list_datasets(folder).values()
    ]
    if as_json:
        print(json.dumps(entries))
        return
    for entry in entries:
        print("\t".join(str(entry[key]) for key in ("name", "kind", "title")))


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(_("{share} done").format(share=format_percent(done / total, 0)), end="\r", file=sys.stderr, flush=True)

"""Everything that a user does with the run that comes with NN Lab, in one process: `python shipped_run_walkthrough.py SUPPORT`, started in a
checkout. Prints one JSON object: what each command and each page said."""

import json
import sys
from pathlib import Path

sys.path[:0] = [str(Path.cwd()), sys.argv[1]]

from cli_in_process import command  # noqa: E402
from streamlit.testing.v1 import AppTest  # noqa: E402

from nn_core.paths import SHIPPED_RUN, get_runs_folder  # noqa: E402

NAME = SHIPPED_RUN.name
STROKES = [[[140, 40], [140, 240]]]
PAGES = ("home", "data", "playground", "train", "runs", "evaluate", "draw", "text", "inside")


def main() -> None:
    out = get_runs_folder().parent
    drawings = out / "drawings.jsonl"
    line = {"size": 280, "pen_width": 18, "strokes": STROKES}
    drawings.write_text("".join(json.dumps({**line, "label": label}) + "\n" for label in "17"))
    commands = {
        "list": ("list",),
        "info": ("info", NAME),
        "info of the path": ("info", SHIPPED_RUN, "--json"),
        "first evaluation": ("evaluate", NAME, "--json"),
        "second evaluation": ("evaluate", SHIPPED_RUN),
        "predict": ("predict", NAME, "--drawings", drawings),
        "export zip": ("export", NAME, "--as", "zip", "--to", out / "out.zip"),
        "export pt": ("export", NAME, "--as", "pt", "--to", out / "out.pt"),
        "code": ("code", NAME),
        "teach": ("teach", NAME, "--drawings", drawings, "--name", "taught", "--set", "data.drawings.rehearse=300"),
        "resume": ("resume", NAME),
        "resume further": ("resume", SHIPPED_RUN, "--set", "training.epochs=9"),
        "pause": ("pause", NAME),
        "stop": ("stop", NAME),
        "learning rate": ("learning-rate", NAME, "0.1"),
    }
    said = {title: vars(command(*arguments)) for title, arguments in commands.items()}
    print(
        json.dumps({"commands": said, "pages": {page: look(page) for page in PAGES}, "ticked": look("runs", tick=True)})
    )


def look(page: str, *, tick: bool = False) -> dict[str, object]:
    """What a page about the run says. tick: whether the run is ticked in the table of the Runs page."""
    test = AppTest.from_file(str(Path.cwd() / "app.py"), default_timeout=120).run()
    test.query_params["compare" if tick else "run"] = NAME
    test.switch_page(f"pages/{page}.py").run()
    return {
        "exception": [each.value for each in test.exception],
        "error": [each.value for each in test.error],
        "warning": [each.value for each in test.warning],
        "caption": [each.value for each in test.caption],
        "buttons": [button.key for button in test.button],
        "downloads": [button.key for button in test.download_button],
        "picked": [box.value for box in test.selectbox if box.key == "run_picker"],
    }


main()

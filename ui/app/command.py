"""The command `nn-lab`: the command line of `nn_core`, and `nn-lab app`, which serves the pages."""

import os
import sys
from typing import Annotated

import typer

from nn_core import cli
from nn_core.paths import APP_FOLDER

__all__ = ["main", "serve"]


def main() -> None:
    """Run the command line and exit."""
    cli.app.command("app")(serve)
    cli.main("nn-lab")


def serve(
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="The port to serve on.")] = 8501,
    address: Annotated[str, typer.Option("--address", help="The address to serve on.")] = "127.0.0.1",
) -> None:
    """Serve the app in the browser; Ctrl-C ends it. Runs continue without it."""
    options = [f"--server.port={port}", f"--server.address={address}", "--server.headless=true"]
    # In place of this process, so that signals reach Streamlit. It reads .streamlit/ beside the script, and in the working folder.
    os.execv(sys.executable, [sys.executable, "-m", "streamlit", "run", str(APP_FOLDER / "app.py"), *options])

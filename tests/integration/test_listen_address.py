"""The address that the app listens on."""

import os
import subprocess
import sys

from processes import ROOT


def test_the_app_listens_on_this_machine_only_by_default() -> None:
    """As Streamlit itself reads its settings where the app is started, and as `make run` passes them."""
    told = {name: value for name, value in os.environ.items() if not name.startswith("STREAMLIT_")}
    asked = "from streamlit import config; print(config.get_option('server.address'))"
    answer = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, env=told, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "127.0.0.1"
    plan = ["make", "--dry-run", "--always-make", "run"]
    for more, address in (((), "127.0.0.1"), (("ADDRESS=0.0.0.0",), "0.0.0.0")):
        told["ADDRESS"] = "0.0.0.0"  # of the environment does not count
        steps = subprocess.run([*plan, *more], cwd=ROOT, env=told, capture_output=True, text=True, check=True).stdout
        [started] = [line for line in steps.splitlines() if "streamlit run" in line]
        assert f"--server.address={address} " in started

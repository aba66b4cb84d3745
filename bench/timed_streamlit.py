"""`python -m bench.timed_streamlit run …`: Streamlit that also records the cost of each script run.

NN_LAB_BENCH_COSTS names the file: one line per run with its duration and the processor time of the whole server so
far, which includes sending. NN_LAB_BENCH_IMPORT names a module that every script waits for.
"""

import importlib
import json
import os
import time
from typing import Any

from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.web.cli import main

_run_script = ScriptRunner._run_script


def _timed(runner: ScriptRunner, rerun_data: Any) -> None:
    if module := os.environ.get("NN_LAB_BENCH_IMPORT"):
        importlib.import_module(module)
    begun = time.perf_counter()
    try:
        _run_script(runner, rerun_data)
    finally:
        cost = {"run_ms": 1000 * (time.perf_counter() - begun), "server_cpu_ms": 1000 * time.process_time()}
        with open(os.environ["NN_LAB_BENCH_COSTS"], "a") as file:
            file.write(json.dumps(cost) + "\n")


if __name__ == "__main__":
    ScriptRunner._run_script = _timed  # type: ignore[method-assign]
    main(prog_name="streamlit")

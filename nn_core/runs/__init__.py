"""Run folders on disk: `folder` is one run, `store` is all of them."""

from nn_core.runs.cache import FileCache, HistoryCache
from nn_core.runs.create import create_run
from nn_core.runs.folder import RunFolder
from nn_core.runs.label import RunLabel
from nn_core.runs.lock import RunLock
from nn_core.runs.metrics import History, append_metrics, cut_metrics
from nn_core.runs.status import ACTIVE, Best, RunStatus
from nn_core.runs.store import delete_run, find_run, get_shipped_run, list_runs, list_shipped_runs, rename_run
from nn_core.runs.titles import describe_settings, get_chosen_name, make_titles

__all__ = [
    "ACTIVE",
    "Best",
    "FileCache",
    "History",
    "HistoryCache",
    "RunFolder",
    "RunLabel",
    "RunLock",
    "RunStatus",
    "append_metrics",
    "create_run",
    "cut_metrics",
    "delete_run",
    "describe_settings",
    "find_run",
    "get_chosen_name",
    "get_shipped_run",
    "list_runs",
    "list_shipped_runs",
    "make_titles",
    "rename_run",
]

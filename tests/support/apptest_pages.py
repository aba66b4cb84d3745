"""The app without a browser, opened at a page."""

import json

from processes import ROOT
from streamlit.testing.v1 import AppTest

__all__ = ["PATIENCE_SECONDS", "app", "list_rows", "texts"]

PATIENCE_SECONDS = 60


def app(page: str, **query: str) -> AppTest:
    """The app, opened at a page."""
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE_SECONDS)
    test.run()
    for key, value in query.items():
        test.query_params[key] = value
    return test.switch_page(f"pages/{page}.py").run()


def texts(test: AppTest) -> str:
    return "\n".join(
        element.value for kind in (test.title, test.markdown, test.caption, test.error) for element in kind
    )


def list_rows(test: AppTest) -> list[dict[str, str]]:
    """The rows of the table on the Runs page: what each column shows, by its title; empty if there is no table."""
    sent = [
        json.loads(each.proto.json)
        for each in test.get("bidi_component")
        if each.proto.component_name == "nn_lab.runs_table"
    ]
    if not sent:
        return []
    titles = [column["title"] for column in sent[0]["columns"]]
    return [dict(zip(titles, row["cells"], strict=True)) for section in sent[0]["sections"] for row in section["rows"]]

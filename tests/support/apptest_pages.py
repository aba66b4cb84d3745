"""The app without a browser, opened at a page."""

from processes import ROOT
from streamlit.testing.v1 import AppTest

__all__ = ["PATIENCE_SECONDS", "app", "texts"]

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

"""The page Glossary, and the "?" of the views."""

from pathlib import Path

from apptest_pages import app, texts
from streamlit.testing.v1 import AppTest

from nn_core.glossary import get_term, load_glossary


def links(test: AppTest) -> list[str]:
    return [link.proto.label for link in test.main.get("page_link")]


def test_all_terms_are_listed_and_one_is_shown_by_its_address(runs_root: Path) -> None:
    test = app("glossary")
    assert links(test) == [f"**{term.title}**" for term in load_glossary().values()]
    assert get_term("loss").background not in texts(test)
    test = app("glossary", term="loss")
    assert not test.exception
    assert get_term("loss").background in texts(test)
    assert "Loss" in [heading.value for heading in test.header]


def test_the_search_finds_words_and_replaces_the_term(runs_root: Path) -> None:
    test = app("glossary", term="loss")
    test.text_input(key="glossary_search").set_value("finite differ").run()
    assert links(test)[0] == "**Finite difference**"
    assert "term" not in test.query_params
    test.text_input(key="glossary_search").set_value("<b>*xyzzy*").run()
    assert not links(test)
    assert r"\<b\>\*xyzzy\*" in test.info[0].value


def test_an_unknown_term_in_the_address_is_named(runs_root: Path) -> None:
    test = app("glossary", term="nonsense")
    assert "nonsense" in test.warning[0].value
    assert "term" not in test.query_params


def test_a_view_says_what_it_shows_and_explains_its_terms(runs_root: Path) -> None:
    test = app("evaluate", run="pretrained-digits")
    assert not test.exception
    assert "the right ones are on the diagonal. Look for large numbers beside the diagonal" in texts(test)
    assert get_term("confusion_matrix").background in texts(test)
    assert test.metric[0].help == get_term("accuracy").short

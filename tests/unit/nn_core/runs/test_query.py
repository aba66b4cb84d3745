"""The language in which runs are searched."""

import shutil
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn_core.config import apply_settings, get_preset
from nn_core.errors import BadInput
from nn_core.paths import SHIPPED_RUN
from nn_core.runs import RunFolder, create_run, list_runs, make_titles, rename_run
from nn_core.runs.query import MAX_QUERY_LENGTH, explain_no_match, parse_query
from nn_core.runs.table import RunRow, make_rows

NAME = "Rate 5: <b>too</b> high? a=b"


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Sequence[RunRow]:
    """Three runs: `good` is evaluated with 99.48 %, `fast` and `net` have not trained yet."""
    root = tmp_path_factory.mktemp("runs")
    good = RunFolder(shutil.copytree(SHIPPED_RUN, root / "good"))
    rename_run(good, note="For Monday", add_tags=["Good", "needs work"])
    fast = create_run(root, apply_settings(get_preset("simple_net"), ["optimizer.lr=0.5", "data.name=mnist"]), "fast")
    rename_run(fast, name=NAME, add_tags=["bad"])
    create_run(root, apply_settings(get_preset("net"), ["optimizer.lr=0.003", "training.batch_size=77"]), "net")
    runs = list_runs(root)
    return make_rows(runs, make_titles(runs))


def find(text: str, rows: Sequence[RunRow]) -> set[str]:
    query = parse_query(text, rows)
    return {row.name for row in rows if query.is_match(row)}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "good fast net"),
        ("   ", "good fast net"),
        ("MONDAY", "good"),
        ("for monday", "good"),
        ('"for monday"', "good"),
        ('"monday for"', ""),
        ("lr > 0.01", "fast"),
        ("lr>0.01", "fast"),
        ("lr >= 0.01", "fast good"),
        ("lr ≥ 1e-2", "fast good"),
        ("learning rate > 0.01", "fast"),
        ("Learning_rate > 0.01", "fast"),
        ('"learning rate" > 0.01', "fast"),
        ("optimizer.lr = 0.003", "net"),
        ("lr != 0.003", "good fast"),
        ("too lr > 0.01", "fast"),
        ("monday lr > 0.01", ""),
        ("data = mnist", "fast"),
        ("data set: MNIST", "fast"),
        ("network: net", "net"),
        ("network: simple_net", "fast"),
        ("network:nothing", ""),
        ("tag:good", "good"),
        ('tag:"needs work"', "good"),
        ("tags = bad", "fast"),
        ("-tag:good", "fast net"),
        ("not tag:good", "fast net"),
        ('tag:""', "net"),
        ("-monday", "fast net"),
        ("not monday", "fast net"),
        ("accuracy > 98 %", "good"),
        ("accuracy > 98", "good"),
        ("accuracy > 98%", "good"),
        ("accuracy > 0.98", "good"),
        ("accuracy < 98 %", ""),
        ("test accuracy >= 0.98", "good"),
        ("Test accuracy = 99.48 %", "good"),
        ("validation accuracy > 99.9", ""),
        ("status:finished", "good"),
        ("-status:finished", "fast net"),
        ("status:interrupted or tag:good", "good fast net"),
        ("batch size = 77", "net"),
        ("batch_size:77", "net"),
        ("parameters > 1k", "good"),
        ("parameters > 100,000", "good"),
        ("duration > 5 min", "good"),
        ("duration > 5min", "good"),
        ("duration < 1 h", "good fast net"),
        ("duration > 15:00", "good"),
        ("date > 2020-01-01", "good fast net"),
        ("date < 2020", ""),
        ("date >= 2026-11-28 and monday", "good"),
        ("loss < 0.1", "good"),
        ("loss = cross_entropy", "good fast net"),
        ("note:monday", "good"),
        ('note = ""', "fast net"),
        ("5: too</b>", "fast"),
        ("a=b", "fast"),
        ("too</b>", "fast"),
        ("high?", "fast"),
        ("monday or lr > 0.1", "good fast"),
        ("or", "good fast net"),
        ("epochs > 3", "good"),
        ("folder:fast", "fast"),
        ("name:rate", "fast"),
        ("seed = 0", "good fast net"),
    ],
)
def test_what_a_query_finds(rows: Sequence[RunRow], text: str, found: str) -> None:
    assert find(text, rows) == set(found.split())


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("lr >", "'lr >' needs a value behind it, such as lr > 0.01."),
        ("tag:", "'tag :' needs a value behind it, such as tag : good."),
        ("lr > fast", "'fast' is no number, and Learning rate is compared with one: write Learning rate > 0.01."),
        ("> 3", "'>' needs a column before it, such as learning rate > 0.01."),
        ("learning rat > 1", "Did you mean 'Learning rate'?"),
        ("colour > 1", "No column and no setting of these runs is called 'colour'"),
        ("colour = 1", "Use a column (Run, Status, Tags,"),
        (
            "accuracy > 300",
            "Accuracy is between 0 and 100 %, and the search compares it with 300: write Accuracy > 98 %.",
        ),
        ("network > 3", "'Network > 3' compares numbers, and Network is no number: write Network = 3."),
        ("status:done", "Unknown status 'done'."),
        ("date > yesterday", "'yesterday' is no date: write Date > 2026-11-01, as year, month and day."),
        ("x" * (MAX_QUERY_LENGTH + 1), "The search has 301 characters, and at most 300 are possible: shorten it."),
    ],
)
def test_a_mistake_is_explained_in_one_sentence(rows: Sequence[RunRow], text: str, sentence: str) -> None:
    with pytest.raises(BadInput) as error:
        parse_query(text, rows)
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


PIECES = st.sampled_from(
    [
        "lr",
        "tag",
        "accuracy",
        "-",
        "not",
        "or",
        "and",
        ">",
        "<",
        ">=",
        "=",
        ":",
        "!=",
        '"',
        "“",
        "98",
        "%",
        "0.1",
        "date",
        "x" * 99,
    ]
)


@given(
    st.one_of(
        st.text(max_size=MAX_QUERY_LENGTH), st.lists(PIECES, max_size=12).map(" ".join), st.lists(PIECES).map("".join)
    )
)
def test_any_text_is_a_query_or_a_mistake(rows: Sequence[RunRow], text: str) -> None:
    mistake = ""
    try:
        find(text, rows)
    except BadInput as error:
        mistake = str(error)
    assert mistake.endswith((".", "?")) or not mistake
    assert len(mistake) < 500


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("lr 0.03", "To compare with a number, write lr = 0.03."),
        ("fast learning rate 7", "To compare with a number, write learning rate = 7."),
        ('tag:"no <b>"', "No run has the tag 'no <b>'. Search for something else."),
        ('tag:"needs work" lr > 5', "Search for something else."),
        ("nothing 5", "Search for something else."),
        ("", "Search for something else."),
    ],
)
def test_a_search_that_finds_nothing_has_a_remedy(text: str, remedy: str, rows: Sequence[RunRow]) -> None:
    assert explain_no_match(text, rows) == remedy

"""A demo: its views, and what a demo file may contain."""

import json

import pytest

from nn_core.errors import BadInput
from nn_core.presentation import Demo, format_demo, make_link, normalize_link, parse_demo
from nn_core.presentation.demo import MAX_FILE_BYTES, MAX_LINK_LENGTH, MAX_NOTE_LENGTH, MAX_TITLE_LENGTH, MAX_VIEWS

ADDRESSES = ("", "draw", "playground", "inside", "train")
HOSTILE = ["<b>bold</b>", "$x$ **y** `z`", "שלום \u202e abc", "🙂" * MAX_TITLE_LENGTH, "a\nb\x1b[31m"]


def make_demo(*links: str) -> Demo:
    demo = Demo()
    for number, link in enumerate(links, start=1):
        demo = demo.add(link, f"View {number}", f"Note {number}")
    return demo


def write(**values: object) -> bytes:
    return json.dumps({"version": 1, "views": [], **values}).encode()


def with_view(**values: object) -> bytes:
    return write(views=[{"link": "/draw", "title": "Draw", **values}])


@pytest.mark.parametrize(
    ("link", "normal"),
    [
        ("/", "/"),
        ("/draw", "/draw"),
        ("/draw?run=a&present=1&demo=3", "/draw?run=a"),
        ("/inside?card=map&run=a%20b", "/inside?card=map&run=a+b"),
        ("/train?run=a&empty=", "/train?run=a&empty="),
        ("/draw?run=b&run=a", "/draw?run=b&run=a"),
    ],
)
def test_a_link_to_a_page_has_one_spelling(link: str, normal: str) -> None:
    assert normalize_link(link, ADDRESSES) == normal
    assert normalize_link(normal, ADDRESSES) == normal


@pytest.mark.parametrize(
    "link",
    [
        "",
        "draw",
        "//example.org/draw",
        "https://example.org/draw",
        "http:/draw",
        "javascript:alert(1)",
        "/draw/../train",
        "/home",
        "/nowhere",
        "/draw#there",
        "/\\example.org",
        "\\\\example.org/draw",
        "/draw?run=a\nb",
        "/draw?run=ü",
        "/draw?" + "&".join(f"a{number}=1" for number in range(101)),
        " /draw",
        "/draw?novalue",
    ],
)
def test_any_other_link_is_refused_in_one_sentence(link: str) -> None:
    with pytest.raises(BadInput, match="does not lead to a page") as caught:
        normalize_link(link, ADDRESSES)
    assert "\n" not in str(caught.value)


def test_a_link_has_a_longest_length() -> None:
    normalize_link("/draw?run=" + "a" * (MAX_LINK_LENGTH - 10), ADDRESSES)
    with pytest.raises(BadInput, match="4,001 characters"):
        normalize_link("/draw?run=" + "a" * (MAX_LINK_LENGTH - 9), ADDRESSES)


def test_a_link_is_made_without_the_parameters_of_the_presentation() -> None:
    assert make_link("", {}) == "/"
    assert make_link("draw", {"run": ["a b", "c"], "present": ["1"], "demo": ["2"]}) == "/draw?run=a+b&run=c"


def test_views_are_added_moved_edited_and_deleted() -> None:
    demo = make_demo("/draw", "/playground", "/")
    first, second, third = demo.views
    assert [view.link for view in demo.reorder(third.id, -2).views] == ["/", "/draw", "/playground"]
    assert demo.reorder(first.id, -1) == demo.reorder(third.id, 1) == demo.reorder("unknown", 1) == demo
    assert demo.reorder(first.id, 1).views == (second, first, third)
    edited = demo.edit(second.id, title="  Two \n lines ", note="")
    assert (edited.views[1].title, edited.views[1].note, edited.views[1].id) == ("Two lines", "", second.id)
    assert demo.delete(second.id).views == (first, third)
    assert demo.views == (first, second, third)


@pytest.mark.parametrize("text", HOSTILE)
def test_titles_and_notes_are_any_text_in_one_line(text: str) -> None:
    view = Demo().add("/draw", text, text).views[0]
    assert view.title.isprintable()
    assert parse_demo(format_demo(Demo(views=(view,))), ADDRESSES).views == (view,)


def test_texts_and_the_number_of_views_are_limited() -> None:
    with pytest.raises(BadInput, match="title needs 1 to 80"):
        Demo().add("/draw", "")
    with pytest.raises(BadInput, match="title needs 1 to 80"):
        Demo().add("/draw", "a" * (MAX_TITLE_LENGTH + 1))
    with pytest.raises(BadInput, match="301 characters"):
        Demo().add("/draw", "Draw", "a" * (MAX_NOTE_LENGTH + 1))
    full = make_demo(*["/draw"] * MAX_VIEWS)
    with pytest.raises(BadInput, match="which is the maximum"):
        full.add("/draw", "one more")


@pytest.mark.parametrize("times", [(-1, 15), (1, 15), (3601, 15), (60, 2), (60, 601)])
def test_times_have_limits(times: tuple[int, int]) -> None:
    with pytest.raises(BadInput, match=r"cannot (begin|be shown)"):
        Demo().configure(attract_seconds=times[0], view_seconds=times[1])
    with pytest.raises(BadInput, match=r"cannot (begin|be shown)"):
        parse_demo(write(attract_seconds=times[0], view_seconds=times[1]), ADDRESSES)


def test_a_file_contains_the_demo() -> None:
    demo = make_demo("/draw?run=a", "/").configure(attract_seconds=0, view_seconds=20)
    assert parse_demo(format_demo(demo), ADDRESSES) == demo


def test_a_file_may_lack_ids_and_repeat_them() -> None:
    views = [{"link": "/draw", "title": "A", "id": identity} for identity in ("", "0" * 8, "0" * 8, "<script>")]
    read = parse_demo(write(views=views), ADDRESSES).views
    assert read[1].id == "0" * 8
    assert len({view.id for view in read}) == 4
    assert all(len(view.id) == 8 for view in read)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff",
        b"[]",
        b"{}",
        b"null",
        b"[" * 100_000,
        write(version=2),
        write(version="1"),
        write(unknown=1),
        write(views={}),
        write(views=[{}]),
        write(views=[{"link": "/draw", "title": "A"}] * (MAX_VIEWS + 1)),
        write(attract_seconds="60"),
        write(attract_seconds=1e400),
        with_view(unknown=1),
        with_view(title=7),
        with_view(note=None),
        with_view(title=""),
        with_view(link="https://example.org/draw"),
        with_view(note="a" * (MAX_NOTE_LENGTH + 1)),
        b" " * (MAX_FILE_BYTES + 1),
    ],
    ids=range(21),
)
def test_any_other_file_is_refused_in_one_sentence(content: bytes) -> None:
    with pytest.raises(BadInput) as caught:
        parse_demo(content, ADDRESSES)
    assert len(str(caught.value)) < 300
    assert "\n" not in str(caught.value)

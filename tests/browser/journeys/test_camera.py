"""With the camera: digits held in front of it are read, and pictures of two things become a network that tells them apart."""

from collections.abc import Callable, Iterator

import pytest
from browsing import launched_browser, wait_for_app
from camera_video import ALLOWED, CAMERA, show_video, write_video
from journey import ONE, SEVEN, Journey
from playwright.sync_api import Browser, expect

Start = Callable[..., Journey]

_IS_ON = (
    "() => [...document.querySelectorAll('*')].some((it) => it.shadowRoot?.querySelector('video')?.srcObject?.active)"
)
_BURST_MS = 60_000


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Its camera sees a 7 and a 1 in turn."""
    video = write_video(tmp_path_factory.mktemp("video") / "digits.y4m", [SEVEN, ONE])
    with launched_browser(CAMERA, ALLOWED, show_video(video)) as launched:
        yield launched


def test_digits_in_front_of_the_camera_are_read_and_pictures_become_a_network(start_journey: Start) -> None:
    journey = start_journey(at="/draw")
    page = journey.page
    read_digits(journey)
    journey.sidebar("Data")
    assert not page.evaluate(_IS_ON), "the camera is released when the page is left"

    journey.open_fold("Use your own data")
    page.get_by_text("In front of the camera").click()
    wait_for_app(page)
    expect(page.get_by_role("button", name="Turn on the camera")).to_be_visible()
    page.get_by_role("button", name="Turn on the camera").press("Enter")
    shoot = page.get_by_role("button", name="Take 10 pictures")
    for label in ("left", "right"):
        journey.fill("Class of the next pictures", label)
        if label == "left":
            page.get_by_role("slider", name="Pictures of a burst").press("ArrowLeft")
            page.get_by_role("slider", name="Pictures of a burst").press("ArrowLeft")
            wait_for_app(page)
        for burst in (1, 2):
            expect(shoot).to_be_enabled()
            shoot.press("Enter")
            place = journey.main.locator("[class*=_class]").filter(has_text=f"{label} ·")
            expect(place).to_contain_text(f"{10 * burst} pictures in {burst} burst", timeout=_BURST_MS)
            wait_for_app(page)
        journey.picture(label)
    photos = page.get_by_role("button", name="Delete picture 1", exact=True)
    photos.first.press("Enter")
    journey.see("19 pictures in 2 bursts")
    journey.main.get_by_role("button", name="Take more").first.click()
    expect(journey.main.get_by_label("Class of the next pictures")).to_have_value("left")
    journey.fill("Name", "Left or right")
    journey.press("make_data")
    journey.see("Left or right", timeout=60_000)
    journey.see("is ready")
    assert not page.evaluate(_IS_ON)
    name = journey.parameter("set")
    run = journey.train_on_it(name)
    tested = run.evaluation()
    assert tested
    assert set(tested.classes) == {"left", "right"}
    journey.follow("Test it with a picture")
    page.get_by_role("tab", name="Camera").click()
    expect(page.get_by_role("button", name="Turn on the camera")).to_be_visible()
    journey.see_no_error()


def read_digits(journey: Journey) -> None:
    """Continuously, then one picture with retake; the keyboard suffices."""
    page = journey.page
    page.get_by_role("tab", name="Camera").click()
    page.get_by_role("button", name="Turn on the camera").press("Enter")
    expect(page.get_by_text("Camera on")).to_be_visible()
    answer = page.locator(".st-key-camera_prediction p").first
    for digit in ("7", "1"):
        expect(answer).to_have_text(digit, timeout=60_000)
    journey.picture("read continuously")
    page.get_by_role("button", name="Take a picture").press("Enter")
    expect(page.get_by_text("picture taken")).to_be_visible()
    expect(page.locator(".st-key-camera_look_closer")).to_be_visible(timeout=60_000)
    journey.picture("one picture")
    page.keyboard.press("Enter")  # the focus is on Retake
    expect(page.get_by_role("button", name="Take a picture")).to_be_visible()
    page.get_by_role("button", name="Stop the camera").press("Enter")
    expect(page.get_by_text("The camera is off.")).to_be_visible()
    assert not page.evaluate(_IS_ON)
    page.keyboard.press("Enter")  # the focus is on the button that turns it on
    expect(page.get_by_text("Camera on")).to_be_visible()
    page.get_by_role("tab", name="Upload a picture").click()
    page.wait_for_function(f"() => !({_IS_ON})()")
    page.get_by_role("tab", name="Camera").click()
    page.get_by_role("button", name="Turn on the camera").press("Enter")
    expect(page.get_by_text("Camera on")).to_be_visible()

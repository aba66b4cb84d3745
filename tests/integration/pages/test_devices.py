"""What the app shows where several graphics cards may share a run, and nothing where there is one."""

from streamlit.testing.v1 import AppTest


def choice(given: int, gpus: int) -> AppTest:
    def page(given: int, gpus: int) -> None:
        import streamlit as st

        from ui.train.new_run import choose_devices

        st.write("chosen", choose_devices(given, gpus, "devices"))

    return AppTest.from_function(page, kwargs={"given": given, "gpus": gpus}).run()


def told(speeds: list[tuple[str, float, float]]) -> list[str]:
    def page(speeds: list[tuple[str, float, float]]) -> None:
        from nn_core.runs.status import Rank
        from ui.train.run_status import show_speeds as show

        show(
            [
                Rank(device=device, name="A *card*", samples_per_second=speed, waiting=wait)
                for device, speed, wait in speeds
            ]
        )

    test = AppTest.from_function(page, kwargs={"speeds": speeds}).run()
    assert not test.exception
    return [caption.value.replace("\\", "") for caption in test.caption]


def test_a_machine_with_several_graphics_cards_offers_one_to_all_of_them() -> None:
    test = choice(given=2, gpus=4)
    devices = test.selectbox(key="devices")
    assert devices.label == "Devices"
    assert (devices.options, devices.value) == (["1", "2", "3", "4 (all)"], 2)
    devices.set_value(4).run()
    assert test.markdown[0].value == "chosen `4`"
    assert choice(given=9, gpus=2).selectbox(key="devices").value == 2


def test_the_device_is_not_asked_for_without_a_choice() -> None:
    for gpus in (0, 1):
        test = choice(given=2, gpus=gpus)
        assert not test.selectbox
        assert test.markdown[0].value == "chosen `1`"


def test_each_device_of_a_shared_run_has_a_line() -> None:
    assert told([("cuda:0", 1, 0.0)]) == []
    first, second = told([("cuda:0", 12345.6, 0.031), ("cuda:1", 9000, 0)])
    assert first == ("Device 1 (cuda:0 · A *card*): 12,346 examples per second, waiting for the others 3 % of the time")
    assert second.startswith("Device 2 (cuda:1")

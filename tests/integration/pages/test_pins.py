"""What the pages say about pinned drawings."""

from streamlit.testing.v1 import AppTest


def test_in_words_a_drawing_is_got_once_it_stays_so() -> None:
    def script() -> None:
        from pathlib import Path

        from nn_core.drawings import Drawing
        from nn_core.drawings.pins import Pin
        from nn_core.runs import History
        from nn_core.runs.metrics import PinnedCurve
        from ui.draw.pins import describe_pins

        drawing = Drawing(280, 18, (((1, 1),),))
        names = {"a": "**<b>7</b>** [x](y)", "b": "my 1", "c": "my 4", "d": "silent", "e": "my 0"}
        pins = [Pin(key, name, "7", drawing) for key, name in names.items()]
        history = History(Path("none"))
        epochs = [0.0, 0.25, 1.25, 2.0]
        history.pinned = {
            "a": PinnedCurve(epochs, [0.1, 0.6, 0.7, 0.8]),
            "b": PinnedCurve(epochs, [0.9, 0.9, 0.9, 0.12]),
            "c": PinnedCurve(epochs, [0.9, 0.2, 0.6, 0.6]),
            "e": PinnedCurve(epochs, [0.1, 0.2, 0.6, 0.6]),
        }
        describe_pins(pins, history, active=True)
        describe_pins(pins[3:4], history, active=True)

    test = AppTest.from_function(script, default_timeout=60).run()
    assert not test.exception
    (said,) = [element.value for element in test.markdown]
    escaped = r"\*\*\<b\>7\</b\>\*\* \[x\](y)"
    assert said == f"Got **{escaped}** at epoch 0.25 · Got **my 0**, **my 4** at epoch 1.2 · Not yet: my 1 (12 %)"

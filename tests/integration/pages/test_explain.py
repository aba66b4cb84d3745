"""The Draw page explains a prediction: attribution and counterfactual."""

import io

import pytest
from apptest_pages import app, texts
from example_drawings import DRAWINGS, picture_of
from PIL import Image
from streamlit.testing.v1 import AppTest


@pytest.fixture(params=list(DRAWINGS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_page_shows_both_views_of_a_drawing() -> None:
    def script() -> None:
        import math

        from nn_core.drawings import Drawing
        from nn_core.inference import predict_drawing
        from nn_core.runs import get_shipped_run
        from ui.app import cache
        from ui.draw.explain import Question, explain_answer

        turn = [number * math.pi / 20 for number in range(41)]
        eight = Drawing(280, 18, (tuple((140 - 45 * math.sin(2 * t), 140 - 85 * math.cos(t)) for t in turn),))
        run = get_shipped_run()
        assert run
        network = cache.get_network(run)
        prediction = predict_drawing(network, eight)
        assert prediction
        explain_answer(Question(run, network, eight, prediction))

    test = AppTest.from_function(script, default_timeout=60).run()
    test.button_group(key="look_closer").set_value("What mattered").run()
    assert not test.exception
    shown = texts(test)
    assert "of 10 parts, it says" in shown
    assert "With all of them, it says **8**" in shown
    test.button_group(key="look_closer").set_value("Smallest change").run()
    assert not test.exception
    assert "of the ink turns **8**" in texts(test)
    test.selectbox(key="look_target").set_value("0").run()
    assert not test.exception
    assert "into **0**" in texts(test)
    assert "8" not in test.selectbox(key="look_target").options


def test_the_page_shows_both_views_of_a_picture_file() -> None:
    stream = io.BytesIO()
    Image.fromarray(picture_of("barred seven")[0]).resize((280, 280)).save(stream, "PNG")
    test = app("draw", run="pretrained-digits")
    test.file_uploader(key="picture").set_value(("seven.png", stream.getvalue(), "image/png")).run()
    test.button_group(key="picture_look_closer").set_value("What mattered").run()
    assert not test.exception
    assert not test.error
    assert "With all of them, it says **7**" in texts(test)
    test.button_group(key="picture_look_closer").set_value("Smallest change").run()
    assert not test.exception
    assert not test.error
    assert "of the ink turns **7**" in texts(test)

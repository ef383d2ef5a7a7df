from pathlib import Path

import models
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.errors import InputError, ModelError
from tagger.tagging.dictionary import Dictionary
from tagger.tagging.inspection.inspector import Inspector
from tagger.tagging.inspection.states import most_active
from tagger.tagging.tagger import Tagger
from tagger.text.format_characters import without_format

CHARS = st.characters() | st.sampled_from("我喜欢北京。 \t\n1a😀") | st.characters(categories=["Cs"])


@pytest.fixture(scope="module")
def inspector(small_model: Path) -> Inspector:
    return Inspector.open(small_model)


@settings(max_examples=20)
@given(st.text(CHARS, min_size=1, max_size=30))
def test_words_are_those_of_the_tagger(inspector: Inspector, small_tagger: Tagger, text: str) -> None:
    text = without_format(text) or "我"  # it inspects what the model sees
    inspection = inspector(text)
    assert inspection.words == small_tagger(text).words
    assert len(inspection.path) == len(text)
    assert len(inspection.probabilities) == len(inspection.words)
    assert all(0 <= p <= 1 for p in inspection.probabilities)


@pytest.mark.parametrize("text", ["", "好" * 257])
def test_a_text_that_is_no_sentence_is_an_error(inspector: Inspector, text: str) -> None:
    with pytest.raises(InputError, match=f"expected a sentence of 1 to 256 characters, got {len(text)}"):
        inspector(text)


def test_a_sentence_as_long_as_a_window(inspector: Inspector, small_tagger: Tagger) -> None:
    text = "我喜欢北京。" * 42 + "好好好好"
    assert len(text) == 256
    assert inspector(text).words == small_tagger(text).words


def test_a_net_without_recurrent_layers_is_an_error(small_tagger: Tagger) -> None:
    with pytest.raises(ModelError, match=r"expected recurrent layers \(LSTM, GRU, RNN\), found none"):
        Inspector(small_tagger, models.RELU)


def test_the_cell_without_a_forget_gate_has_its_own_steps() -> None:
    inspection = Inspector.open(models.NO_FORGET)("我喜欢北京。")
    assert [layer.operator for layer in inspection.layers] == ["LSTM without forget gate"] * 2
    for layer in inspection.layers:
        for steps, order in zip(layer.directions.values(), (1, -1), strict=True):
            assert list(steps) == ["input", "output", "candidate", "cell", "hidden"]
            cell = np.cumsum((steps["input"] * steps["candidate"])[::order], 0)[::order]  # nothing is forgotten
            np.testing.assert_allclose(steps["cell"], cell, atol=1e-6)
            np.testing.assert_allclose(steps["hidden"], steps["output"] * np.tanh(steps["cell"]), atol=1e-6)


def test_dictionary_entries_hold_for_path_and_words(small_tagger: Tagger, small_model: Path) -> None:
    text = "我喜欢北京"
    tagger = small_tagger.with_dictionary(Dictionary(["喜欢北"]))
    inspection = Inspector(tagger, small_model)(text)
    assert inspection.words == tagger(text).words
    assert "喜欢北" in [word.form for word in inspection.words]
    assert [tag[0] for tag in inspection.path[1:4]] == ["B", "M", "E"]


def test_an_int8_file_says_what_to_do() -> None:
    with pytest.raises(ModelError, match=r"quantize=int8.*inspect the file it was made from"):
        Inspector.open(models.INT8)


def test_as_plain_values(inspector: Inspector) -> None:
    inspection = inspector("我 爱").to_json(0)
    assert inspection["scores"][0][0] is None  # no whitespace there
    assert inspection["scores"][1][0] is not None
    assert list(inspection["directions"]) == ["forward", "backward"]
    assert {name: np.shape(v) for name, v in inspection["directions"]["forward"].items()} == dict.fromkeys(
        ("forget", "input", "output", "candidate", "cell", "hidden"), (3, 8)
    )
    assert [word["form"] for word in inspection["words"]] == [word.form for word in inspector.tagger("我 爱").words]


def test_the_most_active_units_come_in_order() -> None:
    hidden = np.array([[0.0, 1, 5, 2], [0, 3, -5, 2]])
    assert most_active({"hidden": hidden}, 2).tolist() == [1, 2]
    assert most_active({"hidden": hidden}, 0).tolist() == [0, 1, 2, 3]

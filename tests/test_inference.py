from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tagger
from tagger.errors import InputError
from tagger.inference import Tagger
from tagger.text import WHITESPACE

HARD = [
    "", " ", "\t\u3000 ", "\0", "a\0b\x1b[0m", "👨‍👩‍👧👍🏽🇨🇳", "𠮷野家",
    "é́", "\ud800x", "ｉＰｈｏｎｅ　１５", "我\r", "\u2028", "https://a.cn/?q=1",
]  # fmt: skip
CHARS = st.characters() | st.characters(categories=["Cs"]) | st.sampled_from("我喜欢北京。 \t\u3000\0\r")
TEXTS = st.text(CHARS, max_size=40) | st.sampled_from(HARD)


@given(TEXTS)
def test_words_and_gaps_give_back_the_text(small_tagger: Tagger, text: str) -> None:
    sentence = small_tagger(text)
    assert sentence.fault() is None
    assert sentence.text == text
    assert all(WHITESPACE.isdisjoint(word.form) for word in sentence.words)
    assert all(word.pos in ("NOUN", "VERB", "X") for word in sentence.words)


@given(st.lists(TEXTS, max_size=12), st.randoms(use_true_random=False))
def test_an_answer_does_not_depend_on_its_mates(small_tagger: Tagger, texts: list[str], random: Any) -> None:
    alone = [small_tagger(text) for text in texts]
    assert list(small_tagger.tag(texts)) == alone
    order = list(range(len(texts)))
    random.shuffle(order)
    assert list(small_tagger.tag(texts[i] for i in order)) == [alone[i] for i in order]


def test_many_texts_come_back_in_order(small_tagger: Tagger) -> None:
    texts = ["我喜欢北京。"[: i % 7] for i in range(3000)]
    assert [sentence.text for sentence in small_tagger.tag(texts)] == texts


def test_a_long_line(small_tagger: Tagger) -> None:
    text = "我喜欢北京。" * 3334
    sentence = small_tagger(text)
    assert len(text) > 20_000
    assert sentence.text == text
    assert sentence.fault() is None


def test_full_width_is_half_width_with_its_own_surface(small_tagger: Tagger) -> None:
    wide, narrow = small_tagger("ＡＢ　１２３，好！"), small_tagger("AB 123,好!")
    assert [w[1:] for w in wide.words] == [w[1:] for w in narrow.words]
    assert "".join(wide.forms) == "ＡＢ１２３，好！"


def test_what_is_not_text(small_tagger: Tagger) -> None:
    for wrong in (b"bytes", None, 3):
        with pytest.raises(InputError, match="expected a text"):
            small_tagger(wrong)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"call tagger\(text\)"):
        next(small_tagger.tag("北京"))


def test_the_package_offers_what_it_names() -> None:
    assert {name for name in tagger.__all__ if getattr(tagger, name) is None} == set()
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = tagger.nothing

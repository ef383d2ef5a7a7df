from dataclasses import replace
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sentences import TEXTS

import tagger
from tagger.errors import InputError, TaggerError
from tagger.tagging.classifier import Classifier
from tagger.tagging.rows import BATCH
from tagger.tagging.tagger import Tagger
from tagger.tagging.word_tagger import WordTagger
from tagger.text.sentence import WHITESPACE, Sentence
from tagger.text.windows import WINDOW

ONE = "expected a Dictionary, or several, got "


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: tagger.load(dictionary="x.txt"), ONE + "'x.txt'; use Dictionary.read(PATH) or Dictionary([WORD, …])"),
        (lambda: tagger.load(dictionary=[Path("x.txt")]), ONE + repr(Path("x.txt"))),
        (lambda: tagger.load(dictionary=5), ONE + "5"),
        (lambda: tagger.load(dictionary=b"x.txt"), ONE + "b'x.txt'"),
        (lambda: tagger.load().with_dictionary("x.txt"), ONE + "'x.txt'"),
        (lambda: tagger.load().with_dictionary(["云原生"]), ONE + "['云原生']"),
        (lambda: tagger.load(patterns="x.tsv"), "expected Patterns, or several, got 'x.tsv'; use Patterns.read(PATH)"),
        (lambda: tagger.load().with_patterns([r"\d+"]), "expected Patterns, or several, got ['\\\\d+']"),
        (lambda: Tagger("zh-small"), "expected an open model, got 'zh-small'; use tagger.load, which opens it"),
        (lambda: WordTagger(Path("a.onnx")), "expected an open model, got 'a.onnx'; use tagger.load_words"),
        (lambda: Classifier(b"..."), "expected an open model, got its content; use tagger.load_classifier"),
        (lambda: tagger.load(5), "expected the name or the path of a model, got 5; give one of them"),
    ],
)
def test_arguments_of_another_type_are_refused_at_once(call: Any, message: str) -> None:
    with pytest.raises(TaggerError) as raised:
        call()
    assert str(raised.value).startswith(message)


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


@given(st.text(st.sampled_from("我喜欢北京a1 "), min_size=500, max_size=1200), st.sampled_from(["", "。", "\u3000"]))
@settings(max_examples=25)
def test_a_text_without_a_break_goes_through_in_windows(small_tagger: Tagger, text: str, end: str) -> None:
    sentence = small_tagger(text + end)
    assert sentence.text == text + end
    assert sentence.fault() is None
    assert list(small_tagger.tag(["北京", text + end, "我", text + end]))[1::2] == [sentence, sentence]
    joined = small_tagger.presegmenter.joined_mask(text)
    assert not any(joined[word.start] for word in sentence.words if word.start < len(text))


def test_full_width_is_half_width_with_its_own_surface(small_tagger: Tagger) -> None:
    wide, narrow = small_tagger("ＡＢ　１２３，好！"), small_tagger("AB 123,好!")
    assert [w[1:] for w in wide.words] == [w[1:] for w in narrow.words]
    assert "".join(wide.forms) == "ＡＢ１２３，好！"


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E) | st.sampled_from("我喜欢北京"), max_size=20))
def test_full_width_text_has_the_same_words(small_tagger: Tagger, text: str) -> None:
    wide = text.translate({code: 0x3000 if code == 0x20 else code + 0xFEE0 for code in range(0x20, 0x7F)})
    assert [word[1:] for word in small_tagger(wide).words] == [word[1:] for word in small_tagger(text).words]


class RecordingSession:
    """An onnxruntime session that keeps what it is given."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self.feeds: list[dict[str, Any]] = []

    def run(self, outputs: Any, feeds: dict[str, Any]) -> Any:
        self.feeds.append(feeds)
        return self.session.run(outputs, feeds)


def test_batches_are_neither_empty_nor_large(small_tagger: Tagger) -> None:
    session: Any = RecordingSession(small_tagger.model.session)
    tagger = Tagger(replace(small_tagger.model, session=session))
    texts = ["", "北京" * 1500, "我", "", " ", "喜欢" * 400, "天", "。" * 1024, ""] * 3
    assert [sentence.text for sentence in tagger.tag(texts)] == texts
    assert list(tagger.tag(["", ""])) == [Sentence("", ())] * 2
    for feeds in session.feeds:
        code_points, lengths = feeds["code_points"], feeds["lengths"]
        assert code_points.shape == (len(lengths), lengths.max())
        assert code_points.size <= BATCH or len(lengths) == 1
        assert 0 < lengths.min() <= lengths.max() <= WINDOW
    assert sum(feeds["lengths"].sum() for feeds in session.feeds) >= sum(map(len, texts))


def test_a_stream_is_read_as_it_is_needed(small_tagger: Tagger) -> None:
    endless = small_tagger.tag(repeat("北京"))
    assert next(endless) == next(endless) == small_tagger("北京")


def test_what_is_not_text(small_tagger: Tagger) -> None:
    for wrong in (b"bytes", None, 3):
        with pytest.raises(InputError, match="expected a text"):
            small_tagger(wrong)  # type: ignore[arg-type]
        with pytest.raises(InputError, match=f"got {type(wrong).__name__}"):
            list(small_tagger.tag(["北京", wrong]))  # type: ignore[list-item]
    with pytest.raises(InputError, match=r"call tagger\(text\)"):
        next(small_tagger.tag("北京"))


def test_the_package_offers_what_it_names() -> None:
    assert {name for name in tagger.__all__ if getattr(tagger, name) is None} == set()
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = tagger.nothing

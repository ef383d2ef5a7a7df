"""Texts through the tagger: rated words, all likely words, alternatives, marginals."""

from dataclasses import replace
from math import exp
from pathlib import Path

import numpy as np
import pytest
from distributions import distribution_of, scores_of
from hypothesis import given, settings
from hypothesis import strategies as st
from sentences import TEXTS

from tagger import RatedWord
from tagger.decoding.factored import FactoredDecoder
from tagger.errors import InputError, ModelError
from tagger.modelfile.metadata import METADATA_KEY, Calibration
from tagger.modelfile.protobuf import read_property, replace_property
from tagger.modelfile.rewrite import rewrite
from tagger.modelfile.tagger import Model
from tagger.tagging.tagger import Tagger, load
from tagger.text.block import Block
from tagger.text.presegment import NO_PRESEGMENTATION
from tagger.text.sentence import Word

LONG = "我喜欢北京" * 130  # no place to cut it: windows that overlap
SENTENCES = "我喜欢北京的公园。" * 60


@pytest.fixture(scope="module")
def tagger(head_tagger: Tagger) -> Tagger:
    return head_tagger


@settings(max_examples=10)
@given(texts=st.lists(TEXTS, max_size=4))
def test_rated_words_are_the_words(tagger: Tagger, texts: list[str]) -> None:
    rated, plain = list(tagger.tag(texts, confidence=True)), list(tagger.tag(texts))
    assert rated == plain
    for text, sentence in zip(texts, rated, strict=True):
        assert tagger(text, confidence=True) == sentence
        for word in sentence.words:
            assert isinstance(word, RatedWord)
            assert 0 <= word.probability <= word.span_probability + 1e-9 <= 1 + 1e-9


@pytest.mark.parametrize("temperature", [1.0, 2.5])
def test_figures_are_those_of_the_distribution_written_out(tagger: Tagger, temperature: float) -> None:
    text = "我京a。"
    tagger = Tagger(tagger.model, presegmenter=NO_PRESEGMENTATION, temperature=temperature)
    scheme, decoder = tagger.model.scheme, tagger.model.decoder
    distribution = distribution_of(decoder, scores_of(tagger, text), temperature)
    by_sentence = {scheme.decode(text, np.array(tags)).words: p for tags, p in distribution.items()}
    by_span: dict[tuple[int, int], float] = {}
    for words, probability in by_sentence.items():
        for word in words:
            by_span[word[2:]] = by_span.get(word[2:], 0) + probability
    for word in tagger(text, confidence=True).words:
        assert isinstance(word, RatedWord)
        with_pos = sum(p for words, p in by_sentence.items() if word in words)
        assert (word.probability, word.span_probability) == pytest.approx((with_pos, by_span[word[2:]]), abs=1e-5)
    likely = tagger.search_words(text, 0.02)
    assert [word[2:] for word in likely] == sorted(span for span, p in by_span.items() if p >= 0.02)
    assert [word.span_probability for word in likely] == pytest.approx([by_span[w[2:]] for w in likely], abs=1e-5)
    marginals = tagger.marginals(text)
    table = np.zeros((len(text), scheme.n_tags))
    for tags, probability in distribution.items():
        table[np.arange(len(text)), tags] += probability
    assert marginals.tags == pytest.approx(table, abs=1e-5)
    cut = [sum(p for words, p in by_sentence.items() if any(w.end == at for w in words)) for at in range(1, len(text))]
    assert marginals.boundaries == pytest.approx([1, *cut, 1], abs=1e-5)
    alternatives = tagger.alternatives(text, 3)
    assert alternatives[0].sentence == tagger(text)
    for sentence, _, probability, span_probability in alternatives:
        assert probability == pytest.approx(by_sentence[sentence.words], abs=1e-5)
        spans = [word[2:] for word in sentence.words]
        same = sum(p for words, p in by_sentence.items() if [word[2:] for word in words] == spans)
        assert span_probability == pytest.approx(same, abs=1e-5)
    if not isinstance(decoder, FactoredDecoder):
        ranked = sorted(by_sentence.values(), reverse=True)[:6]
        by_tags = tagger.alternatives(text, 6, distinct="tags")
        assert [reading.probability for reading in by_tags] == pytest.approx(ranked, abs=1e-5)
        differences = [exp((reading.score - by_tags[0].score) / temperature) for reading in by_tags]
        assert differences == pytest.approx([p / ranked[0] for p in ranked], rel=1e-3)
    else:
        with pytest.raises(InputError, match="factored head"):
            tagger.alternatives(text, distinct="tags")


@settings(max_examples=8)
@given(text=TEXTS, n=st.integers(1, 6))
def test_alternatives_lose_nothing_and_begin_with_the_answer(tagger: Tagger, text: str, n: int) -> None:
    readings = tagger.alternatives(text, n)
    assert 1 <= len(readings) <= n
    assert readings[0].sentence == tagger(text)
    spans = [tuple(word[2:] for word in reading.sentence.words) for reading in readings]
    assert len(set(spans)) == len(readings)
    assert all(reading.sentence.fault() is None and reading.sentence.text == text for reading in readings)
    assert [reading.score for reading in readings] == sorted((reading.score for reading in readings), reverse=True)


@pytest.mark.parametrize("text", [LONG, SENTENCES])
def test_windows(tagger: Tagger, text: str) -> None:
    sentence = tagger(text)
    assert tagger(text, confidence=True) == sentence
    readings = tagger.alternatives(text, 4)
    assert readings[0].sentence == sentence
    assert len({reading.sentence for reading in readings}) == 4
    assert all(reading.sentence.fault() is None for reading in readings)
    assert [reading.score for reading in readings] == sorted((reading.score for reading in readings), reverse=True)
    marginals = tagger.marginals(text)
    assert marginals.tags.shape == (len(text), tagger.model.scheme.n_tags)
    assert marginals.tags.sum(1) == pytest.approx(np.ones(len(text)))
    likely = tagger.search_words(text, 0.2)
    assert [(word.start, word.end) for word in likely] == sorted({(word.start, word.end) for word in likely})
    assert all(text[word.start : word.end] == word.form for word in likely)
    sure = {(w.start, w.end) for w in tagger(text, confidence=True).words if w.span_probability > 0.2}  # type: ignore[attr-defined]
    assert len(sure - {(word.start, word.end) for word in likely}) <= len(text) // 150  # but at seams


def test_a_temperature_comes_with_the_model(small_model: Path, tmp_path: Path, small_tagger: Tagger) -> None:
    path, metadata = tmp_path / "model.onnx", small_tagger.model.metadata
    errors = dict.fromkeys(("joint_ece_before", "word_ece_before", "log_loss_before"), 0.5)
    errors |= dict.fromkeys(("joint_ece_after", "word_ece_after", "log_loss_after"), 0.25)
    rewrite(small_model, path, replace(metadata, calibration=Calibration(temperature=3.0, words=1, **errors)))
    assert load(path).temperature == 3.0
    warm, text = load(path)("我喜欢北京。", confidence=True), "我喜欢北京。"
    assert warm == small_tagger(text)
    by_hand = Tagger(small_tagger.model, temperature=3.0)(text, confidence=True)
    assert [vars(word) for word in warm.words] == [vars(word) for word in by_hand.words]
    stored = read_property(path.read_bytes(), METADATA_KEY).replace('"temperature": 3.0', '"temperature": -1.0')
    path.write_bytes(replace_property(path.read_bytes(), METADATA_KEY, stored))
    with pytest.raises(ModelError, match=r"model\.onnx: expected a temperature above 0, got -1\.0"):
        Model.open(path)


def test_what_cannot_be_asked(small_tagger: Tagger) -> None:
    with pytest.raises(InputError, match="a whole number of alternatives, 1 or more, got 0"):
        small_tagger.alternatives("我", 0)
    with pytest.raises(InputError, match="words or tags, got 'pos'"):
        small_tagger.alternatives("我", distinct="pos")  # type: ignore[arg-type]
    for wrong in (0, -1, 1.5, float("nan")):
        with pytest.raises(InputError, match="above 0 and at most 1"):
            small_tagger.search_words("我", wrong)
    for ask in (small_tagger.alternatives, small_tagger.search_words, small_tagger.marginals):
        with pytest.raises(InputError, match="expected a text"):
            ask(3)  # type: ignore[operator]


def test_rated_words_are_words(small_tagger: Tagger) -> None:
    import pickle

    word = RatedWord.of(Word("北京", "PROPN", 0, 2), 0.5, 0.75)
    assert word == Word("北京", "PROPN", 0, 2)
    again = pickle.loads(pickle.dumps(word))
    assert (again, again.probability, again.span_probability) == (word, 0.5, 0.75)
    assert "probability=0.5000" in repr(word)
    assert small_tagger.rated(Block.of([])).sentences([], ("A",)) == []
    assert small_tagger.search(Block.of(["", " "]), 0.5).sentences(["", " "], ("A",))[1].words == ()

"""A model of words and entities: both come out of one run of the net, and each is what a model of it alone gives."""

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import models
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from oracles import legal_sequences, sequence_score

from tagger.decoding.transitions import FORBIDDEN
from tagger.tagging.confidence import RatedEntity, RatedWord
from tagger.tagging.dictionary import Dictionary
from tagger.tagging.known import KnownWord
from tagger.tagging.rows import RowTagger
from tagger.tagging.tagger import Tagger, load
from tagger.text.block import Block
from tagger.text.characters import code_points


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return load(models.JOINT)


@settings(max_examples=15)
@given(st.lists(st.text(st.sampled_from("我喜欢北京公园 15a。\u200b\u0301👨\u200d👩"), max_size=12), max_size=4))
def test_each_layer_is_what_its_own_tagger_finds(tagger: Tagger, texts: list[str]) -> None:
    of_entities = tagger.entity_tagger
    assert of_entities is not None
    together = list(tagger.tag(texts))
    assert [sentence.words for sentence in together] == [s.words for s in tagger.tag_as_words(texts)]
    assert [sentence.entities for sentence in together] == [s.entities for s in of_entities.tag(texts)]
    for text, sentence in zip(texts, together, strict=True):
        assert tagger(text) == sentence
        assert sentence.fault() is None
        assert sentence.text == text


def test_entities_need_not_end_with_words(tagger: Tagger) -> None:
    sentence = tagger("我们 去公园吧！")
    edges = {word.start for word in sentence.words} | {word.end for word in sentence.words}
    assert sentence.entities
    assert (sentence.entities_annotated, tagger.finds_entities) == (True, False)
    crossing = [entity for entity in tagger("iPhone 15 卖 5999 元。").entities if entity.start not in edges]
    assert crossing


@pytest.mark.parametrize("text", ["北京", "去 北", "iPh", "京。"])
def test_both_layers_are_the_best_legal_tags(tagger: Tagger, text: str) -> None:
    """Against all legal tag sequences of a short text, written out; words by their letters, which come first."""
    codes, lengths = code_points(text)[None].copy(), np.array([len(text)], np.int32)
    for model, scores in zip(tagger.model.layers, tagger.model.layer_scores(codes, lengths), strict=True):
        decoder = model.decoder
        scheme = model.scheme if model.scheme.outside else replace(model.scheme, pos=())
        sums = {
            tags: sequence_score(scheme, scores[0, :, : scheme.n_tags], decoder.transitions, tags)
            for tags in legal_sequences(scheme, len(text))
        }
        best = max(sums, key=lambda tags: sums[tags])
        assert sums[best] > FORBIDDEN / 2
        found = decoder(scores, lengths)[0]
        letters = found if model.scheme.outside else model.scheme.blocks.letters(found)
        assert tuple(letters.tolist()) == best


def test_the_net_runs_once(tagger: Tagger) -> None:
    """A session that counts its runs stands in for the file's."""
    runs: list[Any] = []
    session = tagger.model.session

    class Counting:
        def run(self, output_names: None, feeds: Mapping[str, NDArray[np.int32]]) -> Sequence[NDArray[np.float32]]:
            runs.append(feeds)
            return session.run(output_names, feeds)

    counted = Tagger(replace(tagger.model, session=Counting()))
    assert counted(models.SPAN_TEXTS[0]) == tagger(models.SPAN_TEXTS[0])
    assert len(runs) == 1


def test_long_texts_are_stitched_in_each_layer(tagger: Tagger) -> None:
    """Windows of 24 characters with a context of 8 overlap; each layer is stitched as that of its own tagger is."""

    def in_windows(chosen: Tagger) -> Tagger:
        chosen = chosen.using(None)
        chosen.rows = RowTagger(chosen.model, window=24, context=8)
        return chosen

    of_entities = tagger.entity_tagger
    assert of_entities is not None
    block = Block.of(models.SPAN_TEXTS)
    words, entities = in_windows(tagger).layers(block)
    for found, alone in ((words, in_windows(tagger)), (entities, in_windows(of_entities))):
        wanted = alone.spans(block)
        for column in ("starts", "ends", "pos"):
            np.testing.assert_array_equal(getattr(found, column), getattr(wanted, column))


def test_probabilities_of_both(tagger: Tagger) -> None:
    of_entities = tagger.entity_tagger
    assert of_entities is not None
    for text in models.SPAN_TEXTS:
        rated = tagger(text, confidence=True)
        assert rated == tagger(text)
        alone = of_entities(text, confidence=True)
        rates = [entity.probability for entity in rated.entities if isinstance(entity, RatedEntity)]
        assert len(rates) == len(rated.entities)
        assert rates == pytest.approx([e.probability for e in alone.entities if isinstance(e, RatedEntity)])
        assert all(isinstance(word, RatedWord) for word in rated.words)


def test_dictionaries_and_known_words_concern_words(tagger: Tagger) -> None:
    text, free = "我喜欢北京。", tagger("我喜欢北京。")
    with_entry = tagger.with_dictionary(Dictionary(["欢北京"]))(text)
    known = tagger(text, known=[KnownWord(2, 5, "NOUN")])
    for sentence in (with_entry, known):
        assert "欢北京" in sentence.forms
        assert sentence.entities == free.entities
    assert {word.form for word in tagger.search_words(text, 0.01)} >= set(tagger(text).forms[:1])
    assert tagger.alternatives(text, 1)[0].sentence.words == free.words


def test_a_copy_finds_the_same(tagger: Tagger) -> None:
    of_entities = tagger.entity_tagger
    assert of_entities is not None
    sent, of_sent = pickle.loads(pickle.dumps(tagger)), pickle.loads(pickle.dumps(of_entities))
    assert sent(models.SPAN_TEXTS[0]) == tagger(models.SPAN_TEXTS[0])
    assert of_sent(models.SPAN_TEXTS[0]) == of_entities(models.SPAN_TEXTS[0])
    assert of_entities.entity_tagger is None
    assert tagger.model.runtime.kernel is None
    assert "two" in tagger.model.runtime.reason

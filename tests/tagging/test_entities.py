"""A model of entities: what is said of words holds for its spans, which leave gaps."""

from itertools import product

import models
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import legal_sequences, sequence_score

from tagger.decoding.transitions import FORBIDDEN
from tagger.errors import InputError
from tagger.tagging.confidence import RatedEntity
from tagger.tagging.dictionary import Dictionary
from tagger.tagging.entity_entries import check_types
from tagger.tagging.entries import Entry
from tagger.tagging.known import KnownWord
from tagger.tagging.patterns import Pattern, Patterns
from tagger.tagging.rows import keep
from tagger.tagging.tagger import Tagger, load
from tagger.text.block import Block
from tagger.text.sentence import Entity, Sentence, entities_as_words


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return load(models.ENTITIES)


@given(text=st.text(st.sampled_from("我喜欢北京公园 15a。\u200b\u0301👨\u200d👩"), max_size=12))
def test_entities_are_spans_of_their_text(tagger: Tagger, text: str) -> None:
    sentence = tagger(text)
    assert (sentence.text, sentence.words) == (text, ())
    assert not sentence.entities or sentence.fault() is None
    for entity in sentence.entities:
        assert entity.label in ("LOC", "PER")
        assert entity.form == entity.form.strip()


def test_the_answer_is_the_best_legal_sequence(tagger: Tagger) -> None:
    """All sequences of tags of a short text, O among them, by their sums of scores."""
    for text in ("喜欢北", "北京", "a 1"):
        scheme, decoder = tagger.model.scheme, tagger.model.decoder
        [[(_, scores, _)]] = [g.rows() for g in tagger.decode(tagger.bare(Block.of([text])), keep).groups]
        sequences = legal_sequences(scheme, len(text))
        free = [s for s in sequences if all(scores[i, tag] > FORBIDDEN for i, tag in enumerate(s))]
        best = max(free, key=lambda s: sequence_score(scheme, scores, decoder.transitions, s))
        assert scheme.decode(text, np.array(best)) == tagger(text)
        assert any(not any(s) for s in free)  # nothing but O is legal


def test_probabilities_are_shares_of_all_sequences(tagger: Tagger) -> None:
    text, scheme = "喜欢北", tagger.model.scheme
    [[(_, scores, _)]] = [g.rows() for g in tagger.decode(tagger.bare(Block.of([text])), keep).groups]
    weights = {
        s: np.exp(sequence_score(scheme, scores, tagger.model.decoder.transitions, s))
        for s in legal_sequences(scheme, len(text))
    }
    total = sum(weights.values())
    found = {s: set(scheme.decode(text, np.array(s)).entities) for s in weights}
    for entity in tagger(text, confidence=True).entities:
        assert isinstance(entity, RatedEntity)
        share = sum(weight for s, weight in weights.items() if entity in found[s]) / total
        assert entity.probability == pytest.approx(share, abs=1e-4)
        assert entity.span_probability >= entity.probability - 1e-9
    readings = tagger.alternatives(text, 3)
    assert readings[0].sentence == tagger(text)
    ranked = sorted(weights.values(), reverse=True)
    assert readings[0].probability == pytest.approx(ranked[0] / total, abs=1e-4)
    assert len({reading.sentence for reading in readings}) == 3


def test_marginals_sum_to_one_at_every_code_point(tagger: Tagger) -> None:
    for text in models.SPAN_TEXTS:
        marginals = tagger.marginals(text)
        assert marginals.names[:3] == ("O", "B-LOC", "B-PER")
        assert np.allclose(marginals.tags.sum(1), 1, atol=1e-5)


FORCED = [("公园", "PER"), ("公园", None), ("园", "LOC"), ("园", None), ("去公园吧", "LOC")]


@pytest.mark.parametrize(("form", "label"), FORCED)
def test_what_is_known_is_an_entity(tagger: Tagger, form: str, label: str | None) -> None:
    text = "我们 去公园吧！"
    start = text.index(form)
    answers = [
        tagger.with_dictionary(Dictionary([Entry(form, tag=label)]))(text),
        tagger.with_patterns(Patterns([Pattern(form, label)]))(text),
        tagger(text, known=[KnownWord(start, start + len(form), label)]),
    ]
    for sentence in answers:
        [entity] = [entity for entity in sentence.entities if entity.start == start]
        assert entity.form == form
        assert label in (None, entity.label)


def test_a_gazetteer_prefers_and_forbids(tagger: Tagger) -> None:
    for text, (form, label) in product(("我喜欢北京。", "去公园吧"), (("北京", "LOC"), ("公园", "PER"))):
        if form not in text:
            continue
        preferred = tagger.with_dictionary(Dictionary([Entry(form, "prefer", tag=label, weight=50.0)]))(text)
        start = text.index(form)
        assert Entity(form, label, start, start + 2) in preferred.entities
        barred = Dictionary([Entry(form, "forbid")])
        forbidden = tagger.with_dictionary(Dictionary([Entry(form, "prefer", weight=50.0)]), barred)(text)
        assert form not in {entity.form for entity in forbidden.entities}


def test_words_without_a_type_are_refused_where_words_are_given_as_files() -> None:
    scheme = load(models.ENTITIES).model.scheme
    wanted = "own.txt: expected entries of a type (LOC, PER) for a model of entities, got 1 of 2 without one, first "
    for words in (
        Dictionary(["园", Entry("北京", tag="LOC")]),
        Dictionary([Entry("园", "prefer", "NOUN"), Entry("A|B", "cut")]),
    ):
        with pytest.raises(InputError) as raised:
            check_types(words, scheme, "own.txt")
        assert str(raised.value).startswith(f"{wanted}'园'; write the type after a tab (园<TAB>force<TAB>TYPE)")
    with pytest.raises(InputError, match=r"first '园\+'; write the type after a tab"):
        check_types(Patterns(["园+", Pattern("[A-Z]+", "LOC")]), scheme, "own.txt")
    with pytest.raises(InputError, match=r"\(园{30}<TAB>force<TAB>TYPE\), or"):
        check_types(Dictionary(["园" * 70]), scheme, "own.txt")
    check_types(Dictionary([Entry("北京", tag="LOC"), Entry("园", "forbid"), Entry("园林", "join")]), scheme, "own.txt")
    check_types(Dictionary(["园"]), load(models.SMALL).model.scheme, "own.txt")


def test_entities_as_words_and_back() -> None:
    sentence = Sentence("去北京", (), (), (Entity("北京", "LOC", 1, 3),))
    assert entities_as_words(sentence).tags == ("LOC",)
    assert sentence.offsets("utf16") == ((1, 3),)
    assert sentence.offsets("byte") == ((3, 9),)


def test_the_model_of_the_package() -> None:
    found = load("zh-ner")("李明在北京大学读书，他的老师王小红来自上海。").entities
    wanted = [("李明", "PER"), ("北京大学", "ORG"), ("王小红", "PER"), ("上海", "LOC")]
    assert [(entity.form, entity.label) for entity in found] == wanted

"""Disagreements: probabilities against every tag sequence written out, planted errors first, places and their order."""

import json
import random
from collections.abc import Iterable
from itertools import cycle, islice, pairwise

import models
import pytest
from distributions import distribution_of, enumerated, scores_of, word_probabilities

from tagger import corpus
from tagger.corpus import Located, sample
from tagger.errors import InputError
from tagger.evaluation.disagreements import (
    SENTENCES,
    Disagreement,
    Side,
    disagreements,
    largest,
    to_json_lines,
    to_tsv,
)
from tagger.evaluation.sides import rate_sides
from tagger.tagging.confidence import RatedWord
from tagger.tagging.tagger import Tagger, load
from tagger.text.presegment import NO_PRESEGMENTATION
from tagger.text.sentence import Entity, Sentence, Word

GOLD = [Sentence.from_forms(*words) for words in ((["我喜", "天"], ["A", "B"]), (["北", "京。"], ["B", "A"]))]


def located(sentences: Iterable[Sentence]) -> list[Located]:
    return [Located("gold.conllu", number, number, sentence) for number, sentence in enumerate(sentences, 1)]


@pytest.mark.parametrize("temperature", [1.0, 2.5])
def test_both_sides_are_as_likely_as_all_sequences_say(head_tagger: Tagger, temperature: float) -> None:
    tagger = Tagger(head_tagger.model, presegmenter=NO_PRESEGMENTATION, temperature=temperature)
    scheme = tagger.model.scheme
    for sentence, sides in zip(GOLD, rate_sides(tagger, GOLD), strict=True):
        tags = distribution_of(tagger.model.decoder, scores_of(tagger, sentence.text), temperature)
        wanted = word_probabilities(scheme, tags)
        assert [rated.word for rated in sides.gold] == list(sentence.words)
        assert [rated.word for rated in sides.found] == list(tagger(sentence.text).words)
        for word, probability in (*sides.gold, *sides.found):
            number = scheme.pos.index(str(word.pos))
            assert probability == pytest.approx(wanted[word.start, word.end, number], abs=1e-5)


def test_words_without_tags_are_as_likely_as_with_any(head_tagger: Tagger) -> None:
    tagger = Tagger(head_tagger.model, presegmenter=NO_PRESEGMENTATION)
    untagged = [Sentence.from_forms(sentence.forms) for sentence in GOLD]
    for sentence, sides in zip(untagged, rate_sides(tagger, untagged), strict=True):
        wanted = word_probabilities(
            tagger.model.scheme,
            distribution_of(tagger.model.decoder, scores_of(tagger, sentence.text), tagger.temperature),
        )
        assert {rated.word.pos for rated in sides.found} == {None}
        for word, probability in (*sides.gold, *sides.found):
            of_span = sum(wanted.get((word.start, word.end, number), 0.0) for number in range(2))
            assert probability == pytest.approx(of_span, abs=1e-5)


def test_entities_and_their_absence_are_as_likely_as_all_sequences_say() -> None:
    tagger, text = load(models.ENTITIES), "我喜天"
    scheme, decoder = tagger.model.scheme, tagger.model.decoder
    tags = enumerated(scheme, scores_of(tagger, text), decoder.transitions, tagger.temperature)[0]
    outside = [sum(p for sequence, p in tags.items() if sequence[i] == 0) for i in range(3)]
    entity = Entity("喜天", "PER", 1, 3)
    [sides] = rate_sides(tagger, [Sentence(text, (Word(*entity),))])
    assert sides.outside == pytest.approx(outside, abs=1e-5)
    number = scheme.pos.index("PER")
    assert sides.gold[0].probability == pytest.approx(word_probabilities(scheme, tags)[1, 3, number], abs=1e-5)
    gold = located(Sentence(text, (), entities=entities) for entities in ((entity,), ()))
    places = list(disagreements(tagger, gold))
    absent = [(place, side) for place in places for side in (place.gold, place.found) if not side.words]
    assert absent
    for place, side in absent:
        assert side.probability == pytest.approx(min(outside[place.start : place.end]), abs=1e-5)


def test_what_the_model_finds_is_as_likely_as_gold_in_texts_of_any_length(small_tagger: Tagger) -> None:
    texts = ["我喜欢北京", "", " a b ", "今天天气很好，" * 60, "我们去公园\u3000吧。" * 40, "北" * 300]
    gold = list(small_tagger.tag(texts))
    for sides in rate_sides(small_tagger, gold):
        for ours, theirs in zip(sides.gold, sides.found, strict=True):
            assert ours.word == theirs.word
            assert ours.probability == pytest.approx(theirs.probability, abs=1e-5)
    assert list(disagreements(small_tagger, located(gold))) == []


def planted(sentence: Sentence, index: int, kind: str) -> Sentence:
    """The sentence with an error at the word of that index: cut in two, joined to the next, or of another tag."""
    forms, tags = list(sentence.forms), list(sentence.tags)
    if kind == "cut":
        form = forms[index]
        forms[index : index + 1], tags[index : index + 1] = [form[:1], form[1:]], [tags[index]] * 2
    elif kind == "join":
        forms[index : index + 2], tags[index : index + 2] = ["".join(forms[index : index + 2])], [tags[index]]
    else:
        tags[index] = "NUM" if tags[index] != "NUM" else "VERB"
    return Sentence.from_forms(forms, tags, comments=sentence.comments)


def test_planted_errors_come_first() -> None:
    tagger, choose = load("zh-small"), random.Random(1)
    texts = [sentence.text for sentence in corpus.read(sample.path("dev"))][:40]
    gold, wanted = [], []
    for number, found in enumerate(tagger.tag(texts, confidence=True), 1):
        is_sure = [isinstance(word, RatedWord) and word.probability > 0.9 for word in found.words]
        sure = [i for i, pair in enumerate(pairwise(is_sure)) if all(pair) and len(found.words[i].form) > 1]
        if number % 4 == 0 and sure and " " not in found.text:
            index, kind = choose.choice(sure), choose.choice(["cut", "join", "tag"])
            wanted.append((number, found.words[index].start))
            found = planted(found, index, kind)
        gold.append(found)
    assert len(wanted) >= 6
    places = largest(disagreements(tagger, located(gold)), 100)
    assert {(place.sentence.number, place.start) for place in places} == set(wanted)
    margins = [place.margin for place in places]
    assert margins == sorted(margins, reverse=True)
    assert margins[-1] > 0.5


def test_equal_margins_keep_their_order(small_tagger: Tagger) -> None:
    n = SENTENCES + 4  # more than are looked at together
    stream = list(disagreements(small_tagger, located([GOLD[0]] * n)))
    top = largest(stream, len(stream))
    for start in {place.start for place in stream}:
        assert [place.sentence.number for place in top if place.start == start] == list(range(1, n + 1))
    assert largest(iter(stream), 7) == top[:7]


def test_a_stream_without_end_is_read_as_far_as_it_is_asked_for(small_tagger: Tagger) -> None:
    assert len(list(islice(disagreements(small_tagger, cycle(located(GOLD))), 3))) == 3


def test_a_tag_that_the_model_lacks_is_impossible(small_tagger: Tagger) -> None:
    [sentence] = small_tagger.tag(["我喜欢北京"])
    renamed = Sentence.from_forms(sentence.forms, ["NEW", *sentence.tags[1:]])
    [place] = disagreements(small_tagger, located([renamed]))
    assert (place.gold.words[0].pos, place.gold.probability) == ("NEW", 0.0)
    assert place.margin == place.found.probability > 0


def test_what_cannot_be_looked_at(small_tagger: Tagger) -> None:
    with pytest.raises(InputError, match="places of 1 or more, got 0"):
        largest([], 0)
    with pytest.raises(InputError, match=r"gold\.conllu:1: expected a sentence of at most 65536 characters, got 70000"):
        list(disagreements(small_tagger, located([Sentence.from_forms(["北" * 70000])])))


def test_places_as_tables_and_objects() -> None:
    sentence = Located("gold.seg", 3, 5, Sentence("我 喜\t欢", (), ("# sent_id = s3",)))
    gold, found = (Word("我 喜", "VERB", 0, 3),), (Word("我", None, 0, 1), Word("喜", None, 2, 3))
    places = [
        Disagreement(sentence, "我 喜\t欢", 0, 3, Side(side, p), Side((), 1.0))
        for side, p in ((gold, 0.25), (found, 1.0))
    ]
    head, *rows = [line.rstrip("\n").split("\t") for line in to_tsv(places)]
    assert dict(zip(head, rows[0], strict=True)) == {
        "margin": "0.7500", "gold_probability": "0.2500", "model_probability": "1.0000", "file": "gold.seg",
        "line": "5", "sentence": "s3", "start": "0", "end": "3", "gold": "我 喜/VERB", "model": "–", "text": "我 喜 欢",
    }  # fmt: skip
    assert dict(zip(head, rows[1], strict=True))["gold"] == "我 喜"
    assert [json.loads(line) for line in to_json_lines(places[:1])] == [
        {
            "margin": 0.75, "gold_probability": 0.25, "model_probability": 1.0, "file": "gold.seg", "line": 5,
            "sentence": 3, "sent_id": "s3", "start": 0, "end": 3, "gold": [{"form": "我 喜", "tag": "VERB"}],
            "model": [], "text": "我 喜\t欢",
        }
    ]  # fmt: skip

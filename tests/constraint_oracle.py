"""The words that dictionaries and given words allow, by the definition of each strength; and answers against them."""

from itertools import product
from typing import Any

import numpy as np
import oracles
import pytest
from distributions import scores_of
from oracles import matches, segmentations, sequence_score, tags_of

from tagger.decoding.factored import FactoredDecoder
from tagger.tagging.dictionary import Dictionary
from tagger.tagging.entries import WEIGHT, Entry
from tagger.tagging.known import KnownBoundary, KnownWord
from tagger.tagging.tagger import Tagger
from tagger.text.scheme import Scheme
from tagger.text.sentence import WHITESPACE, Sentence


class Oracle:
    """The best answer by the definition of each strength, from all segmentations with all POS."""

    def __init__(self, tagger: Tagger, text: str, entries: list[Entry], marks: list[KnownWord | KnownBoundary]) -> None:
        self.text, self.model = text, tagger.model
        latest = {entry.word.replace("|", "") if entry.strength == "cut" else entry.word: entry for entry in entries}
        by_strength = {strength: [e for e in latest.values() if e.strength == strength] for strength in
               ("force", "prefer", "forbid", "join", "cut")}  # fmt: skip
        self.cut, self.join, self.tags = set[int](), set[int](), dict[tuple[int, int], str]()
        for mark in marks:
            if isinstance(mark, KnownWord):
                self._word(mark.start, mark.end, mark.pos)
            else:
                (self.cut if mark.cut else self.join).add(mark.at)
        fitting = [
            (a, b) for a, b in matches(text, {e.word for e in by_strength["force"]})
            if self.join.isdisjoint((a, b)) and self.cut.isdisjoint(range(a + 1, b))
        ]  # fmt: skip
        for start, end in oracles.longest(fitting):
            self._word(start, end, latest[text[start:end]].tag)
        decided = self.cut | self.join
        for entry in by_strength["cut"]:
            surface = entry.word.replace("|", "")
            for start, _ in matches(text, [surface]):
                at = start
                for part in entry.word.split("|")[:-1]:
                    at += len(part)
                    if at not in decided:
                        self.cut.add(at)
        for entry in by_strength["join"]:
            for start, end in matches(text, [entry.word]):
                self.join |= set(range(start + 1, end)) - decided - self.cut
        while loose := {at for at in self.join - decided if self._is_loose(at)}:
            self.join -= loose
        self.prefer = {
            span: latest[text[slice(*span)]] for span in matches(text, {e.word for e in by_strength["prefer"]})
        }
        self.prefer = {(a, b): entry for (a, b), entry in self.prefer.items() if not self._is_nested(a, b)}
        self.forbid = set(matches(text, {e.word for e in by_strength["forbid"]}))
        self.whole = {
            (a, b) for b in range(len(text) + 1) for a in range(b) if self._holds_spaces(a, b) or (a, b) in self.prefer
        }

    def _is_loose(self, at: int) -> bool:
        """Whether a join holds whitespace on one side that is not inside a word on its other side."""
        return (self.text[at] in WHITESPACE and at + 1 not in self.join) or (
            self.text[at - 1] in WHITESPACE and at - 1 not in self.join
        )

    def _holds_spaces(self, start: int, end: int) -> bool:
        """Whether what is joined holds all whitespace of a word, which may be longer."""
        spaces = [at for at in range(start, end) if self.text[at] in WHITESPACE]
        joined = self.join.intersection(range(start + 1, end))
        return joined.issuperset(spaces) and joined.issuperset(at + 1 for at in spaces)

    def _is_nested(self, start: int, end: int) -> bool:
        """Whether a longer word that is possible and has the same weight lies around a word to prefer."""
        return any(
            entry.weight == self.prefer[start, end].weight
            and (a <= start and end <= b and (a, b) != (start, end))
            and self.join.isdisjoint((a, b))
            and self.cut.isdisjoint(range(a + 1, b))
            for (a, b), entry in self.prefer.items()
        )

    def _word(self, start: int, end: int, tag: str | None) -> None:
        self.cut |= {start, end} - {0, len(self.text)}
        self.join |= set(range(start + 1, end))
        if tag is not None and self.model.scheme.pos:
            self.tags.setdefault((start, end), tag)

    def fits(self, words: list[tuple[int, int]]) -> bool:
        inside = {at for start, end in words for at in range(start + 1, end)}
        return self.join <= inside and self.cut.isdisjoint(inside)

    def best(self) -> list[list[tuple[int, int]]]:
        """The segmentations with the fewest forbidden words."""
        ways = [w for w in segmentations([c in WHITESPACE for c in self.text], whole=self.whole) if self.fits(w)]
        n_forbidden = [len(self.forbid.intersection(way)) for way in ways]
        fewest = min(n_forbidden, default=0)
        return [way for way, n in zip(ways, n_forbidden, strict=True) if n == fewest]

    def score(self, words: list[tuple[int, int, int]], scores: Any) -> float:
        """Of a path, its tags and bonuses; whitespace in a word that is kept whole costs nothing."""
        pos, total = self.model.scheme.pos, 0.0
        for start, end, number in words:
            entry = self.prefer.get((start, end))
            if entry and (entry.tag is None or not pos or entry.tag == pos[number]):
                total += bonus(entry)
        decoder = self.model.decoder
        tags = tags_of(self.model.scheme, len(self.text), words)
        return total + sequence_score(self.model.scheme, scores, decoder.transitions, tags)


def bonus(entry: Entry) -> float:
    """What an entry to prefer adds to the score of an answer with its word."""
    return (WEIGHT if entry.weight is None else entry.weight) * (len(entry.word) - 1)


def scored(tagger: Tagger, text: str) -> Any:
    scores = scores_of(tagger, text).astype(np.float64)
    middle = tagger.model.decoder.blocks.middle
    for at, char in enumerate(text):
        if char in WHITESPACE:
            scores[at, middle] = 0
    return scores


def check(tagger: Tagger, text: str, entries: list[Entry], marks: list[KnownWord | KnownBoundary]) -> Sentence:
    answer = tagger.with_dictionary(Dictionary(entries))(text, known=marks)
    assert answer.text == text
    assert answer.fault() is None
    if not text:
        return answer
    oracle = Oracle(tagger, text, entries, marks)
    pos, scores, decoder = tagger.model.scheme.pos, scored(tagger, text), tagger.model.decoder
    ways = oracle.best()
    words = [(word.start, word.end) for word in answer.words]
    assert words in ways
    for span, tag in oracle.tags.items():
        assert next(word.pos for word in answer.words if (word.start, word.end) == span) == tag
    if isinstance(decoder, FactoredDecoder):
        plain = Scheme()

        def total(way: list[tuple[int, int]]) -> float:
            bonuses = sum(bonus(oracle.prefer[span]) for span in way if span in oracle.prefer)
            tags = tags_of(plain, len(text), [(a, b, 0) for a, b in way])
            return bonuses + sequence_score(plain, scores, decoder.transitions, tags)

        assert total(words) == pytest.approx(max(map(total, ways)), abs=1e-3)
        for word in answer.words:
            span, entry = (word.start, word.end), oracle.prefer.get((word.start, word.end))
            sums = [scores[span[0], 5 + p] + scores[span[1] - 1, 5 + len(pos) + p] for p in range(len(pos))]
            if entry and entry.tag:
                sums[pos.index(entry.tag)] += bonus(entry)
            assert span in oracle.tags or sums[pos.index(str(word.pos))] == pytest.approx(max(sums), abs=1e-3)
        return answer
    numbers = range(max(1, len(pos)))
    totals = [
        oracle.score(tagged, scores)
        for way in ways
        for tagged in (
            [(*span, p) for span, p in zip(way, ids, strict=True)] for ids in product(numbers, repeat=len(way))
        )
        if all(pos[p] == oracle.tags.get((a, b), pos[p]) for a, b, p in tagged if pos)
    ]
    tagged_words = [(word.start, word.end, pos.index(str(word.pos)) if pos else 0) for word in answer.words]
    assert oracle.score(tagged_words, scores) == pytest.approx(max(totals), abs=1e-3)
    return answer

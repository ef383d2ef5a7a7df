"""From what a tool answers to F1, for `accuracy.py`: its words placed in the text, its tags as UPOS."""

from collections import Counter
from collections.abc import Mapping, Sequence

from accuracy_tools import Pairs

from tagger.scores.words import count, total
from tagger.tagging.dictionary_lines import UPOS
from tagger.text.sentence import WHITESPACE, Sentence, Word

Score = tuple[float, float | None]  # F1 of words, and of words with UPOS for a tool that tags


def place(text: str, pairs: Sequence[tuple[str, str | None]]) -> Sentence:
    """The words of a tool in the text, white space passed over; none if the tool lost or added characters."""
    places = [i for i, char in enumerate(text) if char not in WHITESPACE]
    words, first = [], 0
    for form, tag in pairs:
        last = first + sum(char not in WHITESPACE for char in form)
        if first < last <= len(places):
            start, end = places[first], places[last - 1] + 1
            words.append(Word(text[start:end], tag, start, end))
        first = last
    return Sentence(text, tuple(words) if first == len(places) else ())


def majority(gold: Sequence[Sentence], answers: Sequence[Pairs]) -> dict[str, str]:
    """For each tag of a tool the UPOS that gold gives most often to the words on which both agree; that of all words
    together under the empty tag."""
    seen: dict[str, Counter[str]] = {"": Counter()}
    for sentence, pairs in zip(gold, answers, strict=True):
        right = {(word.start, word.end): word.pos for word in sentence.words}
        for word in place(sentence.text, pairs).words:
            pos = right.get((word.start, word.end))
            if pos is not None and word.pos is not None:
                for tag in ("", word.pos):
                    seen.setdefault(tag, Counter())[pos] += 1
    return {tag: counts.most_common(1)[0][0] for tag, counts in seen.items() if counts}


def score(gold: Sequence[Sentence], answers: Sequence[Pairs], upos: Mapping[str, str] | None) -> Score:
    """F1 of a tool's words, and of words with tags, which `upos` maps; None for a tool whose tags are UPOS.

    The second is None where the tool or the gold has no tags, or gold has others than UPOS.
    """
    counts, tagged = [], False
    for sentence, pairs in zip(gold, answers, strict=True):
        found = place(sentence.text, pairs)
        tagged = tagged or None not in found.tags
        if upos:
            words = (word._replace(pos=upos.get(word.pos or "", upos[""])) for word in found.words)
            found = Sentence(found.text, tuple(words))
        counts.append(count(sentence, found))
    sums = total(counts)
    comparable = tagged and all(UPOS.issuperset(sentence.tags) for sentence in gold)
    return sums.words.f1, sums.joint.f1 if comparable else None


def mean(scores: Sequence[Score]) -> Score:
    """The mean of scores, each of the same weight."""
    joint = [score for _, score in scores if score is not None]
    words = sum(score for score, _ in scores) / len(scores)
    return words, sum(joint) / len(joint) if joint else None

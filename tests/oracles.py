"""Slow, obvious answers to compare the library with: written from definitions, sharing none of its code."""

from collections.abc import Collection, Sequence
from typing import Any

from tagger.text import Sentence


def corpus_scores(
    gold: Sequence[Sentence], predicted: Sequence[Sentence], vocabulary: Collection[str]
) -> dict[str, float | None]:
    """Scores straight from their definition: sets of (start, end[, pos]) over the concatenated text."""
    text = "".join(sentence.text for sentence in gold)
    assert text == "".join(sentence.text for sentence in predicted)
    starts = [sum(len(sentence.text) for sentence in gold[:i]) for i in range(len(gold))]
    tagged = [all(word.pos is not None for word in sentence.words) for sentence in gold]

    def spans(sentences: Sequence[Sentence]) -> set[tuple[int, int]]:
        return {(at + w.start, at + w.end) for at, s in zip(starts, sentences, strict=True) for w in s.words}

    def tagged_spans(sentences: Sequence[Sentence]) -> set[tuple[int, int, str | None]]:
        return {
            (at + w.start, at + w.end, w.pos)
            for at, s, has_tags in zip(starts, sentences, tagged, strict=True)
            for w in s.words
            if has_tags
        }

    def of(part: int, whole: int) -> float:
        return part / whole if whole else 0.0

    def prf(ours: set[Any], theirs: set[Any]) -> tuple[float, float, float]:
        precision, recall = of(len(ours & theirs), len(theirs)), of(len(ours & theirs), len(ours))
        return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0

    scores: dict[str, float | None] = {}
    names = "precision", "recall", "f1"
    scores |= zip((f"word_{name}" for name in names), prf(spans(gold), spans(predicted)), strict=True)
    ours, theirs = tagged_spans(gold), tagged_spans(predicted)
    scores |= zip((f"joint_{name}" for name in names), prf(ours, theirs) if ours else (None,) * 3, strict=True)
    new = {(start, end) for start, end in spans(gold) if text[start:end] not in vocabulary}
    scores["oov_recall"] = len(new & spans(predicted)) / len(new) if new else None
    scores["oov_rate"] = of(len(new), len(spans(gold)))
    exact = [{w[2:] for w in g.words} == {w[2:] for w in p.words} for g, p in zip(gold, predicted, strict=True)]
    scores["exact_match"] = of(sum(exact), len(exact))
    for tag in sorted({pos for *_, pos in ours | theirs if pos is not None}):
        only = [{item for item in items if item[2] == tag} for items in (ours, theirs)]
        scores |= zip((f"{name}/{tag}" for name in names), prf(*only), strict=True)
    return scores

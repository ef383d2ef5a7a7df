"""Slow, obvious answers to compare the library with: written from definitions, sharing none of its code."""

from collections.abc import Callable, Collection, Sequence
from itertools import pairwise, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagger.decoding.transitions import Transitions
from tagger.text.partial import Partial
from tagger.text.scheme import Scheme
from tagger.text.sentence import Sentence

Floats = NDArray[Any]


def corpus_scores(
    gold: Sequence[Sentence], predicted: Sequence[Sentence], vocabulary: Collection[str]
) -> dict[str, float | None]:
    """Scores straight from their definition: sets of (start, end[, pos]) over the concatenated text."""
    text = "".join(sentence.text for sentence in gold)
    assert text == "".join(sentence.text for sentence in predicted)
    starts = [sum(len(sentence.text) for sentence in gold[:i]) for i in range(len(gold))]
    tagged = [all(word.pos is not None for word in sentence.words) for sentence in gold]

    def spans(sentences: Sequence[Sentence]) -> set[tuple[int, int]]:
        return {(first + w.start, first + w.end) for first, s in zip(starts, sentences, strict=True) for w in s.words}

    def tagged_spans(sentences: Sequence[Sentence]) -> set[tuple[int, int, str | None]]:
        return {
            (first + w.start, first + w.end, w.pos)
            for first, s, has_tags in zip(starts, sentences, tagged, strict=True)
            for w in s.words
            if has_tags
        }

    def share(part: int, whole: int) -> float:
        return part / whole if whole else 0.0

    def prf(ours: set[Any], theirs: set[Any]) -> tuple[float, float, float]:
        precision, recall = share(len(ours & theirs), len(theirs)), share(len(ours & theirs), len(ours))
        return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0

    scores: dict[str, float | None] = {}
    names = "precision", "recall", "f1"
    scores |= zip((f"word_{name}" for name in names), prf(spans(gold), spans(predicted)), strict=True)
    ours, theirs = tagged_spans(gold), tagged_spans(predicted)
    scores |= zip((f"joint_{name}" for name in names), prf(ours, theirs) if ours else (None,) * 3, strict=True)
    new = {(start, end) for start, end in spans(gold) if text[start:end] not in vocabulary}
    scores["oov_recall"] = len(new & spans(predicted)) / len(new) if new else None
    scores["oov_rate"] = share(len(new), len(spans(gold)))
    exact = [{w[2:] for w in g.words} == {w[2:] for w in p.words} for g, p in zip(gold, predicted, strict=True)]
    scores["exact_match"] = share(sum(exact), len(exact))
    for tag in sorted({pos for *_, pos in ours | theirs if pos is not None}):
        only = [{item for item in items if item[2] == tag} for items in (ours, theirs)]
        scores |= zip((f"{name}/{tag}" for name in names), prf(*only), strict=True)
    return scores


def letters(scheme: Scheme) -> list[tuple[str, str]]:
    """Letter and POS of every tag id, read off the names."""
    return [(name.partition("-")[0], name.partition("-")[2]) for name in scheme.names]


def may_follow(scheme: Scheme, before: int, after: int) -> bool:
    """BMES by its definition: a word that has begun continues with the same POS, one that has ended does not."""
    (left, left_pos), (right, right_pos) = letters(scheme)[before], letters(scheme)[after]
    if left in "BM":
        return right in "ME" and left_pos == right_pos
    return right in "OBS"


def legal_sequences(scheme: Scheme, length: int) -> list[tuple[int, ...]]:
    """Every legal sequence of tags: begins and ends outside or at the edges of words."""
    names = letters(scheme)
    return [
        tags
        for tags in product(range(scheme.n_tags), repeat=length)
        if names[tags[0]][0] in "OBS"
        and names[tags[-1]][0] in "OES"
        and all(may_follow(scheme, *pair) for pair in pairwise(tags))
    ]


def agrees(sentence: Partial, scheme: Scheme, tags: tuple[int, ...]) -> bool:
    """Whether a legal sequence of tags has the words, cuts and joins that are known of the sentence."""
    words = scheme.decode(sentence.text, np.array(tags)).words
    pos = {(word.start, word.end): word.pos for word in words}
    edges = {edge for span in pos for edge in span} | {index for index, tag in enumerate(tags) if tag == 0}
    return (
        all((tag == 0) == (char == " ") for tag, char in zip(tags, sentence.text, strict=True))
        and all((w.start, w.end) in pos and w.pos in (None, pos[w.start, w.end]) for w in sentence.words)
        and edges.issuperset(sentence.cuts)
        and edges.isdisjoint(sentence.joins)
    )


def segmentations(spaces: Sequence[bool], *, whole: Collection[tuple[int, int]] = ()) -> list[list[tuple[int, int]]]:
    """Every way to cut a text into words, as lists of (start, end). `spaces` says which characters are whitespace;
    only the words of `whole` may contain it."""
    ways: list[list[list[tuple[int, int]]]] = [[[]], *([] for _ in spaces)]
    for end in range(1, len(spaces) + 1):
        if spaces[end - 1]:
            ways[end] += ways[end - 1]
        for start in range(end):
            if not any(spaces[start:end]) or (start, end) in whole:
                ways[end] += [[*words, (start, end)] for words in ways[start]]
    return ways[-1]


def tags_of(scheme: Scheme, length: int, words: Sequence[tuple[int, int, int]]) -> tuple[int, ...]:
    """The tags of words given as (start, end, POS number), by the names of tags."""
    ids = {pair: i for i, pair in enumerate(letters(scheme))}
    tags = [0] * length
    for start, end, pos in words:
        name = scheme.pos[pos] if scheme.pos else ""
        for index in range(start, end):
            letter = "S" if end - start == 1 else "B" if index == start else "E" if index == end - 1 else "M"
            tags[index] = ids[letter, name]
    return tuple(tags)


def matches(text: str, words: Collection[str]) -> list[tuple[int, int]]:
    """Every occurrence of every word that does not cut a sequence of letters or of digits; tries all spans."""

    def joined(index: int) -> bool:
        if not 0 < index < len(text):
            return False
        pair = text[index - 1 : index + 1]
        return all(char in "abcé" for char in pair) or all(char in "0123456789" for char in pair)

    spans = [(start, end) for end in range(len(text) + 1) for start in range(end) if text[start:end] in words]
    return [(start, end) for start, end in spans if not joined(start) and not joined(end)]


def longest(spans: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
    """Take the longest span, the first of equally long ones, drop what overlaps it, and so on."""
    left, taken = list(spans), set()
    while left:
        best = min(left, key=lambda span: (span[0] - span[1], span[0]))
        taken.add(best)
        left = [span for span in left if span[1] <= best[0] or best[1] <= span[0]]
    return taken


def sequence_score(scheme: Scheme, scores: NDArray[Any], transitions: Transitions, tags: tuple[int, ...]) -> float:
    """A path's score, one term after the other, through the tables by name."""
    names, n = letters(scheme), scheme.n_pos
    pos = {tag: (tag - 1) % n for tag in range(scheme.n_tags)}
    closed: dict[str, Callable[[int], int]] = {
        "O": lambda tag: 0, "E": lambda tag: 1 + pos[tag], "S": lambda tag: 1 + n + pos[tag]
    }  # fmt: skip
    starting: dict[str, Callable[[int], int]] = {
        "O": lambda tag: 0, "B": lambda tag: 1 + pos[tag], "S": lambda tag: 1 + n + pos[tag]
    }  # fmt: skip
    inside = {"BM": 0, "BE": 1, "MM": 2, "ME": 3}
    total = float(transitions.start[starting[names[tags[0]][0]](tags[0])])
    for index, tag in enumerate(tags):
        total += float(scores[index, tag])
        if index:
            left, right = names[tags[index - 1]][0], names[tag][0]
            if left + right in inside:
                total += float(transitions.inside[inside[left + right], pos[tag]])
            else:
                total += float(transitions.boundary[closed[left](tags[index - 1]), starting[right](tag)])
    return total + float(transitions.end[closed[names[tags[-1]][0]](tags[-1])])


def sigmoid(x: Floats) -> Floats:
    """The logistic function, by way of the hyperbolic tangent, which does not overflow."""
    return (1 + np.tanh(x / 2)) / 2


def lstm(x: Floats, w_x: Floats, w_h: Floats, b_x: Floats, b_h: Floats) -> Floats:
    """Hidden states `[time, h]` of one sentence `[time, x]`, by the equations (Hochreiter 1997, Gers 2000). Weights
    `[gates * h, x]`, `[gates * h, h]` and biases `[gates * h]`, the gates in the order of torch."""
    size = w_h.shape[1]
    h, c, states = np.zeros(size), np.zeros(size), []
    for step in x:
        i, f, g, o = np.split(w_x @ step + b_x + w_h @ h + b_h, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        states.append(h)
    return np.stack(states)


def gru(x: Floats, w_x: Floats, w_h: Floats, b_x: Floats, b_h: Floats) -> Floats:
    """The same for the GRU (Cho 2014), the reset gate after the product as torch and cuDNN have it."""
    h, states = np.zeros(w_h.shape[1]), []
    for step in x:
        r, z, n = np.split(w_x @ step + b_x, 3)
        r_h, z_h, n_h = np.split(w_h @ h + b_h, 3)
        reset, update = sigmoid(r + r_h), sigmoid(z + z_h)
        h = (1 - update) * np.tanh(n + reset * n_h) + update * h
        states.append(h)
    return np.stack(states)


def rnn_tanh(x: Floats, w_x: Floats, w_h: Floats, b_x: Floats, b_h: Floats) -> Floats:
    """The same for the simple recurrent net (Elman 1990)."""
    h, states = np.zeros(w_h.shape[1]), []
    for step in x:
        h = np.tanh(w_x @ step + b_x + w_h @ h + b_h)
        states.append(h)
    return np.stack(states)


def rnn_relu(x: Floats, w_x: Floats, w_h: Floats, b_x: Floats, b_h: Floats) -> Floats:
    """The same with a rectifier in place of the hyperbolic tangent."""
    h, states = np.zeros(w_h.shape[1]), []
    for step in x:
        h = np.maximum(w_x @ step + b_x + w_h @ h + b_h, 0)
        states.append(h)
    return np.stack(states)


CELLS = {"lstm": lstm, "gru": gru, "rnn_tanh": rnn_tanh, "rnn_relu": rnn_relu}

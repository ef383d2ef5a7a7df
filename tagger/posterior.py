"""How likely words are under a model's head, found ones and all others: `marginals`, head by head.

`crf` and `softmax`: the marginal of a word and its POS in the chain over joint tags. `factored`: the marginal of the
word in the chain over five tags, times the softmax, over the POS, of the sums of the word's first and last character's
POS scores: the POS of a word depends on its edges alone. Scores are divided by the temperature everywhere.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .decoding import Decoder, FactoredDecoder, Scores, Tags
from .marginals import Candidates, Lattice, Places, Table, lattices
from .scheme import BEGIN, END, SINGLE


def found(
    decoder: Decoder, parts: Sequence[Scores], lengths: NDArray[Any], tags: Tags, temperature: float = 1.0
) -> Table:
    """The probability of every word in decoded tags `[rows, time]` with each POS: `[n_words, n_pos]`, row by row.

    `parts` are the scores that were decoded, the longest rows first.
    """
    letters = _letters(decoder, tags) if isinstance(decoder, FactoredDecoder) else tags
    weights = [
        lattice.words(letters[rows]) for rows, lattice in lattices(parts, lengths, decoder.transitions, temperature)
    ]
    weight = np.concatenate(weights) if weights else np.zeros((0, decoder.n_pos))
    if isinstance(decoder, FactoredDecoder):
        weight = weight * _pos(decoder, parts, *_words(letters), temperature)
    return weight


def candidates(
    decoder: Decoder, parts: Sequence[Scores], lengths: NDArray[Any], least: float, temperature: float = 1.0
) -> Candidates:
    """Every span that is a word with a probability of at least `least`, row by row."""
    pieces = []
    for rows, lattice in lattices(parts, lengths, decoder.transitions, temperature):
        piece = lattice.candidates(least)
        pieces.append(piece._replace(row=piece.row + rows.start))
    every = Candidates(*(np.concatenate(column) for column in zip(*pieces, strict=True)))
    if isinstance(decoder, FactoredDecoder):
        pos = _pos(decoder, parts, every.row, every.start, every.end - 1, temperature)
        every = every._replace(weight=every.weight * pos)
    return every


def log_pos(
    decoder: FactoredDecoder, parts: Sequence[Scores], tags: Tags, temperature: float = 1.0
) -> NDArray[np.float64]:
    """The logarithm of the probability `[rows]` of the POS in `tags [rows, time]`, given their words."""
    row, first, last = _words(_letters(decoder, tags))
    weight = _pos(decoder, parts, row, first, last, temperature)
    own = weight[np.arange(len(row)), (tags[row, first] - 1) % decoder.scheme.n_pos]
    return np.bincount(row, np.log(own), len(tags)).astype(np.float64)


def tag_probabilities(decoder: Decoder, scores: Scores, temperature: float = 1.0) -> Table:
    """The marginals `[time, n_tags]` of the tags of one row's scores `[time, n_scores]`."""
    lengths = np.array([len(scores)])
    lattice = Lattice.of([scores[None]], lengths, decoder.transitions, temperature)
    tags = lattice.tags(0)
    if not isinstance(decoder, FactoredDecoder):
        return tags
    every = candidates(decoder, [scores[None]], lengths, 0.0, temperature)
    n, long = decoder.scheme.n_pos, every.end - every.start > 1
    table = np.zeros((len(scores) + 1, 5, n))  # unused, then B, M, E, S
    np.add.at(table[:, 1], every.start[long], every.weight[long])
    np.add.at(table[:, 2], every.start[long] + 1, every.weight[long])
    np.add.at(table[:, 2], every.end[long] - 1, -every.weight[long])
    np.add.at(table[:, 3], every.end[long] - 1, every.weight[long])
    np.add.at(table[:, 4], every.start[~long], every.weight[~long])
    table[:, 2] = table[:, 2].cumsum(0).clip(0)
    return np.concatenate([tags[:, :1], table[:-1, 1:].reshape(len(scores), 4 * n)], 1)


def _letters(decoder: FactoredDecoder, tags: Tags) -> Tags:
    """Tags of a scheme as those of segmentation alone."""
    letters: Tags = (tags + decoder.scheme.n_pos - 1) // decoder.scheme.n_pos
    return letters


def _words(letters: Tags) -> tuple[Places, Places, Places]:
    """Row, first and last character of every word, row by row."""
    row, first = np.nonzero((letters == 1 + BEGIN) | (letters == 1 + SINGLE))
    return row, first, np.nonzero(letters >= 1 + END)[1]


def _pos(
    decoder: FactoredDecoder, parts: Sequence[Scores], row: Places, first: Places, last: Places, temperature: float
) -> Table:
    """The distribution over POS `[n, n_pos]` of words from character `first` to `last` of rows, in order of rows."""
    n = decoder.scheme.n_pos
    edges = np.cumsum([0, *map(len, parts)])
    logits: list[NDArray[Any]] = [np.zeros((0, n))]
    for part, begin, a, b in zip(parts, edges, *_pairs(np.searchsorted(row, edges)), strict=False):
        own = row[a:b] - begin
        logits.append(part[own, first[a:b], 5 : 5 + n] + part[own, last[a:b], 5 + n :])
    weight = np.concatenate(logits).astype(np.float64) / temperature
    weight = np.exp(weight - weight.max(1, keepdims=True))
    table: Table = weight / weight.sum(1, keepdims=True)
    return table


def _pairs(edges: Places) -> tuple[Places, Places]:
    return edges[:-1], edges[1:]

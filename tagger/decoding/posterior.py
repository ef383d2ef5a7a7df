"""How likely words are under a model's head, found ones and all others: `marginals`, head by head.

`crf` and `softmax`: the marginal of a word and its POS in the chain over joint tags. `factored`: the marginal of the
word in the chain over five tags, times the softmax, over the POS, of the sums of the word's first and last character's
POS scores: the POS of a word depends on its edges alone. Scores are divided by the temperature everywhere.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..text.scheme import BEGIN, END, SINGLE
from .decoders import Decoder, FactoredDecoder
from .marginals import Candidates, Places, Table, characters, lattices
from .transitions import Scores, Tags

OUT = np.float32(-1e9)  # a score below all others, forbidden ones too


def rates(
    decoder: Decoder, parts: Sequence[Scores], lengths: NDArray[Any], tags: Tags, temperature: float = 1.0
) -> tuple[Places, Places, Table]:
    """Row and first character of every word in decoded tags `[rows, time]`, row by row, and how likely it is with its
    POS and with any `[2, n_words]`.

    `parts` are the scores that were decoded, the longest rows first.
    """
    n_pos = decoder.scheme.n_pos if isinstance(decoder, FactoredDecoder) else decoder.n_pos
    row, time, letter, pos = characters(tags, n_pos)
    firsts = np.flatnonzero((letter == BEGIN) | (letter == SINGLE))
    weights = [np.zeros((0, decoder.n_pos))]
    for rows, lattice in lattices(parts, lengths, decoder.transitions, temperature):
        own = slice(*np.searchsorted(row, [rows.start, rows.stop]))
        weights.append(lattice.words(row[own] - rows.start, time[own], letter[own]))
    weight = np.concatenate(weights)
    words = weight.sum(1)
    if isinstance(decoder, FactoredDecoder):
        lasts = np.append(firsts[1:] - 1, len(row) - 1)[: len(firsts)]
        both = words * _pos(decoder, parts, row[firsts], time[firsts], time[lasts], temperature, pos[firsts])
    else:
        both = weight[np.arange(len(weight)), pos[firsts]]
    return row[firsts], time[firsts], np.stack([both, words])


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
    row, time, letter, pos = characters(tags, decoder.scheme.n_pos)
    firsts, lasts = (np.flatnonzero((letter == kind) | (letter == SINGLE)) for kind in (BEGIN, END))
    own = _pos(decoder, parts, row[firsts], time[firsts], time[lasts], temperature, pos[firsts])
    return np.bincount(row[firsts], np.log(own), len(tags)).astype(np.float64)


def log_probabilities(
    decoder: Decoder, parts: Sequence[Scores], lengths: NDArray[Any], tags: Tags, temperature: float = 1.0
) -> NDArray[np.float64]:
    """The logarithm of the probability `[rows]` of legal `tags [rows, time]`, the longest rows first."""
    n_tags, chain = 1 + 4 * decoder.n_pos, tags
    if isinstance(decoder, FactoredDecoder):
        chain = (tags + decoder.scheme.n_pos - 1) // decoder.scheme.n_pos
    alone, first = [], 0  # the scores of these tags, all others being out of the question
    for part in parts:
        own = chain[first : first + len(part), : part.shape[1], None]
        alone.append(np.where(np.arange(n_tags) == own, part[:, :, :n_tags], OUT))
        first += len(part)
    logs, totals = (
        np.concatenate([lattice.log_total for _, lattice in lattices(each, lengths, decoder.transitions, temperature)])
        for each in (alone, parts)
    )
    logs -= totals
    return logs + log_pos(decoder, parts, tags, temperature) if isinstance(decoder, FactoredDecoder) else logs


def tag_probabilities(
    decoder: Decoder, parts: Sequence[Scores], lengths: NDArray[Any], temperature: float = 1.0, least: float = 0.0
) -> list[Table]:
    """The marginals `[length, n_tags]` of the tags of every row, the longest rows first. Of a factored head words that
    are less likely than `least` are left out."""
    tables = [
        lattice.tags(row)
        for rows, lattice in lattices(parts, lengths, decoder.transitions, temperature)
        for row in range(rows.stop - rows.start)
    ]
    if not isinstance(decoder, FactoredDecoder):
        return tables
    every = candidates(decoder, parts, lengths, least, temperature)
    n, long = decoder.scheme.n_pos, every.end - every.start > 1
    table = np.zeros((len(tables), int(lengths.max()) + 1, 5, n))  # unused, then B, M, E, S
    for letter, own, place, sign in (
        (1, long, every.start, 1), (2, long, every.start + 1, 1), (2, long, every.end - 1, -1),
        (3, long, every.end - 1, 1), (4, ~long, every.start, 1),
    ):  # fmt: skip
        np.add.at(table[:, :, letter], (every.row[own], place[own]), sign * every.weight[own])
    table[:, :, 2] = table[:, :, 2].cumsum(1).clip(0)
    return [
        np.concatenate([tags[:, :1], own[: len(tags), 1:].reshape(len(tags), 4 * n)], 1)
        for tags, own in zip(tables, table, strict=True)
    ]


def _pos(
    decoder: FactoredDecoder,
    parts: Sequence[Scores],
    row: Places,
    first: Places,
    last: Places,
    temperature: float,
    own: Places | None = None,
) -> Table:
    """The distribution over POS `[n, n_pos]` of words from character `first` to `last` of rows, in order of rows; or
    the probabilities `[n]` of their `own` POS."""
    n = decoder.scheme.n_pos
    logits = np.empty((n, len(row)), np.float32)  # words innermost: what is done over POS is done for all at once
    edges = np.cumsum([0, *map(len, parts)])
    cuts = np.searchsorted(row, edges)
    for part, begin, a, b in zip(parts, edges[:-1], cuts[:-1], cuts[1:], strict=True):
        rows = row[a:b] - begin
        np.add(part[rows, first[a:b], 5 : 5 + n], part[rows, last[a:b], 5 + n :], out=logits[:, a:b].T)
    logits /= temperature
    logits -= logits.max(0)
    weight = np.exp(logits, out=logits)
    total = weight.sum(0)
    table: Table = (weight if own is None else weight[own, np.arange(len(own))]) / total
    return table.T.astype(np.float64)

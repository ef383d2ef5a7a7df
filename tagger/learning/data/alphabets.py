"""The alphabet of columns: what `Alphabet.fit` makes of their texts, by counting in arrays."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ...files.array_cache import Arrays, Sink
from ...text.alphabet import Alphabet
from ...text.characters import N_CODE_POINTS, PAD, SPACE, class_table, folding
from .columns import Columns

Counted = tuple[NDArray[np.int64], NDArray[np.int64]]  # distinct keys and how often each comes
_PENDING = 1 << 22  # pairs counted in blocks before their counts are added up


def write_alphabet(parts: Sequence[Columns], sink: Sink, *, char_min_count: int, bigram_min_count: int) -> None:
    """Write `chars` `[n_chars]`, `lefts` and `rights` `[n_bigrams]` of the alphabet of sentences in several columns."""
    codes = _frequent_codes(parts, char_min_count)
    alphabet = Alphabet(tuple(codes.tolist()))
    pairs = np.zeros(0, np.int64)
    if bigram_min_count > 0:
        keys, counts = _count_pairs(_pair_keys(parts, alphabet))
        keys, counts = keys[counts >= bigram_min_count], counts[counts >= bigram_min_count]
        pairs = keys[np.lexsort((keys, -counts))]
    sink.append("chars", codes.astype(np.int32))
    sink.append("lefts", (pairs // alphabet.n_chars).astype(np.int32))
    sink.append("rights", (pairs % alphabet.n_chars).astype(np.int32))


def read_alphabet(made: Arrays, max_bigrams: int | None) -> Alphabet:
    """The alphabet that was written, with at most so many bigrams, the most frequent ones."""
    lefts, rights = (made.arrays[name][:max_bigrams].tolist() for name in ("lefts", "rights"))
    return Alphabet(tuple(made.arrays["chars"].tolist()), tuple(zip(lefts, rights, strict=True)))


def _folds() -> NDArray[np.int32]:
    """The code point that each one stands for, `[0x110000]`."""
    folds = np.arange(N_CODE_POINTS, dtype=np.int32)
    folds[list(folding())] = list(folding().values())
    return folds


def _frequent_codes(parts: Sequence[Columns], char_min_count: int) -> NDArray[np.int64]:
    """The folded code points with ids of their own, the most frequent first."""
    counts, folds = np.zeros(N_CODE_POINTS, np.int64), _folds()
    for part in parts:
        np.add.at(counts, folds[part.table], part.counts)
    codes = np.flatnonzero((counts >= max(1, char_min_count)) & (class_table() != SPACE))
    return codes[np.argsort(-counts[codes], kind="stable")]


def _pair_keys(parts: Sequence[Columns], alphabet: Alphabet) -> Iterator[NDArray[np.int64]]:
    """The pairs of ids side by side, with PAD before and after every sentence, as `left * n_chars + right`."""
    folds = _folds()
    narrow = np.min_scalar_type(alphabet.n_chars**2)  # sorted sooner than 64 bits
    for part in parts:
        ids_of_rows = alphabet.ids(folds[part.table])
        for first, last in part.blocks():
            bounds = part.bounds[first : last + 1]
            ids = ids_of_rows[part.chars[bounds[0] : bounds[-1]]]
            ids = alphabet.context(np.insert(ids, bounds - bounds[0], PAD)).astype(narrow)
            yield ids[:-1] * alphabet.n_chars + ids[1:]


def _count_pairs(blocks: Iterator[NDArray[np.int64]]) -> Counted:
    """The distinct keys in order, and how often each comes."""
    found, n_pending = [(np.zeros(0, np.int64), np.zeros(0, np.int64))], 0
    for block in blocks:
        found.append(np.unique(block, return_counts=True))
        n_pending += len(found[-1][0])
        if n_pending > max(_PENDING, len(found[0][0])):
            found, n_pending = [_add_up(found)], 0
    return _add_up(found)


def _add_up(counted: Sequence[Counted]) -> Counted:
    keys, counts = (np.concatenate(columns) for columns in zip(*counted, strict=True))
    order = np.argsort(keys, kind="stable")
    keys, counts = keys[order], counts[order]
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    return keys[first], np.add.reduceat(counts, first) if len(first) else counts

"""Random inputs on which a net and its model file are compared."""

import random
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ...errors import ExportError
from ...text.alphabet import Alphabet
from ...text.characters import code_points
from ...text.padding import pad

TOLERANCE = 1e-4  # the largest difference of scores that is accepted
InputBatch = tuple[NDArray[np.int32], NDArray[np.int32]]  # code points and lengths


def random_texts(alphabet: Alphabet, generator: random.Random) -> list[str]:
    """Texts of many lengths, of known characters and words, unknown ones, and whitespace."""
    known, forms = [chr(code) for code in alphabet.chars] or ["x"], alphabet.forms
    odd = ["\u3000", " ", "\t", "\0", "Ａ", "９", "😀", "\u200d", "\U0010ffff", "𠮷", "\ud800", "é", "ア", "한"]
    lengths = [1, 2, 3, 5, 8, 13, 21, 34, 55, 150, 400]

    def piece() -> str:
        if forms and generator.random() < 0.3:
            return generator.choice(forms)
        return generator.choice(known if generator.random() < 0.85 else odd)

    return ["".join(piece() for _ in range(length))[:length] for length in lengths * 6]


def text_batches(
    texts: Sequence[str], generator: random.Random, *, padding: Sequence[int] = (0,)
) -> Iterator[InputBatch]:
    """Code points `[batch, time]` and lengths of texts, some alone and some together, padded with one of `padding`."""
    first = 0
    while first < len(texts):
        batch = [code_points(text) for text in texts[first : first + generator.choice((1, 1, 2, 7, 16))]]
        first += len(batch)
        yield pad(batch, generator.choice(padding)), np.array([len(codes) for codes in batch], np.int32)


def check_difference(difference: float) -> None:
    """Raises ExportError for a difference of scores that is too large, or not a number."""
    if not difference <= TOLERANCE:
        raise ExportError(f"expected scores within {TOLERANCE} of the net's, got a difference of {difference:.2e}")

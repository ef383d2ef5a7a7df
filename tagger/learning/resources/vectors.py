"""Pretrained vectors of characters and bigrams, and perhaps a recurrent layer, or of words: a file of arrays, without
pickle."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ...errors import CorpusError
from ...files.atomic import arrays

_LAYER = "layer."


@dataclass(frozen=True)
class Vectors:
    """Characters and pairs of them (folded as `alphabet` folds), most frequent first, and a vector for each:
    `[n_chars, char_size]` and `[n_bigrams, bigram_size]`. `layer` holds the weights of a first recurrent layer that was
    pretrained with them, by name, or nothing. For taggers of given words there are `words`, most frequent first, and
    `word_vectors [n_words, word_size]` instead."""

    chars: Sequence[str]
    char_vectors: NDArray[np.float32]
    bigrams: Sequence[str]
    bigram_vectors: NDArray[np.float32]
    layer: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    words: Sequence[str] = ()
    word_vectors: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))

    @classmethod
    def of_words(cls, words: Sequence[str], vectors: NDArray[np.float32]) -> Self:
        """Vectors of words alone."""
        none = np.zeros((0, 0), np.float32)
        return cls([], none, [], none, words=words, word_vectors=vectors)

    def save(self, path: Path) -> None:
        with path.open("wb") as file:
            tables: dict[str, Any] = {
                "chars": np.array(self.chars, "U1"),
                "char_vectors": self.char_vectors.astype(np.float16),
                "bigrams": np.array(self.bigrams, "U2"),
                "bigram_vectors": self.bigram_vectors.astype(np.float16),
            }
            if self.words:
                tables |= {"words": np.array(self.words), "word_vectors": self.word_vectors.astype(np.float16)}
            tables |= {_LAYER + name: weight for name, weight in self.layer.items()}
            np.savez(file, **tables)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Raises CorpusError for a file that `tagger.pretrain` did not write."""
        try:
            tables = arrays(path)
            names = ("chars", "char_vectors", "bigrams", "bigram_vectors")
            chars, char_vectors, bigrams, bigram_vectors = (tables[name] for name in names)
            words = tables.get("words", np.zeros(0, "U1"))
            word_vectors = tables.get("word_vectors", np.zeros((0, 0), np.float16))
            layer = {name.removeprefix(_LAYER): table for name, table in tables.items() if name.startswith(_LAYER)}
        except (ValueError, KeyError) as error:
            raise CorpusError(
                f"{path}: expected vectors from tagger.pretrain, cannot read them ({error}); make them again"
            ) from None
        char_vectors, bigram_vectors, word_vectors = (
            table.astype(np.float32) for table in (char_vectors, bigram_vectors, word_vectors)
        )
        return cls(chars.tolist(), char_vectors, bigrams.tolist(), bigram_vectors, layer, words.tolist(), word_vectors)


def principal(vectors: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Vectors `[n, k]` reduced to `size` dimensions, at most k: projected on the directions of their largest variation
    (a truncated singular value decomposition, which keeps their products best). A `size` of k changes nothing."""
    if vectors.shape[1] == size:
        return vectors
    wide = vectors.astype(np.float64)
    directions = np.linalg.eigh(wide.T @ wide)[1][:, ::-1]
    narrow: NDArray[np.float64] = wide @ directions[:, :size]
    return narrow.astype(np.float32)

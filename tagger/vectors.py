"""Pretrained vectors of characters and bigrams: a file of arrays, without pickle."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from .errors import CorpusError


@dataclass(frozen=True)
class Vectors:
    """Characters and pairs of them (folded as `alphabet` folds), most frequent first, and a vector for each:
    `[n_chars, char_size]` and `[n_bigrams, bigram_size]`."""

    chars: Sequence[str]
    char_vectors: NDArray[np.float32]
    bigrams: Sequence[str]
    bigram_vectors: NDArray[np.float32]

    def save(self, path: Path) -> None:
        with path.open("wb") as file:
            np.savez(
                file,
                chars=np.array(self.chars, "U1"),
                char_vectors=self.char_vectors.astype(np.float16),
                bigrams=np.array(self.bigrams, "U2"),
                bigram_vectors=self.bigram_vectors.astype(np.float16),
            )

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Raises CorpusError for what `tagger.pretrain` did not write."""
        try:
            with np.load(path, allow_pickle=False) as file:
                names = ("chars", "char_vectors", "bigrams", "bigram_vectors")
                chars, char_vectors, bigrams, bigram_vectors = (file[name] for name in names)
        except (OSError, ValueError, KeyError) as error:
            raise CorpusError(
                f"{path}: expected vectors from tagger.pretrain, cannot read them ({error}); make them again"
            ) from None
        return cls(chars.tolist(), char_vectors.astype(np.float32), bigrams.tolist(), bigram_vectors.astype(np.float32))

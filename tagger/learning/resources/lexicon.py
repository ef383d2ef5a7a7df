"""Words and what kind each is, as `tagger.lexicon` finds them in raw text: a file of arrays, without pickle."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ...errors import CorpusError
from ...files.atomic import arrays

# A word's kind says with which POS it was found most often, and in which share of the places where its characters stand
# together it was a word: at least one of these.
SHARES = (0.0, 0.15, 0.5, 0.85)


@dataclass(frozen=True)
class WordList:
    """Words (folded as `alphabet` folds), the most frequent first, and the kind of each, `[n_words]`:
    `1 + 4 * POS number + level of SHARES`; kind 0 is left for what is no word."""

    forms: Sequence[str]
    kinds: NDArray[np.int64]

    def save(self, path: Path) -> None:
        with path.open("wb") as file:
            np.savez_compressed(file, forms=np.array(self.forms, "U"), kinds=self.kinds.astype(np.uint16))

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Raises CorpusError for what `tagger.lexicon` did not write."""
        try:
            tables = arrays(path)
            forms, kinds = tables["forms"], tables["kinds"]
            if len(forms) != len(kinds):
                raise ValueError(f"{len(forms)} words, {len(kinds)} kinds")
        except (ValueError, KeyError) as error:
            raise CorpusError(
                f"{path}: expected words from tagger.lexicon, cannot read them ({error}); find them again"
            ) from None
        return cls(forms.tolist(), kinds.astype(np.int64))

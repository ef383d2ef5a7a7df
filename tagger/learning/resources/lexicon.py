"""Words that `tagger.lexicon` found in raw text, each with its kind: a file of arrays, without pickle."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ...errors import CorpusError
from ...files.atomic import arrays

# A word's kind says which POS it had most often, and how often it was a word where its characters stand together: in at
# least one of these shares of the places.
SHARES = (0.0, 0.15, 0.5, 0.85)


@dataclass(frozen=True)
class WordList:
    """Words (folded as `alphabet` folds), the most frequent first, and the kind of each, `[n_words]`:
    `1 + 4 * number of the POS + level in SHARES`. Kind 0 stands for "no word"."""

    forms: Sequence[str]
    kinds: NDArray[np.int64]

    def save(self, path: Path) -> None:
        with path.open("wb") as file:
            np.savez_compressed(file, forms=np.array(self.forms, "U"), kinds=self.kinds.astype(np.uint16))

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Raises CorpusError for a file that `tagger.lexicon` did not write."""
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

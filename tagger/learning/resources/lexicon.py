"""Words that `tagger.lexicon` found in raw text, each with its kind: a file of arrays, without pickle."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from ...errors import CorpusError
from ...files.atomic import arrays
from ...files.lines import lines
from ...text.characters import folding

# A word's kind says which POS it had most often, and how often it was a word where its characters stand together: in at
# least one of these shares of the places.
SHARES = (0.0, 0.15, 0.5, 0.85)
SHORTEST, LONGEST = 2, 4  # characters of a word: one says nothing, five are rare


Tag = TypeVar("Tag", str, str | None)


@dataclass(frozen=True)
class WordList:
    """Words (folded as `alphabet` folds), the most frequent first, and the kind of each, `[n_words]`:
    `1 + 4 * number of the POS + level in SHARES`. Kind 0 stands for "no word"."""

    forms: Sequence[str]
    kinds: NDArray[np.int64]

    def joined(self, dictionary: Mapping[str, str], most: int | None = None) -> Self:
        """With the words of a dictionary, folded and each with its tag, before its own: at most `most` words in all.

        They are of the highest level. A tag stands for the POS that most words with this tag have here; words of a tag
        that has none here, and those here already, are left out.
        """
        known = dict(zip(self.forms, self.kinds.tolist(), strict=True))
        meant = meaning_of_tags(dictionary, {form: (kind - 1) // len(SHARES) for form, kind in known.items()})
        new = {
            form: len(SHARES) * (meant[tag] + 1)
            for form, tag in dictionary.items()
            if tag in meant and form not in known and SHORTEST <= len(form) <= LONGEST
        }
        kinds = (new | known) if most is None else dict([*new.items(), *known.items()][:most])
        return type(self)(list(kinds), np.array(list(kinds.values()), np.int64))

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


def meaning_of_tags(dictionary: Mapping[str, Tag], numbers: Mapping[str, int]) -> dict[Tag, int]:
    """For each tag of a dictionary the number that most of its words have. A tag whose words have none is left out."""
    votes = defaultdict[Tag, Counter[int]](Counter)
    for form in dictionary.keys() & numbers.keys():
        votes[dictionary[form]][numbers[form]] += 1
    return {tag: min(counts, key=lambda number: (-counts[number], number)) for tag, counts in votes.items()}


def read_words(path: str | Path) -> dict[str, str]:
    """The words of a file, folded, each with its tag: one a line, between them white space; lines that begin with # are
    comments. Raises CorpusError for another line."""
    fold, words = folding(), dict[str, str]()
    for line in lines(Path(path)):
        fields = line.text.split()
        if not fields or fields[0].startswith("#"):
            continue
        if len(fields) != 2:
            raise CorpusError(
                f"{path}:{line.number}: expected a word and its tag, as 云计算 NOUN, got {line.text!r}; correct it"
            )
        words[fields[0].translate(fold)] = fields[1]
    return words

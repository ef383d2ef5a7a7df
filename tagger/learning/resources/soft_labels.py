"""Soft labels (Hinton et al. 2015) of raw text: its tags, and the likeliest ones with their mean probabilities."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ...errors import CorpusError
from ...files.atomic import arrays
from ...text.scheme import Scheme


@dataclass(frozen=True)
class SoftLabels:
    """Sentences, and for all their characters, one sentence after the other, the tag `[n_chars]` and the `k` likeliest
    tags with their probabilities `[n_chars, k]`. The probabilities of a character sum to 1; unused columns have 0."""

    scheme: Scheme
    texts: Sequence[str]
    tags: NDArray[np.uint16]
    likeliest: NDArray[np.uint16]
    probabilities: NDArray[np.float16]

    @cached_property
    def _starts(self) -> NDArray[np.int64]:
        return np.cumsum([0, *map(len, self.texts)])

    def tags_of(self, i: int) -> NDArray[np.int64]:
        """The best legal tags of a sentence, `[n_chars]`."""
        return self.tags[self._starts[i] : self._starts[i + 1]].astype(np.int64)

    def soft_targets_of(self, i: int) -> NDArray[np.float32]:
        """The probability of every tag at every character of a sentence, `[n_chars, n_tags]`."""
        part = slice(self._starts[i], self._starts[i + 1])
        soft_targets = np.zeros((part.stop - part.start, self.scheme.n_tags), np.float32)
        rows = np.arange(len(soft_targets))
        for tags, probabilities in zip(self.likeliest[part].T, self.probabilities[part].T, strict=True):
            soft_targets[rows, tags] += probabilities
        return soft_targets

    def renumbered(self, scheme: Scheme) -> Self:
        """The same labels with the numbers that another scheme gives to its tags, which have to include all of them."""
        if scheme.names == self.scheme.names:
            return self
        numbers = {name: number for number, name in enumerate(scheme.names)}
        table = np.array([numbers[name] for name in self.scheme.names], np.uint16)
        return replace(self, scheme=scheme, tags=table[self.tags], likeliest=table[self.likeliest])

    def save(self, path: Path) -> None:
        with path.open("wb") as file:
            np.savez_compressed(
                file,
                pos=np.array(self.scheme.pos, "U"),
                inner_spaces=self.scheme.inner_spaces,
                outside=self.scheme.outside,
                text=np.frombuffer("\n".join(self.texts).encode(), np.uint8),
                tags=self.tags,
                likeliest=self.likeliest,
                probabilities=self.probabilities,
            )

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Raises CorpusError for a file that `tagger.distill` did not write."""
        try:
            tables = arrays(path)
            texts = tables["text"].tobytes().decode().split("\n")
            soft_labels = cls(
                Scheme(tuple(tables["pos"].tolist()), bool(tables["inner_spaces"]), bool(tables.get("outside", False))),
                texts, *(tables[name] for name in ("tags", "likeliest", "probabilities")),
            )  # fmt: skip
            if sum(map(len, texts)) != len(soft_labels.tags):
                raise ValueError(f"{sum(map(len, texts))} characters, {len(soft_labels.tags)} tags")
        except (ValueError, KeyError) as error:
            raise CorpusError(
                f"{path}: expected text that tagger.distill labelled, cannot read it ({error}); label it again"
            ) from None
        return soft_labels

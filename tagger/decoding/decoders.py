"""What a decoder is, and the kinds there are: a model file holds a kind's name and its parameters."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError
from ..text.scheme import Blocks, Scheme
from .chain import ChainDecoder
from .factored import FactoredDecoder
from .nbest import Readings
from .transitions import Scores, Table, Tags, Transitions
from .weighted_words import WeightedWords
from .words import Candidates, WordRates


class Decoder(Protocol):
    """The way from a head's scores to legal tags, and how likely they are.

    `scores` are `[batch, time, n_scores]`, `lengths [batch]`, `tags [batch, time]`. `parts` are several such batches:
    rows of all parts follow one another, the longest first, and are not copied together. A `temperature` divides
    scores before they become probabilities.
    """

    @property
    def scheme(self) -> Scheme:
        """The scheme of the decoded tags."""
        ...

    @property
    def blocks(self) -> Blocks:
        """The columns with which scores begin, letter by letter; what follows them is the decoder's own affair."""
        ...

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns of scores."""
        ...

    @property
    def transitions(self) -> Transitions:
        """The tables of the chain over the tags of `blocks`."""
        ...

    @property
    def ranks_tags(self) -> bool:
        """Whether `readings` can tell sequences with the same words apart by their tags."""
        ...

    def __call__(self, scores: Scores, lengths: NDArray[Any]) -> Tags:
        """The best tags of rows in any order; 0 after a row's end."""
        ...

    def decode(self, parts: Sequence[Scores], lengths: NDArray[Any], words: WeightedWords | None = None) -> Tags:
        """The best tags, where some words have a weight of their own: their rows are those of all parts."""
        ...

    def fix_pos(self, scores: Scores, pos: NDArray[np.int16]) -> None:
        """Forbid, in place, all other POS at characters whose POS is known: `pos [batch, time]`, -1 where it is not,
        `symbol_words.NO_SYMBOL` where it is none of symbols and punctuation."""
        ...

    def fix_tags(self, scores: Scores, tags: Tags) -> Scores:
        """A copy of scores `[…, n_scores]` under which characters have the letters and, as far as the chain knows POS,
        the tags `[…]`."""
        ...

    def rates(self, parts: Sequence[Scores], lengths: NDArray[Any], tags: Tags, temperature: float = 1.0) -> WordRates:
        """How likely the words in decoded tags are, row by row."""
        ...

    def candidates(
        self, parts: Sequence[Scores], lengths: NDArray[Any], least: float, temperature: float = 1.0
    ) -> Candidates:
        """Every span that is a word with a probability of at least `least`, row by row."""
        ...

    def tag_probabilities(
        self, parts: Sequence[Scores], lengths: NDArray[Any], temperature: float = 1.0, least: float = 0.0
    ) -> list[Table]:
        """The marginals `[length, n_tags]` of the tags of every row. A decoder that adds them up from words may leave
        out words less likely than `least`."""
        ...

    def log_probabilities(
        self, parts: Sequence[Scores], lengths: NDArray[Any], tags: Tags, temperature: float = 1.0
    ) -> Table:
        """The logarithm of the probability of legal tags, `[rows]`."""
        ...

    def readings(self, scores: Scores, n: int, temperature: float = 1.0, *, by_tags: bool = False) -> Readings:
        """The `n` best readings of one row, `[time, n_scores]`: they differ in their words or, with `by_tags` (if
        `ranks_tags`), in their words or tags."""
        ...


DECODERS: dict[str, Callable[[Mapping[str, Any], Scheme], Decoder]] = {
    "softmax": ChainDecoder.free,
    "crf": ChainDecoder.of,
    "factored": FactoredDecoder.of,
}


def decoder(kind: str, parameters: Mapping[str, Any], scheme: Scheme) -> Decoder:
    """The decoder of a kind, from its parameters. Raises ModelError for an unknown kind."""
    if kind not in DECODERS:
        *others, last = DECODERS
        raise ModelError(
            f"expected a decoder {', '.join(others)} or {last}, got {kind!r}; update tagger or export again"
        )
    return DECODERS[kind](parameters, scheme)

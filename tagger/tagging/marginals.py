"""How likely the tags of texts are at each character, and the boundaries between characters."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from ..decoding.decoders import Decoder
from ..decoding.transitions import Table
from ..text.block import Places
from ..text.scheme import Scheme
from .rows import DecodedRows, RowGroup


@dataclass(frozen=True)
class Marginals:
    """`tags [n, n_tags]`: how likely each tag of the scheme (`names`) is at each code point. `boundaries [n + 1]`: how
    likely it is that no word lies across each place between two code points, before the first and after the last."""

    names: tuple[str, ...]
    tags: NDArray[np.float64]
    boundaries: NDArray[np.float64]

    @classmethod
    def of(cls, tags: Table, scheme: Scheme) -> Self:
        """Those of a text, from how likely each tag is at each of its code points `[n, n_tags]`."""
        closing = tags[:, scheme.blocks.closing].sum(1)
        return cls(scheme.names, tags, np.append(1.0, closing).clip(0, 1))


class TagTables(NamedTuple):
    """The places at which rows are answered, and the marginals `[length, n_tags]` of the tags of each."""

    places: Places
    tables: Sequence[Table]


def read_tags(decoder: Decoder, temperature: float, least: float = 0.0) -> Callable[[RowGroup], TagTables]:
    """What reads the marginals of tags off groups of rows; words less likely than `least` may be left out."""

    def read(group: RowGroup) -> TagTables:
        return TagTables(group.places, decoder.tag_probabilities(group.parts, group.lengths, temperature, least))

    return read


def tag_probabilities(decoded: DecodedRows[TagTables], scheme: Scheme) -> Table:
    """How likely each tag is at each code point of the texts of a block, one after the other, `[n, n_tags]`."""
    block = decoded.block
    of_block = np.zeros((len(block.codes), scheme.n_tags))
    for places, tables in decoded.groups:
        for place, table in zip(places.tolist(), tables, strict=True):
            part, target = decoded.answered(place, len(table))
            of_block[target] = table[part]
    return np.delete(of_block, block.starts + block.lengths, 0)  # without the line feeds between rows

"""Which characters of columns continue a run that no word boundary may cut: a column of its own for a presegmenter."""

import numpy as np
from numpy.typing import NDArray

from ...files.array_cache import Sink
from ...text.presegment import Presegmenter, leave_out_cut
from ...text.scheme import BEGIN, END, SINGLE
from .columns import Columns


def write_joined(columns: Columns, presegmenter: Presegmenter, sink: Sink, *, gold: bool) -> None:
    """Write `joined` `[n_chars]`. With `gold`, for training, runs that the words of a sentence cut are left out."""
    for first, last in columns.blocks():
        text, bounds = columns.text(first, last), columns.bounds[first : last + 1] - columns.bounds[first]
        joined = np.zeros(len(text), bool)
        for i, (start, end) in enumerate(zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True), first):
            found = False
            for match in presegmenter.find(text[start:end]):
                joined[start + match.start() + 1 : start + match.end()] = found = True
            if found and gold:
                leave_out_cut(joined[start:end], _edges(columns, i))
        sink.append("joined", joined)
    sink.append("joined", np.zeros(0, bool))


def _edges(columns: Columns, i: int) -> NDArray[np.int64]:
    """Where the words of a sentence begin and end."""
    letters = columns.letters[columns.tags[columns.bounds[i] : columns.bounds[i + 1]]]
    starts = np.flatnonzero((letters == BEGIN) | (letters == SINGLE))
    return np.concatenate([starts, np.flatnonzero(letters >= END) + 1])

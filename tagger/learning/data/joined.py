"""Which characters of columns continue a run that no word boundary may cut: a column of its own for a presegmenter."""

import numpy as np

from ...files.array_cache import Sink
from ...text.presegment import Presegmenter, leave_out_cut
from ...text.scheme import BEGIN, END, SINGLE
from .columns import Columns


def write_joined(columns: Columns, presegmenter: Presegmenter, sink: Sink, *, gold: bool) -> None:
    """Write `joined` `[n_chars]`. With `gold`, for training, runs that the words of a sentence cut are left out."""
    for first, last in columns.blocks():
        bounds = columns.bounds[first : last + 1]
        chars = slice(int(bounds[0]), int(bounds[-1]))
        runs = presegmenter.find_all(columns.table[columns.chars[chars]], bounds - bounds[0])
        steps = np.zeros(chars.stop - chars.start + 1, np.int8)
        steps[runs.starts + 1], steps[runs.ends] = 1, -1
        joined = np.cumsum(steps[:-1], dtype=np.int8).view(bool)
        if gold:
            letters = columns.letters[columns.tags[chars]]
            starts = np.flatnonzero((letters == BEGIN) | (letters == SINGLE))
            leave_out_cut(joined, np.concatenate([starts, np.flatnonzero(letters >= END) + 1]))
        sink.append("joined", joined)
    sink.append("joined", np.zeros(0, bool))

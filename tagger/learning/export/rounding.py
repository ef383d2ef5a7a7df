"""Weights in fewer bits: tables as rows of int8 with a scale in fp16 for each row, matrices of the encoder in fp16.

Weights are widened to fp32 before anything is computed, so that an answer depends on its text alone. With int8
arithmetic (see `quantize`) it may depend on the rest of the batch.
"""

from copy import deepcopy
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from ...errors import ExportError
from ..nets import CharTagger, GivenWordTagger, WordEmbedding

LARGEST = float(np.finfo(np.float16).max)  # scale of a row
Net = TypeVar("Net", bound=CharTagger | GivenWordTagger)


def to_int8(table: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """A table `[rows, size]` as integers from -127 to 127, and the scale of each row `[rows, 1]`, a number of fp16.

    Raises ExportError for values too large for that.
    """
    least = np.abs(table).max(1, keepdims=True) / np.float32(127)
    if (largest := float(least.max(initial=0))) > LARGEST:
        raise ExportError(
            f"expected vectors of values up to {127 * LARGEST:,.0f}, got {127 * largest:.3g}; export without --round"
        )
    short = least.astype(np.float16)
    short = np.where(short < least, np.nextafter(short, np.float16(np.inf)), short)  # else a row had integers above 127
    scale = np.where(short > 0, short, np.float16(1)).astype(np.float32)
    return np.rint(table / scale).astype(np.int8), scale


def round_weights(net: Net) -> Net:
    """A copy of a net whose weights are those that its rounded file holds."""
    copy = deepcopy(net)
    if isinstance(copy.embedding, WordEmbedding):
        copy.embedding.merge_corrections()
    with torch.no_grad():
        for table in copy.embedding.tables():
            integers, scale = to_int8(table.weight.numpy())
            table.weight.copy_(torch.from_numpy(integers * scale))
        for weight in copy.encoder.parameters():
            weight.copy_(weight.half().float())
    return copy

"""Weights in fewer bits: rows of int8 with a scale each for tables, fp16 for matrices.

A row's scale depends on that row alone, so answers stay independent of the batch, unlike those of int8 arithmetic
(see `quantize`): weights are widened to fp32 before anything is computed.
"""

from copy import deepcopy

import numpy as np
import torch
from numpy.typing import NDArray

from ..nets.word_tagger import Net, WordEmbedding


def to_int8(table: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """A table `[rows, size]` as integers of at most 127 and the scale of each row `[rows, 1]`."""
    largest = np.abs(table).max(1, keepdims=True)
    scale = np.where(largest > 0, largest / np.float32(127), np.float32(1)).astype(np.float32)
    return np.rint(table / scale).astype(np.int8), scale


def rounded(net: Net) -> Net:
    """A copy of a net that computes with what its rounded file holds."""
    copy = deepcopy(net)
    with torch.no_grad():
        embedding = copy.embedding
        second = embedding.word if isinstance(embedding, WordEmbedding) else embedding.bigram
        tables = [table.weight for table in (embedding.char, second) if table is not None]
        for weight in tables:
            integers, scale = to_int8(weight.numpy())
            weight.copy_(torch.from_numpy(integers * scale))
        for weight in copy.encoder.parameters():
            weight.copy_(weight.half().float())
    return copy

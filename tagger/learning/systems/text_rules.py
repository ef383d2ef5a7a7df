"""What tagging rules out in a text whatever the net says, so that scores on dev are those of the tagger."""

import numpy as np
from numpy.typing import NDArray

from ...decoding.decoders import Decoder
from ...decoding.masks import cut, join
from ...decoding.transitions import Scores
from ...text.characters import code_points
from ...text.clusters import inner_mask
from ...text.edges import Edge
from ...text.symbol_words import apply_symbols
from ..data.sentences import Batch


def apply_text_rules(scores: Scores, batch: Batch, decoder: Decoder) -> None:
    """Forbid, in place, boundaries inside joined strings and grapheme clusters, and what symbols and punctuation are
    not: `scores [batch, time, n_scores]`."""
    edges, pos = np.zeros(scores.shape[:2], np.int8), np.full(scores.shape[:2], -1, np.int16)
    for row, (sentence, joined) in enumerate(zip(batch.sentences, batch.joined.cpu().numpy(), strict=True)):
        n = len(sentence.text)
        of_text, pos_of_text = _rules_of(sentence.text, joined[:n], decoder)
        edges[row, :n], pos[row, :n] = of_text[:-1], pos_of_text
    edges[:, 0] = Edge.FREE  # what lies before a text does not concern it
    join(scores, edges == Edge.JOIN, decoder.blocks, outside=decoder.scheme.outside)
    cut(scores, edges == Edge.CUT, decoder.blocks)
    decoder.fix_pos(scores, pos)


def _rules_of(text: str, joined: NDArray[np.bool_], decoder: Decoder) -> tuple[NDArray[np.int8], NDArray[np.int16]]:
    """The edges `[n + 1]` and the POS `[n]` that are known of a text of `n` code points."""
    edges, pos = np.zeros(len(text) + 1, np.int8), np.full(len(text), -1, np.int16)
    codes = code_points(text)
    inner = inner_mask(codes)
    edges[:-1][joined if inner is None else joined | inner] = Edge.JOIN
    if not decoder.scheme.outside:
        apply_symbols(text, codes, decoder.scheme, inner, None, edges, pos)
    return edges, pos

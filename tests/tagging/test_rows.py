"""Rows and windows of a block: every code point is answered once, whatever is read off the rows meanwhile."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.tagging.rows import DecodedRows, RowGroup, RowTagger, keep
from tagger.tagging.tagger import Tagger
from tagger.text.block import Block

TEXTS = st.lists(st.text("我喜欢北京a1 。", max_size=60), max_size=5)


@pytest.fixture(scope="module")
def rows(small_tagger: Tagger) -> RowTagger:
    """With windows so small that most texts have several."""
    return replace(small_tagger.rows, window=12, context=2)


def decode(tagger: Tagger, rows: RowTagger, block: Block) -> DecodedRows[RowGroup]:
    return rows.decode(block, tagger.constraints(tagger.bare(block)), keep)


@settings(max_examples=25)
@given(TEXTS)
def test_every_code_point_is_answered_once(small_tagger: Tagger, rows: RowTagger, texts: list[str]) -> None:
    block = Block.of(texts)
    decoded = decode(small_tagger, rows, block)
    n = len(block.codes)
    places = decoded.gather(np.arange(len(decoded.tags)))
    assert len(np.unique(places)) == len(places) == n
    assert np.array_equal(decoded.targets[places], np.arange(n))
    assert (decoded.targets >= 0).sum() == n
    line_feeds = block.starts + block.lengths
    assert not decoded.gather(decoded.tags)[line_feeds].any()
    covered = np.zeros(n, int)
    covered[line_feeds] += 1
    for group in decoded.groups:
        for place, scores, tags in group.rows():
            part, target = decoded.answered(place, len(scores))
            assert len(scores) == len(tags) <= rows.window
            assert part.stop - (part.start or 0) == target.stop - (target.start or 0)
            assert np.array_equal(decoded.gather(decoded.tags)[target], tags[part])
            covered[target] += 1
    assert (covered == 1).all()


@settings(max_examples=10)
@given(TEXTS)
def test_what_is_read_changes_no_tag(small_tagger: Tagger, rows: RowTagger, texts: list[str]) -> None:
    block = Block.of(texts)
    constraints = small_tagger.constraints(small_tagger.bare(block))
    decoded = decode(small_tagger, rows, block)
    assert np.array_equal(rows.tags(block, constraints), decoded.gather(decoded.tags))
    lengths = rows.decode(block, constraints, lambda group: group.lengths.tolist())
    assert list(lengths.groups) == list(decoded.map(lambda group: group.lengths.tolist()).groups)
    assert decoded.stitched == (len(decoded.tags) > len(block.codes))

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.text.padding import batches, pad

SHAPES = st.lists(st.tuples(st.integers(0, 4), st.integers(1, 3)), min_size=1, max_size=5)


@given(SHAPES, st.integers(-1, 2), st.integers(0, 6))
def test_rows_are_the_beginnings_of_a_batch(shapes: list[tuple[int, int]], fill: int, length: int) -> None:
    for rows in ([np.full(shape, 7, np.int32) for shape in shapes], [np.full(time, 7, np.int16) for time, _ in shapes]):
        batch = pad(rows, fill, length=length)
        assert batch.dtype == rows[0].dtype
        assert batch.shape[1] == max(length, *(len(row) for row in rows))
        for padded, row in zip(batch, rows, strict=True):
            inside = np.zeros(padded.shape, bool)
            inside[tuple(map(slice, row.shape))] = True
            assert (padded == np.where(inside, 7, fill)).all()


def test_no_rows_are_no_batch() -> None:
    with pytest.raises(ValueError, match="expected one row or more"):
        pad([])


@given(st.lists(st.integers(1, 9), max_size=20), st.integers(1, 30))
def test_batches_follow_one_another_within_the_budget(lengths: list[int], budget: int) -> None:
    lengths.sort(reverse=True)
    cuts = list(batches(np.array(lengths), budget))
    assert [i for first, last in cuts for i in range(first, last)] == list(range(len(lengths)))
    for first, last in cuts:
        assert last - first == 1 or (last - first) * lengths[first] <= budget
        assert last == len(lengths) or (last + 1 - first) * lengths[first] > budget

"""When dev is scored in an epoch."""

import pytest

from tagger.learning.callbacks import is_scored


@pytest.mark.parametrize(
    ("n_batches", "interval", "after"),
    [
        (34, 1.0, [34]),
        (34, 0.25, [9, 17, 26, 34]),
        (34, 0.5, [17, 34]),
        (36, 0.25, [9, 18, 27, 36]),
        (10, 0.3, [4, 7, 10]),
        (3, 0.25, [1, 2, 3]),
        (1, 0.5, [1]),
        (10, 4, [4, 8, 10]),
        (8, 4, [4, 8]),
        (3, 4, [3]),
    ],
)
def test_the_batches_after_which_dev_is_scored(n_batches: int, interval: float, after: list[int]) -> None:
    assert [done for done in range(1, n_batches + 1) if is_scored(done, n_batches, interval)] == after

"""Counts of runs: what is added is there, and bad rows are not copied again and again."""

from collections.abc import Iterator
from itertools import chain

from tagger.bulk.counts import LostInput, RunCounts, RunningCounts
from tagger.bulk.tagged import Reject


class Rows(tuple[Reject, ...]):
    """Rows that know how many of them were read."""

    n_read = 0

    def __iter__(self) -> Iterator[Reject]:
        for row in super().__iter__():
            Rows.n_read += 1
            yield row


def test_the_total_is_what_was_added() -> None:
    running = RunningCounts()
    lost = LostInput("b", 1, "bad", is_left_out=True)
    rows = [Reject("a", number, "bad") for number in range(3)]
    running.add(RunCounts(1, 0, 10, 0, 2, 4, 8, rejects=(rows[0],)))
    assert running.numbers(RunCounts(texts=5, rejects=(rows[2],))) == RunCounts(1, 0, 10, 0, 7, 4, 8)
    running.add(RunCounts(0, 1, 5, 5, 1, 1, 1, rejects=(rows[1], rows[2]), lost=(lost,)))
    assert running.numbers() == RunCounts(1, 1, 15, 5, 3, 5, 9)
    assert running.total() == RunCounts(1, 1, 15, 5, 3, 5, 9, tuple(rows), (lost,))


def test_a_bad_row_is_read_once_however_many_come_after_it() -> None:
    Rows.n_read = 0
    running = RunningCounts()
    parts = [Rows(Reject("a", number, "bad") for number in range(first, first + 3)) for first in range(0, 600, 3)]
    for part in parts:
        running.add(RunCounts(texts=3, rejects=part))
        assert running.numbers().texts == part[-1].number + 1
    assert Rows.n_read == 600
    assert running.total().rejects == tuple(chain(*parts))

"""What a thread makes ahead comes in order, with its error at its place."""

from collections.abc import Iterator
from threading import current_thread, main_thread

import pytest

from tagger.files.ahead import ahead


def test_items_come_in_order_from_another_thread() -> None:
    numbers = [(n, current_thread() is main_thread()) for n in ahead(range(100))]
    assert numbers == [(n, True) for n in range(100)]
    assert list(ahead(current_thread() is main_thread() for _ in range(2))) == [False, False]
    assert list(ahead([])) == []


def test_an_error_comes_after_the_items_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("bad item")

    found = ahead(items())
    assert next(found) == 1
    with pytest.raises(ValueError, match="bad item"):
        next(found)


def test_one_item_is_made_ahead_and_no_more() -> None:
    made = []

    def items() -> Iterator[int]:
        for n in range(10):
            made.append(n)
            yield n

    found = ahead(items())
    assert next(found) == 0
    found.close()
    assert made == [0, 1]

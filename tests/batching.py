"""A batcher whose work can be held, and what it has worked on, for tests."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from serve.batcher import Batcher
from serve.pace import FIRST_GUESS


class Work:
    """Answers with key and text; notes every batch; waits while held; fails at "bad"."""

    def __init__(self) -> None:
        self.batches: list[tuple[str, list[str]]] = []
        self.go = threading.Event()
        self.go.set()
        self.entered = threading.Event()

    def __call__(self, key: str, texts: Sequence[str], pause: Callable[[], None]) -> list[str]:
        self.batches.append((key, list(texts)))
        self.entered.set()
        assert self.go.wait(10)
        pause()
        if "bad" in texts:
            raise ZeroDivisionError
        return [f"{key}:{text}" for text in texts]

    @property
    def seen(self) -> list[str]:
        return [text for _, texts in self.batches for text in texts]


def later() -> float:
    return time.monotonic() + 30


@contextmanager
def batching(work: Work, *, workers: int = 1, budget: int = 100, limit: int = 1000) -> Iterator[Batcher[str, str]]:
    batcher: Batcher[str, str] = Batcher(work, workers=workers, budget=budget, limit=limit * FIRST_GUESS)
    yield batcher
    work.go.set()
    batcher.close(10)
    assert batcher.n_waiting == 0
    assert not batcher.alive


@contextmanager
def held(work: Work, batcher: Batcher[str, str]) -> Iterator[None]:
    """The one worker is busy with a text "first" until the block ends."""
    work.go.clear()
    first = batcher.submit("k", ["first"], deadline=later())
    assert work.entered.wait(10)
    yield
    work.go.set()
    assert first.result(10) == ["k:first"]

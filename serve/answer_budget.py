"""The memory that answers may take between the worker that writes them and the connection that sends them."""

import threading


class AnswerBudget:
    """Counts bytes of answers, at most `limit`. Answers above SMALL find room in three quarters of it only, so that
    callers who do not read large answers leave room for small ones. One that is alone always has room: it would have
    none later either."""

    SMALL = 1 << 16

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._n_held = 0
        # Reentrant: a share may be given back by the garbage collector while its thread holds the lock.
        self._lock = threading.RLock()

    @property
    def n_held(self) -> int:
        """Bytes of answers that are not sent yet."""
        return self._n_held

    def add(self, n: int) -> None:
        """Count `n` bytes more, or fewer if negative."""
        with self._lock:
            self._n_held += n

    def has_room(self, n: int, share: int) -> bool:
        """Whether there is room for `n` bytes more of an answer that has a share of so many bytes."""
        if self._n_held == share:
            return True
        limit = self._limit if share + n <= self.SMALL else self._limit - self._limit // 4
        return self._n_held + n <= limit


class AnswerShare:
    """The bytes of one answer, which count until nothing refers to the share any more."""

    def __init__(self, budget: AnswerBudget) -> None:
        self._budget = budget
        self.n_bytes = 0

    def take(self, n: int) -> bool:
        """Counts `n` bytes more if there is room for them. Returns whether there is."""
        if not self._budget.has_room(n, self.n_bytes):
            return False
        self._budget.add(n)
        self.n_bytes += n
        return True

    def __del__(self) -> None:
        self._budget.add(-self.n_bytes)

"""The memory that answers may take between the worker that writes them and the connection that sends them."""

import threading
import time


class AnswerBudget:
    """Counts bytes of answers, at most `limit`. Answers above SMALL find room in three quarters of it only, so that
    callers who do not read large answers leave room for small ones. One that is alone always has room: it would have
    none later either.

    Work on an answer begins once there is room for all that is expected of it. If it could end for lack of room, many
    large answers side by side would all end so, each of them half written.
    """

    SMALL = 1 << 16

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._n_held = 0
        self._n_expected = 0
        self._moved = time.monotonic()
        # Reentrant: a share may be given back by the garbage collector while its thread holds the lock.
        self._lock = threading.RLock()

    @property
    def n_held(self) -> int:
        """Bytes of answers that are not sent yet."""
        return self._n_held

    @property
    def moved(self) -> float:
        """When some of a large answer was last written or sent, in `time.monotonic`."""
        return self._moved

    def add(self, n: int, size: int) -> None:
        """Count `n` bytes more, or fewer if negative, of an answer of about `size`."""
        with self._lock:
            self._n_held += n
            if size > self.SMALL:
                self._moved = time.monotonic()

    def expect(self, n: int) -> None:
        """Count `n` bytes more, or fewer if negative, that answers are expected to have beside those they have."""
        with self._lock:
            self._n_expected += n

    def has_room(self, n: int, share: int) -> bool:
        """Whether there is room for `n` bytes more of an answer that has a share of so many bytes."""
        return self._n_held == share or self._n_held + n <= self._limit_of(share + n)

    def may_begin(self, n: int) -> bool:
        """Whether there is room for an answer of about `n` bytes beside what all others are expected to have."""
        n_others = self._n_held + self._n_expected
        return n_others == 0 or n_others + n <= self._limit_of(n)

    def _limit_of(self, n: int) -> int:
        return self._limit if n <= self.SMALL else self._limit - self._limit // 4


class AnswerShare:
    """The bytes of one answer, which count until nothing refers to the share any more."""

    def __init__(self, budget: AnswerBudget) -> None:
        self._budget = budget
        self.n_bytes = 0
        self._n_expected = 0

    def begin(self, n: int) -> bool:
        """Counts about `n` bytes that are expected if there is room for them. Returns whether there is, or was."""
        if not self._n_expected:
            if not self._budget.may_begin(n):
                return False
            self._expect(max(1, n))
        return True

    def take(self, n: int) -> bool:
        """Counts `n` bytes more if there is room for them. Returns whether there is."""
        if not self._budget.has_room(n, self.n_bytes):
            return False
        self._budget.add(n, self.n_bytes + max(n, self._n_expected))
        self.n_bytes += n
        self._expect(-min(n, self._n_expected))
        return True

    def end(self) -> None:
        """No more bytes are expected."""
        self._expect(-self._n_expected)

    def _expect(self, n: int) -> None:
        self._budget.expect(n)
        self._n_expected += n

    def __del__(self) -> None:
        self.end()
        self._budget.add(-self.n_bytes, self.n_bytes)

"""What may wait: as much work as is done within a time, by the pace measured so far, and each caller's share of it."""

from collections import defaultdict
from dataclasses import dataclass


@dataclass
class FullError(Exception):
    """The queue has no room for a job now; there may be some after `seconds`.

    With `is_share`, the caller's turns have no room: `own` seconds of the caller's work wait, and `others` seconds of
    other callers' go in between. Else the whole queue has none, and these are all that waits. At most `limit` seconds
    may come before the end of the job.
    """

    seconds: float
    limit: float
    own: float
    others: float
    is_share: bool


class HopelessError(Exception):
    """The job alone takes longer, `seconds`, than there is until its deadline."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


class Admission:
    """Counts the work that waits, by caller, in seconds of one of `n_workers` workers. They do what waits within
    `limit` seconds."""

    LEAST = 1e-9  # seconds of work that count as none, because sums of floats are not exact

    def __init__(self, limit: float, n_workers: int) -> None:
        self._n_workers = n_workers
        self._limit = limit * n_workers
        self._seconds = 0.0
        self._of_callers: defaultdict[str, float] = defaultdict(float)
        self.n_chars = 0

    def count(self, caller: str, n_chars: int, seconds: float) -> None:
        """Count work that begins to wait; work that waits no more if negative."""
        self.n_chars += n_chars
        self._seconds = max(0.0, self._seconds + seconds) if self.n_chars else 0.0
        self._of_callers[caller] += seconds
        if self._of_callers[caller] < self.LEAST:
            del self._of_callers[caller]

    def check_room(self, caller: str) -> None:
        """Raises FullError when there is too little room to read another job of a caller: less than a sixteenth of the
        limit."""
        self._check_limits(caller, self._limit / 16)

    def check(self, caller: str, seconds: float, n_texts: int, available: float) -> None:
        """Raises HopelessError for a job that takes the workers longer than the `available` seconds, and FullError when
        there is no room for it. `seconds` are those of one worker; a text is the work of one worker. A job that finds
        nothing waiting has room, whatever its size."""
        alone = seconds / min(n_texts, self._n_workers)
        if alone > available > 0:
            raise HopelessError(alone)
        if self.n_chars:
            self._check_limits(caller, seconds)

    def _check_limits(self, caller: str, seconds: float) -> None:
        """Raises FullError when the work that is done until the end of a job is more than the limit.

        Turns are fair, so while a caller's work is done, each other caller gets as much as this one at most. All that
        waits is at most twice the limit.
        """
        if self._seconds + seconds <= self._limit:
            return
        own = self._of_callers.get(caller, 0.0)
        others = sum(min(theirs, own + seconds) for name, theirs in self._of_callers.items() if name != caller)
        of_share, of_all = own + others + seconds - self._limit, self._seconds + seconds - 2 * self._limit
        if of_share > 0 and of_share >= of_all:
            raise self._full(of_share, self._limit, own, others, is_share=True)
        if of_all > 0:
            raise self._full(of_all, 2 * self._limit, own, self._seconds - own, is_share=False)

    def _full(self, *seconds: float, is_share: bool) -> FullError:
        excess, limit, own, others = (each / self._n_workers for each in seconds)
        return FullError(excess, limit, own, others, is_share)

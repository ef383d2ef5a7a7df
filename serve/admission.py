"""What may wait: as much work as is done within a time, by the pace measured so far, and each caller's share of it."""

from collections import defaultdict


class FullError(Exception):
    """The queue has no room for this job now; there may be some after `seconds`."""

    def __init__(self, seconds: float = 1.0) -> None:
        super().__init__()
        self.seconds = seconds


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

    @property
    def seconds(self) -> float:
        """How long the workers need for what waits."""
        return self._seconds / self._n_workers

    def count(self, caller: str, n_chars: int, seconds: float) -> None:
        """Count work that begins to wait; work that waits no more if negative."""
        self.n_chars += n_chars
        self._seconds = max(0.0, self._seconds + seconds) if self.n_chars else 0.0
        self._of_callers[caller] += seconds
        if self._of_callers[caller] < self.LEAST:
            del self._of_callers[caller]

    def is_full(self, caller: str) -> bool:
        """Whether there is too little room to read another job of a caller: less than a sixteenth of the limit."""
        return self._excess(caller, self._limit / 16) > 0

    def check(self, caller: str, seconds: float, n_texts: int, available: float) -> None:
        """Raises HopelessError for a job that takes the workers longer than the `available` seconds, and FullError when
        there is no room for it. `seconds` are those of one worker; a text is the work of one worker. A job that finds
        nothing waiting has room, whatever its size."""
        alone = seconds / min(n_texts, self._n_workers)
        if alone > available > 0:
            raise HopelessError(alone)
        excess = self._excess(caller, seconds)
        if self.n_chars and excess > 0:
            raise FullError(excess / self._n_workers)

    def _excess(self, caller: str, seconds: float) -> float:
        """By how much the work that is done until the end of a job is more than the limit, or 0.

        Turns are fair, so while a caller's work is done, each other caller gets as much as this one at most. All that
        waits is at most twice the limit.
        """
        if self._seconds + seconds <= self._limit:
            return 0.0
        own = self._of_callers.get(caller, 0.0) + seconds
        others = sum(min(theirs, own) for name, theirs in self._of_callers.items() if name != caller)
        return max(own + others - self._limit, self._seconds + seconds - 2 * self._limit)

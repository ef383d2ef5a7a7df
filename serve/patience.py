"""How long workers may be in their batches before short texts go first, and which worker is left to these."""

import math
import time

LATELY = 1.0  # seconds after short texts came for which one of several workers is left to them


class Patience:
    """Knows when the batch of each worker began. The caller holds the lock of the workers."""

    def __init__(self, seconds: float, n_workers: int) -> None:
        self.seconds = seconds
        self._began = [math.inf] * n_workers  # never for one that waits
        self._came = -math.inf  # when short texts last came

    def begin(self, worker: int, *, is_long: bool) -> None:
        """A worker begins a batch. Of one that is long from the start nobody need find that out by waiting."""
        self._began[worker] = time.monotonic() - (self.seconds if is_long else 0.0)

    def rest(self, worker: int) -> None:
        """A worker waits for a batch."""
        self._began[worker] = math.inf

    def see_short(self) -> None:
        """Short texts have come."""
        self._came = time.monotonic()

    @property
    def is_last(self) -> bool:
        """Whether one of several workers alone waits, and short texts have come lately: it is left to them."""
        is_alone = len(self._began) > 1 and self._began.count(math.inf) == 1
        return is_alone and self.seconds < math.inf and time.monotonic() - self._came < LATELY

    @property
    def is_tried(self) -> bool:
        """Whether all workers are in batches."""
        return max(self._began) < math.inf

    @property
    def left(self) -> float:
        """The seconds until all workers have been in their batches for so long; infinite while one waits."""
        return max(self._began) + self.seconds - time.monotonic()

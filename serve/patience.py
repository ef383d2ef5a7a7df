"""How long workers may be in their batches before short texts go first."""

import math
import time


class Patience:
    """Knows when the batch of each worker began. The caller holds the lock of the workers."""

    def __init__(self, seconds: float, n_workers: int) -> None:
        self.seconds = seconds
        self._began = [math.inf] * n_workers  # never for one that waits

    def begin(self, worker: int) -> None:
        """A worker begins a batch."""
        self._began[worker] = time.monotonic()

    def rest(self, worker: int) -> None:
        """A worker waits for a batch."""
        self._began[worker] = math.inf

    @property
    def is_tried(self) -> bool:
        """Whether all workers are in batches."""
        return max(self._began) < math.inf

    @property
    def left(self) -> float:
        """The seconds until all workers have been in their batches for so long; infinite while one waits."""
        return max(self._began) + self.seconds - time.monotonic()

"""How often the holder of a key may ask, over all processes of a service.

The generic cell rate algorithm (ITU-T I.371): one moment for each key, when its next request is due if they come at an
even pace. The moments lie in memory that the processes share. Two processes that write at the same time lose one
request from the count, which does no harm.
"""

import mmap
import os
import struct
from pathlib import Path

from .shared_metrics import VARIABLE

_MOMENT = struct.Struct("d")
_SLOTS = 4096  # keys beyond share a moment with another key


class Rates:
    """The moments of all keys, by their place among the keys."""

    def __init__(self) -> None:
        folder = os.environ.get(VARIABLE)
        if folder is None:
            self._moments = mmap.mmap(-1, _SLOTS * _MOMENT.size)
            return
        with (Path(folder) / "rates").open("a+b") as file:
            file.truncate(_SLOTS * _MOMENT.size)
            self._moments = mmap.mmap(file.fileno(), 0)

    def take(self, slot: int, rate: float, now: float) -> float:
        """Count a request at the time `now`. Returns 0, or the seconds to wait where it exceeds `rate` a second.

        A second's worth of requests, at least one, may come at once.
        """
        place = slot % _SLOTS * _MOMENT.size
        due = max(now, _MOMENT.unpack_from(self._moments, place)[0])
        wait = due - now - (max(1.0, rate) - 1) / rate
        if wait > 1e-6:  # more than rounding errors
            return float(wait)
        _MOMENT.pack_into(self._moments, place, due + 1 / rate)
        return 0.0

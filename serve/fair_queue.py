"""Whose turn it is: start-time fair queuing (Goyal, Vin and Cheng 1996) among callers, whatever the size of their work.

Each turn of a job has a tag, the virtual time at which it begins; the lowest goes first. A caller's next turn begins no
sooner than what its turns before it cost, so who asks for much waits for it, and not others. Urgency is that of RFC
9218, 0 to 7: a caller's more urgent work goes before its other work, at the expense of the latter. Above 3, which
is the default, each step doubles the cost, so that such work also gives way to other callers.
"""

import math
from bisect import insort
from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

DEFAULT_URGENCY = 3
URGENCIES = 8
MANY_CALLERS = 1024


class Queued(Protocol):
    """What the queue needs of a job: who asks, how urgent it is, and its tag, which the queue sets."""

    caller: str
    urgency: int
    tag: float


Item = TypeVar("Item", bound=Queued)


class FairQueue(Generic[Item]):
    """Jobs in the order of their turns."""

    def __init__(self) -> None:
        self._items: list[Item] = []
        # By caller, for each urgency: the virtual time up to which its turns are paid for.
        self._paid: dict[str, list[float]] = {}
        self._now = 0.0

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items)

    def put(self, item: Item, seconds: float) -> None:
        """Queue the next turn of a job, which takes about so many seconds."""
        item.tag = max(self._now, self._account(item.caller)[item.urgency])
        self._charge(item, seconds, item.tag)
        insort(self._items, item, key=lambda queued: queued.tag)

    def take(self, item: Item) -> None:
        """Take a job whose turn it is out of the queue."""
        self._items.remove(item)
        self._now = max(self._now, item.tag)

    def discard(self, item: Item) -> None:
        """Take a job out of the queue, if it is there."""
        if item in self._items:
            self._items.remove(item)

    def correct(self, item: Item, seconds: float) -> None:
        """A turn has taken so many seconds more, or fewer if negative, than was said."""
        self._charge(item, seconds, -math.inf)

    def _charge(self, item: Item, seconds: float, start: float) -> None:
        cost = seconds * 2.0 ** max(0, item.urgency - DEFAULT_URGENCY)
        account = self._account(item.caller)
        for urgency in range(item.urgency, URGENCIES):
            account[urgency] = max(account[urgency], start) + cost

    def _account(self, caller: str) -> list[float]:
        if caller not in self._paid and len(self._paid) >= MANY_CALLERS:
            self._paid = {name: paid for name, paid in self._paid.items() if max(paid) > self._now}
        return self._paid.setdefault(caller, [0.0] * URGENCIES)

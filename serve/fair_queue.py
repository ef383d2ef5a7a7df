"""Whose turn it is: start-time fair queuing (Goyal, Vin and Cheng 1996) among callers, whatever the size of their work.

Each turn of a job has a tag, the virtual time at which it begins; the lowest goes first. A caller's next turn begins no
sooner than what its turns before it cost, so who asks for much waits for it, and not others. Urgency is that of RFC
9218, 0 to 7: a caller's more urgent work goes before its other work, at the expense of the latter. Above 3, which
is the default, each step doubles the cost, so that such work also gives way to other callers.
"""

import math
from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass, field
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


@dataclass
class _Caller:
    """The virtual time up to which the turns of each urgency are paid for, and the seconds of work that wait."""

    paid: list[float] = field(default_factory=lambda: [0.0] * URGENCIES)
    waiting: float = 0.0


class FairQueue(Generic[Item]):
    """Jobs in the order of their turns."""

    def __init__(self) -> None:
        self._items: list[Item] = []
        self._callers: dict[str, _Caller] = {}
        self._now = 0.0

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items)

    def put(self, item: Item, seconds: float) -> None:
        """Queue the next turn of a job, which takes about so many seconds."""
        caller = self._caller(item.caller)
        item.tag = max(self._now, caller.paid[item.urgency])
        self._charge(caller, item, seconds, item.tag)
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
        self._charge(self._caller(item.caller), item, seconds, -math.inf)

    def wait(self, caller: str, seconds: float) -> float:
        """Put `seconds` of a caller's work into the account of what waits; take them out if negative."""
        account = self._caller(caller)
        account.waiting = max(0.0, account.waiting + seconds)
        return account.waiting

    def seconds_before(self, caller: str, seconds: float) -> float:
        """The work that is done before a job of so many seconds, if everybody gets as much as this caller meanwhile."""
        own = self._caller(caller).waiting + seconds
        others = sum(min(other.waiting, own) for name, other in self._callers.items() if name != caller)
        return own - seconds + others

    def _charge(self, caller: _Caller, item: Item, seconds: float, start: float) -> None:
        cost = seconds * 2.0 ** max(0, item.urgency - DEFAULT_URGENCY)
        for urgency in range(item.urgency, URGENCIES):
            caller.paid[urgency] = max(caller.paid[urgency], start) + cost

    def _caller(self, name: str) -> _Caller:
        if name not in self._callers and len(self._callers) >= MANY_CALLERS:
            self._callers = {
                key: caller
                for key, caller in self._callers.items()
                if caller.waiting > 1e-6 or max(caller.paid) > self._now
            }
        return self._callers.setdefault(name, _Caller())

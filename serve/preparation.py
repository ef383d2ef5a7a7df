"""Reads requests away from the event loop, which large ones would hold up."""

import asyncio
import gc
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from starlette.types import Receive

from .errors import ApiError
from .terms import TERMS
from .waiting import wait_for

T = TypeVar("T")
SMALL = 1 << 13  # bytes of a body that is read in less time than another thread takes to answer


class Preparation:
    """One thread for all large bodies, one after the other: only one at a time is a tree of Python objects."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="reader")

    async def do(self, size: int, work: Callable[[], T], receive: Receive) -> T:
        """What `work()` returns for a body of `size` bytes. `receive` is that of a request whose body has come.

        Raises what `work()` raises, and GoneError when the caller leaves: what has not begun is not done then.
        """
        if size <= SMALL:
            return work()
        terms = TERMS.get()
        waiting = deque([work])  # emptied at the end, for the thread would keep work that was cancelled until its turn
        pending = asyncio.wrap_future(self._thread.submit(_do_next, waiting))
        try:
            return await wait_for(pending, None, None if terms is None else terms.connection, receive)
        finally:
            waiting.clear()


def _do_next(waiting: deque[Callable[[], T]]) -> T:
    """What the work returns. The garbage collector would look again and again at a growing tree that has no cycles, and
    hold up the event loop for as long."""
    work, began = waiting.popleft(), time.monotonic()
    was_enabled = gc.isenabled()  # not where a program that has the service within it switched it off
    gc.disable()
    try:
        return work()
    except ApiError as error:  # whose frames, and those of its context, would keep the tree until the refusal is sent
        error.__context__ = None
        error.with_traceback(None)
        time.sleep(time.monotonic() - began)  # callers of bodies that are refused, however eager, get half of the time
        raise error from None
    finally:
        if was_enabled:
            gc.enable()

"""Reads requests away from the event loop, which large ones would hold up."""

import asyncio
import gc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from .errors import ApiError

T = TypeVar("T")
SMALL = 1 << 13  # bytes of a body that is read in less time than another thread takes to answer


class Preparation:
    """One thread for all large bodies, one after the other: only one at a time is a tree of Python objects."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="reader")

    async def do(self, size: int, work: Callable[[], T]) -> T:
        """What `work()` returns for a body of `size` bytes. Raises what it raises."""
        if size <= SMALL:
            return work()
        return await asyncio.get_running_loop().run_in_executor(self._thread, _without_collecting, work)


def _without_collecting(work: Callable[[], T]) -> T:
    """What `work()` returns. The garbage collector would look again and again at a growing tree that has no cycles, and
    hold up the event loop for as long."""
    gc.disable()
    try:
        return work()
    except ApiError as error:  # whose frames, and those of its context, would keep the tree until the refusal is sent
        error.__context__ = None
        raise error.with_traceback(None) from None
    finally:
        gc.enable()

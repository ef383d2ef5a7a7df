"""Reads requests away from the event loop: the parsing and checking of a large body would hold up everybody else."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from .errors import ApiError

T = TypeVar("T")
SMALL = 1 << 13  # bytes of a body that is read in less time than another thread takes to answer


class Preparation:
    """One thread that reads the large bodies, one after the other: only one at a time is a tree of Python objects."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="reader")

    async def read(self, size: int, read: Callable[[], T]) -> T:
        """What `read()` returns for a body of `size` bytes. Raises what it raises."""
        if size <= SMALL:
            return read()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, read)
        except ApiError as error:  # whose traceback would keep the body's objects until the refusal is sent
            raise error.with_traceback(None) from None

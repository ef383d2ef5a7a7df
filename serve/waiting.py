"""Waits for the answers to a job, unless the caller leaves or the time is up before."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from starlette.types import Receive

from .errors import GoneError
from .job import LateError
from .terms import Connection

Answer = TypeVar("Answer")


async def wait_for(
    pending: "asyncio.Future[Answer]", seconds: float | None, connection: Connection | None, receive: Receive
) -> Answer:
    """The result of `pending`, which is cancelled in any other case. Raises its exception, LateError after so many
    seconds (None: never), and GoneError when the caller leaves.

    The connection tells that the caller leaves. Without one, `receive` is awaited to find out, by a task of its own.
    """
    reasons: list[Exception] = []

    def give_up(reason: Exception) -> None:
        reasons.append(reason)
        pending.cancel()

    timer = None if seconds is None else asyncio.get_running_loop().call_later(seconds, give_up, LateError())
    take_back = _when_gone(lambda: give_up(GoneError()), connection, receive)
    try:
        return await pending
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if not reasons or (task is not None and task.cancelling()):
            raise
        raise reasons.pop() from None  # else it would hold itself, and by its frames the body
    finally:
        if timer is not None:
            timer.cancel()
        take_back()
        pending.cancel()


def _when_gone(act: Callable[[], None], connection: Connection | None, receive: Receive) -> Callable[[], object]:
    """Call `act` once the caller leaves. Returns what takes that back."""
    if connection is not None:
        return connection.when_gone(act)
    disconnect = asyncio.ensure_future(receive())
    disconnect.add_done_callback(lambda ended: None if ended.cancelled() else act())
    return disconnect.cancel

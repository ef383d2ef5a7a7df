import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.types import Message

from serve.errors import GoneError
from serve.job import LateError
from serve.waiting import wait_for


class Connection:
    """A caller that leaves when it is told to."""

    def __init__(self) -> None:
        self.acts: list[Callable[[], None]] = []
        self.is_gone = False

    def when_gone(self, act: Callable[[], None]) -> Callable[[], None]:
        self.acts.append(act)
        return lambda: self.acts.remove(act)

    def leave(self) -> None:
        self.is_gone = True
        for act in self.acts:
            act()


async def stay() -> Message:
    await asyncio.Event().wait()
    raise AssertionError


async def leave() -> Message:
    return {"type": "http.disconnect"}


async def wait(happens: str, *, by_connection: bool) -> tuple[str, bool]:
    """What a waiting request gets when something happens, and whether the job is given up."""
    loop, connection = asyncio.get_running_loop(), Connection()
    job: asyncio.Future[str] = loop.create_future()
    receive = leave if happens == "leaves" and not by_connection else stay
    seconds = 0.0 if happens == "late" else 1000.0
    waiting = asyncio.ensure_future(wait_for(job, seconds, connection if by_connection else None, receive))
    events: dict[str, Callable[[], object]] = {
        "answer": lambda: job.set_result("answer"),
        "error": lambda: job.set_exception(ZeroDivisionError()),
        "leaves": connection.leave if by_connection else lambda: None,
        "cancelled": waiting.cancel,
    }
    await asyncio.sleep(0)
    events.get(happens, lambda: None)()
    (got,) = await asyncio.gather(waiting, return_exceptions=True)
    assert connection.acts == []
    return got if isinstance(got, str) else type(got).__name__, job.cancelled()


@pytest.mark.parametrize("by_connection", [True, False])
@pytest.mark.parametrize(
    ("happens", "got", "is_given_up"),
    [
        ("answer", "answer", False),
        ("error", ZeroDivisionError.__name__, False),
        ("leaves", GoneError.__name__, True),
        ("late", LateError.__name__, True),
        ("cancelled", asyncio.CancelledError.__name__, True),
    ],
)
def test_a_request_gets_what_happens_first(happens: str, got: str, *, is_given_up: bool, by_connection: bool) -> None:
    with ThreadPoolExecutor(1) as thread:  # a test of a browser may have left a loop in this one
        ended = thread.submit(lambda: asyncio.run(wait(happens, by_connection=by_connection)))
        assert ended.result() == (got, is_given_up)

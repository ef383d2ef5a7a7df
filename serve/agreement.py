"""How the processes of a service agree on the models that they offer.

A process that is told to load or unload a model states so in a file that all of them read ten times a second. They take
two steps: each prepares the change and answers in a file of its own, and once all could, each makes it. If one cannot,
nobody changes. The statement also names the models on offer, which a process that starts loads.

A lock keeps orders apart, and starts away from orders, so that whoever starts has either changed or is asked.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import IO, NamedTuple

from .errors import ApiError
from .shared_metrics import answer_path
from .shared_metrics import replace as write

# The steps of an order.
PREPARE = "prepare"
CHANGE = "change"
CANCEL = "cancel"
LONGEST = 30.0  # seconds until a caller learns that processes have not agreed
PAUSE = 0.05  # seconds between looks at the answers

Obey = Callable[[], Awaitable[None]]
Change = Callable[[str, Sequence[str]], Awaitable[None]]


@dataclass(frozen=True)
class Statement:
    """A step of an order: to load the model `name` if it is among those `wanted`, else to unload it. `before`: the
    models on offer until then, None for all."""

    number: int = 0
    step: str = CANCEL
    name: str = ""
    wanted: Sequence[str] = ()
    before: Sequence[str] | None = None

    @property
    def offered(self) -> Sequence[str] | None:
        """The models on offer, None for all."""
        return self.wanted if self.step == CHANGE else self.before


class Answer(NamedTuple):
    """What a process says of the step of that number: the version of the model that it has read, or its problem."""

    number: int
    version: str = ""
    problem: str = ""


class Agreement:
    """The part of one process, in a folder that all share. It begins to start with the constructor, which waits for an
    order under way, and has started with `join`."""

    def __init__(self, folder: Path, index: int, seconds: float = LONGEST) -> None:
        from fcntl import LOCK_SH, flock  # Windows has none

        self._folder = folder
        self._index = index
        self._seconds = seconds
        self._starting = self._open_lock()
        flock(self._starting, LOCK_SH)
        self._answered = self._stated.number

    @property
    def offered(self) -> Sequence[str] | None:
        """The models to load, None for all."""
        return self._stated.offered

    @property
    def news(self) -> Statement | None:
        """The step that this process has not answered yet."""
        stated = self._stated
        return stated if stated.number != self._answered else None

    def join(self) -> None:
        """Be asked from now on."""
        self.answer(Answer(self._answered))
        self._starting.close()

    def answer(self, answer: Answer) -> None:
        """Say that a step was taken, or why not."""
        self._answered = answer.number
        write(answer_path(self._folder, self._index), json.dumps(answer).encode())

    @asynccontextmanager
    async def alone(self, obey: Obey) -> AsyncIterator[Change]:
        """What gives an order, while no other is given and no process starts. `obey` lets this process take the step
        that is stated. Raises ApiError when processes do not come to rest."""
        from fcntl import LOCK_EX, LOCK_NB, flock

        deadline = time.monotonic() + self._seconds
        with self._open_lock() as file:
            while True:
                with suppress(BlockingIOError):
                    flock(file, LOCK_EX | LOCK_NB)
                    break
                if time.monotonic() > deadline:
                    raise ApiError(
                        "unavailable",
                        f"expected processes at rest, got one that starts or changes its models for "
                        f"{self._seconds:g} s; ask again",
                        {"Retry-After": "1"},
                    )
                await asyncio.sleep(PAUSE)
            await self._answers(deadline, obey)  # a change that its caller did not wait for
            yield partial(self._order, deadline, obey)

    async def _order(self, deadline: float, obey: Obey, name: str, wanted: Sequence[str]) -> None:
        """Let all processes change. Raises ApiError when one could not prepare it, or has not answered in time."""
        before = self.offered
        try:
            self._state(PREPARE, name, wanted, before)
            answers = await self._answers(deadline, obey)
            if problems := {answer.problem for answer in answers if answer.problem}:
                raise ApiError("invalid", "; ".join(sorted(problems)))
            if len({answer.version for answer in answers}) > 1:
                raise ApiError("invalid", f"expected one file of {name}, it changed while it was read; ask again")
            self._state(CHANGE, name, wanted, before)
        except BaseException:  # also when the caller leaves
            with suppress(ApiError):
                self._state(CANCEL, name, wanted, before)
            raise
        await self._answers(time.monotonic() + self._seconds, obey, "the others change when they can")

    async def _answers(self, deadline: float, obey: Obey, outcome: str = "none has changed") -> list[Answer]:
        """The answers of all processes to the step that is stated. Raises ApiError, with the outcome, when one comes
        too late."""
        stated = self._stated
        while True:
            await obey()
            answers = self._read_answers()
            n_answered = sum(answer.number == stated.number for answer in answers)
            if n_answered == len(answers):
                return answers
            if time.monotonic() > deadline:
                raise ApiError(
                    "deadline",
                    f"expected an answer of all {len(answers)} processes within {self._seconds:g} s, got {n_answered}; "
                    f"{outcome}: see /v2/repository/index, and ask again later",
                )
            await asyncio.sleep(PAUSE)

    @property
    def _stated(self) -> Statement:
        try:
            return Statement(**json.loads(self._path.read_bytes()))
        except FileNotFoundError:  # no order was given yet
            return Statement()

    def _state(self, step: str, name: str, wanted: Sequence[str], before: Sequence[str] | None) -> None:
        """Let all processes know the next step. Raises ApiError without room for it."""
        stated = Statement(self._stated.number + 1, step, name, wanted, before)
        try:
            write(self._path, json.dumps(asdict(stated)).encode())
        except OSError as error:
            wanted_room = "expected room in the folder that processes share"
            raise ApiError("unavailable", f"{wanted_room}, got: {error}; make some, and ask again") from None

    def _read_answers(self) -> list[Answer]:
        answers = []
        for path in self._folder.glob(answer_path(self._folder, "*").name):
            with suppress(FileNotFoundError):  # its process has ended
                answers.append(Answer(*json.loads(path.read_bytes())))
        return answers

    @property
    def _path(self) -> Path:
        return self._folder / "models.json"

    def _open_lock(self) -> IO[bytes]:
        return (self._folder / "models.lock").open("ab")

"""What reads large bodies beside the event loop."""

import asyncio
import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from starlette.types import Message

from serve.assembly import assembled
from serve.errors import ApiError, GoneError
from serve.preparation import SMALL, Preparation
from serve.settings import Settings


class Tree(list[int]):
    """A value that weak references may have."""


async def stay() -> Message:
    await asyncio.Event().wait()
    raise AssertionError


def test_what_waits_for_a_caller_who_leaves_is_freed_at_once_and_never_read() -> None:
    reading, read = threading.Event(), threading.Event()
    bodies = [Tree([1]), Tree([2])]
    done: list[int] = []
    held = weakref.ref(bodies[1])

    def work(body: Tree) -> None:
        reading.set()
        read.wait(20)
        done.extend(body)

    async def leave() -> Message:
        return {"type": "http.disconnect"}

    async def ask() -> None:
        preparation = Preparation()
        first = asyncio.ensure_future(preparation.do(SMALL + 1, partial(work, bodies.pop(0)), stay))
        await asyncio.to_thread(reading.wait)
        with pytest.raises(GoneError):
            await preparation.do(SMALL + 1, partial(work, bodies.pop()), leave)
        assert held() is None
        read.set()
        await first
        await preparation.do(SMALL + 1, lambda: None, stay)

    asyncio.run(ask())
    assert done == [1]


@pytest.mark.parametrize("is_on", [True, False])
def test_the_collector_is_off_while_a_body_is_read_and_then_as_the_program_had_it(*, is_on: bool) -> None:
    (gc.enable if is_on else gc.disable)()
    try:
        assert not asyncio.run(Preparation().do(SMALL + 1, gc.isenabled, stay))
        assert gc.isenabled() == is_on
    finally:
        gc.enable()


@pytest.mark.parametrize("size", [SMALL + 1, 10 * SMALL])
def test_a_refusal_does_not_keep_what_was_read(size: int) -> None:
    trees: list[weakref.ref[Tree]] = []

    def read() -> None:
        tree = Tree([1])
        trees.append(weakref.ref(tree))
        try:
            raise ValueError(tree)
        except ValueError:
            raise ApiError("invalid", "expected another tree") from None

    async def refuse() -> None:
        with pytest.raises(ApiError) as refusal:
            await Preparation().do(size, read, stay)
        assert refusal.value.message == "expected another tree"
        assert [tree() for tree in trees] == [None]

    asyncio.run(refuse())
    assert gc.isenabled()


def test_a_small_body_is_read_at_once() -> None:
    async def read() -> int:
        return await Preparation().do(SMALL, lambda: 3, stay)

    assert asyncio.run(read()) == 3


def test_short_lines_of_documents_and_answers_do_not_wait_for_the_reading_of_large_bodies(small_model: Path) -> None:
    reading, read = threading.Event(), threading.Event()

    def lines_of(client: TestClient, document: str) -> int:
        answer = client.post("/v1/tag", content=document.encode(), headers={"content-type": "text/plain"})
        return len([line for line in answer.text.splitlines() if '"words"' in line])

    def read_slowly() -> bool:
        reading.set()
        return read.wait(20)

    with (
        assembled(Settings(model=(f"m={small_model}",), workers=1), says_loaded=False) as service,
        ThreadPoolExecutor() as others,
    ):
        client = TestClient(service.app)
        other = others.submit(asyncio.run, service.engine.preparation.do(SMALL + 1, read_slowly, stay))
        reading.wait()
        long = others.submit(lines_of, client, "好\n" + "好" * 10_000)
        assert lines_of(client, "好\n" * 10 * SMALL) == 10 * SMALL
        tensor = {"name": "text", "datatype": "BYTES", "shape": [100], "data": ["我喜欢北京。"] * 100}
        answer = client.post("/v2/models/m/infer", json={"inputs": [tensor]})
        assert answer.json()["outputs"][0]["shape"] == [100]
        assert len(answer.content) > 2 * SMALL
        assert not long.done()
        read.set()
        assert long.result() == 2
        assert other.result()

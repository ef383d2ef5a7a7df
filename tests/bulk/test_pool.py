import multiprocessing
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tagger.bulk.chunks import Chunk
from tagger.bulk.pool import AHEAD, InProcess, Workers, open_pool
from tagger.bulk.worker import FileTagger
from tagger.errors import InputError


def pieces(n: int, first: int = 0) -> Iterator[Chunk]:
    for i in range(first, first + n):
        yield Chunk("text", f"我们{i}去北京\n".encode() * (1 + 40 * (i % 3)), i + 1, 0)


@pytest.fixture(scope="module")
def tagger(small_model: Path) -> FileTagger:
    return FileTagger(str(small_model))


@pytest.fixture(scope="module")
def two(tagger: FileTagger) -> Iterator[Workers]:
    with open_pool(tagger, 2) as workers:
        assert isinstance(workers, Workers)
        yield workers


def test_two_workers_answer_in_order_what_one_does(two: Workers, tagger: FileTagger) -> None:
    wanted = [(chunk._replace(data=b""), tagged) for chunk, tagged in InProcess(tagger).map("x", pieces(20))]
    assert list(two.map("x", pieces(20))) == wanted
    assert list(two.map("x", pieces(0))) == []


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the signal mask from /proc")
def test_workers_are_never_interrupted(two: Workers) -> None:
    def blocks(status: Path) -> bool:
        (blocked,) = re.findall(r"SigBlk:\s*([0-9a-f]+)", status.read_text())
        return bool(int(blocked, 16) >> (signal.SIGINT - 1) & 1)

    assert [blocks(Path(f"/proc/{process.pid}/status")) for process in two.processes] == [True, True]
    assert not blocks(Path("/proc/self/status"))


def test_no_more_is_read_ahead_than_memory_can_hold(two: Workers) -> None:
    read = 0

    def counted() -> Iterator[Chunk]:
        nonlocal read
        for piece in pieces(60):
            read += 1
            yield piece

    for taken, _ in enumerate(two.map("x", counted())):
        assert read <= taken + AHEAD * 2
    assert read == 60


def test_an_error_comes_in_its_turn_and_an_input_given_up_leaves_nothing(two: Workers) -> None:
    def bad() -> Iterator[Chunk]:
        yield from pieces(3)
        yield Chunk("text", b"\xff", 9, 0)
        yield from pieces(9)

    answers = two.map("x", bad())
    assert [chunk.number for chunk, _ in (next(answers), next(answers), next(answers))] == [1, 2, 3]
    with pytest.raises(InputError, match="x:9: expected UTF-8"):
        next(answers)
    assert [chunk.number for chunk, _ in two.map("y", pieces(5, 100))] == [101, 102, 103, 104, 105]
    left = two.map("x", pieces(9))
    next(left)
    left.close()  # type: ignore[attr-defined]
    assert [chunk.number for chunk, _ in two.map("y", pieces(5, 100))] == [101, 102, 103, 104, 105]


def test_a_worker_that_is_killed_is_named_and_none_is_left(tagger: FileTagger) -> None:
    with open_pool(tagger, 2) as workers:
        assert isinstance(workers, Workers)
        answers = workers.map("x", pieces(1000))
        next(answers)
        os.kill(workers.processes[0].pid, signal.SIGKILL)
        with pytest.raises(InputError, match=r"one died \(exit code \[-9\]\).*--resume"):
            list(answers)
    assert not [child for child in multiprocessing.active_children() if child in workers.processes]


def test_one_worker_is_this_process(tagger: FileTagger) -> None:
    with open_pool(tagger, 1) as pool:
        assert isinstance(pool, InProcess)

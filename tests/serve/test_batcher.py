import asyncio
import math
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future

import pytest
from batching import Work, batching, held, later
from hypothesis import given
from hypothesis import strategies as st

from serve import patience
from serve.admission import FullError, HopelessError
from serve.batch import BatchSize
from serve.batcher import Batcher
from serve.engine import Pending
from serve.job import Answers, ClosedError, JobFuture, LateError
from serve.pace import FIRST_GUESS

TEXTS = st.lists(st.text("ab", max_size=9), max_size=12)


@given(st.lists(st.tuples(st.sampled_from("xy"), TEXTS), max_size=12), st.integers(1, 3), st.integers(1, 40))
def test_every_job_gets_its_own_answers_in_order(jobs: list[tuple[str, list[str]]], workers: int, budget: int) -> None:
    work = Work()
    with batching(work, workers=workers, budget=budget, limit=10_000) as batcher:
        futures = [batcher.submit(key, texts, deadline=later()) for key, texts in jobs]
        for (key, texts), future in zip(jobs, futures, strict=True):
            assert future.result(10) == [f"{key}:{text}" for text in texts]
    assert sorted(work.seen) == sorted(text for _, texts in jobs for text in texts)
    for _, texts in work.batches:
        assert len(texts) == 1 or len(texts) * max(map(len, texts)) <= budget


def test_many_callers_at_once() -> None:
    work = Work()
    wrong: list[object] = []

    def call(batcher: Batcher[str, str], name: str) -> None:
        for i in range(200):
            texts = [f"{name}-{i}-{j}" for j in range(i % 5)]
            if batcher.submit(name, texts, deadline=later()).result(10) != [f"{name}:{text}" for text in texts]:
                wrong.append(texts)

    with batching(work, workers=3) as batcher:
        callers = [threading.Thread(target=call, args=(batcher, name)) for name in "abcdefgh"]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
    assert not wrong
    assert len(work.seen) == len(set(work.seen)) == 8 * 400


def test_what_is_queued_goes_together_up_to_the_budget() -> None:
    work = Work()
    with batching(work, budget=30) as batcher:
        with held(work, batcher):
            jobs = [batcher.submit("k", ["x" * 10], deadline=later()) for _ in range(4)]
            assert batcher.n_waiting == 40
        assert [job.result(10) for job in jobs] == [["k:" + "x" * 10]] * 4
    assert [len(texts) for _, texts in work.batches] == [1, 3, 1]


def test_other_keys_wait_their_turn_and_keep_it() -> None:
    work = Work()
    with batching(work) as batcher, held(work, batcher):
        for key, text in (("k", "1"), ("l", "2"), ("k", "3"), ("l", "4")):
            batcher.submit(key, [text], deadline=later())
    assert work.batches[1:] == [("k", ["1", "3"]), ("l", ["2", "4"])]


def test_a_document_does_not_hold_up_a_sentence() -> None:
    work = Work()
    order: list[str] = []
    with batching(work, budget=20) as batcher, held(work, batcher):
        document = batcher.submit("k", ["x" * 10] * 10, deadline=later())
        sentence = batcher.submit("k", ["y"], deadline=later())
        document.add_done_callback(lambda done: order.append("document"))
        sentence.add_done_callback(lambda done: order.append("sentence"))
    assert order == ["sentence", "document"]


def test_a_full_queue_refuses_and_recovers() -> None:
    work = Work()
    with batching(work, limit=10) as batcher:
        with held(work, batcher):
            taken = batcher.submit("k", ["x" * 9], deadline=later())
            batcher.check_room()
            with pytest.raises(FullError):
                batcher.submit("k", ["y", "z"], deadline=later())
            batcher.submit("k", [""], deadline=later())  # an empty text takes room too
            with pytest.raises(FullError):
                batcher.check_room()
        assert taken.result(10)
        large = batcher.submit("k", ["x" * 50], deadline=later())  # alone, it may be larger than the queue
        assert large.result(10) == ["k:" + "x" * 50]
    assert "y" not in work.seen


def test_a_cancelled_job_leaves_the_queue() -> None:
    work = Work()
    with batching(work) as batcher, held(work, batcher):
        job = batcher.submit("k", ["never"], deadline=later())
        kept = batcher.submit("k", ["kept"], deadline=later())
        assert job.cancel()
        assert batcher.n_waiting == len("kept")
        assert not kept.done()
    assert "never" not in work.seen
    assert kept.result(0) == ["k:kept"]


def test_a_job_cancelled_half_way_gives_up_its_rest() -> None:
    work = Work()
    with batching(work, budget=10) as batcher:
        work.go.clear()
        job = batcher.submit("k", ["x" * 10] * 5, deadline=later())
        assert work.entered.wait(10)
        assert batcher.n_waiting == 40
        assert job.cancel()
        assert batcher.n_waiting == 0
        work.go.set()
        with pytest.raises(CancelledError):
            job.result(10)
    assert len(work.seen) == 1


def test_a_job_past_its_deadline_is_not_worked_on() -> None:
    work = Work()
    with batching(work) as batcher:
        with held(work, batcher):
            late = batcher.submit("k", ["late"], deadline=time.monotonic() - 1)
            kept = batcher.submit("k", ["kept"], deadline=later())
        assert kept.result(10) == ["k:kept"]
        with pytest.raises(LateError):
            late.result(10)
        assert (late.began, kept.began > 0) == (0, True)
    assert "late" not in work.seen


@pytest.mark.parametrize(
    ("waited", "times", "remedy"),
    [
        (0.25, "0.25 s in the queue and 9.75 s of comp", "send fewer"),
        (1e-5, "0 s in the queue and 10 s of comp", "send fewer"),
        (9, "9 s in the queue and 1 s of comp", "later"),
    ],
)
def test_what_is_late_says_what_took_the_time(
    waited: float, times: str, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    job: JobFuture[bytes] = JobFuture()
    job.began = 100 + waited
    loop = asyncio.new_event_loop()
    monkeypatch.setattr(time, "monotonic", lambda: 110.0)
    message = Pending(loop.create_future(), job, 100).too_late().message
    loop.close()
    assert times in message
    assert remedy in message


def test_only_the_job_to_blame_fails() -> None:
    work = Work()
    with batching(work) as batcher:
        with held(work, batcher):
            jobs = {text: batcher.submit("k", [text], deadline=later()) for text in ("good", "bad", "fine")}
        assert jobs["good"].result(10) == ["k:good"]
        assert jobs["fine"].result(10) == ["k:fine"]
        with pytest.raises(ZeroDivisionError):
            jobs["bad"].result(10)
        assert batcher.submit("k", ["next"], deadline=later()).result(10) == ["k:next"]


def test_a_failure_gives_up_the_rest_of_its_job() -> None:
    work = Work()
    with batching(work, budget=3) as batcher:
        job = batcher.submit("k", ["bad", "bad ", "bad  "], deadline=later())
        with pytest.raises(ZeroDivisionError):
            job.result(10)
        assert batcher.submit("k", ["next"], deadline=later()).result(10) == ["k:next"]


def test_too_few_answers_are_an_error() -> None:
    batcher: Batcher[str, str] = Batcher(lambda key, texts, pause: ["one"], workers=1, budget=100, limit=1.0)
    with pytest.raises(RuntimeError, match="expected 2 answers, got 1"):
        batcher.submit("k", ["a", "b"], deadline=later()).result(10)
    batcher.close(10)


def test_closing_finishes_what_is_queued() -> None:
    work = Work()
    batcher: Batcher[str, str] = Batcher(work, workers=1, budget=1, limit=1.0)
    jobs: list[Future[Answers[str]]] = [batcher.submit("k", [text], deadline=later()) for text in "abc"]
    batcher.close(10)
    assert [job.result(0) for job in jobs] == [["k:a"], ["k:b"], ["k:c"]]
    with pytest.raises(ClosedError):
        batcher.submit("k", ["d"], deadline=later())


def test_batches_are_observed() -> None:
    seen: list[BatchSize] = []
    work = Work()
    batcher: Batcher[str, str] = Batcher(work, workers=1, budget=100, limit=1.0, observe=seen.append)
    with held(work, batcher):
        batcher.submit("k", ["ab", "abc"], deadline=later())
        batcher.submit("k", [""], deadline=later())
    batcher.close(10)
    assert [(size.n_texts, size.n_padded, len(size.waits)) for size in seen] == [(1, 5, 1), (3, 9, 2)]
    assert all(wait >= 0 for size in seen for wait in size.waits)


def test_the_queue_is_as_long_as_the_time_that_its_work_takes() -> None:
    work = Work()
    with batching(work, limit=round(1 / FIRST_GUESS)) as batcher, held(work, batcher):
        batcher.pace.learn(None, 1000, 100.0)  # a tenth of a second for a character, and the limit is a second
        batcher.submit("k", ["x" * 6], deadline=later())
        with pytest.raises(FullError) as refusal:
            batcher.submit("k", ["y" * 6], deadline=later())
        assert refusal.value.own == pytest.approx(0.6)
        assert refusal.value.seconds == pytest.approx(0.2)
        with pytest.raises(HopelessError):
            batcher.submit("k", ["z" * 400], deadline=later())


def test_short_texts_go_first_while_the_workers_are_in_long_batches() -> None:
    """They need not wait for a step of the long batch to end, and longer texts do not go with them."""
    work = Work()
    entered, go = threading.Event(), threading.Event()

    def answer(key: str, texts: Sequence[str], pause: Callable[[], None]) -> list[str]:
        if "long" in texts:
            entered.set()
            assert go.wait(10)
        return work(key, texts, pause)

    batcher: Batcher[str, str] = Batcher(answer, workers=1, budget=80, limit=1.0, patience=10 * FIRST_GUESS)
    long = batcher.submit("k", ["long"], deadline=later())
    assert entered.wait(10)
    others = [batcher.submit(key, ["x" * 11, "y" * 5, "z" * 5], deadline=later()) for key in "kl"]
    short = [batcher.submit("k", [text], deadline=later()) for text in ("a", "b")]
    assert [job.result(10) for job in short] == [["k:a"], ["k:b"]]
    assert not long.done()
    assert not any(other.done() for other in others)
    assert "x" * 11 not in work.seen
    go.set()
    assert long.result(10) == ["k:long"]
    assert [other.result(10)[0] for other in others] == ["k:" + "x" * 11, "l:" + "x" * 11]
    batcher.close(10)
    assert all(sum(map(len, texts)) <= 10 for _, texts in work.batches if "long" not in texts and "x" * 11 not in texts)


@pytest.mark.parametrize(("workers", "comes_short", "begun"), [(1, True, 1), (2, True, 1), (3, True, 2), (2, False, 2)])
def test_one_of_several_workers_is_left_to_short_texts_while_such_come(
    workers: int, begun: int, monkeypatch: pytest.MonkeyPatch, *, comes_short: bool
) -> None:
    monkeypatch.setattr(patience, "LATELY", math.inf if comes_short else 0.0)
    work, entered, go = Work(), threading.Semaphore(0), threading.Event()

    def answer(key: str, texts: Sequence[str], pause: Callable[[], None]) -> list[str]:
        if texts == ["x" * 11]:
            entered.release()
            assert go.wait(10)
        return work(key, texts, pause)

    batcher: Batcher[str, str] = Batcher(answer, workers=workers, budget=10, limit=1.0, patience=0.01)
    assert batcher.submit("k", ["a"], deadline=later()).result(10) == ["k:a"]
    long = [batcher.submit("k", ["x" * 11], deadline=later()) for _ in range(3)]
    assert all(entered.acquire(timeout=10) for _ in range(begun))
    for text in "bcd":
        assert batcher.submit("k", [text], deadline=later()).result(10) == [f"k:{text}"]
    assert not entered.acquire(blocking=False)
    go.set()
    assert [job.result(10) for job in long] == [["k:" + "x" * 11]] * 3
    batcher.close(10)

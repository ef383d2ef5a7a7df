"""Room for answers that nobody has taken yet, in the batcher that makes them."""

import pytest
from batching import Work, batching, later

from serve.answer_budget import AnswerBudget
from serve.batcher import Batcher
from serve.job import CrowdedError
from serve.pace import FIRST_GUESS


def test_large_answers_side_by_side_wait_for_room_and_none_is_lost() -> None:
    """Were their work begun at once, each would have some of its answers and none the room for the others."""
    work, texts = Work(), ["x" * 300] * 300
    batcher: Batcher[str, str] = Batcher(work, workers=2, budget=3000, limit=60.0, memory=300_000)
    jobs = [batcher.submit("k", texts, deadline=later(), caller=str(number)) for number in range(12)]
    while jobs:  # an answer that is taken leaves room for others
        assert len(jobs.pop(0).result(30)) == 300
    batcher.close(10)
    assert batcher.answers.n_held == 0


def test_small_answers_go_before_a_large_one_that_waits_for_room() -> None:
    work = Work()
    n_unread = (1 << 30) - 4 * AnswerBudget.SMALL
    with batching(work, limit=round(30 / FIRST_GUESS)) as batcher:
        batcher.answers.add(n_unread, 0)
        large = batcher.submit("k", ["x" * AnswerBudget.SMALL], deadline=later())
        small = batcher.submit("k", ["y"], deadline=later())
        assert small.result(10) == ["k:y"]
        assert not large.done()
        batcher.answers.add(-n_unread, 0)
        assert large.result(10) == ["k:" + "x" * AnswerBudget.SMALL]


def test_answers_that_nobody_has_taken_leave_no_room_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serve.answer_room.STALLED", 0.05)
    work = Work()
    batcher: Batcher[str, str] = Batcher(work, workers=1, budget=100, limit=1.0, memory=100)
    unread = batcher.submit("k", ["x" * 60], deadline=later()).result(10)
    with pytest.raises(CrowdedError):
        batcher.submit("k", ["y" * 60], deadline=later()).result(10)
    del unread
    assert batcher.submit("k", ["z" * 60], deadline=later()).result(10) == ["k:" + "z" * 60]
    batcher.close(10)

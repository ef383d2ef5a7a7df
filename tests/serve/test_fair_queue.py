"""Turns of callers, in virtual time: each case worked out by hand."""

from dataclasses import dataclass

import pytest

from serve.fair_queue import DEFAULT_URGENCY, FairQueue


@dataclass(eq=False)
class Turn:
    caller: str
    seconds: float = 1.0
    urgency: int = DEFAULT_URGENCY
    tag: float = 0.0


def take_all(queue: FairQueue[Turn]) -> list[Turn]:
    taken = []
    while len(queue):
        taken.append(next(iter(queue)))
        queue.take(taken[-1])
    return taken


def order(queue: FairQueue[Turn], turns: list[Turn]) -> str:
    for turn in turns:
        queue.put(turn, turn.seconds)
    return "".join(turn.caller for turn in take_all(queue))


# What waits, in the order in which it came, and the order in which it is done.
CASES = [
    ([Turn("a"), Turn("a"), Turn("a"), Turn("b")], "abaa"),
    ([Turn("a", 2), Turn("a", 2), Turn("b"), Turn("b"), Turn("b"), Turn("b")], "abbabb"),
    ([Turn("a"), Turn("b"), Turn("c"), Turn("a"), Turn("b"), Turn("c")], "abcabc"),
    ([Turn("a", urgency=5), Turn("a", urgency=5), Turn("b"), Turn("b")], "abba"),  # a turn at 5 counts four times
    ([Turn("a", urgency=0), Turn("a", urgency=0), Turn("b"), Turn("b")], "abab"),  # and at 0 once
]


@pytest.mark.parametrize(("turns", "wanted"), CASES)
def test_turns_are_fair_between_callers(turns: list[Turn], wanted: str) -> None:
    assert order(FairQueue(), turns) == wanted


def test_urgent_work_goes_before_other_work_of_its_caller() -> None:
    queue: FairQueue[Turn] = FairQueue()
    first, second, urgent = Turn("a"), Turn("a"), Turn("a", urgency=0)
    for turn in (first, second, urgent):
        queue.put(turn, 1.0)
    assert take_all(queue) == [first, urgent, second]


@pytest.mark.parametrize(("said", "taken", "wanted"), [(1.0, 4.0, "bbba"), (4.0, 1.0, "bbab")])
def test_a_caller_pays_for_what_a_turn_has_taken_and_not_for_what_was_said(
    said: float, taken: float, wanted: str
) -> None:
    queue: FairQueue[Turn] = FairQueue()
    turn = Turn("a")
    queue.put(turn, said)
    queue.take(turn)
    queue.correct(turn, taken - said)
    assert order(queue, [Turn("b"), Turn("b"), Turn("b"), Turn("a")]) == wanted


def test_who_has_not_asked_for_long_has_saved_nothing() -> None:
    queue: FairQueue[Turn] = FairQueue()
    assert order(queue, [Turn("a") for _ in range(4)]) == "aaaa"
    assert order(queue, [Turn("b"), Turn("b"), Turn("b"), Turn("a")]) == "bbab"

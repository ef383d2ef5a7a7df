"""Answers between the worker that writes them and the connection that sends them."""

import pytest

from serve.answer_budget import AnswerBudget, AnswerShare
from serve.answer_parts import PART, split


def test_unread_answers_leave_room_for_small_ones() -> None:
    budget = AnswerBudget(400_000)
    large, small, other = AnswerShare(budget), AnswerShare(budget), AnswerShare(budget)
    assert large.take(300_000)
    assert not other.take(AnswerBudget.SMALL + 1)
    assert small.take(AnswerBudget.SMALL)
    assert budget.n_held == 300_000 + AnswerBudget.SMALL
    assert not small.take(1)  # it is no small answer any more
    del large
    assert other.take(AnswerBudget.SMALL + 1)
    del small, other
    assert budget.n_held == 0


def test_an_answer_larger_than_the_budget_is_given_alone() -> None:
    budget = AnswerBudget(100_000)
    alone, other = AnswerShare(budget), AnswerShare(budget)
    assert alone.take(90_000)
    assert alone.take(90_000)
    assert not other.take(1)
    del alone
    assert other.take(200_000)


def test_an_answer_begins_when_there_is_room_for_what_is_expected_of_it_and_others() -> None:
    budget = AnswerBudget(400_000)
    first, second, third = AnswerShare(budget), AnswerShare(budget), AnswerShare(budget)
    assert first.begin(200_000)
    assert not second.begin(150_000)  # 300,000 for large ones
    assert third.begin(50_000)
    assert first.begin(200_000)  # once it has begun
    assert first.take(180_000)
    assert not second.begin(90_000)
    first.end()
    assert second.begin(70_000)  # 180,000 are there, 50,000 expected
    del first
    third.end()
    assert second.take(70_000)
    assert third.begin(230_000)
    del second, third
    assert (budget.n_held, budget.may_begin(1 << 40)) == (0, True)


@pytest.mark.parametrize("sizes", [[], [0], [1, 2], [PART], [PART + 1], [3 * PART, 1], [PART // 3] * 10])
def test_answers_are_sent_in_parts(sizes: list[int]) -> None:
    fragments = [bytes([65 + number]) * size for number, size in enumerate(sizes)]
    parts = list(split(iter(fragments)))
    assert b"".join(part for part, _ in parts) == b"".join(fragments)
    assert [len(part) for part, more in parts if more] == [PART] * (len(parts) - 1)
    assert [more for _, more in parts] == [True] * (len(parts) - 1) + [False]
    assert len(parts[-1][0]) <= PART

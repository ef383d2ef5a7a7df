"""What may wait, by the time that it takes, and the pace by which that is known."""

import pytest

from serve.admission import Admission, FullError, HopelessError
from serve.pace import FIRST_GUESS, LEAST_CHARS, MEMORY, Pace
from serve.refusals import describe_full


def test_there_is_room_for_the_work_of_the_limit_and_each_caller_has_a_share() -> None:
    admission = Admission(10.0, 1)
    admission.check("a", 50.0, 1, 100.0)  # nothing waits, so its size does not matter
    admission.count("a", 100, 9.0)
    with pytest.raises(FullError) as refusal:
        admission.check("a", 2.0, 1, 100.0)
    assert refusal.value.seconds == pytest.approx(1.0)
    admission.check("b", 2.0, 1, 100.0)  # its turns come while those of a wait
    admission.count("b", 100, 9.0)
    with pytest.raises(FullError) as refusal:  # all that waits is at most twice the limit
        admission.check("c", 3.0, 1, 100.0)
    assert refusal.value.others == pytest.approx(18.0)
    assert admission.n_chars == 200
    admission.count("a", -100, -9.0)
    admission.check("c", 3.0, 1, 100.0)
    admission.count("b", -100, -9.0)
    assert admission.n_chars == 0
    admission.check("b", 50.0, 1, 100.0)


def test_a_body_is_not_read_for_a_caller_without_room() -> None:
    admission = Admission(10.0, 2)
    admission.count("a", 100, 19.0)
    with pytest.raises(FullError):
        admission.check_room("a")
    admission.check_room("b")


# Seconds of one worker that wait, by caller; those of a job of "a"; and its refusal. Two workers, and a limit of 10 s.
REFUSALS = [
    ({"a": 19.0}, 1.0, None),
    ({"a": 19.0}, 2.0, FullError(0.5, 10.0, 9.5, 0.0, is_share=True)),
    ({"a": 8.0, "b": 8.0}, 4.0, None),
    ({"a": 8.0, "b": 19.0}, 4.0, FullError(2.0, 10.0, 4.0, 6.0, is_share=True)),  # b's turns are as long as a's
    ({"b": 30.0}, 9.0, None),
    ({"b": 39.0}, 2.0, FullError(0.5, 20.0, 0.0, 19.5, is_share=False)),
    ({"b": 20.0, "c": 19.0}, 2.0, FullError(0.5, 20.0, 0.0, 19.5, is_share=False)),
    ({"b": 20.0, "c": 12.0}, 8.0, FullError(2.0, 10.0, 0.0, 8.0, is_share=True)),
]


@pytest.mark.parametrize(("waiting", "seconds", "wanted"), REFUSALS)
def test_a_refusal_tells_the_callers_share_from_the_whole_queue(
    waiting: dict[str, float], seconds: float, wanted: FullError | None
) -> None:
    admission = Admission(10.0, 2)
    for caller, theirs in waiting.items():
        admission.count(caller, 100, theirs)
    if wanted is None:
        admission.check("a", seconds, 2, 100.0)
        return
    with pytest.raises(FullError) as refusal:
        admission.check("a", seconds, 2, 100.0)
    assert refusal.value == wanted
    reason = "of your own" if wanted.is_share else "of all callers"
    remedy = "wait for answers to what you have sent" if wanted.own else "ask again after Retry-After"
    for is_read in (True, False):
        assert reason in describe_full(wanted, is_read=is_read)
        assert remedy in describe_full(wanted, is_read=is_read)


# Workers, texts, seconds of one worker, seconds until the deadline, and the seconds of the refusal.
HOPELESS = [
    (1, 1, 50.0, 49.0, 50.0),
    (1, 1, 50.0, 51.0, None),
    (4, 8, 50.0, 13.0, None),
    (4, 8, 50.0, 12.0, 12.5),
    (4, 1, 50.0, 49.0, 50.0),  # one text is the work of one worker
    (1, 1, 50.0, -1.0, None),  # too late already, which the batcher says
]


@pytest.mark.parametrize(("n_workers", "n_texts", "seconds", "available", "wanted"), HOPELESS)
def test_work_that_takes_longer_than_there_is_time(
    n_workers: int, n_texts: int, seconds: float, available: float, wanted: float | None
) -> None:
    admission = Admission(1000.0, n_workers)
    if wanted is None:
        admission.check("a", seconds, n_texts, available)
        return
    with pytest.raises(HopelessError) as refusal:
        admission.check("a", seconds, n_texts, available)
    assert refusal.value.seconds == wanted


def test_the_pace_follows_what_was_measured_the_more_the_larger_the_batch() -> None:
    pace = Pace()
    assert (pace.per_char("k"), pace.per_char("k", 7.0)) == (FIRST_GUESS, 7.0)
    pace.learn("k", LEAST_CHARS - 1, 1.0)
    assert pace.per_char("k", 7.0) == 7.0
    pace.learn("k", LEAST_CHARS, LEAST_CHARS * 1e-4)
    assert pace.per_char("k", 7.0) == pytest.approx(1e-4)
    pace.learn("k", MEMORY, MEMORY * 3e-4)
    assert pace.per_char("k") == pytest.approx(2e-4)
    assert pace.per_char("l", 7.0) == 7.0

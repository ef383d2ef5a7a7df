"""What may wait, by the time that it takes, and the pace by which that is known."""

import pytest

from serve.admission import Admission, FullError, HopelessError
from serve.pace import FIRST_GUESS, LEAST_CHARS, MEMORY, Pace


def test_there_is_room_for_the_work_of_the_limit_and_each_caller_has_a_share() -> None:
    admission = Admission(10.0, 1)
    admission.check("a", 50.0, 1, 100.0)  # nothing waits, so its size does not matter
    admission.count("a", 100, 9.0)
    with pytest.raises(FullError) as refusal:
        admission.check("a", 2.0, 1, 100.0)
    assert refusal.value.seconds == pytest.approx(1.0)
    admission.check("b", 2.0, 1, 100.0)  # its turns come while those of a wait
    admission.count("b", 100, 9.0)
    with pytest.raises(FullError):  # all that waits is at most twice the limit
        admission.check("c", 3.0, 1, 100.0)
    assert (admission.n_chars, admission.seconds) == (200, pytest.approx(18.0))
    admission.count("a", -100, -9.0)
    admission.check("c", 3.0, 1, 100.0)
    admission.count("b", -100, -9.0)
    assert (admission.n_chars, admission.seconds) == (0, 0.0)


def test_a_body_is_not_read_for_a_caller_without_room() -> None:
    admission = Admission(10.0, 2)
    admission.count("a", 100, 19.0)
    assert admission.is_full("a")
    assert not admission.is_full("b")


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

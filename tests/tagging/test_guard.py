"""Entries that match too densely are refused, whatever their strength; the same texts with fewer entries are tagged."""

from collections.abc import Iterator
from itertools import count

import pytest

from tagger.tagging.dictionary import PIECE, Dictionary
from tagger.tagging.entries import Entry, Strength
from tagger.tagging.guard import Guard, TooManyMatchesError
from tagger.tagging.tagger import Tagger

DENSE = "好" * 3000
# Strength, lengths of the entries 好, 好好, …, and whether a text of 好 may have them at 64 times a character: 2 for
# a match, to prefer also its length, to forbid four times its length.
CASES: list[tuple[Strength, range, bool]] = [
    ("force", range(1, 65), False),
    ("force", range(33, 65), True),
    ("join", range(1, 65), False),
    ("join", range(33, 65), True),
    ("prefer", range(2, 64), False),
    ("prefer", range(62, 63), True),
    ("prefer", range(2, 9), True),
    ("forbid", range(64, 65), False),
    ("forbid", range(2, 7), False),
    ("forbid", range(2, 5), True),
]


@pytest.mark.parametrize(("strength", "lengths", "allowed"), CASES)
def test_how_densely_entries_may_match(small_tagger: Tagger, strength: Strength, lengths: range, allowed: bool) -> None:
    guarded = small_tagger.guarded(Guard(max_work=64))
    tagger = guarded.with_dictionary(Dictionary([Entry("好" * length, strength) for length in lengths]))
    if allowed:
        assert "".join(tagger(DENSE).forms) == DENSE
    else:
        with pytest.raises(TooManyMatchesError, match="less densely than 64 times a character"):
            tagger(DENSE)
        with pytest.raises(TooManyMatchesError):  # whatever else is in the block
            list(tagger.tag(["我" * 9000, DENSE]))
    assert "".join(tagger("好" * 20).forms) == "好" * 20  # a short text may be dense
    assert tagger("我喜欢北京。" * 500) == small_tagger("我喜欢北京。" * 500)


def test_matches_are_found_across_the_pieces_of_a_search() -> None:
    text = ("甲乙丙" * PIECE)[: 2 * PIECE + 7]
    found = Dictionary(["甲乙丙甲乙", "丙甲", "乙"]).find(text)
    spans = sorted(zip(found.starts.tolist(), found.ends.tolist(), strict=True))
    wanted = [(start, start + len(word)) for word in ("甲乙丙甲乙", "丙甲", "乙") for start in places(word, text)]
    assert spans == sorted(wanted)


def test_no_match_is_lost_where_a_dense_text_is_searched_in_smaller_pieces() -> None:
    lengths, n = range(1, 65), 3 * PIECE
    matches = Dictionary(["好" * length for length in lengths]).find("好" * n)
    places = set(zip(matches.starts.tolist(), matches.ends.tolist(), strict=True))
    assert len(places) == len(matches.starts) == sum(n - length + 1 for length in lengths)
    assert {end - start for start, end in places} == set(lengths)


def places(word: str, text: str) -> Iterator[int]:
    """Where a word begins in a text."""
    return (start for start in range(len(text)) if text.startswith(word, start))


def test_work_can_be_stopped_between_its_steps(small_tagger: Tagger) -> None:
    for most in range(4):
        steps = count()

        def pause(most: int = most, steps: Iterator[int] = steps) -> None:
            if next(steps) == most:
                raise TimeoutError

        with pytest.raises(TimeoutError):
            small_tagger.guarded(Guard(pause))("好" * 5000)
        assert next(steps) == most + 1

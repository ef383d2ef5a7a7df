"""Annotations as columns against the definition, one annotation after the other."""

from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.errors import InputError
from tagger.tagging.known import KnownBoundary, KnownEdges, KnownMarks, KnownWord, check_annotations
from tagger.tagging.known_json import read_annotations
from tagger.text.block import Block, Unit
from tagger.text.edges import Edge
from tagger.text.scheme import Scheme

SCHEME = Scheme(("A", "B"))
SECTION = 4  # code points of a row, so that texts have several
Mark = KnownWord | KnownBoundary
MARKS = st.lists(
    st.tuples(st.integers(-1, 8), st.integers(0, 3), st.sampled_from([None, "A", "B", "C"])).map(
        lambda v: KnownWord(v[0], v[0] + v[1], v[2])
    )
    | st.tuples(st.integers(0, 8), st.booleans()).map(lambda v: KnownBoundary(*v)),
    max_size=4,
)
TEXTS = st.lists(st.tuples(st.text("我 ,", max_size=9), MARKS), min_size=1, max_size=3)


def expected(block: Block, known: list[list[Mark]]) -> tuple[dict[int, int], dict[int, str]] | Mark:
    """The edges and POS by their places in the block, or the first annotation that does not fit those before it."""
    rows = zip(block.starts.tolist(), block.lengths.tolist(), block.lasts.tolist(), strict=True)
    edges: dict[int, int] = {}
    pos: dict[int, str] = {}
    for marks in known:
        places: list[int] = []
        for start, length, is_last in rows:
            places += range(start, start + length)
            if is_last:
                break
        for mark in marks:
            wanted, tags = of_mark(mark, places, block.text)
            if wanted is None or any(edges.get(place, edge) != edge for place, edge in wanted.items()):
                return mark
            if any(pos.get(place, tag) != tag for place, tag in tags.items()):
                return mark
            edges |= wanted
            pos |= tags
    return edges, pos


def of_mark(mark: Mark, places: list[int], text: str) -> tuple[dict[int, int] | None, dict[int, str]]:
    """What one annotation says by itself; None for edges if its text cannot have it."""
    if isinstance(mark, KnownBoundary):
        if not 0 < mark.at < len(places):
            return None, {}
        before, after = places[mark.at - 1 : mark.at + 1]
        is_odd = after - before > 1 or " " in (text[before], text[after])
        return (None if is_odd and not mark.cut else {after: Edge.CUT if mark.cut else Edge.JOIN}), {}
    if not 0 <= mark.start < mark.end <= len(places) or mark.pos not in (None, *SCHEME.pos):
        return None, {}
    inside = places[mark.start : mark.end]
    if " " in (text[inside[0]], text[inside[-1]]) or inside != list(range(inside[0], inside[-1] + 1)):
        return None, {}
    edges = dict.fromkeys(inside[1:], Edge.JOIN) | {inside[0]: Edge.CUT, inside[-1] + 1: Edge.CUT}
    return edges, {} if mark.pos is None else dict.fromkeys(inside, mark.pos)


@settings(max_examples=400)
@given(TEXTS)
def test_columns_against_one_annotation_after_the_other(texts: list[tuple[str, list[Mark]]]) -> None:
    block, known = Block.of([text for text, _ in texts], section=SECTION), [marks for _, marks in texts]
    wanted = expected(block, known)
    if isinstance(wanted, KnownWord | KnownBoundary):
        with pytest.raises(InputError) as raised:
            KnownEdges.of(block, SCHEME, known)
        assert str(raised.value).startswith(f"{wanted}: ")
        return
    found = KnownEdges.of(block, SCHEME, known)
    edges, pos = wanted
    assert found.edges.tolist() == [edges.get(place, Edge.FREE) for place in range(len(block.codes) + 1)]
    numbers = [SCHEME.pos.index(pos[place]) if place in pos else -1 for place in range(len(block.codes))]
    assert found.pos.tolist() == numbers


@given(MARKS)
def test_columns_give_back_their_annotations(marks: list[Mark]) -> None:
    columns = KnownMarks.of(marks)
    assert list(columns) == marks
    assert list(columns[1:]) == marks[1:]
    assert KnownMarks.of(columns) is columns


@given(st.text("a我😀", min_size=1, max_size=6), st.data())
def test_offsets_in_every_unit_name_the_same_characters(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    units: dict[Unit, tuple[str, int]] = {
        "codepoint": ("utf-32-le", 4),
        "utf16": ("utf-16-le", 2),
        "byte": ("utf-8", 1),
    }
    for unit, (encoding, size) in units.items():
        ends = [0, *accumulate(len(char.encode(encoding)) // size for char in text)]
        value = [{"start": ends[start], "end": ends[end], "pos": "A"}, {"at": ends[start], "cut": False}]
        assert list(read_annotations(value, text, unit)) == [KnownWord(start, end, "A"), KnownBoundary(start, False)]


def test_as_many_annotations_as_a_request_can_hold_are_checked_by_columns() -> None:
    """34,000 words over a whole text of 20,000 characters, and one that contradicts them: a table of marks times
    characters would have 680 million cells."""
    text, words = "好" * 20_000, [KnownWord(0, 20_000)] * 34_000
    check_annotations(words, Block.of([text]), SCHEME)
    with pytest.raises(InputError, match=r"KnownBoundary\(at=7, cut=True\): expected annotations that agree"):
        check_annotations([*words, KnownBoundary(7), *words], Block.of([text]), SCHEME)

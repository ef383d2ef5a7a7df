"""Tags of spans: a table of sequences, and all short sequences by enumeration."""

from itertools import combinations, pairwise, product
from pathlib import Path

import pytest

from tagger.text.span_tags import SCHEMES, Span, convert, find_fault, read_spans, recognize, write_tags

TABLE = (Path(__file__).parent / "cases" / "span_tags.tsv").read_text(encoding="utf-8")
CASES = [line.split("\t") for line in TABLE.splitlines() if not line.startswith("#!")]
LENGTH, LABELS = 4, ("A", "B")


@pytest.mark.parametrize(("tags", "scheme", "wanted"), CASES, ids=[f"{case[1]}: {case[0]}" for case in CASES])
def test_spans_of_tags(tags: str, scheme: str, wanted: str) -> None:
    sequence = tags.split()
    fault = find_fault(sequence, scheme)
    if fault:
        assert f"{fault.place}: {fault.expected}" == wanted
    else:
        assert " ".join(f"{label}@{a}-{b}" for a, b, label in read_spans(sequence, scheme)) == wanted


def spans_of_length(length: int) -> list[tuple[Span, ...]]:
    """Every way to mark units with spans that do not overlap."""
    single = [Span(a, b, label) for a in range(length) for b in range(a + 1, length + 1) for label in LABELS]
    chosen = (spans for n in range(length + 1) for spans in combinations(single, n))
    return [spans for spans in chosen if all(x.end <= y.start for x, y in pairwise(spans))]


def tags_by_definition(spans: tuple[Span, ...], length: int, scheme: str) -> tuple[str, ...]:
    """The tag of each unit, from the table at the top of `span_tags`."""
    letters = {"iob1": "IIII", "iob2": "BIIB", "bioes": "BIES", "bilou": "BILU", "bmes": "BMES"}[scheme]
    tags = ["O"] * length
    for start, end, label in spans:
        for unit in range(start, end):
            role = 3 if end - start == 1 else 0 if unit == start else 2 if unit == end - 1 else 1
            tags[unit] = f"{letters[role]}-{label}"
        if scheme == "iob1" and any(other.end == start and other.label == label for other in spans):
            tags[start] = f"B-{label}"
    return tuple(tags)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_all_short_sequences(scheme: str) -> None:
    every = spans_of_length(LENGTH)
    wanted = {tags_by_definition(spans, LENGTH, scheme): spans for spans in every}
    assert len(wanted) == len(every)
    letters = sorted({letter for tags in wanted for tag in tags for letter in tag[0]})
    alphabet = ["O", *(f"{letter}-{label}" for letter in letters if letter != "O" for label in LABELS)]
    for tags in product(alphabet, repeat=LENGTH):
        assert (find_fault(tags, scheme) is None) == (tags in wanted)
    for tags, spans in wanted.items():
        assert tuple(read_spans(tags, scheme)) == spans
        assert tuple(write_tags(spans, LENGTH, scheme)) == tags


def test_schemes_convert_into_each_other() -> None:
    for spans in spans_of_length(3):
        for source, target in product(SCHEMES, repeat=2):
            tags = tags_by_definition(spans, 3, source)
            assert tuple(convert(tags, source, target)) == tags_by_definition(spans, 3, target)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_corpus_tells_its_scheme(scheme: str) -> None:
    spans = [(Span(0, 1, "A"), Span(1, 4, "A")), (Span(2, 3, "B"),), ()]
    assert recognize([write_tags(marked, 4, scheme) for marked in spans]) == scheme

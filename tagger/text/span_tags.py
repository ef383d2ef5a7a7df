"""Spans as one tag per unit, in the schemes that corpora use, and from one scheme to another: pure functions.

    scheme  begin  inside  end  single
    iob1    I      I       I    I       B begins a span right after another one of the same type
    iob2    B      I       I    B       Ramshaw and Marcus (1995), as CoNLL-2003 is distributed today; BIO
    bioes   B      I       E    S       also called IOBES
    bilou   B      I       L    U       Ratinov and Roth (2009)
    bmes    B      M       E    S       of Chinese corpora

A tag is `O` or a letter, a hyphen and a type: `B-PER`. Units are characters or words; a span is half-open.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

OUTSIDE = "O"


class Span(NamedTuple):
    """Units `start` to `end` (half-open) are a span of this type."""

    start: int
    end: int
    label: str


class Letters(NamedTuple):
    """The letters of a scheme for the first unit of a span, those between, the last one, and the only one."""

    begin: str
    inside: str
    end: str
    single: str

    @property
    def opening(self) -> str:
        """The letters with which a span begins."""
        return self.begin + self.single


SCHEMES = {
    "iob1": Letters("I", "I", "I", "I"),
    "iob2": Letters("B", "I", "I", "B"),
    "bioes": Letters("B", "I", "E", "S"),
    "bilou": Letters("B", "I", "L", "U"),
    "bmes": Letters("B", "M", "E", "S"),
}


class Fault(NamedTuple):
    """The first tag of a sequence that its scheme does not allow: its place, and what was expected there."""

    place: int
    expected: str


def split_tag(tag: str) -> tuple[str, str]:
    """The letter and the type of a tag; O has no type, and what is no tag has no letter."""
    letter, hyphen, label = tag.partition("-")
    if tag == OUTSIDE:
        return OUTSIDE, ""
    return (letter, label) if hyphen and label and len(letter) == 1 and letter in "BIELSUM" else ("", tag)


def find_fault(tags: Sequence[str], scheme: str) -> Fault | None:
    """The first tag that the scheme does not allow where it stands; None if all are legal."""
    letters, before = SCHEMES[scheme], split_tag(OUTSIDE)
    for place, tag in enumerate(tags):
        after = split_tag(tag)
        if not _may_follow(letters, before, after):
            return Fault(place, _expected(letters, *before))
        before = after
    if _is_open(letters, before[0]):
        return Fault(len(tags) - 1, f"{letters.end}-{before[1]} or {letters.single}-{before[1]} as the last tag")
    return None


def _is_open(letters: Letters, letter: str) -> bool:
    """Whether the span with a unit of this letter must go on: only schemes that mark the end of a span can tell."""
    return letters.end != letters.inside and letter in (letters.begin, letters.inside)


def _may_follow(letters: Letters, before: tuple[str, str], after: tuple[str, str]) -> bool:
    """Whether the second tag, as letter and type, may stand right after the first one."""
    letter, label = after
    if letters.end != letters.inside:
        if _is_open(letters, before[0]):
            return letter in (letters.inside, letters.end) and label == before[1]
        return letter in (OUTSIDE, letters.begin, letters.single)
    if letter in (OUTSIDE, letters.begin):
        return True
    return letter in ("B", letters.inside) and label == before[1]


def _expected(letters: Letters, letter: str, label: str) -> str:
    """The tags that may follow one of this letter and type."""
    if _is_open(letters, letter):
        return f"{letters.inside}-{label} or {letters.end}-{label}"
    tags = [OUTSIDE, *(f"{opening}-…" for opening in dict.fromkeys(letters.opening))]
    if label and letters.end == letters.inside:
        tags.append(f"{'B' if letters.begin == letters.inside else letters.inside}-{label}")
    return f"{', '.join(tags[:-1])} or {tags[-1]}"


def read_spans(tags: Sequence[str], scheme: str) -> list[Span]:
    """The spans of legal tags."""
    opening, spans, start, open_label = _opening(scheme), list[Span](), 0, ""
    for place, tag in enumerate([*tags, OUTSIDE]):
        letter, label = split_tag(tag)
        if open_label and (letter in opening or label != open_label):
            spans.append(Span(start, place, open_label))
            open_label = ""
        if label and not open_label:
            start, open_label = place, label
    return spans


def _opening(scheme: str) -> str:
    """The letters that always begin a span; in iob1, I only does where no span of its type is open."""
    return "B" if scheme == "iob1" else SCHEMES[scheme].opening


def write_tags(spans: Iterable[Span], n_units: int, scheme: str) -> list[str]:
    """The tags of spans, which are in order and do not overlap, over `n_units`."""
    letters, tags, last = SCHEMES[scheme], [OUTSIDE] * n_units, Span(0, 0, "")
    for span in spans:
        start, end, label = span
        tags[start:end] = [f"{letters.inside}-{label}"] * (end - start)
        tags[start], tags[end - 1] = f"{letters.begin}-{label}", f"{letters.end}-{label}"
        if end - start == 1:
            tags[start] = f"{letters.single}-{label}"
        elif letters.end == letters.inside:
            tags[end - 1] = f"{letters.inside}-{label}"
        if scheme == "iob1" and last.end == start and last.label == label:
            tags[start] = f"B-{label}"
        last = span
    return tags


def convert(tags: Sequence[str], source: str, target: str) -> list[str]:
    """Legal tags of one scheme as those of another."""
    return write_tags(read_spans(tags, source), len(tags), target)


def recognize(sequences: Iterable[Sequence[str]]) -> str:
    """The scheme of a corpus by its tags: by the letters that only one scheme has; `iob1` where some spans begin with I
    and all of its rules are kept; else `iob2`."""
    sequences = list(sequences)
    letters = {split_tag(tag)[0] for tags in sequences for tag in set(tags)}
    for scheme, marks in (("bilou", "LU"), ("bmes", "M"), ("bioes", "ES")):
        if not letters.isdisjoint(marks):
            return scheme
    is_iob2 = all(find_fault(tags, "iob2") is None for tags in sequences)
    return "iob2" if is_iob2 or any(find_fault(tags, "iob1") for tags in sequences) else "iob1"

"""What spans and their tags are called in answers as JSON and in tables: words with POS, or entities with types."""

from typing import NamedTuple

from ..text.scheme import Scheme


class SpanNames(NamedTuple):
    """The names of the list of spans and, in each span, of its tag."""

    spans: str
    tag: str


WORDS = SpanNames("words", "pos")
ENTITIES = SpanNames("spans", "label")


def names_of(scheme: Scheme) -> SpanNames:
    """The names for what the tags of a scheme mark."""
    return ENTITIES if scheme.outside else WORDS

"""Streams of texts in parts that are tagged together."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from ..errors import InputError
from .known import Annotations

# Code points that are looked at together, so that rows of like length share a batch.
BLOCK = 1 << 17


def annotated_parts(
    texts: Iterable[str], known: Iterable[Annotations] | None
) -> Iterator[tuple[list[str], list[Annotations]]]:
    """Texts in lists of about BLOCK code points, with what is known of each text.

    Raises InputError for one string in place of texts, and where annotations end before the texts do.
    """
    if isinstance(texts, str):
        raise InputError("expected several texts, got one string; call tagger(text), or pass [text]")
    annotations = None if known is None else iter(known)
    for part in _parts(iter(texts)):
        of_part: list[Annotations] = [()] * len(part) if annotations is None else list(islice(annotations, len(part)))
        if len(of_part) < len(part):
            raise InputError("expected annotations for every text, got too few; give () for a text of none")
        yield part, of_part


def _parts(texts: Iterator[str]) -> Iterator[list[str]]:
    """Texts in lists of about BLOCK code points. The first lists are shorter, so that a stream answers soon."""
    limit = BLOCK // 16
    while part := list(islice(texts, 1)):
        size = _size(part[0])
        while size < limit and (more := list(islice(texts, 1))):
            part += more
            size += _size(more[0])
        yield part
        limit = min(2 * limit, BLOCK)


def _size(text: Any) -> int:
    return 1 + len(text) if isinstance(text, str) else 1

"""The spaces of a text of which a corpus gives only the words."""

import re
from collections.abc import Sequence
from itertools import pairwise

from ..text.sentence import Sentence

# Letters of scripts that write spaces between words, and digits; full-width ones too.
SPACED = re.compile("[0-9A-Za-z\u00c0-\u024f\u0370-\u03ff\u0400-\u04ff\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]")


def between(forms: Sequence[str]) -> list[str]:
    """The gaps before, between and after words: a space where a Latin, Greek or Cyrillic letter or a digit stands on
    both sides, as between `Google` and `Chrome`, and nothing elsewhere."""
    if not forms or not SPACED.search("".join(forms)):
        return [""] * (len(forms) + 1)
    inner = (SPACED.match(left[-1:]) and SPACED.match(right[:1]) for left, right in pairwise(forms))
    return ["", *(" " if spaced else "" for spaced in inner), ""]


def sentence_of(forms: Sequence[str], tags: Sequence[str | None] | None = None) -> Sentence:
    """A sentence of words whose text is not known. Raises ValueError unless there are as many tags as words."""
    return Sentence.from_forms(forms, tags, gaps=between(forms))

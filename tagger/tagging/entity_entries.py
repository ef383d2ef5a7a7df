"""Lists of words are no lists of entities: entries for a tagger of entities name a type of it."""

import numpy as np

from ..errors import InputError
from ..text.scheme import Scheme
from .dictionary import Dictionary
from .entries import FORCE, PREFER
from .patterns import Patterns
from .tag_maps import read_tag


def check_types(words: Dictionary | Patterns, scheme: Scheme, name: str) -> None:
    """Raises InputError for words to force or prefer, or patterns, without a type of a tagger of entities: each of
    their matches would become an entity. `name` says where they are from. Those for a tagger of words are not
    looked at."""
    if not scheme.outside:
        return
    is_type = np.array([*(read_tag(tag, scheme.pos) is not None for tag in words.tag_names), False])
    untyped = np.flatnonzero(~is_type[words.tags])
    if isinstance(words, Dictionary):
        untyped = untyped[np.isin(words.strengths[untyped], (FORCE, PREFER))]
    if not len(untyped):
        return
    types, first = ", ".join(scheme.pos), words.word(int(untyped[0]))
    shape = f"{first:.30}<TAB>{'force<TAB>' * isinstance(words, Dictionary)}TYPE"
    raise InputError(
        f"{name}: expected entries of a type ({types}) for a model of entities, got {len(untyped):,} of {len(words):,} "
        f"without one, first {first!r:.60}; write the type after a tab ({shape}), or leave words that are no "
        "entities out"
    )

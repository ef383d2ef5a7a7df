"""What users pass to taggers, looked at before the first text comes."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from ..errors import InputError
from ..text.presegment import Presegmenter
from ..usage import did_you_mean
from .dictionary import Dictionary
from .dictionary_lines import CTB, PKU
from .patterns import Patterns
from .tag_maps import read_tag
from .values import is_number

Given = TypeVar("Given", Dictionary, Patterns)
_REMEDIES = {
    Dictionary: "a Dictionary, or several, {got}; use Dictionary.read(PATH) or Dictionary([WORD, …])",
    Patterns: "Patterns, or several, {got}; use Patterns.read(PATH) or Patterns([EXPRESSION, …])",
}


def several(given: object, kind: type[Given], pos: Sequence[str]) -> tuple[Given, ...]:
    """One or several objects of a kind as a tuple. Raises InputError for anything else, such as a path or a word, and
    for tags that a model of the tags `pos` cannot have."""
    values: tuple[object, ...] = (given,)
    if isinstance(given, Iterable) and not isinstance(given, str | bytes):
        values = tuple(given)
    found = [value for value in values if isinstance(value, kind)]
    if len(found) < len(values):
        wrong = next(value for value in values if not isinstance(value, kind))
        raise InputError(f"expected {_REMEDIES[kind].format(got=f'got {wrong!r:.60}')}")
    for words in found:
        check_tags(words, pos)
    return tuple(found)


def check_tags(words: Dictionary | Patterns, pos: Sequence[str]) -> None:
    """Raises InputError for a tag that is neither among `pos`, those of a model, nor one of another tool: a slip, where
    the model would choose a tag in silence. Lines of other tools may have any tag, and without `pos` all tags may be
    there."""
    for tag, place in words.own_tags.items():
        if pos and read_tag(tag, pos) is None and tag not in CTB | PKU:
            kind = "entry" if isinstance(words, Dictionary) else "pattern"
            index = words.tags.tolist().index(words.tag_names.index(tag))
            where = place or f"{kind} {words.word(index)!r:.80}"
            raise InputError(
                f"{where}: expected a tag among {', '.join(pos)}, got {tag!r:.80}; correct it, or leave it out and the "
                f"model chooses one{did_you_mean(tag, pos) or did_you_mean(tag.upper(), pos)}"
            )


def check_options(presegmenter: object, temperature: float | None) -> None:
    """Raises InputError for what is no Presegmenter and no temperature; None is the default of both."""
    if presegmenter is not None and not isinstance(presegmenter, Presegmenter):
        raise InputError(
            f"expected a Presegmenter, got {presegmenter!r:.60}; leave it out, or give Presegmenter(()), which keeps "
            "nothing whole"
        )
    if temperature is not None and not (is_number(temperature) and 0 < temperature < float("inf")):
        raise InputError(f"expected a temperature above 0, got {temperature!r:.60}; leave it out for the model's own")


def refuse_unopened(model: object, load: str) -> None:
    """Raises InputError for the name, the path or the content of a model in place of an open one."""
    if isinstance(model, str | Path | bytes):
        shown = "its content" if isinstance(model, bytes) else repr(str(model))
        raise InputError(f"expected an open model, got {shown}; use tagger.{load}, which opens it")

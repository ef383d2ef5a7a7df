"""What a request says of words, from JSON: entries of a dictionary of its own, and words that it knows."""

from typing import Any

from tagger.errors import InputError
from tagger.tagging.dictionary import Dictionary, Entry
from tagger.tagging.known import check, marks
from tagger.tagging.tagger import Tagger

from .answer import Known, Text
from .errors import ApiError
from .schema import Limits, Question

_FIELDS = {"word": str, "strength": str, "tag": str | None, "weight": int | float}


def inline(value: Any, limits: Limits, tagger: Tagger) -> list[Dictionary]:
    """A list of words to force, and of entries as `{"word", "strength", "tag", "weight"}`, as a dictionary."""
    if not value and value in (None, []):
        return []
    if not isinstance(value, list):
        raise ApiError("invalid", 'expected a list of entries in "entries", got another value; put it into brackets')
    if len(value) > limits.entries:
        wanted = f"expected at most {limits.entries} entries, got {len(value)}"
        raise ApiError("too_large", f"{wanted}; name a dictionary of the service, or raise --max-entries")
    entries = [_entry(item, i, limits) for i, item in enumerate(value)]
    try:
        dictionary = Dictionary(entries)
    except InputError as error:
        raise ApiError("invalid", str(error)) from None
    if unknown := tagger.with_dictionary(dictionary).unknown_tags:
        tags = ", ".join(tagger.model.scheme.pos)
        raise ApiError("invalid", f'expected tags among {tags} in "entries", got {unknown[0]!r:.80}; leave tags out')
    return [dictionary]


def _entry(item: Any, number: int, limits: Limits) -> Entry:
    fields = {"word": item} if isinstance(item, str) else item
    right = isinstance(fields, dict) and "word" in fields and fields.keys() <= _FIELDS.keys()
    right = right and all(
        isinstance(value, _FIELDS[name]) and not isinstance(value, bool) for name, value in fields.items()
    )
    if not right:
        wanted = 'a word, or {"word", "strength", "tag", "weight"}'
        raise ApiError("invalid", f'expected {wanted} in "entries[{number}]", got {item!r:.80}; see /docs')
    if len(fields["word"]) > limits.entry_chars:
        wanted = f'expected at most {limits.entry_chars} characters in "entries[{number}]"'
        raise ApiError("too_large", f"{wanted}, got {len(fields['word'])}; shorten it, or raise --max-entry-chars")
    return Entry(**fields)


def known(asked: Question, tagger: Tagger) -> list[Text]:
    """The texts, each with what is given of it: a list per text, or null."""
    if asked.given is None:
        return list(asked.texts)
    if not isinstance(asked.given, list) or len(asked.given) != len(asked.texts):
        raise ApiError("invalid", 'expected a list per text in "given", got another number; send [] where nothing is')
    texts: list[Text] = []
    for i, (text, value) in enumerate(zip(asked.texts, asked.given, strict=True)):
        try:
            own = marks([] if value is None else value, text, asked.unit)
            check(own, text, tagger.model.scheme)
        except InputError as error:
            raise ApiError("invalid", f'in "given[{i}]": {error}') from None
        texts.append(Known(text, own) if own else text)
    return texts

"""What a request itself says about words: dictionary entries of its own, and words and boundaries that it knows."""

from types import UnionType
from typing import Any, NamedTuple

from tagger.errors import InputError
from tagger.tagging.dictionary import Dictionary
from tagger.tagging.entries import STRENGTHS, Entry
from tagger.tagging.known import check_annotations
from tagger.tagging.known_json import read_annotations
from tagger.tagging.tagger import Tagger
from tagger.text.block import Unit

from .errors import ApiError
from .inference import AnnotatedText, Text
from .schema import Json, object_schema
from .settings import Settings


class _EntryField(NamedTuple):
    """A field of a dictionary entry: the Python types of its values, and its schema."""

    types: type | UnionType
    schema: Json


_ENTRY = {
    "word": _EntryField(str, {"type": "string", "minLength": 1}),
    "strength": _EntryField(str, {"enum": list(STRENGTHS)}),
    "tag": _EntryField(str | None, {"type": ["string", "null"]}),
    "weight": _EntryField(
        int | float,
        {
            "type": "number",
            "exclusiveMinimum": 0,
            "exclusiveMaximum": 1000,
            "description": "For the strength prefer only; without it, 5.",
        },
    ),
}


def entries_schema(settings: Settings) -> Json:
    """The schema of `entries`."""
    fields = {name: field.schema for name, field in _ENTRY.items()}
    word = fields["word"] | {"maxLength": settings.max_entry_chars}
    return {
        "type": ["array", "null"],
        "maxItems": settings.max_entries,
        "items": {"anyOf": [word, object_schema(fields | {"word": word}, ["word"])]},
        "description": "Words to force, prefer, forbid or join, or to cut at every |. A word has no whitespace "
        "around it and no line feed; a tag is one of the model's.",
    }


def read_entries(value: Any, settings: Settings, tagger: Tagger) -> list[Dictionary]:
    """The `entries` of a request as one dictionary, or none when there are no entries.

    Each is a word to force, or `{"word", "strength", "tag", "weight"}`. Raises ApiError for entries that cannot be
    used, and for tags that the tagger does not have.
    """
    if not value and value in (None, []):
        return []
    if not isinstance(value, list):
        raise ApiError("invalid", 'expected a list of entries in "entries", got another value; put it into brackets')
    if len(value) > settings.max_entries:
        wanted = f"expected at most {settings.max_entries} entries, got {len(value)}"
        raise ApiError("too_large", f"{wanted}; name a dictionary of the service, or raise --max-entries")
    entries = [_read_entry(item, index, settings.max_entry_chars) for index, item in enumerate(value)]
    try:
        dictionary = Dictionary(entries)
    except InputError as error:
        raise ApiError("invalid", str(error)) from None
    if unknown := tagger.with_dictionary(dictionary).unknown_tags:
        tags = ", ".join(tagger.model.scheme.pos)
        raise ApiError("invalid", f'expected tags among {tags} in "entries", got {unknown[0]!r:.80}; leave tags out')
    return [dictionary]


def _read_entry(item: Any, index: int, max_chars: int) -> Entry:
    fields = {"word": item} if isinstance(item, str) else item
    if not _is_entry(fields):
        wanted = 'a word, or {"word", "strength", "tag", "weight"}'
        raise ApiError("invalid", f'expected {wanted} in "entries[{index}]", got {item!r:.80}; see /docs')
    if len(fields["word"]) > max_chars:
        wanted = f'expected at most {max_chars} characters in "entries[{index}]"'
        raise ApiError("too_large", f"{wanted}, got {len(fields['word'])}; shorten it, or raise --max-entry-chars")
    return Entry(**fields)


def _is_entry(fields: Any) -> bool:
    return (
        isinstance(fields, dict)
        and "word" in fields
        and fields.keys() <= _ENTRY.keys()
        and all(isinstance(v, _ENTRY[name].types) and not isinstance(v, bool) for name, v in fields.items())
    )


def known_schema() -> Json:
    """The schema of `given`."""
    offset = {"type": "integer", "minimum": 0}
    word = object_schema({"start": offset, "end": offset, "pos": {"type": ["string", "null"]}}, ["start", "end"])
    boundary = object_schema({"at": offset, "cut": {"type": "boolean"}}, ["at"])
    return {
        "type": ["array", "null"],
        "items": {"type": ["array", "null"], "items": {"anyOf": [word, boundary]}},
        "description": "For each text, the words that are known, and places where words are cut or (false) not cut.",
    }


def annotate_texts(texts: list[str], given: Any, unit: Unit, tagger: Tagger) -> list[Text]:
    """The texts, each with the words and boundaries that `given` says about it: a list per text, or null.

    Raises ApiError for annotations that do not fit their text, each other or the tagger's tags.
    """
    if given is None:
        return list(texts)
    if not isinstance(given, list) or len(given) != len(texts):
        raise ApiError("invalid", 'expected a list per text in "given", got another number; send [] where nothing is')
    annotated: list[Text] = []
    for index, (text, value) in enumerate(zip(texts, given, strict=True)):
        try:
            known = read_annotations([] if value is None else value, text, unit)
            check_annotations(known, text, tagger.model.scheme)
        except InputError as error:
            raise ApiError("invalid", f'in "given[{index}]": {error}') from None
        annotated.append(AnnotatedText(text, known) if known else text)
    return annotated

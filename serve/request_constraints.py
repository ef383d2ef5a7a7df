"""What a request itself says about words: dictionary entries of its own, and words and boundaries that it knows."""

from collections.abc import Sequence
from typing import Any

from tagger.errors import InputError
from tagger.tagging.arguments import check_tags
from tagger.tagging.dictionary import Dictionary
from tagger.tagging.dictionary_formats import ask_for_english, read_line
from tagger.tagging.entity_entries import check_types
from tagger.tagging.entries import STRENGTHS, Entry
from tagger.tagging.known import check_annotations
from tagger.tagging.known_json import read_annotations
from tagger.tagging.patterns import Patterns
from tagger.tagging.tag_maps import find_unknown
from tagger.tagging.tagger import Tagger

from .choices import TagChoices
from .errors import ApiError
from .inference import AnnotatedText, Text, block_of
from .refusals import Json
from .schema import object_schema
from .settings import Settings

# Strengths and tags by the names that the page reads (`page/entries.js`, `page/tags.js`); lines elsewhere are English.
CHINESE_NAMES = frozenset((
    "强制", "强制成词", "必定成词", "优先", "优先成词", "倾向成词", "禁止", "禁止成词", "不成词",
    "不切开", "不许切开", "切开", "必须切开",
    "名词", "专有名词", "专名", "代词", "动词", "助动词", "形容词", "副词", "介词", "数词", "限定词", "助词",
    "并列连词", "从属连词", "连词", "感叹词", "叹词", "标点", "标点符号", "符号", "其他", "人名", "地名", "机构名",
))  # fmt: skip
_TAG_OR_POS: Json = {
    "type": "object",
    "anyOf": [
        {
            "required": ["pos", "tag"],
            "properties": {"pos": {"type": "string"}, "tag": {"type": "string"}},
            "x-wanted": 'either "pos" or "tag"',
            "x-remedy": "leave one out",
        }
    ],
}


def entries_schema(settings: Settings) -> Json:
    """The schema of `entries`."""
    longest = settings.max_entry_chars
    word = {
        "type": "string",
        "minLength": 1,
        "maxLength": longest,
        "x-remedy": "shorten it, or raise --max-entry-chars",
    }
    weight = {
        "type": "number",
        "exclusiveMinimum": 0,
        "exclusiveMaximum": 1000,
        "description": "For the strength prefer only; without it, 5.",
        "x-wanted": "a weight above 0 and below 1000",
    }
    fields: dict[str, Json] = {
        "word": word,
        "strength": {"enum": list(STRENGTHS)},
        "tag": {"type": ["string", "null"]},
        "pos": {"type": ["string", "null"], "description": "The same as tag, by the name that answers have for it."},
        "weight": weight,
    }
    entry = {
        "anyOf": [word, object_schema(fields, ["word"]) | {"not": _TAG_OR_POS}],
        "x-wanted": 'a word, or {"word", "strength", "tag", "weight"}',
        "x-remedy": "see /docs",
    }
    return {
        "type": ["array", "null"],
        "maxItems": settings.max_entries,
        "items": entry,
        "description": "Words to force, prefer, forbid or join, or to cut at every |. A word has no whitespace "
        "around it and no line feed; a tag is one of the model's. A string is a word, or a line as dictionary files "
        "have it: word<TAB>strength<TAB>tag, or that of a dictionary for jieba or HanLP.",
        "x-remedy": "name a dictionary of the service, or raise --max-entries",
    }


def read_entries(value: Any, tagger: Tagger) -> list[Dictionary]:
    """The `entries` of a request as one dictionary, or none when there are no entries.

    Each is a line as dictionary files have it, such as a word to force, or `{"word", "strength", "tag", "weight"}`, as
    `entries_schema` allows. Raises ApiError for words that cannot be entries, and for tags that the tagger does not
    have.
    """
    if not value:
        return []
    try:
        dictionary = Dictionary(map(_read_entry, value))
    except InputError as error:
        raise ApiError("invalid", str(error)) from None
    if unknown := find_unknown(dictionary.tag_names, tagger.model.scheme.pos):
        tags = ", ".join(tagger.model.scheme.pos)
        raise ApiError("invalid", f'expected tags among {tags} in "entries", got {unknown[0]!r:.80}; leave tags out')
    check_words([dictionary], "entries", tagger)
    return [dictionary]


def _read_entry(item: str | Json) -> Entry:
    """Raises InputError for a line that is no entry."""
    if isinstance(item, str):
        line = item.rstrip("\t")  # without empty columns
        is_word = line.isalnum() or line != line.strip()  # a word with spaces around it is refused as one
        _check_no_chinese_name(line)
        return Entry(line) if is_word else read_line(line)
    named = {name: content for name, content in item.items() if name not in ("pos", "tag")}
    return Entry(**named, tag=item.get("tag") or item.get("pos"))


def _check_no_chinese_name(line: str) -> None:
    """Raises InputError for a line that ends with a space and the Chinese name of a strength or a tag."""
    _, *parts = line.split() or [""]
    if parts and parts[-1].replace("＝", "=").split("=")[0] in CHINESE_NAMES:
        remedy = ask_for_english(parts[-1], 'send {"word": …}')
        raise InputError(f'expected a word, or word<TAB>strength<TAB>tag, in "entries", got {line!r:.80}; {remedy}')


def check_words(words: Sequence[Dictionary | Patterns], name: str, tagger: Tagger) -> None:
    """Raises ApiError for words with a tag that the tagger cannot have, and for those without a type of a tagger of
    entities, of the field `name` of a request."""
    try:
        for each in words:
            check_tags(each, tagger.model.scheme.pos)
            check_types(each, tagger.model.scheme, f'in "{name}"')
    except InputError as error:
        raise ApiError("invalid", str(error)) from None


def known_schema() -> Json:
    """The schema of `given`."""
    offset = {"type": "integer", "minimum": 0}
    word = object_schema({"start": offset, "end": offset, "pos": {"type": ["string", "null"]}}, ["start", "end"])
    boundary = object_schema({"at": offset, "cut": {"type": "boolean"}}, ["at"])
    mark = {
        "anyOf": [word, boundary],
        "x-wanted": "{start, end, pos} or {at, cut}, with offsets of characters",
        "x-remedy": "correct it",
    }
    return {
        "type": ["array", "null"],
        "items": {"type": ["array", "null"], "items": mark},
        "description": "For each text, the words that are known, and places where words are cut or (false) not cut.",
    }


def check_number_given(given: Any, most: int) -> None:
    """Raises ApiError for more than `most` words and boundaries. `given` may be any JSON value: whether it is one of
    `known_schema` is not worth finding out before."""
    n_given = sum(len(marks) for marks in given if isinstance(marks, list)) if isinstance(given, list) else 0
    if n_given > most:
        wanted = f'expected at most {most} words and boundaries in "given", got {n_given}'
        raise ApiError("too_large", f"{wanted}; send fewer texts at a time, or raise --max-given")


def annotate_texts(texts: list[str], given: Any, choices: TagChoices, tagger: Tagger) -> list[Text]:
    """The texts, each with the words and boundaries that `given` says about it: a list per text, or null.

    Raises ApiError for annotations that do not fit their text, each other or the tagger's tags.
    """
    if given is None:
        return list(texts)
    if len(given) != len(texts):
        wanted = f'expected {len(texts)} lists in "given", one per text'
        raise ApiError("invalid", f"{wanted}, got {len(given)}; send [] where nothing is known")
    annotated: list[Text] = []
    for index, (text, value) in enumerate(zip(texts, given, strict=True)):
        try:
            known = read_annotations([] if value is None else value, text, choices.unit)
            check_annotations(known, block_of([text], choices.output), tagger.model.scheme)
        except InputError as error:
            raise ApiError("invalid", f'in "given[{index}]": {error}') from None
        annotated.append(AnnotatedText(text, known) if known else text)
    return annotated

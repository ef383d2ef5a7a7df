"""CoNLL-U (universaldependencies.org/format): sentences with comments, and the spaces between words."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from ..errors import CorpusError
from ..files.lines import Line
from ..text.sentence import WHITESPACE, Entity, Sentence
from ..text.span_tags import find_fault, read_spans, recognize, split_tag
from .full_width import NO_TAG, cell_hint
from .reading import ReadOptions
from .span_columns import tags_of

COLUMNS = {"upos": 3, "xpos": 4}
_OTHER_TAG = {"upos": "xpos", "xpos": "upos"}
# UDPipe's escapes for spaces in MISC; `\p` is the column separator of MISC.
_ESCAPES = {"\\s": " ", "\\t": "\t", "\\n": "\n", "\\r": "\r", "\\p": "|", "\\\\": "\\"}
_CODES = {char: code for code, char in _ESCAPES.items()}
ENTITY, ENTITY_SCHEME = "NER", "iob2"  # the name in MISC of a token's tag of entities, and the scheme that is written
TEXT, SPACES = "# text =", "# spaces ="
_EMPTY_NODE = re.compile(r"[0-9]+\.[0-9]+")
_SPAN = re.compile(r"([0-9]{1,9})-([0-9]{1,9})")
_SENT_ID = re.compile(r"# *sent_id *= *(.*?)\s*")


def escape(gap: str) -> str:
    return "".join(_CODES.get(char, char) for char in gap)


def unescape(code: str) -> str:
    """Spaces by their escapes, `\\u00A0` (as in UD English EWT) among them."""
    return re.sub(
        r"\\(?:[stnrp\\]|u[0-9A-Fa-f]{4})",
        lambda match: _ESCAPES.get(match.group()) or chr(int(match.group().removeprefix("\\u"), base=16)),
        code,
    )


def sent_id_of(sentence: Sentence) -> str:
    """The `sent_id` in the comments of a sentence; empty if it has none."""
    return next((found[1] for found in map(_SENT_ID.fullmatch, sentence.comments) if found), "")


def read(lines: Iterable[Line], options: ReadOptions) -> Iterator[Sentence]:
    """Sentences of CoNLL-U lines. A multiword token is one word, tagged with its parts' tags joined by `+`;
    empty nodes are passed over. Entities are those of the tags `NER=B-PER` in MISC, in any scheme; a token without one
    has O. Raises CorpusError with file and line."""
    block: list[Line] = []
    for line in lines:
        line = Line(line.number, line.text.removesuffix("\r"))
        if line.text:
            block.append(line)
        elif block:
            yield _sentence(block, options)
            block = []
    if block:
        yield _sentence(block, options)


def read_words(lines: Iterable[Line], options: ReadOptions) -> Iterator[Sentence]:
    """Sentences of the syntactic words: multiword tokens are passed over. So is the text, which the words do not
    always spell (`du` is `de le`): it is made of the words instead."""
    kept = (
        line for line in lines if not line.text.startswith(TEXT) and not _SPAN.fullmatch(line.text.partition("\t")[0])
    )
    return read(kept, options)


def _fail(name: str, number: int, wanted: str, got: str, remedy: str) -> CorpusError:
    return CorpusError(f"{name}:{number}: expected {wanted}, got {got}; {remedy}")


class _Token(NamedTuple):
    """A word, or a multiword token; `misc` holds the values of the column MISC by name. `number` is that of its
    line."""

    form: str
    pos: str | None
    misc: Mapping[str, str]
    number: int


def _sentence(block: list[Line], options: ReadOptions) -> Sentence:
    comments, text, spaces = [], None, ""
    for _, line in block:
        if line.startswith(TEXT):
            text = line.removeprefix(TEXT).removeprefix(" ")
        elif line.startswith(SPACES):
            spaces = unescape(line.removeprefix(SPACES).removeprefix(" "))
        elif line.startswith("#"):
            comments.append(line)
    tokens = _tokens(block, options)
    forms, name, number = [token.form for token in tokens], options.name, block[0].number
    gaps = _gaps(tokens, spaces) if text is None else _align(text, forms, name, number)
    if lost := [gap for gap in gaps if not WHITESPACE.issuperset(gap)]:
        raise _fail(name, number, "only whitespace between words", repr(lost[0]), "make it a word")
    sentence = Sentence.from_forms(forms, [token.pos for token in tokens], gaps=gaps, comments=comments)
    return _with_entities(sentence, tokens, name) if any(ENTITY in token.misc for token in tokens) else sentence


def _with_entities(sentence: Sentence, tokens: Sequence[_Token], name: str) -> Sentence:
    """The sentence with the entities of its tokens' tags; as it is where these are names of another convention. Raises
    CorpusError with the line of an illegal tag."""
    tags = [token.misc.get(ENTITY, "O") for token in tokens]
    if not all(split_tag(tag)[0] for tag in tags):
        return sentence
    scheme = recognize([tags])
    if fault := find_fault(tags, scheme):
        got, number = f"{ENTITY}={tags[fault.place]}", tokens[fault.place].number
        raise _fail(name, number, f"{fault.expected} in {scheme}", got, "correct the tag in MISC")
    words, text = sentence.words, sentence.text
    edges = ((words[a].start, words[b - 1].end, label) for a, b, label in read_spans(tags, scheme))
    entities = tuple(Entity(text[start:end], label, start, end) for start, end, label in edges)
    return replace(sentence, entities=entities, entities_annotated=True)


def _tokens(block: list[Line], options: ReadOptions) -> list[_Token]:
    name, tag = options.name, options.tag
    tokens: list[_Token] = []
    next_id, last_part, column = 1, 0, COLUMNS.get(tag)  # `last_part`: of the latest multiword token
    for number, line in block:
        if line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) != 10:
            raise _fail(name, number, "10 columns separated by tabs", str(len(cells)), "is this CoNLL-U? see format=")
        if _EMPTY_NODE.fullmatch(cells[0]):
            continue
        pos = None if column is None else cells[column]
        if span := _SPAN.fullmatch(cells[0]):
            if int(span[1]) != next_id or int(span[2]) <= next_id:
                raise _fail(name, number, f"a token that begins at {next_id}", cells[0], "number the words 1, 2, 3, …")
            if next_id <= last_part:
                raise _fail(name, number, f"words up to {last_part}", cells[0], "complete the multiword token before")
            last_part, pos = int(span[2]), None
        elif cells[0] != str(next_id):
            raise _fail(name, number, f"word number {next_id}", repr(cells[0]), "number the words 1, 2, 3, …")
        else:
            if pos in NO_TAG:
                wanted, remedy = f"a tag in column {tag.upper()}", f"use tag={_OTHER_TAG[tag]} or tag=none"
                raise _fail(name, number, wanted, f"none on {cells[1]!r}{cell_hint(pos)}", remedy)
            next_id += 1
            if next_id - 1 <= last_part:
                tokens[-1] = _with_part(tokens[-1], pos)
                continue
        if not cells[1]:
            raise _fail(name, number, "a form in column 2", "nothing", "delete the word or write its form")
        misc = dict(part.partition("=")[::2] for part in cells[9].split("|"))
        tokens.append(_Token(cells[1], pos, misc, number))
    if last_part >= next_id:
        raise _fail(name, number, f"words up to {last_part}", f"{next_id - 1}", "complete the multiword token")
    return tokens


def _with_part(token: _Token, pos: str | None) -> _Token:
    """A multiword token with the tag of one more of its words."""
    return token if pos is None else token._replace(pos=pos if token.pos is None else f"{token.pos}+{pos}")


def _gaps(tokens: Sequence[_Token], spaces: str) -> list[str]:
    """The spaces around the words by their MISC; `spaces` are those of a sentence without words."""
    if not tokens:
        return [spaces]
    gaps, after = [unescape(tokens[0].misc.get("SpacesBefore", ""))], ""
    for token in tokens:
        after = unescape(token.misc.get("SpacesAfter", ""))
        gaps.append(after or ("" if token.misc.get("SpaceAfter") == "No" else " "))
    gaps[-1] = after  # the ordinary space after a sentence's last word lies outside the sentence
    return gaps


def _align(text: str, forms: Sequence[str], name: str, number: int) -> list[str]:
    """The spaces that `# text` has around the words."""
    gaps, end, wanted = [], 0, f"the words of # text = {text!r}"
    for form in forms:
        start = text.find(form, end)
        if start < 0 or not WHITESPACE.issuperset(text[end:start]):
            raise _fail(name, number, wanted, f"{form!r} at {text[end : end + 20]!r}", "correct one of them")
        gaps.append(text[end:start])
        end = start + len(form)
    if not WHITESPACE.issuperset(text[end:]):
        raise _fail(name, number, wanted, f"no word for {text[end:]!r}", "correct one of them")
    return [*gaps, text[end:]]


def write(sentence: Sentence, notes: Sequence[Sequence[str]] = ()) -> str:
    """One sentence and the empty line after it; a text without words is a comment `# spaces = …` alone.

    `notes` are what to add to each word's MISC: `Name=Value`. Annotated entities are tags `NER=B-PER` there.

    Raises CorpusError for a word or tag with a tab or line feed in it, for a tag that would read as none, for a comment
    that would not read as one, and for an entity that begins or ends inside of a word or whose type MISC cannot hold.
    """
    rows = [_comment(comment) for comment in sentence.comments]
    gaps = sentence.gaps
    if not sentence.words:
        rows.append(f"{SPACES} {escape(sentence.text)}")
    elif (
        "\n" not in sentence.text
        and not sentence.text.endswith("\r")
        and WHITESPACE.isdisjoint(form[0] for form in sentence.forms)  # else the words' places could be mistaken
    ):
        rows.append(f"{TEXT} {sentence.text}")
    entities = _entity_tags(sentence) if sentence.entities_annotated else []
    for i, (form, pos, _, _) in enumerate(sentence.words):
        if not {"\t", "\n"}.isdisjoint(form):
            raise CorpusError(f"expected words without tabs and line feeds, got {form!r}; use format=jsonl")
        if pos is not None and (pos in ("", "_") or not {"\t", "\n"}.isdisjoint(pos)):
            raise CorpusError(f"expected a tag that CoNLL-U can hold, got {pos!r} on {form!r}; use format=jsonl")
        named = [f"{ENTITY}={entities[i]}"] if entities else []
        misc = [*_spaces(gaps, i), *named, *(notes[i] if notes else ())]
        rows.append("\t".join([str(i + 1), form, "_", pos or "_", *"_____", "|".join(misc) or "_"]))
    return "\n".join(rows) + "\n\n"


def _entity_tags(sentence: Sentence) -> list[str]:
    for entity in sentence.entities:
        if not entity.label or not {"\t", "\n", "|"}.isdisjoint(entity.label):
            wanted = "types of entities without tabs, line feeds and '|'"
            raise CorpusError(f"expected {wanted}, got {entity.label!r} on {entity.form!r}; use format=jsonl")
    return tags_of(sentence, sentence.words, ENTITY_SCHEME)


def _comment(comment: str) -> str:
    if not comment.startswith("#") or "\n" in comment or comment.startswith((TEXT, SPACES)):
        wanted = f"comments of one line that begin with # (but not {TEXT!r} or {SPACES!r})"
        raise CorpusError(f"expected {wanted}, got {comment!r}; change it, or use format=jsonl")
    return comment + "\r" if comment.endswith("\r") else comment  # readers take one away


def _spaces(gaps: Sequence[str], i: int) -> Iterator[str]:
    """What the MISC of word `i` says of the spaces around it."""
    before, after = gaps[0] if i == 0 else "", gaps[i + 1]
    if before:
        yield f"SpacesBefore={escape(before)}"
    if not after:
        yield "SpaceAfter=No"
    elif after != " " or i == len(gaps) - 2:
        yield f"SpacesAfter={escape(after)}"

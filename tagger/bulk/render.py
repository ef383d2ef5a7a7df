"""The words of a block as text, a format at a time: what `corpus` writes, without an object per word."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from itertools import pairwise, repeat
from json.encoder import encode_basestring
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..corpus import conllu
from ..corpus.formats import WRITERS
from ..errors import InputError
from ..tagging.confidence import RatedSpans
from ..tagging.word_tagger import SpacedSpans
from ..text.block import LINE_FEED, Spans, Unit
from ..text.characters import N_CODE_POINTS, code_points
from ..text.sentence import WHITESPACE

Fields = Sequence[Mapping[str, Any]]
DOUBT = "?"  # after a doubtful word's POS; without POS after a slash


@cache
def _is_space() -> NDArray[np.bool_]:
    table = np.zeros(N_CODE_POINTS, bool)
    table[[ord(char) for char in WHITESPACE]] = True
    return table


def _lines(spans: Spans, suffixes: Sequence[str]) -> str:
    """Every word followed by the suffix of its POS (and, if it is doubtful, by DOUBT), and by a space unless it is the
    last of its text or spaces separate the words already."""
    block, pos, ends = spans.block, spans.pos, spans.ends
    if isinstance(spans, RatedSpans):
        if spans.overlapping:
            return _overlapping(spans, suffixes)
        pos = pos + len(suffixes) * spans.doubtful(pos=suffixes[0] != "")
        suffixes = [*suffixes, *((suffix or "/") + DOUBT for suffix in suffixes)]
    spaces = np.flatnonzero(_is_space()[block.codes])
    if int((block.codes[spaces] == LINE_FEED).sum()) > len(block.starts):
        raise InputError("expected texts on one line, got a line feed in one; use the format jsonl")
    begun, ended = (np.searchsorted(edges, spaces, side="right") for edges in (spans.starts, ends))
    if (begun != ended).any():
        raise InputError("expected words without whitespace, got one with some; use the format conllu or jsonl")
    table = np.zeros((len(suffixes), max(map(len, suffixes)) + 1), np.int32)
    for row, suffix in zip(table, suffixes, strict=True):
        row[: len(suffix) + 1] = code_points(suffix + " ")
    spaced = isinstance(spans, SpacedSpans)
    sizes = np.array([len(suffix) + (not spaced) for suffix in suffixes])[pos]
    firsts = spans.firsts
    if not spaced:
        sizes[firsts[1:][np.diff(firsts) > 0] - 1] -= 1  # the last word of a text
    inserted = np.zeros(len(block.codes) + 1, np.int64)
    inserted[ends] = sizes
    places = np.arange(len(block.codes)) + np.cumsum(inserted)[:-1]
    out = np.zeros(len(places) + int(sizes.sum()), np.int32)
    out[places] = block.codes
    between = np.ones(len(out), bool)
    between[places] = False
    out[between] = table[pos][np.arange(table.shape[1]) < sizes[:, None]]
    if not block.lasts.all():  # the line feeds between the rows of one text are not the text's
        out = np.delete(out, places[(block.starts + block.lengths)[~block.lasts]])
    return out.tobytes().decode("utf-32-le", "surrogatepass")


def _overlapping(spans: RatedSpans, suffixes: Sequence[str]) -> str:
    """The same for words that overlap: the text's own spaces are not written."""
    forms = spans.forms()
    for form in forms:
        if not WHITESPACE.isdisjoint(form):
            raise InputError(f"expected words without whitespace, got {form!r}; use the format jsonl")
    words = [form + suffixes[pos] for form, pos in zip(forms, spans.pos.tolist(), strict=True)]
    return "".join(" ".join(words[a:b]) + "\n" for a, b in pairwise(spans.firsts.tolist()))


def _spaceless(names: Sequence[str], mark: str) -> list[str]:
    for name in names:
        if mark in name or not name or not WHITESPACE.isdisjoint(name):
            raise InputError(
                f"expected a POS without {mark!r} and whitespace, got {name!r}; use the format conllu or jsonl"
            )
    return [mark + name for name in names]


def _slash(spans: Spans, texts: Sequence[str], names: Sequence[str | None], unit: Unit, fields: Fields) -> str:
    if None in names:
        raise InputError("expected a model with POS for the format slash, got one for words alone; use segmented")
    return _lines(spans, _spaceless([str(name) for name in names], "/"))


def _segmented(spans: Spans, texts: Sequence[str], names: Sequence[str | None], unit: Unit, fields: Fields) -> str:
    return _lines(spans, [""] * len(names))


def _json(spans: Spans, texts: Sequence[str], names: Sequence[str | None], unit: Unit, fields: Fields) -> str:
    """An object per text: its other fields, `text`, and `words` with `form`, `pos`, `start` and `end`."""
    heads = [f', "pos": {json.dumps(name, ensure_ascii=False)}, "start": ' for name in names]
    starts, ends = (column.tolist() for column in spans.offsets(unit))
    tails: Iterable[str] = _rates(spans) if isinstance(spans, RatedSpans) else repeat("}", len(starts))
    words = [
        f'{{"form": {form}{heads[pos]}{start}, "end": {end}{tail}'
        for form, pos, start, end, tail in zip(
            map(encode_basestring, spans.forms()), spans.pos.tolist(), starts, ends, tails, strict=True
        )
    ]
    firsts = spans.firsts.tolist()
    rows = []
    for i, text in enumerate(texts):
        own = json.dumps(fields[i], ensure_ascii=False)[:-1] if fields else f'{{"text": {encode_basestring(text)}'
        rows.append(f'{own}, "words": [{", ".join(words[firsts[i] : firsts[i + 1]])}]}}\n')
    return "".join(rows)


def _rates(spans: RatedSpans) -> list[str]:
    """How the object of each word ends."""
    tails = ["}"] * len(spans.starts)
    if spans.shown:
        rates = zip(spans.probability.tolist(), spans.span_probability.tolist(), strict=True)
        tails = [f', "probability": {both:.6f}, "span_probability": {words:.6f}}}' for both, words in rates]
    for doubtful in np.flatnonzero(spans.doubtful()).tolist():
        tails[doubtful] = f'{tails[doubtful][:-1]}, "doubtful": true}}'
    return tails


def _conllu(spans: Spans, texts: Sequence[str], names: Sequence[str | None], unit: Unit, fields: Fields) -> str:
    sentences = spans.sentences(texts, names)
    if not isinstance(spans, RatedSpans):
        return "".join(map(WRITERS["conllu"], sentences))
    notes: list[list[str]] = [[] for _ in spans.starts]
    if spans.shown:
        for note, both, words in zip(notes, spans.probability, spans.span_probability, strict=True):
            note += f"Probability={both:.6f}", f"SpanProbability={words:.6f}"
    for doubtful in np.flatnonzero(spans.doubtful()).tolist():
        notes[doubtful].append("Doubtful=Yes")
    firsts = spans.firsts.tolist()
    parts = (notes[a:b] for a, b in pairwise(firsts))
    return "".join(conllu.write(sentence, part) for sentence, part in zip(sentences, parts, strict=True))


FORMATS: dict[str, Callable[[Spans, Sequence[str], Sequence[str | None], Unit, Fields], str]] = {
    "slash": _slash, "segmented": _segmented, "jsonl": _json, "conllu": _conllu,
}  # fmt: skip


def render(
    spans: Spans,
    texts: Sequence[str],
    names: Sequence[str | None],
    format: str,
    *,
    unit: Unit = "codepoint",
    fields: Fields = (),
) -> bytes:
    """The words of `texts`, of which the block of `spans` was made, as UTF-8. `names` are the POS by number.

    `unit` and `fields` (the other fields of each text's object, its text among them) are for jsonl alone.
    Lone surrogates stay as JSON escapes. Raises InputError for what the format cannot hold.
    """
    text = FORMATS[format](spans, texts, names, unit, fields)
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        if format != "jsonl":
            raise InputError(
                f"expected text that UTF-8 can hold, got {text[error.start]!r}; use the format jsonl"
            ) from None
    return b"".join(map(_escaped, text.split("\n")[:-1]))


def _escaped(line: str) -> bytes:
    """A line of JSON with lone surrogates as escapes; halves side by side would read as one character."""
    try:
        return f"{line}\n".encode()
    except UnicodeEncodeError:
        escaped = json.dumps(json.loads(line))
        if json.loads(escaped) != json.loads(line):
            raise InputError(
                "expected characters, got halves of one side by side in a text; repair it: "
                'text.encode("utf-16", "surrogatepass").decode("utf-16")'
            ) from None
        return f"{escaped}\n".encode()

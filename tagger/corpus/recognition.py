"""Which format a corpus file is plainly of, by its first lines."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

from ..errors import CorpusError
from ..files.lines import COMPRESSED, Line
from .columns import cells_of, is_document_mark
from .full_width import WIDE
from .lines import SPACES, TOKEN
from .pfr import DATE

N_LINES = 200  # how many lines of a file are looked at
# The formats that readers of others refuse, beside the format that is asked for: a reader of CoNLL-U reads CoNLL-X.
READS = {
    "columns": {"columns"},
    "segmented": {"segmented"},
    "slash": {"slash"},
    "underscore": {"underscore"},
    "pfr": {"pfr", "slash"},
    "jsonl": {"jsonl"},
    "conllu": {"conllu", "conllx"},
    "conllu_words": {"conllu", "conllx"},
    "conllx": {"conllx"},
    "conll2009": {"conll2009"},
    "conll2012": {"conll2012"},
}
_SPAN = re.compile(r"[0-9]+[-.][0-9]+")  # the number of a multiword token or of an empty node
_TAG = "</?[A-Za-z][^<>\t]*>"
# What is markup in a first line: all of it, or, where words have marks, a beginning without one.
MARKUP = {name: re.compile(f"{_TAG}$") for name in ("segmented", "columns")}
MARKUP |= {name: re.compile(rf"{_TAG}(?=\s|$)") for name in ("slash", "underscore", "pfr")}
_MARKED = {
    name: re.compile(f".+[{mark}{WIDE[mark]}]([A-Za-z][A-Za-z0-9]*)")
    for name, mark in (("slash", "/"), ("underscore", "_"))
}
_COMPOUND = re.compile(r"(?<!\S)\[[^\s/]+/[A-Za-z]+\s(?:[^\[\]]*\s)?[^\s/]+/[A-Za-z]+\][A-Za-z]+")
_FEW = 10  # fewer words than these with a mark and letters could be words as they are


def recognize(head: Sequence[Line]) -> str | None:
    """The format that the first lines of a file are plainly of, or None."""
    texts = [text for text in (line.text.strip(SPACES) for line in head) if text]
    if not texts:
        return None
    if _is_object(texts[0]):
        return "jsonl"
    return _numbered(head) or _marked(texts)


def of_columns(head: Sequence[Line], file: Path) -> str:
    """The format of a file whose name stands for `columns`: a file `.conll` can be of any CoNLL format."""
    name = file.with_suffix("").name if file.suffix in COMPRESSED else file.name
    format = recognize(head)
    return format if name.endswith(".conll") and format and format.startswith("conll") else "columns"


def check(head: Sequence[Line], name: str, file: str) -> None:
    """Raises CorpusError when the first lines of a file are plainly of another format than `name`, or are markup."""
    if name not in READS:
        return
    format = recognize(head)
    if format is not None and format not in READS[name]:
        raise CorpusError(f"{file}: expected format {name}, got a file of format {format}; give format={format}")
    first = next((line for line in head if line.text.strip(SPACES)), None)
    if first is None or name not in MARKUP:
        return
    if markup := MARKUP[name].match(first.text.strip(SPACES)):
        raise CorpusError(
            f"{file}:{first.number}: expected words, got markup {markup.group()!r:.80}; "
            "delete the lines of markup, as in: grep -v '^<' FILE"
        )


def _is_object(text: str) -> bool:
    if not text.startswith("{"):
        return False
    try:
        return isinstance(json.loads(text), dict) and text.strip("{} ") != ""
    except (ValueError, RecursionError):
        return False


def _numbered(head: Sequence[Line]) -> str | None:
    """The format of lines whose words are numbered from the start of each sentence."""
    rows = [line.text for line in head if line.text.strip(SPACES) and not is_document_mark(line.text)]
    if head[0].text.startswith("#begin document") and rows:
        cells = cells_of(rows[0])
        return "conll2012" if len(cells) > 4 and cells[2] == "0" else None
    sizes, spans, next_number, n_rows = set[int](), False, 1, 0
    for line in head:
        cells = cells_of(line.text)
        if not any(cells):
            next_number = 1
        elif line.text.startswith("#") and "\t" not in line.text:
            continue
        elif _SPAN.fullmatch(cells[0]) and len(cells) == 10:
            spans = True
        elif cells[0] == str(next_number):
            sizes.add(len(cells))
            next_number, n_rows = next_number + 1, n_rows + 1
        else:
            return None
    if not sizes or min(sizes) < 3 or (min(sizes) < 8 and n_rows < 3):
        return None
    if min(sizes) >= 12:
        return "conll2009"
    universal = any(text.startswith(("# text =", "# sent_id =")) or "SpaceAfter=" in text for text in rows)
    return "conllu" if spans or (universal and sizes == {10}) else "conllx"


def _marked(texts: Sequence[str]) -> str | None:
    """The format of lines of words with their POS behind a mark."""
    lines = [TOKEN.findall(text) for text in texts]
    dated = any(DATE.fullmatch(tokens[0]) and len(tokens) > 1 for tokens in lines)
    if dated or any(_COMPOUND.search(text) for text in texts):
        return "pfr"
    tokens = [token for line in lines for token in line]
    for name, pattern in _MARKED.items():
        matches = [pattern.fullmatch(token) for token in tokens]
        if len(tokens) >= _FEW and all(matches) and len({match[1] for match in matches if match}) > 1:
            return name
    return None

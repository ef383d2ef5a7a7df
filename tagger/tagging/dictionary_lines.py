"""What a line of a dictionary says, whichever tool it was written for.

Between the parts of a line stand spaces (U+3000 and U+00A0 too), commas or tabs. `windows 10` may be a phrase, or a
word and its frequency; `leap motion` a phrase, or a word and its tag. A last part counts as a frequency or a tag by
these rules, else it is part of the word:

- a tag and a frequency together count, after a word in ASCII if the tag is known;
- a frequency alone counts after a word that is not in ASCII, and if it is 0 or has five digits or more;
- a tag alone counts if it is known and, after a word in ASCII, has two letters or more.

If the format is `certain`, a frequency always counts, as does any tag in small letters after a word that is not in
ASCII.
"""

import re
from typing import Literal, NamedTuple

from .entries import STRENGTHS

Form = Literal["ours", "jieba", "hanlp", "tagged", "phrase", "word"]


def _tags(names: str) -> frozenset[str]:
    return frozenset(names.split())


UPOS = _tags("ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X")
# Of the Chinese Treebank.
CTB = _tags("AD AS BA CC CD CS DEC DEG DER DEV DT ETC FW IJ JJ LB LC M MSP NN NR NT OD ON P PN PU SB SP VA VC VE VV")
# Of Peking University, as jieba, HanLP and LAC divide them further.
PKU = _tags(
    "a ad ag al an b bg bl c cc d dd df dg dl e eng f g gb gg gi gm gp h i j k l m mg mq n nb ng ni nic nis nit nl nm "
    "nn nr nr1 nr2 nrf nrfg nrj nrt ns nsf nt ntc ntcb ntcf ntch nth nto nts ntu nw nx nz o p pba pbei q qg qt qv r rg "
    "rr ry rys ryt ryv rz rzs rzt rzv s t tg u ud ude1 ude2 ude3 ug uguo uj ul ule uv uyy uz uzhe v vd vf vg vi vl vn "
    "vq vshi vx vyou w x xc xx y yg z zg"
)
TAGS = UPOS | CTB | PKU
_TAG = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,15}")
_QUOTED = re.compile(r'"((?:[^"]|"")+)"([ ,\t][^"]*)')
_TABBED = re.compile(r"([^\t]+)(\t.*)")
_PLAIN_WORD = "字"
_BLANKS = str.maketrans("\u00a0\u3000\t,", "    ")


class Line(NamedTuple):
    """A word, the form of its line, its tag, and whether its frequency is 0.

    Forms: a line in our own format, which is not taken apart; a word with a frequency, and perhaps a tag after it
    (`jieba`) or before it (`hanlp`); a word with a tag; a phrase, which holds spaces or commas; or a word alone.
    """

    word: str
    form: Form
    tag: str | None = None
    is_unwanted: bool = False


def split_line(line: str, *, certain: bool = False) -> Line:
    """Reads a line that is not blank."""
    if "\t" in line and _is_ours([column.strip() for column in line.split("\t")]):
        return Line(line, "ours")
    line = line.strip()
    if match := _QUOTED.fullmatch(line) or _TABBED.fullmatch(line):
        word, rest = match.groups()
        parts = _split_parts(_PLAIN_WORD + rest, certain)  # it is certain where the word ends
        return parts._replace(word=word.replace('""', '"')) if parts.word == _PLAIN_WORD else Line(line, "phrase")
    return _split_parts(line, certain)


def _is_ours(columns: list[str]) -> bool:
    """Whether columns are those of our own format: not all of them behind the word are tags and numbers."""
    strength, *others = columns[1].partition("=")[0], *columns[2:]
    if strength in STRENGTHS or not strength:
        return True
    has_number = any(map(_is_number, columns[1:]))
    return not all(
        _is_number(column) or column in TAGS or (has_number and _TAG.fullmatch(column))
        for column in (columns[1], *others)
    )


def _split_parts(line: str, certain: bool) -> Line:
    blank = line.translate(_BLANKS)
    head, last = _split_last(blank)
    if not head:
        return Line(line, "word")
    before, middle = _split_last(head)
    if _is_number(last):
        if before and _is_tag_beside_number(middle, before):
            word, tag = _first_pair(before, middle)
            return Line(line[: len(word)], "hanlp", tag)
        if certain or not head.isascii() or last == "0" or len(last) > 4:
            return Line(line[: len(head)], "jieba", None, int(last) == 0)
    elif before and _is_number(middle) and _is_tag_beside_number(last, before):
        return Line(line[: len(before)], "jieba", last, int(middle) == 0)
    elif _is_tag(last, head, certain):
        return Line(line[: len(head)], "tagged", last)
    return Line(line, "phrase")


def _split_last(text: str) -> tuple[str, str]:
    head, _, last = text.rpartition(" ")
    return head.rstrip(" "), last


def _is_number(part: str) -> bool:
    return part.isascii() and part.isdigit()


def _is_tag_beside_number(part: str, word: str) -> bool:
    return part in TAGS or (not word.isascii() and _TAG.fullmatch(part) is not None)


def _is_tag(part: str, word: str, certain: bool) -> bool:
    if word.isascii():
        return len(part) > 1 and part in UPOS | PKU
    if part.isupper():
        return len(part) > 1 and part in TAGS
    return part in TAGS or (certain and part.islower() and _TAG.fullmatch(part) is not None)


def _first_pair(word: str, tag: str) -> tuple[str, str]:
    """HanLP's lines have a pair of tag and frequency for each tag, the most frequent one first."""
    while True:
        head, number = _split_last(word)
        before, earlier = _split_last(head)
        if not (before and _is_number(number) and _is_tag_beside_number(earlier, before)):
            return word, tag
        word, tag = before, earlier

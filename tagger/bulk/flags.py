"""The flags of `tagger tag`, by what they are about."""

import argparse

from ..files.lines import COMPRESSED
from ..files.output import file_or_stdout, file_to_write
from ..tagging.alternatives import DISTINCT
from ..tagging.dictionary_formats import FORMATS as DICTIONARY_FORMATS
from ..tagging.entries import STRENGTHS
from ..text.block import UNITS
from ..usage import real_number, whole_number
from .chunks import KINDS
from .formats import FORMATS


def add_files(group: argparse._ArgumentGroup) -> None:
    """How files are read, and where the output goes."""
    group.add_argument("--input", choices=KINDS, help="what the files hold; default: by their names, else text")
    group.add_argument(
        "--encoding",
        default="utf-8",
        metavar="NAME",
        help="of all files but Parquet: gb18030, big5, utf-16 or another; the output is in UTF-8; default %(default)s",
    )
    group.add_argument(
        "--field",
        default="text",
        metavar="NAME",
        help="the field or column of the text; data.text is the field text of the field data; default %(default)s",
    )
    group.add_argument(
        "--clean",
        action="store_true",
        help="join the lines of paragraphs, leave out spaces between Chinese characters, read HTML entities; a text is "
        "a paragraph, and offsets are those in the original",
    )
    group.add_argument(
        "--errors",
        choices=("strict", "replace", "skip"),
        default="strict",
        help="bad bytes and bad rows: stop, read as U+FFFD or empty, or leave out; default %(default)s",
    )
    group.add_argument(
        "--rejects", type=file_to_write, metavar="FILE", help="rows replaced or left out, as JSONL; default stderr"
    )
    group.add_argument(
        "-o",
        "--output",
        type=file_or_stdout,
        metavar="OUT",
        help="a file (.gz, .xz, .zst: compressed), or a folder (OUT/) that gets a file per input, each whole or "
        "not there; - is stdout, the default",
    )
    group.add_argument(
        "--format", choices=tuple(FORMATS), help="default: by the name of OUT, else slash (entities: inline)"
    )
    group.add_argument("--compress", choices=[s[1:] for s in COMPRESSED], help="compress the files in OUT/")
    group.add_argument(
        "--offsets", choices=UNITS, default="codepoint", help="what start and end count; default %(default)s"
    )


def add_answers(group: argparse._ArgumentGroup) -> None:
    """What is written of the words."""
    group.add_argument(
        "--confidence", action="store_true", help="write every word's probability; jsonl, conllu and parquet can"
    )
    group.add_argument(
        "--min-confidence",
        type=real_number("a probability from 0 to 1", lambda value: 0 <= value <= 1),
        default=0.0,
        metavar="P",
        help="mark words with a lower probability as doubtful",
    )
    group.add_argument(
        "--search",
        type=real_number("a probability above 0, up to 1", lambda value: 0 < value <= 1),
        default=0.0,
        metavar="P",
        help="all words at least so likely: they overlap",
    )
    group.add_argument("--nbest", type=whole_number(), default=0, metavar="N", help="the N best readings of every text")
    group.add_argument(
        "--distinct", choices=DISTINCT, default="words", help="what those differ in at least; default %(default)s"
    )
    group.add_argument(
        "--sentences",
        action="store_true",
        help="split texts into sentences: a line each in slash and segmented, a sentence each in conllu (# newdoc "
        "begins a text), and in jsonl their offsets beside the words",
    )
    group.add_argument("--pos", default="", metavar="TAGS", help="only words of these tags, such as NOUN,PROPN")
    group.add_argument(
        "--stop-words",
        metavar="FILE",
        help="leave out the words of this file, one a line; --pos and this are for all formats but conllu",
    )


def add_constraints(group: argparse._ArgumentGroup) -> None:
    """Words that are known."""
    group.add_argument(
        "--dictionary",
        action="append",
        default=[],
        metavar="FILE",
        help="words that come out wherever they match, one a line, as `word [frequency] [tag]` (jieba's) or "
        "`word<TAB>strength[=weight][<TAB>tag]`, strength force, prefer, forbid, join or cut; may be given again",
    )
    group.add_argument(
        "--dictionary-format", choices=DICTIONARY_FORMATS, help="of the dictionaries; default: what each looks like"
    )
    group.add_argument(
        "--dictionary-encoding",
        default="utf-8",
        metavar="NAME",
        help="of dictionaries, patterns and stop words, such as gb18030; default %(default)s",
    )
    group.add_argument(
        "--strength", choices=STRENGTHS[:3], default="force", help="of lines that name none; default %(default)s"
    )
    group.add_argument("--fold", action="store_true", help="let full-width and half-width forms match in dictionaries")
    group.add_argument(
        "--exact",
        action="store_true",
        help="let no entry in traditional characters match simplified text, or vice versa",
    )
    wanted = "words that match regular expressions (RE2's), `expression[<TAB>tag]` a line; may be given again"
    group.add_argument("--patterns", action="append", default=[], metavar="FILE", help=wanted)
    group.add_argument(
        "--given",
        default="",
        metavar="FIELD",
        help="the field of a JSON object with known words and boundaries: [{start, end, pos}, {at, cut}, …]",
    )


def add_running(group: argparse._ArgumentGroup) -> None:
    """How the run goes on."""
    group.add_argument("--workers", type=whole_number(), default=1, metavar="N", help="processes; default %(default)s")
    group.add_argument("--resume", action="store_true", help="continue a run: leave finished files in OUT/ as they are")
    group.add_argument("--overwrite", action="store_true", help="begin anew what was stopped in OUT/")
    group.add_argument(
        "--engine", choices=("local", "ray"), default="local", help="ray: a cluster; default %(default)s"
    )
    group.add_argument(
        "--dry-run", action="store_true", help="say what would be tagged, what it looks like, and the time"
    )
    group.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        help="name the entries of dictionaries and the patterns that matched nothing",
    )
    group.add_argument("--quiet", action="store_true", help="no progress, no summary")

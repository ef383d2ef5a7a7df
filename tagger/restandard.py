"""`tagger restandard words|finer|coarser IN OUT`: a corpus under another standard, derived by rule.

`words` are words as readers know them (docs/words.md): UD Chinese GSD is converted by its words, UPOS and native tags
(column 5), UD Chinese HK (`--from hk`) by words and UPOS.

The other rules read words and their UPOS alone, so a model can learn from text what they change.

`finer` splits words:
- a number in Han characters into its characters, and 第, 万 or 亿 from digits;
- a verb of two characters before its complement (到, 出, 为, 成, 入, 上, 下, 于, 起, 来, 去);
- a place word before its 上, 下, 中, 内, 外, 里, 间, 前 or 后;
- 不 from the word that it negates;
- any other word of three or more Han characters into parts of two, the last of which may have one.

`coarser` joins words between which there is no space:
- a number and the noun of one character after it, to a noun;
- a verb and the 了, 着 or 过 after it, to a verb;
- a word and the suffix after it (a word that UD tags PART and that is no particle);
- names in a row, to one name.
"""

import re
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence

from . import cli, corpus
from .corpus.words import SOURCES, convert
from .text.sentence import Sentence, Word

_HAN = re.compile("[\u3400-\u9fff]+")
# The words that `finer` cuts in two, and their UPOS.
_SPLIT = (
    (re.compile("(第)([0-9０-９]+)"), {"NUM", "ADJ"}),
    (re.compile("([0-9０-９.,]+)([万亿]+)"), {"NUM"}),
    (re.compile("(.)([到出为成入上下于起来去])"), {"VERB"}),
    (re.compile("(.+)([上下中内外里间前后])"), {"NOUN", "ADP", "ADV"}),
    (re.compile("(不)(.)"), {"ADV", "AUX", "VERB", "ADJ"}),
)
_ASPECTS = frozenset("了着过")
# The words that UD tags PART and that are no suffixes: particles, and prefixes, which belong to the next word.
_NO_SUFFIXES = frozenset("的地得之所了着过吗呢吧啊呀嘛啦哦等们似大总新小前副老阿非反超多")


def finer(sentence: Sentence) -> Sentence:
    """The sentence with its words in smaller parts, each with the POS of its word."""
    return Sentence(sentence.text, tuple(_placed(sentence.words)), sentence.comments)


def _placed(words: Sequence[Word]) -> Iterator[Word]:
    """The parts of words as words with their offsets."""
    for word in words:
        start = word.start
        for form, pos in _parts(word.form, word.pos):
            yield Word(form, pos, start, start + len(form))
            start += len(form)


def _parts(form: str, pos: str | None) -> list[tuple[str, str | None]]:
    """The parts of a word, each with its POS."""
    for pattern, tags in _SPLIT:
        if pos in tags and (match := pattern.fullmatch(form)):
            return [(part, pos) for part in match.groups()]
    if not _HAN.fullmatch(form):
        return [(form, pos)]
    size = 1 if pos == "NUM" else 2
    return [(form[i : i + size], pos) for i in range(0, len(form), size)]


def coarser(sentence: Sentence) -> Sentence:
    """The sentence with some words joined; the rules say which, and which POS the joined word has."""
    words: list[Word] = []
    for word in sentence.words:
        pos = _joined(words[-1], word) if words and words[-1].end == word.start else None
        if pos is None:
            words.append(word)
        else:
            before = words.pop()
            words.append(Word(before.form + word.form, pos, before.start, word.end))
    return Sentence(sentence.text, tuple(words), sentence.comments)


def _joined(left: Word, right: Word) -> str | None:
    """The POS of two words as one; None if they stay two."""
    if left.pos == "NUM" and right.pos == "NOUN" and len(right.form) == 1:
        return "NOUN"
    if left.pos == "VERB" and right.pos in ("AUX", "PART") and right.form in _ASPECTS:
        return "VERB"
    if right.pos == "PART" and right.form not in _NO_SUFFIXES and left.pos in ("NOUN", "PROPN", "VERB", "ADJ"):
        return "PROPN" if left.pos == "PROPN" else "NOUN"
    if left.pos == right.pos == "PROPN" and _HAN.fullmatch(left.form + right.form):
        return "PROPN"
    return None


RULES: dict[str, Callable[[Sentence], Sentence]] = {"finer": finer, "coarser": coarser}


def parser() -> cli.Parser:
    p = cli.parser("restandard", "Derive a corpus of another segmentation standard by rule.")
    p.add_argument("rule", choices=["words", *RULES], help="words as readers know them, smaller words, or larger ones")
    p.add_argument("input", metavar="IN", help="a corpus with UPOS, in a format that tagger.corpus reads")
    p.add_argument("output", metavar="OUT", help="the file to write; its name says the format")
    p.add_argument("--from", dest="source", choices=SOURCES, default="gsd", help="for words: IN's treebank")
    p.add_argument("--format", metavar="NAME", help="of IN; default: by its name")
    return p


def _convert(options: Namespace) -> Iterator[Sentence]:
    """The sentences of IN by the rule that the options name."""
    sentences = corpus.read(options.input, format=options.format)
    if options.rule != "words":
        yield from map(RULES[options.rule], sentences)
        return
    tag = "xpos" if options.source == "gsd" else "upos"
    native = corpus.read(options.input, format=options.format, tag=tag)
    for sentence, same in zip(sentences, native, strict=True):
        yield convert(sentence, same.tags, options.source)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    options = parser().parse(arguments)

    def body() -> None:
        corpus.write(_convert(options), options.output)

    return cli.run(body, output=options.output, phrase=cli.in_flags("format"))


if __name__ == "__main__":
    sys.exit(main())

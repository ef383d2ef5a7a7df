"""`tagger lexicon RAW -m NAME.onnx -o LEXICON.npz`: the words that a model finds in raw text.

A net that trains with `data.lexicon=LEXICON.npz` sees for each character which of these words start or end there: what
the model found in all the text, in place of what one sentence shows (Wang et al. 2011, "Improving Chinese
Word Segmentation and POS Tagging with Semi-supervised Methods Using Large Auto-Analyzed Data").
"""

import argparse
import logging
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np

from . import cli, corpus
from .corpus.raw import RawText, ngrams, sentences
from .errors import CorpusError, InputError
from .files.atomic import publishing
from .files.output import file_to_write
from .learning.resources.lexicon import LONGEST, SHARES, SHORTEST, WordList, meaning_of_tags
from .tagging.dictionary_formats import read_entries
from .tagging.tagger import load
from .text.characters import folding
from .text.sentence import Sentence
from .usage import real_number, whole_number

log = logging.getLogger(__name__)

LEVEL_OF_RARE = 2  # in SHARES: of a word that a dictionary knows and the text does not show
LEVEL_OF_CUT = 1  # in SHARES, at most: of a string that gold sentences cut more often than not


class Gold(NamedTuple):
    """How often annotated sentences have a string as a word, and how often as several words."""

    whole: Counter[str]
    cut: Counter[str]

    @classmethod
    def of(cls, annotated: Iterable[Sentence], forms: Collection[str]) -> Self:
        """Counts some strings, which are folded."""
        fold, known, whole, cut = folding(), frozenset(forms), Counter[str](), Counter[str]()
        for sentence in annotated:
            words = [word.form.translate(fold) for word in sentence.words]
            whole.update(word for word in words if word in known)
            for first in range(len(words)):
                longest = min(first + LONGEST, len(words))
                runs = ("".join(words[first:last]) for last in range(first + 2, longest + 1))
                cut.update(run for run in runs if run in known)
        return cls(whole, cut)

    def cuts(self, form: str) -> bool:
        """Whether a string is several words more often than one."""
        return self.cut[form] > self.whole[form]


def find(
    tagged: Iterable[Sentence],
    pos: Sequence[str],
    *,
    min_count: int,
    dictionary: Mapping[str, str | None] | None = None,
    annotated: Iterable[Sentence] = (),
    least_level: int = 0,
) -> WordList:
    """The words of two to four characters that are found at least `min_count` times, the most frequent first.

    `pos` numbers the tags. Words of `dictionary`, folded and each with its tag, count as words more often than the text
    shows, by a level, and follow if the text is too short to show whether they are words (see `rare_words`). What
    `annotated` sentences cut more often than not is of a low level, whatever text and dictionary say. Words below
    `least_level` are left out.
    """
    fold, dictionary = folding(), dictionary or {}
    counts, texts = Counter[tuple[str, str | None]](), list[str]()
    for sentence in tagged:
        texts.append(sentence.text.translate(fold))
        counts.update((word.form.translate(fold), word.pos) for word in sentence.words)
    total, likeliest = Counter[str](), dict[str, tuple[int, int]]()
    for (form, tag), n in counts.items():
        if SHORTEST <= len(form) <= LONGEST:
            total[form] += n
            likeliest[form] = max(likeliest.get(form, (0, 0)), (n, -pos.index(tag) if tag else 0))
    kept = sorted((form for form, n in total.items() if n >= min_count), key=lambda form: (-total[form], form))
    seen = occurrences(texts, {*kept, *dictionary})
    tags = {form: -likeliest[form][1] for form in kept}
    tags |= rare_words(dictionary, tags, seen, min_count)
    gold = Gold.of(annotated, {*tags, *dictionary})
    levels = {
        form: _level(form, total[form] / seen[form] if form in total else None, dictionary, gold) for form in tags
    }
    forms = [form for form in tags if levels[form] >= least_level]
    return WordList(forms, np.array([1 + len(SHARES) * tags[form] + levels[form] for form in forms], np.int64))


def _level(form: str, share: float | None, dictionary: Collection[str], gold: Gold) -> int:
    """In `SHARES`, of a word that the model found in that share of its places in the text; None: in none of a few."""
    level = LEVEL_OF_RARE if share is None else int(np.searchsorted(SHARES, share, side="right")) - 1
    if gold.cuts(form):
        return min(level, LEVEL_OF_CUT)
    is_raised = share is not None and form in dictionary
    return min(level + is_raised, len(SHARES) - 1)


def rare_words(
    dictionary: Mapping[str, str | None], tags: Mapping[str, int], seen: Counter[str], min_count: int
) -> dict[str, int]:
    """Words of a dictionary that occur fewer than `min_count` times in the text, each with the number of its tag.

    A tag of the dictionary stands for the tag that most of its words have in the text; words of a tag that has none
    there are left out. So is a more frequent word that was not found: in the text it is no word.
    """
    meant = meaning_of_tags(dictionary, tags)
    return {
        form: meant[tag]
        for form, tag in dictionary.items()
        if tag in meant and form not in tags and SHORTEST <= len(form) <= LONGEST and seen[form] < min_count
    }


def occurrences(texts: Iterable[str], forms: Collection[str]) -> Counter[str]:
    """How often each string occurs in texts, whether a word or not."""
    known, lengths = frozenset(forms), sorted({len(form) for form in forms})
    return Counter(run for text in texts for length in lengths for run in ngrams(text, length) if run in known)


def read_dictionary(path: str) -> dict[str, str | None]:
    """The words of a dictionary file, folded, each with its tag. Words that it forbids are none. Raises InputError."""
    table, file = read_entries(Path(path), "force", None, "utf-8")
    log.info(file.describe(len(table.kinds)))
    kinds, fold = list(table.numbers), folding()
    words = ((word.translate(fold), *kinds[number][:2]) for word, number in table.kinds.items())
    return {word: tag for word, strength, tag in words if strength in ("force", "prefer", "join")}


def numbered_tags(names: str | None, pos: Sequence[str]) -> tuple[str, ...]:
    """The tags that number the kinds of words: those that `--pos` names, then the others of the model.

    Raises InputError for names that the model does not have.
    """
    first = tuple(names.split(",")) if names else ()
    if unknown := set(first) - set(pos):
        raise InputError(f"--pos: expected tags among {', '.join(pos)}, got {', '.join(sorted(unknown))}; correct them")
    return tuple(dict.fromkeys((*first, *pos)))


def log_progress(tagged: Iterable[Sentence], n: int) -> Iterator[Sentence]:
    """The same sentences, of which there are `n`; the log says after every twentieth part how far they are."""
    for number, sentence in enumerate(tagged, 1):
        yield sentence
        if number * 20 // n > (number - 1) * 20 // n:
            log.info("%d of %d sentences", number, n)


def parser() -> cli.Parser:
    p = cli.parser(
        "lexicon",
        "Tag raw text and collect the words found in it, with their tag and how often they are words. A net that is "
        "trained with data.lexicon=LEXICON.npz sees for each character which of these words start or end there.",
    )
    cli.add_raw_text(p)
    p.add_argument("-m", "--model", required=True, metavar="NAME", help="a model file, or a model of the package")
    p.add_argument("-o", "--output", type=file_to_write, required=True, metavar="LEXICON.npz", help="the file to write")
    p.add_argument(
        "--longest",
        type=whole_number(),
        default=400,
        metavar="N",
        help="leave out longer sentences; default %(default)s",
    )
    p.add_argument(
        "--min-count", type=whole_number(0), default=3, metavar="N", help="leave out rarer words; default %(default)s"
    )
    p.add_argument(
        "--dictionary",
        metavar="FILE",
        help="add its words that occur fewer than N times, in UTF-8, as tagger tag --dictionary reads them",
    )
    p.add_argument(
        "--gold",
        action="append",
        default=[],
        metavar="GOLD",
        help="an annotated corpus: what it cuts more often than not counts as a word in few places; may be given again",
    )
    p.add_argument(
        "--least-share",
        type=real_number(f"one of {', '.join(map(str, SHARES))}", SHARES.__contains__),
        choices=SHARES,
        default=SHARES[0],
        metavar="P",
        help=f"leave out what is a word in fewer of its places: {', '.join(map(str, SHARES))}; default %(default)s",
    )
    p.add_argument(
        "--pos",
        metavar="TAG,TAG,…",
        help="the order of tags that a net of init= learnt its lexicon with; default that of the model",
    )
    return p


# `key=value` words of version 0.1.
WORDS = {
    "model": "-m",
    "raw": "",
    "output": "-o",
    "held_out": "--held-out",
    "overlap": "--overlap",
    "longest": "--longest",
    "min_count": "--min-count",
}


def build(options: argparse.Namespace) -> None:
    """Collect the words of the raw text that the command line names. Raises CorpusError, InputError and ModelError."""
    tagger = load(options.model)
    text = RawText.of(options.raw, options.held_out, overlap=options.overlap, encoding=options.encoding)
    texts = dict.fromkeys(sentences(text, shortest=1, longest=options.longest))
    if not texts:
        raise CorpusError(f"{options.raw}: expected sentences of at most {options.longest} characters, found none")
    log.info("%d sentences; %d lines left out that overlap held-out text", len(texts), text.dropped)
    dictionary = read_dictionary(options.dictionary) if options.dictionary else {}
    pos = numbered_tags(options.pos, tagger.model.scheme.pos)
    tagged = log_progress(tagger.tag(texts), len(texts))
    words = find(
        tagged,
        pos,
        min_count=options.min_count,
        dictionary=dictionary,
        annotated=[sentence for path in options.gold for sentence in corpus.read(Path(path))],
        least_level=SHARES.index(options.least_share),
    )
    if not words.forms:
        raise CorpusError(
            f"{options.raw}: expected words of {SHORTEST} to {LONGEST} characters that occur {options.min_count} times,"
            " found none; give more text, or a smaller --min-count"
        )
    output = Path(options.output)
    output.parent.mkdir(parents=True, exist_ok=True)
    with publishing(output) as temporary:
        words.save(temporary)
    log.info("%d words", len(words.forms))
    print(output)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    options = parser().parse(cli.flags_of_words(arguments, WORDS))
    cli.log_to_stderr()
    return cli.run(lambda: build(options), output=options.output, phrase=cli.in_flags("encoding"))


if __name__ == "__main__":
    sys.exit(main())

"""`tagger card GOLD -m NAME.onnx -o CARD.md`: a model card with measured figures.

The figures, with the corpus's name and the command that made the model, are written into the model file too.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from . import cli
from .corpus.genres import read_genres
from .corpus.layers import JOINT_SPANS
from .corpus.options import corpus_of
from .errors import UsageError
from .evaluation.card import render
from .evaluation.measuring import add_figures, measure, measure_disagreement, measure_genres
from .experiment import gold
from .files.atomic import publishing
from .files.output import file_to_write
from .modelfile.rewrite import rewrite
from .tagging.tagger import Tagger, load
from .usage import whole_number

# `key=value` words of version 0.1.
WORDS = {
    "model": "-m",
    "output": "-o",
    "command": "--command",
    "splits": "--split",
    "resamples": "--resamples",
    "other": "--other",
    "raw": "--raw",
    "n_chars": "--n-chars",
}


def parser() -> cli.Parser:
    p = cli.parser(
        "card",
        "Measure a tagger on gold text and write its model card as Markdown. The figures are written into the model "
        "file too.",
    )
    gold.add_gold(p)
    p.add_argument("-m", "--model", required=True, metavar="NAME.onnx", help="a model file from tagger export")
    p.add_argument("-o", "--output", type=file_to_write, required=True, metavar="CARD.md", help="the card to write")
    p.add_argument("--command", required=True, metavar="TEXT", help="how the model was made, to be told in the card")
    p.add_argument(
        "--split",
        action="append",
        choices=("train", "dev", "test"),
        help="what to measure on; the first tells where the model fails; default: dev and test, of a file: test",
    )
    p.add_argument(
        "--standard",
        metavar="NAME",
        help="of a model of several: measure by it alone; default: by the corpus's own",
    )
    gold.add_genres(p)
    p.add_argument(
        "--resamples",
        type=whole_number(0),
        default=1000,
        metavar="N",
        help="for the intervals, 0: none; default %(default)s",
    )
    p.add_argument(
        "--other", metavar="MODEL", help="another model of the same corpus: how often the two disagree on --raw"
    )
    p.add_argument("--raw", metavar="FOLDER", help="raw text for --other, a .txt file for each source")
    p.add_argument(
        "--n-chars",
        type=whole_number(),
        default=20_000,
        metavar="N",
        help="characters of each source; default %(default)s",
    )
    return p


def write_card(options: argparse.Namespace) -> None:
    """What the command line asks for. Raises TaggerError."""
    if bool(options.other) != bool(options.raw):
        raise UsageError("expected --other MODEL and --raw FOLDER, got one of the two; add or remove it")
    gold.check_resamples(options)
    splits = options.split or (["test"] if gold.gold_file(options) else ["dev", "test"])
    tagger = load(options.model)
    corpus = corpus_of(gold.with_task(gold.gold_options(options, splits), tagger))
    corpus.prepare()
    measured = measure(tagger, corpus, splits, n_resamples=options.resamples, standard=options.standard)
    of_entities = tagger.entity_tagger if corpus.task == JOINT_SPANS else None
    entities = measure(of_entities, corpus, splits, n_resamples=options.resamples) if of_entities else None
    chosen = tagger.using(options.standard)
    genres = read_genres(options.genre, entities=tagger.finds_entities)
    measured = replace(
        measured,
        genres=measure_genres(chosen, genres, n_resamples=options.resamples),
        genre_standard=chosen.standard_name,
        domains=_measure_domains(tagger, options),
    )
    text = render(tagger, measured, entities, command=options.command)
    metadata = add_figures(tagger.model.metadata, measured, entities, command=options.command)
    rewrite(options.model, options.model, metadata)
    with publishing(options.output) as temporary:
        temporary.write_text(text, encoding="utf-8")
    print(options.output)


def _measure_domains(tagger: Tagger, options: argparse.Namespace) -> list[tuple[str, int, float]]:
    """For each source of raw text its name, the characters read, and the share of words in which the models differ."""
    if not options.other:
        return []
    other = load(options.other)
    return [
        (source.name.partition(".")[0], *measure_disagreement(tagger, other, source, n_chars=options.n_chars))
        for source in sorted(Path(options.raw).glob("*.txt*"))
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    options = parser().parse(cli.flags_of_words(arguments, WORDS))
    return cli.run(lambda: write_card(options), output=options.output, phrase=gold.in_flags)


if __name__ == "__main__":
    sys.exit(main())

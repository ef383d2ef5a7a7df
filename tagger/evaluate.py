"""`tagger evaluate GOLD -m NAME.onnx`: scores a model file on gold text, as a table and as JSON."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from . import cli
from .corpus.genres import read_genres
from .corpus.options import corpus_of, labelled_corpus_of
from .evaluation.classifier import evaluate_classifier
from .evaluation.tagging import evaluate, following, line_of_scores, score_genres
from .experiment import gold
from .experiment.gold import with_task
from .files.atomic import write_json
from .files.output import file_to_write
from .modelfile import shipped
from .modelfile.classifier import ClassifierModel
from .modelfile.session import open_file
from .modelfile.shipped import find
from .modelfile.tagger import Model
from .tagging.classifier import Classifier
from .tagging.tagger import Tagger
from .tagging.word_tagger import AnyTagger, open_any
from .text.presegment import NO_PRESEGMENTATION


def evaluate_model(
    model: str | Path,
    options: Mapping[str, Any],
    split: str,
    *,
    presegment: bool = True,
    standard: str | None = None,
    genres: Sequence[str] = (),
    resamples: int = 1000,
) -> tuple[dict[str, Any], str]:
    """Score a model file, or a tagger's checkpoint, on a split of the corpus that the options of a `conf/data` node
    describe: labelled texts for a classifier, words for a tagger, and of these each of the `genres` too. Raises
    TaggerError for a model or corpus that cannot be used.
    """
    presegmenter = None if presegment else NO_PRESEGMENTATION
    if Path(model).suffix == ".ckpt":
        from .learning.teacher import open_checkpoint

        tagger = open_any(open_checkpoint(model), presegmenter=presegmenter, standard=standard)
        return _evaluate_tagger(tagger, options, split, standard=standard, genres=genres, resamples=resamples)
    path = find(model)
    file = open_file(path)
    if file.metadata.kind == "classifier":
        texts = labelled_corpus_of(options)
        texts.prepare()
        return evaluate_classifier(Classifier(ClassifierModel.of(file, path)), texts, split, resamples=resamples)
    tagger = open_any(Model.of(file, path), presegmenter=presegmenter, standard=standard)
    return _evaluate_tagger(tagger, options, split, standard=standard, genres=genres, resamples=resamples)


def _evaluate_tagger(
    tagger: AnyTagger,
    options: Mapping[str, Any],
    split: str,
    *,
    standard: str | None,
    genres: Sequence[str],
    resamples: int,
) -> tuple[dict[str, Any], str]:
    corpus = corpus_of(with_task(options, tagger))
    corpus.prepare()
    if standard is None and isinstance(tagger, Tagger):
        tagger = following(tagger, corpus)
    values, table = evaluate(tagger, corpus, split, resamples=resamples)
    by_genre = score_genres(tagger, read_genres(genres))
    lines = "".join(f"{line_of_scores(name, scores)}\n" for name, scores in by_genre.items())
    return values | ({"genres": by_genre} if genres else {}), table + lines


# `key=value` words of version 0.1.
WORDS = {
    "model": "-m",
    "output": "-o",
    "split": "--split",
    "standard": "--standard",
    "resamples": "--resamples",
    "presegment=false": "--no-presegment",
    "presegment=true": "",
    "keep_runs=false": "--no-presegment",
}


def parser() -> cli.Parser:
    p = cli.parser(
        "evaluate",
        "Score a model file on gold text: precision, recall and F1 of words and of words with tags, with 95 % "
        "intervals, or the accuracy of a classifier. A table is printed, and all figures are written as JSON.",
    )
    gold.add_gold(p)
    p.add_argument(
        "-m",
        "--model",
        default=shipped.DEFAULT,
        metavar="NAME",
        help="a model file, a checkpoint, or a model of the package; default %(default)s",
    )
    p.add_argument(
        "-o", "--output", type=file_to_write, metavar="OUT.json", help="default: beside the model, NAME.SPLIT.json"
    )
    p.add_argument("--split", default="test", choices=("train", "dev", "test"), help="default: %(default)s")
    p.add_argument(
        "--standard",
        metavar="NAME",
        help="of a model of several; default: the corpus's own if it names one, else the first",
    )
    gold.add_genres(p)
    cli.add_no_presegment(p)
    p.add_argument(
        "--resamples", type=int, default=1000, metavar="N", help="bootstrap resamples for the intervals; %(default)s"
    )
    return p


def evaluate_file(options: argparse.Namespace) -> None:
    """What the command line asks for. Raises TaggerError."""
    values, table = evaluate_model(
        options.model,
        gold.gold_options(options, [options.split]),
        options.split,
        presegment=not options.no_presegment,
        standard=options.standard,
        genres=options.genre,
        resamples=options.resamples,
    )
    output = Path(options.output or Path(options.model).with_suffix(f".{options.split}.json"))
    write_json(output, values)
    print(f"{table}\n{output}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    options = parser().parse(cli.flags_of_words(arguments, WORDS))
    return cli.run(lambda: evaluate_file(options), output=options.output, phrase=gold.in_flags)


if __name__ == "__main__":
    sys.exit(main())

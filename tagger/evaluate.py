"""`tagger evaluate GOLD -m NAME.onnx`: scores a model file on gold text, as a table and as JSON; with two models it
says too whether they differ by more than chance."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from . import cli
from .corpus.genres import read_genres
from .corpus.options import corpus_of, labelled_corpus_of
from .errors import ModelError, UsageError
from .evaluation.classifier import evaluate_classifier
from .evaluation.tagging import evaluate, following, line_of_scores, score_genres
from .evaluation.two_models import Side, check_kinds, compare_two
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
from .usage import whole_number

SPEED = "characters_per_second"


class _How(NamedTuple):
    """How texts are tagged, and from how many resamples intervals come."""

    presegment: bool = True
    standard: str | None = None
    resamples: int = 1000


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
    how = _How(presegment, standard, resamples)
    return _score(_open(model, how), options, split, how, genres)


def _score(
    opened: AnyTagger | Classifier, options: Mapping[str, Any], split: str, how: _How, genres: Sequence[str]
) -> tuple[dict[str, Any], str]:
    if isinstance(opened, Classifier):
        texts = labelled_corpus_of(options)
        texts.prepare()
        return evaluate_classifier(opened, texts, split, resamples=how.resamples)
    tagger, corpus = _with_corpus(opened, options, how.standard)
    values, table = evaluate(tagger, corpus, split, resamples=how.resamples)
    by_genre = score_genres(tagger, read_genres(genres, entities=tagger.model.scheme.outside))
    lines = "".join(f"{line_of_scores(name, scores)}\n" for name, scores in by_genre.items())
    return values | ({"genres": by_genre} if genres else {}), table + lines


def _compare(
    opened: Sequence[AnyTagger | Classifier], options: Mapping[str, Any], split: str, how: _How
) -> tuple[dict[str, Any], str]:
    """How much better the first of two taggers is. Raises ModelError for classifiers and models of different kinds."""
    taggers = [tagger for tagger in opened if not isinstance(tagger, Classifier)]
    if len(taggers) < 2:
        names = " and ".join(each.model.name for each in opened)
        raise ModelError(f"expected two taggers to compare, got a classifier in {names}; score them one by one")
    check_kinds(*taggers)
    sides = [_with_corpus(tagger, options, how.standard) for tagger in taggers]
    return compare_two(sides[0], sides[1], split, resamples=how.resamples)


def _open(model: str | Path, how: _How) -> AnyTagger | Classifier:
    presegmenter, standard = None if how.presegment else NO_PRESEGMENTATION, how.standard
    path = find(model)
    if path.suffix == ".ckpt":
        from .learning.teacher import open_checkpoint

        return open_any(open_checkpoint(path), presegmenter=presegmenter, standard=standard)
    file = open_file(path)
    if file.metadata.kind == "classifier":
        return Classifier(ClassifierModel.of(file, path))
    return open_any(Model.of(file, path), presegmenter=presegmenter, standard=standard)


def _with_corpus(tagger: AnyTagger, options: Mapping[str, Any], standard: str | None) -> Side:
    """The corpus for what a tagger finds, and the tagger by the standard of that."""
    corpus = corpus_of(with_task(options, tagger))
    corpus.prepare()
    return (following(tagger, corpus) if standard is None and isinstance(tagger, Tagger) else tagger), corpus


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
        action="append",
        metavar="NAME",
        help=f"a model file, a checkpoint, or a model of the package; default {shipped.DEFAULT}; given twice, both are "
        "scored, and a paired bootstrap says whether they differ by more than chance",
    )
    p.add_argument(
        "-o",
        "--output",
        type=file_to_write,
        metavar="OUT.json",
        help="default: NAME.SPLIT.json beside the model file, of a model of the package in the working directory; "
        "comparison.SPLIT.json of two models",
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
        "--resamples",
        type=whole_number(0),
        default=1000,
        metavar="N",
        help="bootstrap resamples for the intervals, 0 for none; %(default)s",
    )
    return p


def evaluate_file(options: argparse.Namespace) -> None:
    """What the command line asks for. Raises TaggerError."""
    models = options.model or [shipped.DEFAULT]
    if len(models) > 2:
        raise UsageError(f"expected one model or two, got {', '.join(models)}; compare them two by two")
    gold.check_resamples(options, least=len(models) - 1)  # a comparison needs one
    corpus = gold.gold_options(options, [options.split])
    how = _How(not options.no_presegment, options.standard, options.resamples)
    opened = [_open(model, how) for model in models]
    difference = _compare(opened, corpus, options.split, how) if len(opened) > 1 else None
    scored = [_score(each, corpus, options.split, how, options.genre) for each in opened]
    parts = [table for _, table in scored]
    values: Any = scored[0][0]
    if difference is not None:
        values = {"models": [each for each, _ in scored], "difference": difference[0]}
        parts.append(difference[1])
    default = default_output(models, options.split)
    output = Path(options.output) if options.output else place_beside(default, values)
    write_json(output, values)
    others = f"{default.name} holds others and stays; " if not options.output and output != default else ""
    print("\n".join([*parts, f"figures: {output} ({others}-o FILE chooses the place)"]))


def default_output(models: Sequence[str], split: str) -> Path:
    """Beside the first model file, or in the working directory where that is a model of the package."""
    path = find(models[0])
    own = Path(path.name) if path.parent == shipped.FOLDER else path
    return own.with_name(f"comparison.{split}.json") if len(models) > 1 else own.with_suffix(f".{split}.json")


def place_beside(default: Path, values: Any) -> Path:
    """The default place, or NAME-2.json and so on where that holds other figures than these: of another model, another
    corpus or other options. Those of a repetition differ in speed alone, and replace the first ones."""
    places = (default.with_name(f"{default.stem}{f'-{number}' * (number > 1)}.json") for number in count(1))
    return next(path for path in places if not path.exists() or _read(path) == _comparable(values))


def _read(path: Path) -> str:
    try:
        return _comparable(json.loads(path.read_text(encoding="utf-8")))
    except ValueError:  # no JSON, so not ours
        return ""


def _comparable(values: Any) -> str:
    """Figures as text, without the speed."""
    models = values.get("models", [values]) if isinstance(values, dict) else []
    timeless = [{name: value for name, value in each.items() if name != SPEED} for each in models]
    return json.dumps([timeless, values.get("difference") if models else values], sort_keys=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    options = parser().parse(cli.flags_of_words(arguments, WORDS))
    return cli.run(lambda: evaluate_file(options), output=options.output, phrase=gold.in_flags)


if __name__ == "__main__":
    sys.exit(main())

"""What a finished run left in its folder: its configuration, corpus and learning curves, and a report on them."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from ..corpus.corpora import Corpus
from ..corpus.options import corpus_of, split_parts
from ..corpus.several import AnyCorpus
from ..errors import CorpusError, ModelError, UsageError
from ..evaluation.tag_sets import comparable
from ..evaluation.tagging import following
from ..scores.names import ENTITY_FIGURES, WORD_FIGURES
from ..scores.words import summary
from ..tagging.confidence import RatedWord
from ..tagging.tagger import Tagger, load
from ..text.sentence import Sentence, Word
from ..visual.report import Study, render_curves, render_report
from .gold import with_task
from .run_folder import CONFIGURATION, OVERRIDES

DEFAULT_NAME = "train"  # of a run that was given none, in conf/train.yaml
# What tells the folder of several runs from that of one, and which command makes it.
_SEVERAL = {"nets": "compare", "space": "search"}
# The constructors that a run's data names. They are never called: a Corpus is made from their options.
CORPORA = (
    "tagger.learning.data.tagging_data",
    "tagger.learning.data.word_data",
    "tagger.files.Source",
)
# Names of runs trained before version 0.2; read until version 0.3.
OLD = (
    "tagger.data.TaggingData",
    "tagger.data.sample_data",
    "tagger.word_data.WordData",
    "tagger.download.Source",
)

# The data of nets that are no taggers: a report shows their curves.
OTHERS = (
    "tagger.learning.data.classification_data",
    "tagger.learning.data.char_data",
    "tagger.learning.data.series_data",
)


def configuration(run: Path) -> DictConfig:
    """What the run was configured with. Raises ModelError when the folder is none of a run."""
    path = run / CONFIGURATION
    if not path.is_file():
        raise ModelError(f"{run}: {_without_configuration(run)}")
    try:
        cfg = OmegaConf.load(path)
    except (OSError, OmegaConfBaseException, ValueError) as error:
        raise ModelError(
            f"{path}: expected the configuration of a run of tagger.train, cannot read it ({error}); name its folder"
        ) from error
    if not isinstance(cfg, DictConfig) or "data" not in cfg:
        raise ModelError(
            f"{path}: expected the configuration of a run of tagger.train, got another; name a run's folder"
        )
    if several := next((command for key, command in _SEVERAL.items() if key in cfg), None):
        inside = ", ".join(sorted(child.name for child in run.iterdir() if (child / CONFIGURATION).is_file()))
        raise ModelError(
            f"{run}: expected the folder of one run, got that of tagger {several}; name a folder in it: "
            f"{inside or 'it has none yet'}"
        )
    return cfg


def _without_configuration(run: Path) -> str:
    if not run.is_dir():
        return "expected the folder of a run of tagger train, found no folder; correct the path"
    if (run / "row.json").is_file() or run.name.startswith("trial_"):
        return (
            "expected a run with its configuration, got one of tagger compare or search by an earlier version, which "
            "kept none; train it again in another folder"
        )
    return f"expected the folder of a run of tagger train, found no {CONFIGURATION} in it; name a run's folder"


def corpus_of_run(cfg: DictConfig) -> AnyCorpus:
    """The corpus of a run. Raises ModelError for data that is no corpus of words: nothing else is made of it."""
    try:
        options: Any = OmegaConf.to_container(cfg.data, resolve=True)
    except OmegaConfBaseException as error:
        raise ModelError(f"expected data that the run's configuration spells out, got {error}") from error
    targets = set(_targets(options))
    if other := sorted(targets.difference(CORPORA, OLD)):
        raise ModelError(
            f"expected data of {', '.join(CORPORA)}, got {', '.join(other)}; report on a run that trains a tagger"
        )
    if targets & set(OLD):
        options = _renewed(options)
    try:
        corpus, _ = split_parts(options)
    except CorpusError as error:
        raise ModelError(
            f"expected the corpus of the run, cannot set it up ({error}); report with the version of tagger that "
            "trained it, in the folder where it was started"
        ) from error
    return corpus


def _targets(value: Any) -> Iterable[str]:
    """The constructors that a node and those under it name."""
    if isinstance(value, Mapping):
        if "_target_" in value:
            yield str(value["_target_"])
        for inner in value.values():
            yield from _targets(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _targets(inner)


def _renewed(options: Mapping[str, Any]) -> dict[str, Any]:
    """What a run trained before version 0.2 says of its corpus: its other options have other names now, and the sample
    corpus had a constructor of its own."""
    names = {"parts", *(field.name for field in fields(Corpus))}
    renewed = {name: value for name, value in options.items() if name in names}
    if "parts" in renewed:
        renewed["parts"] = {name: _renewed(part) for name, part in renewed["parts"].items()}
    if options.get("_target_") == "tagger.data.sample_data" and not options.get("root"):
        renewed["root"] = "pkg://tagger.corpus.sample"
    return renewed


def curves(run: Path) -> dict[str, dict[float, float]]:
    """The CSV log: the values of every figure by epoch (from 1), or by step for figures that are logged at steps.

    Where a run was resumed, the later log holds.
    """
    series: dict[str, dict[float, float]] = {}
    logs = sorted((run / "csv").glob("version_*/metrics.csv"), key=lambda path: int(path.parent.name.partition("_")[2]))
    for log in logs:
        with log.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                for name, value in row.items():
                    if name in ("epoch", "step") or not value:
                        continue
                    by_epoch = row["epoch"] and (name.startswith("val/") or name.endswith("_epoch"))
                    time = float(row["epoch"]) + 1 if by_epoch else float(row["step"])
                    series.setdefault(name, {})[time] = float(value)
    return series


def check_model(run: Path, cfg: DictConfig) -> None:
    """Raises ModelError for a run without a model file, which says how to make one."""
    if (run / "model.onnx").is_file():
        return
    if OmegaConf.select(cfg, "trainer.enable_checkpointing") is False:
        raise ModelError(
            f"{run}: expected the run's model.onnx, found none: trials of tagger search, and runs with "
            "trainer.enable_checkpointing=false, keep no weights; train by tagger train with the settings of "
            f"{run / OVERRIDES}, and for a trial those that the search was given, and report on that run"
        )
    if not (run / "best.ckpt").is_file():
        raise ModelError(
            f"{run}: expected the run's model.onnx or best.ckpt, found neither: it was stopped before dev was scored, "
            "or failed; continue it with resume=, or train again"
        )
    raise ModelError(
        f"{run}: expected the run's model.onnx, found none; tagger export {run}/best.ckpt -o {run}/model.onnx"
    )


def name_of_run(run: Path, cfg: DictConfig) -> str:
    """The name that a run was given, or else that of its folder."""
    name = str(cfg.get("name") or DEFAULT_NAME)
    return run.resolve().name if name == DEFAULT_NAME else name


def shown_configuration(cfg: DictConfig) -> str:
    """The configuration of a run as YAML. A model file that the run began from (`init=`) decided what the net is like:
    then it says so in place of the net's settings."""
    init = str(cfg.get("init") or "")
    if not init or Path(init).suffix == ".ckpt":
        return OmegaConf.to_yaml(cfg)
    values: Any = OmegaConf.to_container(cfg)
    return OmegaConf.to_yaml(values | {"net": f"that of init={init}, with the settings above"})


def report(run: Path, *, split: str, n_worst: int, gold: Mapping[str, Any] | None = None) -> str:
    """The report of a run as HTML: of a net that is no tagger its configuration and learning curves.

    It is scored on a split of the run's corpus, or of the one whose options `gold` holds, as a node of `conf/data` has
    them; words are unknown that the train file of that corpus lacks, or of the run's if it has none. Raises TaggerError
    for a folder that is no run's, when corpora are gone, and for `gold` beside a net that is no tagger.
    """
    cfg = configuration(run)
    name, words = name_of_run(run, cfg), run / OVERRIDES
    overrides = [str(part) for part in OmegaConf.load(words)] if words.is_file() else []
    if str(cfg.data.get("_target_")) in OTHERS:
        if gold is not None:
            raise UsageError(
                f"expected a tagger's run beside a gold file, got {run}, of another net; leave the file out"
            )
        return render_curves(name, OmegaConf.to_yaml(cfg), overrides, curves(run))
    corpus = scored = corpus_of_run(cfg)
    check_model(run, cfg)
    tagger = load(run / "model.onnx")
    if gold is not None:
        tagger, scored = _with_gold(tagger, gold)
    sentences = comparable(tagger, scored.read_layer(split, entities=tagger.finds_entities))
    vocabulary = scored.vocabulary(entities=tagger.finds_entities)
    if vocabulary is None:
        vocabulary = corpus.vocabulary(entities=tagger.finds_entities)
    predicted = _predicted(tagger, sentences)
    names = ENTITY_FIGURES if tagger.finds_entities else WORD_FIGURES
    return render_report(
        Study(
            name=name,
            corpus=scored.name or "its corpus",
            split=split,
            configuration=shown_configuration(cfg),
            overrides=overrides,
            metadata=tagger.model.metadata,
            curves=curves(run),
            summary=replace(summary(sentences, predicted, vocabulary), names=names),
            pairs=list(zip(sentences, predicted, strict=True)),
            vocabulary=vocabulary,
            n_worst=n_worst,
        )
    )


def _with_gold(tagger: Tagger, options: Mapping[str, Any]) -> tuple[Tagger, AnyCorpus]:
    """The corpus that options describe, of what a tagger finds, and the tagger by the standard of that corpus."""
    corpus = corpus_of(with_task(options, tagger))
    corpus.prepare()
    return following(tagger, corpus), corpus


def _predicted(tagger: Tagger, gold: Sequence[Sentence]) -> list[Sentence]:
    """What a tagger finds in gold sentences, its words with their probabilities: without tags where gold has none."""
    predicted = list(tagger.tag_as_words([sentence.text for sentence in gold], confidence=True))
    if any(tag is not None for sentence in gold for tag in sentence.tags):
        return predicted
    return [replace(sentence, words=tuple(map(_untagged, sentence.words))) for sentence in predicted]


def _untagged(word: Word) -> Word:
    """A word without its tag, as likely as its span is."""
    assert isinstance(word, RatedWord)
    return RatedWord.of(word._replace(pos=None), word.span_probability, word.span_probability)

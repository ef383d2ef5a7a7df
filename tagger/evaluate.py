"""`python -m tagger.evaluate model=NAME.onnx data=…`: how right a model file is, as a table and as JSON."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from .corpus.options import corpus_of, labelled_corpus_of
from .errors import TaggerError
from .evaluation.classifier import evaluate_classifier
from .evaluation.tagging import evaluate
from .files.atomic import write_json
from .modelfile.classifier import ClassifierModel
from .modelfile.session import open_file
from .modelfile.shipped import find
from .modelfile.tagger import Model
from .tagging.classifier import Classifier
from .tagging.word_tagger import open_any
from .text.presegment import NO_PRESEGMENTATION


def evaluate_model(
    model: str | Path,
    options: Mapping[str, Any],
    split: str,
    *,
    presegment: bool = True,
    standard: str | None = None,
    resamples: int = 1000,
) -> tuple[dict[str, Any], str]:
    """Score a model file on a split of the corpus that the options of a `conf/data` node describe: labelled texts for a
    classifier, words for a tagger. Raises TaggerError for a model or corpus that cannot be used.
    """
    path = find(model)
    file = open_file(path)
    if file.metadata.kind == "classifier":
        texts = labelled_corpus_of(options)
        texts.prepare()
        return evaluate_classifier(Classifier(ClassifierModel.of(file, path)), texts, split, resamples=resamples)
    presegmenter = None if presegment else NO_PRESEGMENTATION
    tagger = open_any(Model.of(file, path), presegmenter=presegmenter, standard=standard)
    corpus = corpus_of(options)
    corpus.prepare()
    return evaluate(tagger, corpus, split, resamples=resamples)


def given_files(options: Mapping[str, Any], words: Sequence[str], split: str) -> Mapping[str, Any]:
    """The options of the corpus that the words of a command line mean.

    With the file of `split` but without `data=NAME` these are the given options alone: what else the default corpus
    has, its train file above all, does not belong to the file.
    """
    names = [word.partition("=")[0].removeprefix("data.") for word in words if word.startswith("data.")]
    if split not in names or any(word.startswith("data=") for word in words):
        return options
    return {"name": options[split]} | {name: options[name] for name in names if name in options}


@hydra.main(config_path="../conf", config_name="evaluate", version_base="1.3")
def main(cfg: DictConfig) -> None:
    try:
        options: Any = OmegaConf.to_container(cfg.data, resolve=True)
        values, table = evaluate_model(
            cfg.model,
            given_files(options, HydraConfig.get().overrides.task, cfg.split),
            cfg.split,
            presegment=cfg.presegment,
            standard=cfg.standard,
            resamples=cfg.resamples,
        )
        output = Path(cfg.output or Path(cfg.model).with_suffix(f".{cfg.split}.json"))
        write_json(output, values)
    except (TaggerError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    print(f"{table}\n{output}")


if __name__ == "__main__":
    main()

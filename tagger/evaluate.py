"""`python -m tagger.evaluate model=NAME.onnx data=…`: how right a model file is, as a table and as JSON."""

import sys
from pathlib import Path

import hydra
from hydra.utils import instantiate
from omegaconf import DictConfig

from .errors import TaggerError
from .evaluation.classifier import evaluate_classifier
from .evaluation.tagging import evaluate
from .files.atomic import write_json
from .learning.data.classification import ClassificationData
from .tagging.classifier import load_classifier
from .tagging.word_tagger import load_any
from .text.presegment import NO_PRESEGMENTATION


@hydra.main(config_path="../conf", config_name="evaluate", version_base="1.3")
def main(cfg: DictConfig) -> None:
    try:
        data = instantiate(cfg.data)
        data.prepare_data()
        if isinstance(data, ClassificationData):
            classifier = load_classifier(cfg.model)
            values, table = evaluate_classifier(classifier, data, cfg.split, resamples=cfg.resamples)
        else:
            tagger = load_any(
                cfg.model, presegmenter=None if cfg.presegment else NO_PRESEGMENTATION, standard=cfg.standard
            )
            values, table = evaluate(tagger, data, cfg.split, resamples=cfg.resamples)
        output = Path(cfg.output or Path(cfg.model).with_suffix(f".{cfg.split}.json"))
        write_json(output, values)
    except (TaggerError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    print(f"{table}\n{output}")


if __name__ == "__main__":
    main()

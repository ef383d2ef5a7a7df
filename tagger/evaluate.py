"""`python -m tagger.evaluate model=NAME.onnx data=…`: how right a model file is, as a table and as JSON."""

import json
import sys
import time
from pathlib import Path
from typing import Any

import hydra
from hydra.utils import instantiate
from omegaconf import DictConfig

from .data import TaggingData
from .errors import TaggerError
from .files import publishing
from .inference import Tagger, load
from .runs import NO_RUNS
from .scores import summary


def evaluate(tagger: Tagger, data: TaggingData, split: str, *, resamples: int = 1000) -> tuple[dict[str, Any], str]:
    """Score the words found in the plain text of a split's sentences: as JSON values, and as a table."""
    gold = data.read(split)
    vocabulary = {word.form for sentence in data.read("train") for word in sentence.words}
    start = time.perf_counter()
    found = list(tagger.tag([sentence.text for sentence in gold]))
    seconds = time.perf_counter() - start
    report = summary(gold, found, vocabulary, n_resamples=resamples)
    n_chars = sum(len(sentence.text) for sentence in gold)
    about = {
        "model": tagger.model.name,
        "corpus": data.name,
        "split": split,
        "n_characters": n_chars,
        "characters_per_second": round(n_chars / seconds),
    }
    head = f"{about['model']} on {about['corpus']}, {split}: {n_chars} characters, {n_chars / seconds:,.0f} a second"
    return about | report.to_json(), f"{head}\n\n{report.table()}"


def write_json(path: Path, values: Any) -> None:
    with publishing(path) as temporary:
        temporary.write_text(json.dumps(values, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


@hydra.main(config_path="../conf", config_name="evaluate", version_base="1.3")
def main(cfg: DictConfig) -> None:
    try:
        data: TaggingData = instantiate(cfg.data)
        data.prepare_data()
        values, table = evaluate(
            load(cfg.model, runs=None if cfg.keep_runs else NO_RUNS), data, cfg.split, resamples=cfg.resamples
        )
        output = Path(cfg.output or Path(cfg.model).with_suffix(f".{cfg.split}.json"))
        write_json(output, values)
    except (TaggerError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    print(f"{table}\n{output}")


if __name__ == "__main__":
    main()

"""LTP's perceptron beside a run. Its package is one of the extra `bench`; what needs it skips without it."""

import logging
import re
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from omegaconf import DictConfig

from tagger import cli, corpus
from tagger.corpus import sample
from tagger.errors import UsageError
from tagger.experiment.baseline import score_ltp
from tagger.experiment.training import train

TAGS = Path(__file__).parents[1] / "entities.iob2"


def compose_train(*overrides: str) -> DictConfig:
    with initialize_config_dir(str(cli.CONF), version_base="1.3"):
        return compose("train", ["+baseline=ltp", *overrides])


def test_a_line_at_the_end(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pytest.importorskip("ltp_extension", reason="pip install ltp-extension")
    caplog.set_level(logging.INFO)
    corpus.write(list(corpus.read(sample.path("train")))[:200], tmp_path / "train.conllu")
    files = ["data=files", *(f"data.{split}={tmp_path / 'train.conllu'}" for split in ("train", "dev"))]
    small = ["net.encoder.hidden_sizes=[4]", "trainer.max_epochs=1", "export=false", "logger=csv", f"run={tmp_path}"]
    train(compose_train(*files, *small))
    pattern = r"LTP's perceptron, trained on the same sentences in \d+ s: dev word F1 ([\d.]+), joint F1 ([\d.]+)"
    found = re.fullmatch(pattern, caplog.messages[-1])
    assert found
    assert 90 < float(found[2]) <= float(found[1]) <= 100  # it has seen these sentences


def test_other_data_than_words_of_one_standard() -> None:
    cfg = compose_train("data=files", "data.task=spans", f"data.train={TAGS}", f"data.dev={TAGS}", "run=/nowhere")
    data = instantiate(cfg.data)
    data.setup()
    with pytest.raises(UsageError, match="expected words of one standard for baseline=ltp"):
        score_ltp(data, epochs=1)

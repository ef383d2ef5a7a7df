"""The folder of a run that is no more than files: a small model, its corpus, its configuration and its log."""

import shutil
from pathlib import Path

from tagger import corpus
from tagger.corpus import sample

CONFIG = """
name: small
data:
  _target_: tagger.learning.data.tagging_data
  name: a <corpus>
  root: {root}
  train: train.conllu
  dev: dev.conllu
"""
LOG = """epoch,lr-Adam,step,train/loss_epoch,train/loss_step,val/joint_f1,val/word_f1
,0.002,4,,,,
0,,4,,2.5,,
0,,9,,,0.25,0.5
0,,9,2.75,,,
1,,19,,,0.375,0.625
1,,19,1.5,,,
"""


def write_run(folder: Path, model: Path) -> Path:
    """The folder, with 20 sentences to train on, 12 of dev, and a model file."""
    sentences = list(corpus.read(sample.path("dev")))
    corpus.write(sentences[:20], folder / "train.conllu")
    corpus.write(sentences[20:32], folder / "dev.conllu")
    (folder / ".hydra").mkdir()
    (folder / ".hydra" / "config.yaml").write_text(CONFIG.format(root=folder), encoding="utf-8")
    (folder / ".hydra" / "overrides.yaml").write_text("- net.encoder.cell=gru\n", encoding="utf-8")
    (folder / "csv" / "version_0").mkdir(parents=True)
    (folder / "csv" / "version_0" / "metrics.csv").write_text(LOG, encoding="utf-8")
    shutil.copyfile(model, folder / "model.onnx")
    return folder

"""CONTRIBUTING's recipe "a part of a net": an embedding, an encoder, a cell and a head from outside the package, named
as `_target_`, train, score and write a checkpoint."""

import math
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from torch import Tensor, nn

from tagger import cli, corpus
from tagger.corpus import sample
from tagger.errors import ModelError
from tagger.experiment.training import train
from tagger.learning.checkpoint import check_exportable, load
from tagger.learning.nets import CharTagger, Encoder
from tagger.learning.nets.cells import GRU
from tagger.learning.nets.heads import HEADS, SoftmaxHead
from tagger.learning.nets.parts import settings_of
from tagger.text.alphabet import Alphabet
from tagger.text.characters import PAD, PAGE
from tagger.text.scheme import Scheme

HERE = __name__
OWN_NET = f"""
_target_: tagger.learning.nets.CharTagger.build
_partial_: true
embedding: {{_target_: {HERE}.CharsAlone, _partial_: true, char_size: 6}}
encoder: {{_target_: {HERE}.Convolution, _partial_: true, width: 5}}
"""


class CharsAlone(nn.Module):
    """A vector for each character, and nothing else."""

    def __init__(self, alphabet: Alphabet, *, char_size: int = 8) -> None:
        super().__init__()
        self.alphabet, self.char_size, self.size = alphabet, char_size, char_size
        self.char = nn.Embedding(alphabet.n_chars, char_size)
        pages, cells = (torch.from_numpy(table).long() for table in alphabet.char_table)
        self.register_buffer("pages", pages, persistent=False)
        self.register_buffer("cells", cells, persistent=False)

    def ids(self, code_points: Tensor, lengths: Tensor) -> Tensor:
        pages, cells = self.get_buffer("pages"), self.get_buffer("cells")
        ids = cells[pages[code_points // PAGE] * PAGE + code_points % PAGE]
        return ids.masked_fill(torch.arange(ids.shape[1]) >= lengths[:, None], PAD)

    def forward(self, ids: Tensor) -> Tensor:
        vectors: Tensor = self.char(ids)
        return vectors


class Convolution(nn.Module):
    """One convolution over time in place of recurrent layers."""

    def __init__(self, input_size: int, *, size: int = 12, width: int = 3) -> None:
        super().__init__()
        self.size, self.width = size, width
        self.filters = nn.Conv1d(input_size, size, width, padding=width // 2)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        hidden: Tensor = self.filters(x.transpose(1, 2)).transpose(1, 2)
        return hidden.tanh()


class Smoothed(SoftmaxHead):
    """A softmax whose loss is scaled."""

    def __init__(self, input_size: int, scheme: Scheme, *, scale: float = 1.0) -> None:
        super().__init__(input_size, scheme)
        self.scale = scale

    def loss(self, scores: Tensor, tags: Tensor, lengths: Tensor, soft_targets: Tensor | None = None) -> Tensor:
        return self.scale * super().loss(scores, tags, lengths, soft_targets)


class OwnGRU(GRU):
    """A cell of one's own."""


class Forgetful(nn.Module):
    """A part that does not keep its setting."""

    def __init__(self, input_size: int, *, width: int = 3) -> None:
        super().__init__()


OWN = {
    "embedding": {"_target_": f"{HERE}.CharsAlone", "_partial_": True, "char_size": 6},
    "encoder": {"_target_": f"{HERE}.Convolution", "_partial_": True, "width": 5},
    "encoder.cell": {"_target_": "hydra.utils.get_class", "path": f"{HERE}.OwnGRU"},
    "head": {"_target_": f"{HERE}.Smoothed", "_partial_": True, "scale": 2.0},
}


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    sentences = list(corpus.read(sample.path("dev")))[:20]
    corpus.write(sentences, tmp_path / "train.conllu")
    paths = [f"data.{split}={tmp_path / 'train.conllu'}" for split in ("train", "dev")]
    return ["data=files", *paths, "trainer.max_epochs=1", "logger=csv", f"run={tmp_path / 'run'}", "threads=1"]


def configuration(overrides: list[str], part: str = "") -> DictConfig:
    """What `tagger train` composes, with one part of the net replaced, where an override would merge them."""
    with initialize_config_dir(str(cli.CONF), version_base="1.3"):
        cfg = compose("train", overrides)
    if part:
        OmegaConf.update(cfg, f"net.{part}", OWN[part], merge=False)
    return cfg


@pytest.mark.parametrize("part", OWN)
def test_a_part_of_ones_own_trains_scores_and_writes_a_checkpoint(part: str, files: list[str], tmp_path: Path) -> None:
    cfg = configuration([*files, "export=false", "net.encoder.hidden_sizes=[6]"], part)
    assert 0 <= train(cfg) <= 1
    data = instantiate(cfg.data, seed=1)
    data.setup()
    net: CharTagger = instantiate(cfg.net)(*data.fitted)
    path = tmp_path / "run/best.ckpt"
    trained = load(path, net=net)
    weights = torch.load(path, weights_only=True)["state_dict"]
    assert all(torch.equal(weights[f"net.{name}"], weight) for name, weight in trained.net.state_dict().items())
    assert f"{HERE}." in str(net.architecture)
    with pytest.raises(ModelError, match=rf"best\.ckpt: expected .*{HERE}"):
        load(path)  # it names the class, and does not import it


def test_what_cannot_be_exported_says_so_and_trains(
    files: list[str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert 0 <= train(configuration([*files, "export=true"], "encoder.cell")) <= 1
    [said] = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert re.match(rf"no model file will be written: expected parts of this package .*, got {HERE}\.OwnGRU", said)
    assert {path.name for path in (tmp_path / "run").glob("*.*")} >= {"best.ckpt", "last.ckpt"}
    assert not (tmp_path / "run/model.onnx").exists()


class OneMore(CharTagger):
    """A net with one more layer."""

    def __init__(self, embedding: Any, encoder: Any, head: Any, *others: Any, **options: Any) -> None:
        super().__init__(embedding, encoder, head, *others, **options)
        self.more = nn.Linear(encoder.size, encoder.size)


@pytest.mark.parametrize("net", [*OWN, "one more layer"])
def test_a_checkpoint_that_cannot_be_built_again_is_no_model_file(net: str, files: list[str]) -> None:
    cfg = configuration(files, net if net in OWN else "")
    data = instantiate(cfg.data)
    data.setup()
    if net == "one more layer":
        cfg.net._target_ = f"{HERE}.OneMore.build"
    with pytest.raises(ModelError, match=rf"expected parts of this package .*, got {HERE}\."):
        check_exportable(instantiate(cfg.net)(*data.fitted))


def test_a_head_in_the_registry_comes_back_with_its_settings(
    files: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(HEADS, "smoothed", Smoothed)
    train(configuration([*files, "export=false"], "head"))
    head = load(tmp_path / "run/best.ckpt").net.head
    assert isinstance(head, Smoothed)
    assert head.scale == 2.0


def test_a_net_in_a_folder_of_ones_own_configurations_trains(files: list[str], tmp_path: Path) -> None:
    (tmp_path / "conf/net").mkdir(parents=True)
    (tmp_path / "conf/net/own.yaml").write_text(OWN_NET, encoding="utf-8")
    search = f"hydra.searchpath=[file://{tmp_path / 'conf'}]"
    assert 0 <= train(configuration([*files, search, "net=own", "head=softmax", "export=false"])) <= 1


def test_settings_are_the_keyword_only_arguments() -> None:
    assert settings_of(Convolution(4, width=7)) == {"size": 12, "width": 7}
    assert settings_of(Encoder(4, cell=OwnGRU, hidden_sizes=[3]))["cell"] == f"{HERE}.OwnGRU"
    with pytest.raises(ModelError, match=r"Forgetful to keep its setting 'width', .*write self\.width = width"):
        settings_of(Forgetful(4))


def test_a_cell_of_ones_own_keeps_the_weights_it_begins_with() -> None:
    torch.manual_seed(0)
    bias = Encoder(4, cell=OwnGRU, hidden_sizes=[3]).get_parameter("layers.0.directions.0.bias_ih_l0")
    assert 0 < float(bias.detach().abs().max()) <= 1 / math.sqrt(3)

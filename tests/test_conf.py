"""Every file under conf/ composes, and every experiment makes a step."""

import inspect
from pathlib import Path
from typing import Any

import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from omegaconf import OmegaConf

from tagger.learning.data.char_lm import CharData
from tagger.learning.data.classification import ClassificationData
from tagger.learning.data.tagging import TaggingData
from tagger.learning.nets.tagger import BiLSTM
from tagger.learning.systems.tagging import TaggingSystem

CONF = Path(__file__).parents[1] / "conf"
CHOICES = [
    (path.parent.name, path.stem)
    for path in sorted(CONF.glob("*/*.yaml"))
    if path.parent.name not in ("pretrain", "study")  # of other commands
]
NEEDED = {
    "files": ["data.train=a", "data.dev=b"],
    "sighan": ["data.root=x"],
    "text": ["data.train=a.txt"],
    "words": ["data.train=a", "data.dev=b"],
}
ENGLISH = Path(__file__).with_name("english.conllu")
DATA = {"tagging": TaggingData, "classification": ClassificationData, "next_char": CharData}
OTHERS = {
    "classify": "classification",
    "classify_banking77": "classification",
    "classify_imdb": "classification",
    "next_char": "next_char",
}


def config(*overrides: str) -> Any:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose("train", overrides=["run=/nowhere", *overrides])


@pytest.mark.parametrize(("group", "name"), CHOICES)
def test_every_choice_composes_and_builds(group: str, name: str) -> None:
    choice = f"+logger={name}" if group == "logger" else f"{group}={name}"
    cfg = config("logger=csv" if group == "logger" else choice, *NEEDED.get(name, []))
    OmegaConf.to_container(cfg, resolve=True, throw_on_missing=True)
    if group == "data":
        assert isinstance(instantiate(cfg.data), tuple(DATA.values()))
    elif group == "trainer" and name != "gpu":
        assert instantiate(cfg.trainer, logger=False, enable_checkpointing=False).gradient_clip_val == 1.0
    elif group == "scheduler":
        optimizer = instantiate(cfg.optimizer)([torch.nn.Parameter(torch.zeros(1))])
        assert instantiate(cfg.scheduler)(optimizer, 10).get_last_lr()[0] <= cfg.optimizer.lr


@pytest.mark.parametrize(
    "experiment", [name for group, name in CHOICES if group == "experiment" and name not in OTHERS]
)
@pytest.mark.parametrize("head", ["softmax", "crf", "factored"])
def test_every_experiment_makes_a_step_on_the_sample_corpus(experiment: str, head: str) -> None:
    cfg = config(f"experiment={experiment}", f"head={head}")
    if experiment == "en_ewt_pos":
        sample = config("data=words", f"data.train={ENGLISH}", f"data.dev={ENGLISH}")
    else:
        sample = config("data=sample", f"data.task={cfg.data.task}")
    data: TaggingData = instantiate(sample.data)
    data.setup()
    net: BiLSTM = instantiate(cfg.net)(*data.fitted)
    assert net.head.kind == head
    system = TaggingSystem(net, optimizer=instantiate(cfg.optimizer), scheduler=instantiate(cfg.scheduler))
    optimizer = system.make_optimizer(net.parameters())
    batch = next(iter(data.train_dataloader()))

    def loss() -> torch.Tensor:
        return net.head.loss(net(batch.chars, batch.lengths), batch.tags, batch.lengths).sum() / batch.lengths.sum()

    net.eval()
    before = loss()
    before.backward()
    optimizer.step()
    assert loss() < before
    assert [s.text for s in system.predict(batch)] == [s.text for s in batch.sentences]


@pytest.mark.parametrize(("experiment", "kind"), OTHERS.items())
def test_every_other_experiment_makes_a_step(experiment: str, kind: str, tmp_path: Path) -> None:
    path = tmp_path / "train.csv"
    path.write_text(
        "text,category\nWhere is my card?,card\nA card!,card\nThe fee?,fee\nWhat fee,fee\n", encoding="utf-8"
    )
    own = ["data.labels=null", "data.label=category"] if kind == "classification" else []
    files = [f"data.{split}={path}" for split in ("train", "dev")]
    cfg = config(f"experiment={experiment}", *files, *own)
    data = instantiate(cfg.data)
    assert isinstance(data, DATA[kind])
    data.setup()
    options = {"optimizer": instantiate(cfg.optimizer), "scheduler": instantiate(cfg.scheduler)}
    system = instantiate(cfg.system)(instantiate(cfg.net)(*data.fitted), data, **options)
    optimizer = system.make_optimizer(system.net.parameters())
    batch = next(iter(data.train_dataloader()))
    system.net.eval()
    system.log = lambda *_, **__: None
    before = system.training_step(batch, 0)
    before.backward()
    optimizer.step()
    assert system.training_step(batch, 0) < before


def test_evaluate_composes() -> None:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("evaluate", overrides=["model=x.onnx"])
    assert (cfg.split, cfg.data.name) == ("test", "tagger sample")


@pytest.mark.parametrize("name", [path.stem for path in sorted((CONF / "pretrain").glob("*.yaml"))])
def test_every_way_to_pretrain_is_a_function_with_these_options(name: str) -> None:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("pretrain", overrides=[f"pretrain={name}"])
    learn = instantiate(cfg.pretrain)
    inspect.signature(learn.func).bind(None, None, **learn.keywords)


def test_nothing_that_is_published_may_run_code(small_model: Path) -> None:
    assert b"_target_" not in small_model.read_bytes()

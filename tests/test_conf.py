"""Every file under conf/ composes, and every experiment makes a step."""

import inspect
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from encoders import needs_transformers, sample_characters, write_encoder
from hydra import compose, initialize_config_dir
from hydra.errors import InstantiationException
from hydra.utils import instantiate
from omegaconf import OmegaConf

from tagger import cli
from tagger import train as train_command
from tagger.corpus import Corpora, Corpus, LabelledCorpus
from tagger.corpus.options import corpus_of, labelled_corpus_of
from tagger.errors import CorpusError
from tagger.learning.data import CharData, ClassificationData, SeriesData, TaggingData, WordData
from tagger.learning.nets import CharTagger
from tagger.learning.nets.recurrent import CELLS
from tagger.learning.systems.schedule import make_schedule
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
ANY = {"scheduler": "tagger.learning.systems.linear", "optimizer": "torch.optim.Adagrad"}
ENGLISH = Path(__file__).with_name("english.conllu")
ENTITIES = Path(__file__).with_name("entities.iob2")
SPLITS = ("train", "dev")
ENCODERS = ("zh_encoder", "zh_ner_encoder")  # which begin with a folder that no test has
DATA = {"tagging": TaggingData, "classification": ClassificationData, "next_char": CharData, "regression": SeriesData}
OTHERS = {
    "classify": "classification",
    "classify_banking77": "classification",
    "classify_imdb": "classification",
    "imdb_bilstm": "classification",
    "imdb_lstm": "classification",
    "imdb_rnn": "classification",
    "next_char": "next_char",
    "next_word": "classification",
    "opinions": "classification",
    "regression": "regression",
}


def config(*overrides: str) -> Any:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose("train", overrides=["run=/nowhere", *overrides])


@cache
def known_settings() -> frozenset[str]:
    return frozenset(map(str, config())) | {group for group, _ in CHOICES}


@pytest.mark.parametrize(("group", "name"), CHOICES)
def test_every_choice_composes_and_builds(group: str, name: str) -> None:
    needed = [f"{group}._target_={ANY[group]}"] if name == "any" else NEEDED.get(name, [])
    added = "+" if group == "baseline" else ""  # a group without a default
    cfg = config(f"{added}{group}={name}", *needed)
    OmegaConf.to_container(cfg, resolve=True, throw_on_missing=True)
    assert set(cfg) <= known_settings()
    if group == "data":
        assert isinstance(instantiate(cfg.data, seed=1), (*DATA.values(), WordData))
    elif group == "trainer" and name != "gpu":
        assert instantiate(cfg.trainer, logger=False, enable_checkpointing=False).gradient_clip_val == 1.0
    elif group == "scheduler":
        optimizer = instantiate(cfg.optimizer)([torch.nn.Parameter(torch.zeros(1))])
        assert make_schedule(instantiate(cfg.scheduler), optimizer, 10, "max").get_last_lr()[0] <= cfg.optimizer.lr
    elif group == "optimizer":
        instantiate(cfg.optimizer)([torch.nn.Parameter(torch.zeros(1))])


@pytest.mark.parametrize(
    ("experiment", "heads"),
    [
        *((name, ()) for group, name in CHOICES if group == "experiment" and name not in OTHERS),
        *(("sample", (head,)) for head in ("softmax", "crf", "factored")),
    ],
)
def test_every_experiment_makes_a_step_on_the_sample_corpus(
    experiment: str, heads: tuple[str, ...], tmp_path: Path
) -> None:
    torch.manual_seed(1)
    encoder = []
    if experiment in ENCODERS:
        needs_transformers()
        encoder = [f"net.source={write_encoder(tmp_path, sample_characters())}"]
    cfg = config(f"experiment={experiment}", *(f"head={head}" for head in heads), *encoder)
    if experiment == "en_ewt_pos":
        sample = config("data=words", f"data.train={ENGLISH}", f"data.dev={ENGLISH}")
    elif cfg.data.task == "spans":
        sample = config("data=files", "data.task=spans", f"data.train={ENTITIES}", f"data.dev={ENTITIES}")
    elif cfg.data.task == "joint_spans":
        files = [f"data.{split}=[{CONF.parent / 'tagger/corpus/sample/dev.conllu'},{ENTITIES}]" for split in SPLITS]
        sample = config("data=files", "data.task=joint_spans", *files)
    else:
        sample = config("data=sample", f"data.task={cfg.data.task}")
    data: TaggingData | WordData = instantiate(sample.data)
    data.setup()
    net: CharTagger = instantiate(cfg.net)(*data.fitted)
    assert net.head.kind in heads or not heads
    system = TaggingSystem(net, optimizer=instantiate(cfg.optimizer), scheduler=instantiate(cfg.scheduler))
    optimizer = system.make_optimizer(net.parameters())
    batch = next(iter(data.train_dataloader()))

    system.log = lambda *_, **__: None

    def loss() -> torch.Tensor:
        return system.training_step(batch, 0)

    net.eval()
    before = loss()
    before.backward()
    optimizer.step()
    assert loss() < before
    assert [s.text for s in system.predict(batch)] == [s.text for s in batch.sentences]


@pytest.mark.parametrize(("experiment", "kind"), OTHERS.items())
def test_every_other_experiment_makes_a_step(experiment: str, kind: str, tmp_path: Path) -> None:
    path = tmp_path / ("train.txt" if experiment.startswith("next_") else "train.csv")
    path.write_text(
        "text,category\nWhere is my card?,card\nA card!,card\nThe fee?,fee\nWhat fee,fee\n", encoding="utf-8"
    )
    own = ["data.labels=null", "data.label=category"] if kind == "classification" else []
    files = [f"data.{split}={path}" for split in ("train", "dev")] if kind != "regression" else []
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


def test_gold_composes() -> None:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("gold", overrides=[])
    assert cfg.data.name == "tagger sample"


@pytest.mark.parametrize(
    "name", [name for group, name in CHOICES if group == "data" and not name.endswith(("text", "series"))]
)
def test_every_corpus_is_evaluated_and_trained_on_as_the_same_one(name: str) -> None:
    """The same words give the same corpus without the learning half."""
    cfg = config(f"data={name}", *NEEDED.get(name, []))
    options: Any = OmegaConf.to_container(cfg.data, resolve=True)
    data = instantiate(cfg.data)
    corpus = (labelled_corpus_of if isinstance(data, ClassificationData) else corpus_of)(options)
    assert corpus == data.corpus
    assert isinstance(corpus, Corpus | Corpora | LabelledCorpus)
    assert corpus.name or name == "several"


def test_the_words_of_a_corpus_and_of_its_batches() -> None:
    cfg = config(
        "data=files", "data.train=a b", "data.dev=c", "data.format=columns", "data.tag=3", "data.batch_chars=7"
    )
    data = instantiate(cfg.data)
    files = Corpus("a b", "c", format="columns", tag=3, name="own files", licence="unknown")
    assert (data.corpus, data.batch_chars) == (files, 7)
    sighan = instantiate(config("data=sighan", "data.root=x", "data.corpus=msr").data).corpus
    assert (sighan.name, sighan.train) == ("SIGHAN 2005 msr", "training/msr_training.utf8")
    parts = [f"+data@data.parts.{name}=files" for name in "ab"]
    words = [f"data.parts.{name}.{split}={name}.seg" for name in "ab" for split in ("train", "dev")]
    several = instantiate(config("data=several", *parts, *words, "data.task=seg").data).corpus
    assert [part.train for part in several.members] == ["a.seg", "b.seg"]
    assert (several.standards, several.task) == (("a", "b"), "seg")


@pytest.mark.parametrize(
    ("name", "word", "refused"),
    [
        ("words", "+data.gold_repeats=3", r"got data\.gold_repeats"),
        ("words", "+data.lexicon=v.npz", r"got data\.lexicon"),
        ("files", "+data.corpus=pku", r"\{corpus\} in a path of data\.corpus=pku, got none"),
        ("labelled", "+data.gold_repeats=3", r"got data\.gold_repeats"),
    ],
)
def test_an_option_that_does_nothing_is_refused(name: str, word: str, refused: str) -> None:
    cfg = config(f"data={name}", *NEEDED.get(name, []), word)
    with pytest.raises(InstantiationException) as error:
        instantiate(cfg.data)
    assert isinstance(error.value.__cause__, CorpusError)
    assert re.search(refused, str(error.value.__cause__))


def test_default_data_folders_lie_in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TAGGER_DATA", raising=False)
    assert config("data=ud_zh_gsdsimp").data.root == "./data/ud-zh-gsdsimp"
    monkeypatch.setenv("TAGGER_DATA", "/elsewhere")
    assert config("data=ud_zh_gsdsimp").data.root == "/elsewhere/ud-zh-gsdsimp"
    assert not [path for path in CONF.rglob("*.yaml") if "../" in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("name", [path.stem for path in sorted((CONF / "pretrain").glob("*.yaml"))])
def test_every_way_to_pretrain_is_a_function_with_these_options(name: str) -> None:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("pretrain", overrides=[f"pretrain={name}"])
    learn = instantiate(cfg.pretrain)
    inspect.signature(learn.func).bind(None, None, **learn.keywords)


def test_nothing_that_is_published_may_run_code(small_model: Path) -> None:
    assert b"_target_" not in small_model.read_bytes()


def test_help_names_every_cell_and_every_choice_of_what_is_trained() -> None:
    text = train_command.parser().format_help()
    named = set(re.findall(r"\w+", text))
    assert {cell.removeprefix("reference") for cell in CELLS if cell.startswith("reference")} - {"_lstm"} < named
    assert {cell for cell in CELLS if not cell.startswith("reference")} | {"reference_lstm"} < named
    for group in ("experiment", "data", "net", "head"):
        listed = re.search(rf"^{group}=NAME: ((?:.|\n  )*)", text, re.MULTILINE)
        assert listed
        assert set(re.split(r",\s+", listed[1])) == {path.stem for path in (cli.CONF / group).glob("*.yaml")}

"""Several standards in one model, on sentences of the sample corpus; and going on from its checkpoint."""

import csv
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import models
import pytest
import torch
from hydra import compose, initialize_config_dir

import tagger
from tagger import corpus, restandard
from tagger.corpus import sample
from tagger.errors import InputError, ModelError
from tagger.experiment import training as module
from tagger.learning import checkpoint
from tagger.modelfile.metadata import TrainingInfo
from tagger.modelfile.rewrite import rewrite
from tagger.scores.words import count, total
from tagger.tagging.inspection.inspector import Inspector
from tagger.tagging.tagger import Tagger
from tagger.text.sentence import Sentence

ROOT = Path(__file__).parents[2]
STANDARDS = ("plain", "finer", "coarser")
SMALL = [
    "data.task=seg",
    "head=softmax",
    "net.encoder.hidden_sizes=[24]",
    "net.embedding.char_size=16",
    "net.embedding.bigram_size=8",
    "data.batch_chars=300",
]
SURE = ["net.encoder.variational_dropout=0", "net.embedding.unknown_dropout=0", "optimizer.lr=0.01", "logger=csv"]


def train(run: Path, *overrides: str) -> float:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        cfg = compose("train", overrides=[*SMALL, *SURE, f"run={run}", *overrides])
    return module.train(cfg)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty sentences under three standards, which differ in each, and a trained model of all three in `run`."""
    folder = tmp_path_factory.mktemp("standards")
    plain = [
        sentence
        for sentence in corpus.read(sample.path("train"))
        if len({rule(sentence).words for rule in (lambda s: s, restandard.finer, restandard.coarser)}) == 3
    ][:30]
    for name, rule in zip(STANDARDS, (lambda s: s, restandard.finer, restandard.coarser), strict=True):
        corpus.write(map(rule, plain), folder / f"{name}.conllu")
    train(folder / "run", *parts(folder, *STANDARDS), "trainer.max_epochs=25")
    return folder


def parts(folder: Path, *names: str) -> list[str]:
    return ["data=several"] + [
        option
        for name in names
        for option in (
            f"+data@data.parts.{name}=files",
            *(f"data.parts.{name}.{split}={folder / f'{name}.conllu'}" for split in ("train", "dev")),
        )
    ]


def f1(found: Tagger, gold: list[Sentence], standard: str | None) -> float:
    return total(map(count, gold, found.tag([s.text for s in gold], standard=standard))).words.f1


def test_each_standard_is_followed(folder: Path) -> None:
    found = tagger.load(folder / "run/model.onnx")
    assert found.model.standards == STANDARDS
    gold = {name: list(corpus.read(folder / f"{name}.conllu")) for name in STANDARDS}
    for asked in STANDARDS:
        scores = {name: f1(found, gold[name], asked) for name in STANDARDS}
        assert scores[asked] > 0.95
        assert scores[asked] - max(score for name, score in scores.items() if name != asked) > 0.02
    text = gold["plain"][0].text
    assert (
        found(text) == found(text, standard="plain") == tagger.load(folder / "run/model.onnx", standard="plain")(text)
    )
    assert found.using("finer")(text) == found(text, standard="finer")
    inspected = Inspector(found.using("finer"), folder / "run/model.onnx")(text)  # checks the states of the net
    assert inspected.words == found(text, standard="finer", confidence=True).words
    with pytest.raises(InputError, match="one of the standards plain, finer, coarser, got 'fine'"):
        found(text, standard="fine")


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-m", *map(str, arguments)]
    return subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False, timeout=250)


def test_the_commands_follow_them_too(folder: Path, tmp_path: Path) -> None:
    raw, model = tmp_path / "raw.txt", folder / "run/model.onnx"
    gold = list(corpus.read(folder / "finer.conllu"))[:3]
    raw.write_text("".join(f"{sentence.text}\n" for sentence in gold), encoding="utf-8")
    done = command("tagger.tag", "-m", model, raw, "--standard", "finer", "-o", tmp_path / "out.conllu")
    assert done.returncode == 0, done.stderr
    found = tagger.load(model, standard="finer")
    assert [s.words for s in corpus.read(tmp_path / "out.conllu", tag="none")] == [found(s.text).words for s in gold]
    refused = command("tagger.tag", "-m", model, raw, "--standard", "fine")
    assert refused.returncode == 1
    assert "one of the standards plain, finer, coarser, got 'fine'" in refused.stderr


def test_going_on_from_a_checkpoint(folder: Path, tmp_path: Path) -> None:
    """A further standard is learnt, the alphabet widened; what is frozen stays."""
    init = f"init={folder / 'run/best.ckpt'}"
    new = Sentence.from_forms(["鑫", "森", "淼淼"])
    joined = [Sentence.from_forms([s.text]) for s in corpus.read(folder / "plain.conllu") if " " not in s.text]
    corpus.write([*joined[:5], new], tmp_path / "whole.seg")
    options = [*parts(tmp_path, "whole"), init, "freeze=[encoder,embedding.bigram]", "trainer.max_epochs=1"]
    whole = [option.replace(".conllu", ".seg") for option in options]
    train(tmp_path / "run", *whole)
    before, after = (checkpoint.load(path).net for path in (folder / "run/best.ckpt", tmp_path / "run/best.ckpt"))
    assert after.standards == (*STANDARDS, "whole")
    assert after.scheme == before.scheme
    assert after.alphabet.chars[: len(before.alphabet.chars)] == before.alphabet.chars
    assert set(map(ord, "鑫森淼")) <= set(after.alphabet.chars)
    old, now = dict(before.named_parameters()), dict(after.named_parameters())
    assert all(torch.equal(value, now[name]) for name, value in old.items() if name.startswith("encoder."))
    assert not torch.equal(old["head.linear.weight"], now["head.linear.weight"])
    described = tagger.load(tmp_path / "run/model.onnx").model.metadata.training
    assert described.init
    assert described.init.corpus == "own files + own files + own files"


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            ["net.encoder.hidden_sizes=[8]", "head=crf"],
            ModelError,
            r"give head=softmax net\.encoder\.hidden_sizes=\[24\]",
        ),
    ],
)
def test_what_does_not_fit(
    folder: Path, tmp_path: Path, options: list[str], error: type[Exception], message: str
) -> None:
    init = f"init={folder / 'run/best.ckpt'}"
    with pytest.raises(error, match=message):
        train(tmp_path / "run", *parts(folder, "plain"), init, *options)


@pytest.mark.parametrize(("asked", "standard"), [("null", "plain"), ("finer", "finer")])
def test_a_corpus_without_standards_begins_by_one_of_them(
    folder: Path, tmp_path: Path, asked: str, standard: str
) -> None:
    paths = [f"data.{split}={folder / f'{standard}.conllu'}" for split in ("train", "dev")]
    still = ["optimizer.lr=0", "trainer.max_epochs=1", f"data.standard={asked}", "data.licence=CC0"]
    old = tagger.load(folder / "run/model.onnx")
    of_init = replace(old.model.metadata.training, init=TrainingInfo(licence="MIT"))  # an earlier version named its own
    rewrite(folder / "run/model.onnx", tmp_path / "old.onnx", replace(old.model.metadata, training=of_init))
    train(tmp_path / "run", "data=files", *paths, *still, f"init={tmp_path / 'old.onnx'}")
    found = tagger.load(tmp_path / "run/model.onnx")
    assert found.model.standards == ()
    assert found.model.metadata.training.licence == "CC0 + unknown + MIT"
    texts = [sentence.text for sentence in corpus.read(folder / "plain.conllu")]
    assert list(found.tag(texts)) == list(old.tag(texts, standard=standard))


def test_a_standard_that_the_net_does_not_have(folder: Path, tmp_path: Path) -> None:
    paths = [f"data.{split}={folder / 'plain.conllu'}" for split in ("train", "dev")]
    with pytest.raises(ModelError, match="one of plain, finer, coarser, got 'gsd'; name one of them, or leave it out"):
        train(tmp_path / "run", "data=files", *paths, "data.standard=gsd", f"init={folder / 'run/best.ckpt'}")


def test_going_on_from_a_model_file_with_other_tags_and_standards(folder: Path, tmp_path: Path) -> None:
    """The file's sizes and head take the place of those that are set, and several files follow one standard."""
    (tmp_path / "a.slash").write_text("我/NEW 来/VERB 。/X\n", encoding="utf-8")
    plain, slash = folder / "plain.conllu", tmp_path / "a.slash"
    options = [
        "data=several",
        "+data@data.parts.one=files",
        "+data@data.parts.more=files",
        "+data@data.parts.two=files",
    ]
    options += [f"data.parts.one.train=[{plain},{slash}]", f"data.parts.one.dev=[{plain}]"]
    options += ["data.parts.more.standard=one", f"data.parts.more.train={slash}", "data.parts.more.repeats=3"]
    options += ["data.parts.more.dev=null", f"data.parts.two.train={plain}", f"data.parts.two.dev={plain}"]
    options += ["data.task=joint", "rates={encoder: 0.5, embedding: 2, standard: 8}"]
    options += ["trainer.max_epochs=1", "export=false", "trainer.log_every_n_steps=1"]
    score = train(tmp_path / "run", *options, f"init={models.SMALL}")
    net = checkpoint.load(tmp_path / "run/best.ckpt").net
    assert net.standards == ("one", "two")
    assert (net.architecture["hidden_sizes"], net.architecture["head"]) == ([8], "crf")
    assert {"NEW", "VERB", "X"} < set(net.scheme.pos)
    [log] = (tmp_path / "run/csv").glob("*/metrics.csv")
    rows = list(csv.DictReader(log.read_text(encoding="utf-8").splitlines()))
    [scores] = [row for row in rows if row["val/mean_joint_f1"]]
    by_standard = [float(scores[f"val/{name}/joint_f1"]) for name in ("one", "two")]
    assert score == pytest.approx(sum(by_standard) / 2) == pytest.approx(float(scores["val/mean_joint_f1"]))
    rates = [[float(value) for name, value in row.items() if name.startswith("lr-") and value] for row in rows]
    first = sorted(next(filter(None, rates)))  # of the encoder, the head, the embeddings and the standards
    assert [rate / first[1] for rate in first] == pytest.approx([0.5, 1, 2, 8])

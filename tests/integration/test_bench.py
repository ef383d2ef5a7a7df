"""Every program of `tests/bench`, and `tests/torture.py`, starts and finishes on little data; figures mean nothing."""

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import models
import pytest

from tagger.corpus.sample import path as sample_path

ROOT = Path(__file__).parents[2]


def run(name: str, *arguments: object, **environment: object) -> str:
    """What a program prints. Neither the data of the workshop nor the folder `runs` is touched."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / name), *map(str, arguments)],
        env=os.environ
        | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}", "TAGGER_DATA": os.devnull}
        | {key: str(value) for key, value in environment.items()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def treebank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first sentences of the sample corpus under the names of UD Chinese GSD."""
    folder = tmp_path_factory.mktemp("treebank")
    for split in ("train", "dev", "test"):
        sentences = sample_path(split).read_text(encoding="utf-8").split("\n\n")[:12]
        text = "\n\n".join(sentences) + "\n\n"
        (folder / f"zh_gsdsimp-ud-{split}.conllu").write_text(text, encoding="utf-8")
    return folder


def test_tagging_beside_other_taggers(tmp_path: Path) -> None:
    model = tmp_path / "hidden-64" / "model.onnx"
    model.parent.mkdir()
    shutil.copy(models.SMALL, model)
    tools = ("hidden 64, confidence", "hidden 64, 1 M words to prefer", "zh-small, native:avx2", "jieba.posseg")
    options = ("--megabytes", 0.001, "--rounds", 1, "--words", 50, "--alone")
    printed = run("bench/tag.py", *options, "--tools", *tools, BENCH_WORK=tmp_path)
    for tool in tools:
        assert f"| {tool} |" in printed or f"left out: {tool} (" in printed
    assert "probabilities" in printed
    assert "dictionary" in printed


def test_the_cost_of_tags_and_lengths() -> None:
    printed = run("bench/cost.py", "--pos", 0, 2, "--shapes", "7x2", "--rounds", 1)
    assert "| 0 (5) | 7 × 2 |" in printed
    assert "| 2 (9) | 7 × 2 |" in printed


def test_accuracy_beside_other_taggers(tmp_path: Path) -> None:
    options = ("--peers", "jieba.posseg", "--rounds", 1, "--learn", 20)
    printed = run("bench/accuracy.py", "-m", models.SMALL, *options, BENCH_WORK=tmp_path)
    assert "| tool | sample | essays | characters/s |" in printed
    assert "| jieba.posseg" in printed
    assert "left out: GSD" in printed


def test_accuracy_on_gold_of_ones_own(tmp_path: Path) -> None:
    """Tags are scored if they are UPOS; else words alone are."""
    for name, line in {"own.slash": "我/PRON 来/VERB", "pku.slash": "我/r 来/v", "words.txt": "我 来"}.items():
        (tmp_path / name).write_text(f"{line}\n" * 3, encoding="utf-8")
    gold = sorted(tmp_path.iterdir())
    printed = run(
        "bench/accuracy.py", "-m", models.SMALL, "--peers", "--rounds", 1, "--gold", *gold, BENCH_WORK=tmp_path
    )
    assert "| tool | own.slash | pku.slash | words.txt | characters/s |" in printed
    assert len(re.findall(r"\d / \d", printed)) == 1
    assert printed.count(" / \N{EN DASH}") == 2


def test_the_service_under_load(tmp_path: Path) -> None:
    options = ("--seconds", 0.05, "--warm", 0.01, "--rounds", 1, "--answers", 10, "--out", tmp_path / "curves.svg")
    printed = run("bench/serving.py", "--model", models.SMALL, *options, "compare", "curves", "check")
    assert "| in-process |" in printed
    assert "0 wrong, lost or doubled" in printed
    drawn = (tmp_path / "curves.svg").read_text(encoding="utf-8")
    assert "<svg" in drawn
    assert ("latency" in drawn, "of CPU" in drawn) == (True, False)


def test_the_service_beside_other_work(tmp_path: Path) -> None:
    """On a busy machine the picture is by CPU, and each measurement goes on until enough answers have come."""
    options = ("--seconds", 0.01, "--warm", 0.01, "--least", 20, "--busy", "--out", tmp_path / "curves.svg")
    printed = run("bench/serving.py", "--model", models.SMALL, *options, "curves")
    n_answers = [int(n) for n in re.findall(r"\[200: (\d+)\]", printed)]
    assert len(n_answers) == 13
    assert min(n_answers) >= 20
    drawn = (tmp_path / "curves.svg").read_text(encoding="utf-8")
    assert ("latency" in drawn, "of CPU" in drawn) == (False, True)


def test_the_service_with_the_shipped_model() -> None:
    printed = run("bench/serving.py", "start", "--seconds", 0.05, "--warm", 0.01, "--rounds", 1)
    assert ", zh-small, " in printed
    assert "start to ready " in printed


def test_the_service_for_long() -> None:
    options = ("--model", models.SMALL, "--other", models.head_model("crf"), "--seconds", 0.2, "--reload-seconds", 0.3)
    printed = run("bench/endurance.py", "mixed", *options, "--minutes", 0.01, "--answers", 100, "--requests", 32)
    assert "0 wrong, lost or doubled {200: " in printed
    assert "during 0 reloads" not in printed
    assert "memory of all processes: " in printed


def test_the_service_under_attack() -> None:
    """A sentence, a batch, a document and words of /v2, and of gRPC if it is here, are beside each attack what they are
    without."""
    printed = run("bench/attacks.py", "--model", models.SMALL, "--seconds", 0.3)
    beside = re.findall(r"^\| (?!attack)(?:[^|]+\|){5} (\d+ × .*?) \|", printed, re.MULTILINE)
    assert len(beside) == 14
    by_grpc = r", \d+ × OK" if find_spec("grpc") else ""
    assert [got for got in beside if not re.fullmatch(rf"\d+ × 200{by_grpc}, 0 wrong", got)] == []


def test_an_epoch_of_training(tmp_path: Path) -> None:
    sizes = ("net.encoder.hidden_sizes=[4]", "net.embedding.char_size=4", "net.embedding.bigram_size=0")
    printed = run("bench/epoch.py", "--rounds", 1, "--folder", tmp_path, *sizes)
    assert "lightning / bare loop" in printed


def test_training_on_a_card() -> None:
    sizes = ("net.encoder.hidden_sizes=[4]", "net.embedding.char_size=4", "net.embedding.bigram_size=0")
    options = ("--device", "cpu", "--seconds", 0.01, "--batches", 300, "--heads", "softmax")
    printed = run("bench/card.py", *options, "--set", *sizes, "data.repeats=1")
    assert "| core | softmax | 1,500 |" in printed
    assert "| cpu | softmax | 300 |" in printed


def test_active_learning(treebank: Path, tmp_path: Path) -> None:
    paths = ("--points", tmp_path / "points.jsonl", "--svg", tmp_path / "curve.svg")
    printed = run("bench/active.py", "--root", treebank, *paths, "--sizes", 2, 4, "--seeds", 1, "--steps", 2)
    assert "| 4 | suggested |" in printed
    assert "<svg" in (tmp_path / "curve.svg").read_text(encoding="utf-8")


def test_several_standards(treebank: Path, tmp_path: Path) -> None:
    printed = run("bench/standards.py", "--root", treebank, "--runs", tmp_path / "runs", "--epochs", 1)
    assert "`--standard coarser`" in printed


def test_the_cost_of_confidence(tmp_path: Path) -> None:
    (tmp_path / "raw.txt").write_text("我喜欢北京。\n今天天气很好\n", encoding="utf-8")
    printed = run("bench/confidence.py", "-m", models.SMALL, "--raw", tmp_path, "--rounds", 1)
    assert "12 characters of 1 files" in printed


def test_what_a_dictionary_is_worth(treebank: Path) -> None:
    train, gold = (treebank / f"zh_gsdsimp-ud-{split}.conllu" for split in ("train", "test"))
    options = ("--seeds", 1, "--weights", 2)
    printed = run("bench/dictionary.py", "-m", models.SMALL, "--train", train, "--gold", gold, *options)
    assert "| prefer=2 |" in printed


def test_what_patterns_cost(treebank: Path) -> None:
    gold = treebank / "zh_gsdsimp-ud-test.conllu"
    printed = run("bench/patterns.py", "-m", models.SMALL, "--gold", gold, "--rounds", 1, "--worst", 2000)
    assert "| 《 alone | 2000 |" in printed


def test_the_sentences_that_people_try_first() -> None:
    printed = run("bench/first_sentences.py", "-m", models.SMALL, "--split", "seen")
    assert "| all | 80 |" in printed
    assert "p001 names, seen: 王小燕说她明天不来了\n  wanted  王小燕/PROPN 说/VERB" in printed
    assert "unseen" not in printed


def test_names_where_the_words_are_known(tmp_path: Path) -> None:
    gold = tmp_path / "gold.iob2"
    gold.write_text("李明\tB-PER\n在\tO\n北京\tB-LOC\n大学\tO\n\n", encoding="utf-8")
    printed = run("bench/gold_words.py", gold)
    assert "no words: entities" in printed
    assert re.search(r"gold words: entities .* of 2 in 1 sentences", printed)


def test_torture() -> None:
    assert "FAILED" not in run("torture.py", "--only", "kill", "--kills", 1)

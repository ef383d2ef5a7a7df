"""The report of a run on gold of one's own, and what it says of the run."""

import shutil
from pathlib import Path

import pytest
from small_run import CONFIG, write_run

from tagger import corpus
from tagger.corpus import sample
from tagger.report import main


@pytest.fixture(scope="module")
def run(small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("run"), small_model)


# What is named beside the run, and what the page then says; the gold files are those of `gold_files`.
GOLD = {
    "nothing": ([], "Scored on a &lt;corpus&gt;, dev: 12 sentences"),
    "a file": (["gold.conllu"], "Scored on gold.conllu, test: 8 sentences"),
    "a split": (["gold.conllu", "--split", "dev"], "Scored on gold.conllu, dev: 8 sentences"),
    "a file as a setting": (["data.test=gold.conllu"], "Scored on gold.conllu, test: 8 sentences"),
    "a format": (["gold.text", "--format", "conllu"], "Scored on gold.text, test: 8 sentences"),
    "words": (["gold.seg", "--task", "seg"], "The corpus has no tags of the model: words alone are compared."),
    "other tags": (["other.slash"], "The corpus has no tags of the model: words alone are compared."),
    "a corpus of conf/data": (["sample", "--split", "dev"], "Scored on tagger sample, dev: "),
}


@pytest.fixture(scope="module")
def gold_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gold")
    sentences = list(corpus.read(sample.path("test")))[:8]
    for name in ("gold.conllu", "gold.seg"):
        corpus.write(sentences, folder / name)
    corpus.write(sentences, folder / "gold.text", format="conllu")
    (folder / "other.slash").write_text("我/rr 爱/v 北京/ns\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize(("words", "shown"), GOLD.values(), ids=GOLD)
def test_the_report_is_scored_on_any_gold(
    words: list[str], shown: str, run: Path, gold_files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(gold_files)
    assert main([str(run), *words, "-o", "report.html"]) == 0
    page = Path("report.html").read_text(encoding="utf-8")
    assert shown in page
    assert "Known and unknown words" in page
    assert ("a word with this tag" in page) == ("words alone" not in shown)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["none.conllu"], "none.conllu: expected a gold file or one of the corpora"),
        (["--format", "conllu"], "expected a gold file for --format, got none; name it, or leave --format out"),
        (["gold.seg"], "expected a POS on every word for --task joint"),
        (["--split", "test"], "expected a path for data.test, got none"),
    ],
)
def test_gold_that_cannot_be_used(
    words: list[str],
    message: str,
    run: Path,
    gold_files: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(gold_files)
    assert main([str(run), *words, "-o", "none.html"]) in (1, 2)
    assert f"error: {message}" in capsys.readouterr().err.replace(f"{gold_files}/", "").replace("gold.seg: ", "")
    assert not Path("none.html").exists()


# What a configuration says of a run in the folder `own`; the heading, and what stands for the net's settings.
NAMED = {
    "no name": ("name: train\n", "own", "200"),
    "a name": ("name: mine\n", "mine", "200"),
    "begun from a model file": ("name: train\ninit: zh-small\n", "own", "net: that of init=zh-small"),
    "begun from a checkpoint": ("name: train\ninit: first/best.ckpt\n", "own", "200"),
}


@pytest.mark.parametrize(("settings", "name", "net"), NAMED.values(), ids=NAMED)
def test_a_report_says_what_the_run_is(settings: str, name: str, net: str, run: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    shutil.copytree(run, own)
    data = CONFIG.format(root=run).replace("name: small\n", settings)
    text = f"{data}net:\n  encoder:\n    hidden_sizes: [200]\nrun: ${{hydra:runtime.output_dir}}\n"
    (own / ".hydra/config.yaml").write_text(text, encoding="utf-8")
    assert main([str(own)]) == 0
    page = (own / "report.html").read_text(encoding="utf-8")
    assert f"<h1>{name}: report of a run</h1>" in page
    assert net in page
    assert ("- 200" in page) == (net == "200")

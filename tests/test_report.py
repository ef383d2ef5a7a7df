"""The report of a run that is no more than files: a small model, its configuration and its log."""

import re
import shutil
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from browsing import needs_browser, violations
from playwright.sync_api import Browser
from small_run import CONFIG, write_run

from tagger.corpus import Corpora, Corpus, sample
from tagger.corpus.several import AnyCorpus
from tagger.errors import ModelError
from tagger.experiment import runs
from tagger.report import main

PAPER = 680  # pixels of an A4 page between margins of 15 mm


@pytest.fixture(scope="module")
def run(small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("run"), small_model)


class Checked(HTMLParser):
    """Elements that are opened and closed, headings, and everything that would be fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[int] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "path", "rect", "circle"):
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        self.fetched += [f"{tag} {name}={value}" for name, value in attributes if name in ("src", "srcset", "data")]
        self.fetched += [f"{tag} {v}" for name, v in attributes if name == "href" and not str(v).startswith("#")]

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_command_writes_a_page_that_stands_alone(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(run), "--worst", "3"]) == 0
    assert capsys.readouterr().out.strip() == str(run / "report.html")
    page = (run / "report.html").read_text(encoding="utf-8")
    checked = Checked()
    checked.feed(page)
    assert checked.open == []
    assert checked.headings[0] == 1
    assert set(checked.headings[1:]) == {2}
    assert checked.fetched == []
    assert not re.search(r"url\(|@import|<script|<link", page)
    assert "a &lt;corpus&gt;" in page
    for title in ("Loss in training", "Scores on dev", "Confusions of tags", "Reliability", "By word length",
                  "Known and unknown words", "By sentence length", "F1 by tag"):  # fmt: skip
        assert title in page
    assert "Best word F1 on dev: 62.50, after epoch 2. Of unknown words: recall." in page
    assert "<code>net.encoder.cell=gru</code>" in page
    assert page.count('<li><span class="faint">') == 3


def test_curves_by_epoch_and_by_step_the_later_log_holding(run: Path, tmp_path: Path) -> None:
    shutil.copytree(run / "csv", tmp_path / "csv")
    (tmp_path / "csv" / "version_10").mkdir()
    later = "epoch,step,val/word_f1\n1,19,0.75\n2,29,0.8\n"
    (tmp_path / "csv" / "version_10" / "metrics.csv").write_text(later, encoding="utf-8")
    found = runs.curves(tmp_path)
    assert found["val/word_f1"] == {1: 0.5, 2: 0.75, 3: 0.8}
    assert found["train/loss_epoch"] == {1: 2.75, 2: 1.5}
    assert found["lr-Adam"] == {4: 0.002}
    assert runs.curves(run / "none") == {}


def corpus_of(folder: Path, configuration: str) -> AnyCorpus:
    """The corpus of a run with this configuration."""
    (folder / ".hydra").mkdir(exist_ok=True)
    (folder / ".hydra" / "config.yaml").write_text(configuration, encoding="utf-8")
    return runs.corpus_of_run(runs.configuration(folder))


def test_nothing_that_a_configuration_names_is_called(tmp_path: Path) -> None:
    for target in ("tagger.learning.data.tagging_data", "tagger.data.TaggingData"):
        data = (
            f"data:\n  _target_: {target}\n  source:\n    _target_: os.system\n    command: touch {tmp_path}/called\n"
        )
        with pytest.raises(ModelError, match=r"expected data of tagger\.learning\.data\.tagging_data.*got os\.system"):
            corpus_of(tmp_path, data)
    with pytest.raises(ModelError, match=r"got tagger\.learning\.data\.char_data"):
        corpus_of(tmp_path, "data:\n  _target_: tagger.learning.data.char_data\n  train: a\n")
    assert not (tmp_path / "called").exists()


@pytest.mark.parametrize(
    ("data", "figure", "scores", "shown"),
    [
        ("classification_data", "val/accuracy", (0.5, 0.75), "Best accuracy on dev: 75.00, after epoch 2."),
        ("char_data", "val/perplexity", (300.0, 350.5), "Best perplexity on dev: 300.00, after epoch 1."),
        ("series_data", "val/rmse", (0.5, 0.25), "Best RMSE on dev: 0.25, after epoch 2."),
        ("series_data", "val/none", (), "The run has no CSV log: train with logger=csv"),
    ],
)
def test_the_curves_of_a_net_that_is_no_tagger(
    data: str, figure: str, scores: tuple[float, ...], shown: str, tmp_path: Path
) -> None:
    (tmp_path / ".hydra").mkdir()
    configuration = f"data:\n  _target_: tagger.learning.data.{data}\n"
    (tmp_path / ".hydra/config.yaml").write_text(configuration, encoding="utf-8")
    (tmp_path / "csv/version_0").mkdir(parents=True)
    rows = "".join(f"{epoch},{epoch},{score},\n{epoch},{epoch},,2.5\n" for epoch, score in enumerate(scores))
    log = f"epoch,step,{figure},train/loss_epoch\n{rows}"
    (tmp_path / "csv/version_0/metrics.csv").write_text(log, encoding="utf-8")
    assert main([str(tmp_path)]) == 0
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    checked = Checked()
    checked.feed(page)
    assert checked.open == []
    assert shown in page
    assert ("Loss in training" in page) == bool(scores)
    assert main([str(tmp_path), "sample"]) == 2


def test_a_corpus_that_cannot_be_set_up_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"cannot set it up .*expected data\.task joint, seg, spans or joint_spans"):
        corpus_of(tmp_path, "data:\n  _target_: tagger.data.TaggingData\n  train: a\n  dev: b\n  task: none\n")
    with pytest.raises(ModelError, match="expected data that the run's configuration spells out, got"):
        corpus_of(tmp_path, "data:\n  _target_: tagger.data.TaggingData\n  train: ${nowhere}\n")


GSD = "zh_gsdsimp-ud-{}.conllu"


@pytest.mark.parametrize(
    ("name", "corpus"),
    [
        ("gsd", Corpus(*map(GSD.format, ("train", "dev", "test")), root="there/ud-zh-gsdsimp",
                       name="UD Chinese GSDSimp", licence="CC BY-SA 4.0")),
        ("sample", Corpus(*map("{}.conllu".format, sample.SPLITS), root=str(sample.FOLDER), name="tagger sample",
                          licence="CC0-1.0")),
        ("several", Corpora({"a": Corpus("x.seg", "y.seg", name="own files", licence="unknown"),
                             "b": Corpus(*map("{}.conllu".format, sample.SPLITS), root=str(sample.FOLDER),
                                         name="tagger sample", licence="CC0-1.0")})),
        ("sighan", Corpus("training/msr_training.utf8", "training/msr_dev.utf8", "gold/msr_test_gold.utf8",
                          root="icwb2", format="segmented", task="seg", name="SIGHAN 2005 msr", licence="unknown")),
        ("words", Corpus(*map("en_ewt-ud-{}.conllu".format, ("train", "dev", "test")), root="there/ud-en-ewt",
                         format="conllu_words", name="UD English EWT", licence="CC BY-SA 4.0", language="en")),
    ],
)  # fmt: skip
def test_runs_trained_before_the_rooms_are_read(
    name: str, corpus: AnyCorpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`tests/old_runs` holds configurations as runs of commit 5ad1f69 wrote them."""
    monkeypatch.setenv("TAGGER_DATA", "there")
    old = Path(__file__).with_name("old_runs") / f"{name}.yaml"
    found = corpus_of(tmp_path, old.read_text(encoding="utf-8"))
    if isinstance(found, Corpus) and found.source:
        assert list(found.source.sha256) == [found.train, found.dev, found.test]
        found = replace(found, source=None)
    assert found == corpus


def test_the_report_needs_no_torch(run: Path, tmp_path: Path) -> None:
    blocked = "sys.modules.update(dict.fromkeys(('torch', 'lightning', 'onnx', 'tagger.learning')))"
    code = f"import sys; {blocked}; from tagger.report import main; sys.exit(main([{str(run)!r}, '-o', 'r.html']))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


# What a folder holds, as the text of its files, and what the report says of it.
REFUSED = {
    "nothing": ({}, r"expected the folder of a run of tagger train, found no .*config\.yaml in it"),
    "a net of an early comparison": ({"row.json": "{}"}, "which kept none; train it again"),
    "another configuration": ({".hydra/config.yaml": "name: x\n"}, "got another"),
    "a checkpoint alone": ({".hydra/config.yaml": "RUN", "best.ckpt": ""}, r"tagger export \S+best\.ckpt -o \S+onnx"),
    "no checkpoint": ({".hydra/config.yaml": "RUN"}, "found neither: it was stopped"),
    "a trial": (
        {".hydra/config.yaml": "RUNtrainer: {enable_checkpointing: false}"},
        r"keep no weights; train .*overrides\.yaml, and for a trial those that the search was given",
    ),
    "a comparison": (
        {".hydra/config.yaml": "RUNnets: []", "lstm_1/.hydra/config.yaml": "", "gru_1/.hydra/config.yaml": ""},
        "got that of tagger compare; name a folder in it: gru_1, lstm_1",
    ),
    "a search": ({".hydra/config.yaml": "RUNspace: []"}, "got that of tagger search; .*: it has none yet"),
}  # fmt: skip


@pytest.mark.parametrize(("files", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_run_is_an_error(
    files: dict[str, str], message: str, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text.replace("RUN", CONFIG.format(root=run)), encoding="utf-8")
    assert main([str(tmp_path)]) == 1
    assert re.search(message, capsys.readouterr().err)


def test_wrong_usage_of_the_report(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none")]) == 1
    assert "found no folder; correct the path" in capsys.readouterr().err
    assert main([str(run), "-o", str(tmp_path / "none" / "r.html")]) == 1
    assert "cannot write" in capsys.readouterr().err


@needs_browser
def test_axe_finds_nothing_wrong_in_light_and_dark_on_paper_and_phone(
    run: Path, tmp_path: Path, browser: Browser
) -> None:
    path = tmp_path / "report.html"
    assert main([str(run), "-o", str(path)]) == 0
    for scheme, width in (("light", 1100), ("dark", 320)):
        page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 800})  # type: ignore[arg-type]
        requests: list[str] = []
        page.on("request", lambda request, seen=requests: seen.append(request.url))
        page.goto(path.as_uri())
        assert violations(page) == []
        assert requests == [path.as_uri()]
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.emulate_media(media="print")
        page.set_viewport_size({"width": PAPER, "height": 1000})
        assert page.evaluate("document.documentElement.scrollWidth") <= PAPER
        assert page.locator("pre").is_visible()  # the whole configuration, which is closed on the screen
        cut = "[...document.querySelectorAll('.scroll, pre')].filter(e => e.scrollWidth > e.clientWidth).length"
        assert page.evaluate(cut) == 0
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(251, 250, 247)"
        page.close()

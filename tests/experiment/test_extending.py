"""docs/extending.md is true: its package, written into a folder of its own, trains with its configurations."""

from pathlib import Path

import pytest
from pages import ROOT, blocks

from tagger.corpus.formats import FORMATS
from tagger.experiment.composition import compose
from tagger.experiment.training import train

SMALL = ["trainer.max_epochs=2", "logger=none", "run=run"]


def write_package(folder: Path) -> list[str]:
    """Writes the files of the page, which their first lines name; returns the settings of its command."""
    page = blocks(ROOT / "docs/extending.md")
    for block in page:
        first, _, rest = block.body.partition("\n")
        if block.kind != "sh":
            path = folder / first.removeprefix("# ")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(rest, encoding="utf-8")
    for name in ("corpus", "run"):
        (folder / name).mkdir()
    for split in ("train", "dev"):
        (folder / f"corpus/{split}.bars").write_text("|我|爱|北京|\n|好|\n|你|去|北京|\n", encoding="utf-8")
    [command] = [block.body for block in page if block.kind == "sh"]
    tagger, verb, flag, conf, *settings = command.split()
    assert (tagger, verb, flag, conf) == ("tagger", "train", "--config-dir", "conf")
    return settings


def test_the_package_of_the_page_trains(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings = write_package(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("tagger.corpus.formats.FORMATS", FORMATS.copy())
    assert 0 <= train(compose("train", [*settings, *SMALL], config_dir="conf")) <= 1
    assert "best.ckpt: val/exact_characters" in capsys.readouterr().out
    assert [line.split("\t")[0] for line in (tmp_path / "run/weights.tsv").read_text().splitlines()] == ["1", "2"]
    [said] = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert said.startswith("no model file will be written: expected parts of this package")
    assert "mine.parts.NormedEmbedding, mine.parts.ScaledHead, mine.parts.MinimalUnit" in said
    assert not (tmp_path / "run/model.onnx").exists()

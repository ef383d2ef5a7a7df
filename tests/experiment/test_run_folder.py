"""A run begins in a new folder or continues the run that is there."""

import os
from pathlib import Path

import pytest

from tagger.errors import ModelError, UsageError
from tagger.experiment.run_folder import RESULTS, check_unused, with_folder


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with the folder `run` in it, of a run that was interrupted after its last whole epoch."""
    (tmp_path / "run").mkdir()
    for age, name in enumerate(("interrupted.ckpt", "last.ckpt", "best.ckpt")):
        (tmp_path / "run" / name).write_bytes(b"")
        os.utime(tmp_path / "run" / name, (2000 - age, 2000 - age))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("seed=2", "seed=2"),
        ("hydra.run.dir=new seed=2", "hydra.run.dir=new seed=2"),
        ("hydra.run.dir=${name} resume=null", "hydra.run.dir=${name} resume=null"),
        ("resume=run", "resume=run/interrupted.ckpt hydra.run.dir=run"),
        ("resume=run/last.ckpt", "resume=run/last.ckpt hydra.run.dir=run"),
        ("resume=run hydra.run.dir=run", "resume=run/interrupted.ckpt hydra.run.dir=run"),
        ("resume=none.ckpt", "resume=none.ckpt"),  # which training refuses
    ],
)
def test_settings_name_a_folder(words: str, wanted: str) -> None:
    assert with_folder(words.split()) == wanted.split()


def test_the_newest_checkpoint_is_continued(run: Path) -> None:
    os.utime(run / "run/last.ckpt", (3000, 3000))
    assert with_folder(["resume=run"]) == ["resume=run/last.ckpt", "hydra.run.dir=run"]


def test_another_run_is_not_overwritten(run: Path) -> None:
    wanted = r"^run: expected a new folder, got that of a run \(best.ckpt, .*\); continue it with resume=run, give"
    with pytest.raises(UsageError, match=wanted):
        with_folder(["hydra.run.dir=run"])
    (run / "new").mkdir()
    with pytest.raises(ModelError, match=r"new: expected interrupted.ckpt or last.ckpt .* found neither; correct"):
        with_folder(["resume=new"])


@pytest.mark.parametrize("name", RESULTS)
def test_what_a_run_leaves(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_unused(tmp_path)
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(UsageError, match=name):
        check_unused(tmp_path)
    monkeypatch.setenv("LOCAL_RANK", "1")
    check_unused(tmp_path)

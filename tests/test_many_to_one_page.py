"""docs/many_to_one.md and docs/next_char.md are true: their blocks run, in order; trainings in this process, which
saves their imports."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from pages import ROOT, blocks

from tagger.experiment.training import train

TRAIN = "tagger train "


@pytest.mark.parametrize(("page", "n_trainings"), [("many_to_one.md", 2), ("next_char.md", 1)])
def test_the_page_runs(page: str, n_trainings: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    printed, scores = "", []
    for block in blocks(ROOT / "docs" / page):
        if block.kind == "text":
            assert printed == block.body
        elif block.body.startswith(TRAIN):
            words = [word.replace("hydra.run.dir=", "run=") for word in shlex.split(block.body.removeprefix(TRAIN))]
            with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
                scores.append(train(compose("train", overrides=words)))
        else:
            call = ["bash", "-euo", "pipefail", "-c", block.body]
            done = subprocess.run(call, env=environment, capture_output=True, text=True, check=True)
            printed = done.stdout
    assert scores == [1] * n_trainings

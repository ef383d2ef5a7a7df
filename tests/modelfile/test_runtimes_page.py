"""docs/runtimes.md is true: it names every runtime, and by its program the shipped models pass in onnxruntime-web."""

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import models
import pytest

from serve.browser import RUNTIME
from tagger.modelfile.opening import open_model
from tagger.modelfile.rewrite import rewrite
from tagger.modelfile.runtimes import RUNTIMES

PAGE = (Path(__file__).parents[2] / "docs" / "runtimes.md").read_text(encoding="utf-8")
NODE = shutil.which("node")


def test_the_page_names_every_runtime() -> None:
    assert re.findall(r"^\| `([\w.]+)` \|", PAGE, re.MULTILINE) == list(RUNTIMES)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """The program of the page beside onnxruntime-web, as npm installs it."""
    if NODE is None or not RUNTIME.is_dir():
        pytest.skip("needs Node.js and onnxruntime-web: make page")
    package = tmp_path / "node_modules" / "onnxruntime-web"
    shutil.copytree(RUNTIME, package)
    (package / "package.json").write_text('{"exports": {"./wasm": "./ort.wasm.min.mjs"}}')
    [body] = re.findall(r"^```js\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    path = tmp_path / "self_test.mjs"
    path.write_text(body, encoding="utf-8")
    return path


def test_models_in_onnxruntime_web_are_equal_and_other_scores_are_found_out(
    program: Path, shipped_models: list[Path], tmp_path: Path
) -> None:
    """One process, because the runtime takes seconds to start."""
    other = tmp_path / "other.onnx"
    metadata = open_model(models.SMALL).metadata
    assert metadata.self_test
    wrong = replace(metadata.self_test, scores="zczMPQ==" + metadata.self_test.scores[8:])
    rewrite(models.SMALL, other, replace(metadata, self_test=wrong))
    paths = [*shipped_models, models.FORWARD, other]
    done = subprocess.run(
        [str(NODE), str(program), *map(str, paths)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.stderr == ""
    answers = [re.sub(r" by .*", "", line) for line in done.stdout.splitlines()]
    assert answers == [f"{path}: {'differs' if path == other else 'equal'}," for path in paths]
    assert done.returncode == 1

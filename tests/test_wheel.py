"""The wheel alone, away from a checkout: training, scoring, export, tagging and the service."""

import json
import os
import subprocess
import sys
import sysconfig
import urllib.request
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SMALL = [
    "net.encoder.hidden_sizes=[8]",
    "net.embedding.char_size=6",
    "net.embedding.bigram_size=4",
    "trainer.max_epochs=1",
    "threads=1",
]
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("TAGGER_", "PYTHON"))}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    build = [*pip, "wheel", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", folder, ROOT]
    subprocess.run(build, check=True, env=CLEAN)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def commands(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the scripts of a virtual environment that has the wheel, and what it requires from this one."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin/python"
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = subprocess.run([python, "-c", where], capture_output=True, text=True, check=True, env=CLEAN).stdout.strip()
    Path(site, "requirements.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    install = [sys.executable, "-m", "pip", "--python", python, "--quiet", "install", "--no-deps", "--no-index", wheel]
    subprocess.run(install, check=True, env=CLEAN)
    return python.parent


def run(commands: Path, folder: Path, *arguments: str, input: str | None = None) -> str:
    call = [str(commands / "tagger"), *arguments]
    done = subprocess.run(call, cwd=folder, env=CLEAN, input=input, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_has_the_configurations_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    shipped = {name.removeprefix("tagger/conf/") for name in names if name.startswith("tagger/conf/")}
    assert shipped == {str(path.relative_to(ROOT / "conf")) for path in (ROOT / "conf").rglob("*.yaml")}
    assert {name.partition("/")[0] for name in names if ".dist-info" not in name} == {"tagger", "serve"}
    assert {"tagger/py.typed", "tagger/modelfile/models/zh-small.onnx", "tagger/corpus/sample/train.conllu"} <= {*names}


def test_every_command_of_the_wheel_runs_in_an_empty_folder(commands: Path, tmp_path: Path) -> None:
    assert run(commands, tmp_path, "--version").strip()
    run(commands, tmp_path, "train", *SMALL, "hydra.run.dir=runs/实验")
    assert (tmp_path / "runs/实验/model.onnx").is_file()
    run(commands, tmp_path, "export", "runs/实验/best.ckpt", "-o", "模型 1.onnx")
    assert "words + tags" in run(commands, tmp_path, "evaluate", "-m", "模型 1.onnx", "--resamples", "10")
    assert json.loads((tmp_path / "模型 1.test.json").read_text(encoding="utf-8"))["split"] == "test"
    text = "我喜欢北京。\n"
    assert run(commands, tmp_path, "tag", "-m", "模型 1.onnx", "--format", "segmented", input=text).count("\n") == 1
    assert run(commands, tmp_path, "tag", input=text).startswith("我/PRON 喜欢/VERB 北京/PROPN")


def test_the_service_of_the_wheel_answers(commands: Path, tmp_path: Path) -> None:
    call = [str(commands / "tagger"), "serve", "--port", "0", "--model", "zh-small"]
    with subprocess.Popen(call, cwd=tmp_path, env=CLEAN, stderr=subprocess.PIPE) as process:
        assert process.stderr
        try:
            events = (json.loads(line) for line in process.stderr if line.startswith(b"{"))
            address = next(event["address"] for event in events if event["event"] == "ready")
            with urllib.request.urlopen(f"{address}/readyz", timeout=30) as answer:
                assert answer.status == 200
        finally:
            process.terminate()
            process.stderr.read()
    assert process.returncode == 0

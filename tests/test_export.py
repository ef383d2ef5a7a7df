"""The command `tagger export`: how it is called; what it writes is tested in `tests/learning/export`."""

from pathlib import Path

import pytest

from tagger.errors import ModelError
from tagger.export import find_checkpoint, main


def test_the_command_wants_both_or_neither(capfd: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--quantize"], ["--dev", "x"], ["quantize=int8"]):
        assert main(["a", "-o", "b", *arguments]) == 2
        assert "error: expected --dev GOLD with --round or --quantize" in capfd.readouterr().err
    for arguments in (["a"], ["a", "--verify", "native", "--round"]):
        assert main(arguments) == 2
        assert "error: expected -o NAME.onnx, got none" in capfd.readouterr().err
    with pytest.raises(SystemExit) as end:
        main(["a", "-o", "b", "quantize=int4", "--dev", "x"])
    assert end.value.code == 2


def test_a_call_without_its_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([f"checkpoint={tmp_path / 'no.ckpt'}", f"output={tmp_path / 'model.onnx'}"]) == 1
    assert f"error: {tmp_path}/no.ckpt: expected a checkpoint, found no file" in capsys.readouterr().err
    assert main(["checkpoint=x", "output="]) == 2
    for arguments, status in ((["--help"], 0), ([], 2)):
        with pytest.raises(SystemExit) as end:
            main(arguments)
        assert end.value.code == status


# The files in a folder `run`, the name that is given, and the checkpoint that is taken or what is said of none.
CHECKPOINTS = {
    "a checkpoint": (["last.ckpt", "best.ckpt"], "run/last.ckpt", "run/last.ckpt"),
    "a run": (["last.ckpt", "best.ckpt"], "run", "run/best.ckpt"),
    "a run without its best": (
        ["a.ckpt", "b.ckpt"],
        "run",
        "run: expected best.ckpt .*; give run/a.ckpt or run/b",
    ),
    "another folder": (["model.onnx"], "run", "run: expected best.ckpt .*; train first, or name the folder of a run"),
    "nothing": ([], "none", "none: expected a checkpoint, found no file"),
}


@pytest.mark.parametrize(("files", "name", "wanted"), CHECKPOINTS.values(), ids=CHECKPOINTS)
def test_the_folder_of_a_run_stands_for_its_best_checkpoint(
    files: list[str], name: str, wanted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("run").mkdir()
    for file in files:
        Path("run", file).touch()
    if wanted.endswith(".ckpt") and "expected" not in wanted:
        assert find_checkpoint(name) == Path(wanted)
        return
    with pytest.raises(ModelError, match=wanted):
        find_checkpoint(name)

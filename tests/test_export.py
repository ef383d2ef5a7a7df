"""The command `tagger export`: how it is called; what it writes is tested in `tests/learning/export`."""

from pathlib import Path

import pytest

from tagger.export import main


def test_the_command_wants_both_or_neither(capfd: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--quantize"], ["--dev", "x"], ["quantize=int8"]):
        assert main(["a", "-o", "b", *arguments]) == 2
        assert "error: expected --dev GOLD with --round or --quantize" in capfd.readouterr().err
    assert main(["a", "-o", "b", "--model-version", "0"]) == 2
    assert "error: expected --model-version of 1 or more, got 0" in capfd.readouterr().err
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

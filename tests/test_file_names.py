"""Files may be called what people call them: every command reads and writes them."""

import shutil
from pathlib import Path

import pytest

from tagger import annotate, calibrate, evaluate, inspect, lexicon, restandard, suggest, tag

NAMES = ["语料/训练", "a b/[1],x=y", "it's {a} (b)/'c'", "~a/-b#c", "data.train=x/model=y"]
GOLD = "我/PRON 喜欢/VERB 北京/PROPN 。/PUNCT\n"


@pytest.mark.parametrize("name", NAMES)
def test_commands_read_and_write_files_of_any_name(
    name: str, small_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).parent.mkdir()
    model, gold, text, words = (f"{name}{suffix}" for suffix in (".onnx", ".slash", ".txt", ".words"))
    shutil.copyfile(small_model, model)
    Path(gold).write_text(GOLD, encoding="utf-8")
    Path(text).write_text("我喜欢北京。\n" * 5, encoding="utf-8")
    Path(words).write_text("北京\n", encoding="utf-8")
    for main, output, arguments in (
        (tag.main, f"{name}.jsonl", [text, "-m", model]),
        (inspect.main, f"{name}.svg", ["我", "-m", model]),
        (suggest.main, f"{name}.conllu", [text, "-m", model]),
        (annotate.main, f"{name}.partial", [words, text]),
        (lexicon.main, f"{name}.npz", [text, "-m", model, "--min-count", "1"]),
        (calibrate.main, f"{name}.calibrated.onnx", [gold, "-m", model]),
        (evaluate.main, f"{name}.json", [gold, "-m", model, "--resamples", "5"]),
        (evaluate.main, f"{name}.words.json", [f"model={model}", "data=files", f"data.test={gold}"]),
    ):
        assert main([*arguments, "-o", output]) == 0, capsys.readouterr().err
        assert Path(output).is_file()
    assert restandard.main(["finer", gold, f"{name}.finer.slash"]) == 0
    assert Path(f"{name}.finer.slash").read_text(encoding="utf-8") == GOLD

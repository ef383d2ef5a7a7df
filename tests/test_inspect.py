import io
import subprocess
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import models
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from tagger.inspect import main, show, show_classification
from tagger.tagging.inspection.classification import ClassifierInspection, ClassifierInspector
from tagger.tagging.inspection.inspector import Inspector
from tagger.text.format_characters import without_format
from tagger.visual.heatmaps import draw_classification, draw_inspection
from tagger.visual.svg import LEVELS, draw_cells, make_visible, palette, to_levels

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def inspector(small_model: Path) -> Inspector:
    return Inspector.open(small_model)


def shown(inspector: Inspector, text: str, units: int, width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width, no_color=True)
    show(inspector(text), 0, units, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_headings_of_short_sentences_do_not_meet(inspector: Inspector) -> None:
    root = ET.fromstring(draw_inspection(inspector("我"), 0, 2))
    places = [float(str(found.get("x"))) for found in root.iter(f"{SVG}text") if str(found.text).startswith("Layer")]
    assert places[1] - places[0] >= 300
    assert float(str(root.get("width"))) >= places[1] + 280


def test_the_terminal_shows_words_scores_and_gates(inspector: Inspector) -> None:
    text = "我喜欢北京"
    found, printed = inspector(text), shown(inspector, text, 2)
    lines = printed.splitlines()
    for word, p in zip(found.words, found.probabilities, strict=True):
        assert any(word.form in line and str(word.pos) in line and f"{p:.3f}" in line for line in lines)
    for title in ("forget gate", "input gate", "output gate", "candidate", "cell state", "hidden state"):
        assert printed.count(f"{title}, in tenths of") == 2
    assert "Layer 1 of 1, LSTM, backward: 2 of 8 units" in printed
    forward = found.layers[0].directions["forward"]
    at = lines.index("forget gate, in tenths of 1")
    unit = int(lines[at + 2].split()[1])
    tenths = [int(10 * value) for value in forward["forget"][:, unit]]
    assert lines[at + 2].split()[2:] == [str(min(9, value)) for value in tenths]


@pytest.mark.parametrize(
    ("model", "heading", "title"),
    [(models.SMALL, "word: tag,", "Words"), (models.ENTITIES, "entity: type,", "Entities")],
)
def test_what_is_found_is_called_by_its_kind(model: Path, heading: str, title: str) -> None:
    inspector = Inspector.open(model)
    first, *_ = shown(inspector, "李明在北京", 2).splitlines()
    assert first.strip() == title
    assert heading in draw_inspection(inspector("李明在北京"), 0, 2)


def decision(*names: str) -> ClassifierInspection:
    """A decision for `good`, for which the last name speaks most, by a net whose layers are those of topics.onnx."""
    layers = ClassifierInspector.open(models.TOPICS)("好" * len(names)).layers
    without = np.array([*[0.9] * (len(names) - 1), 0.4])
    return ClassifierInspection("".join(names), "word", names, layers, (("good", 0.8), ("bad", 0.2)), without)


@pytest.mark.parametrize("names", [("我", "不", "爱"), ("not", "a", "masterpiece"), ("好",)])
def test_a_decision_is_shown_in_columns_that_hold_the_words(names: tuple[str, ...]) -> None:
    found, console = decision(*names), Console(file=io.StringIO(), width=100, no_color=True)
    show_classification(found, 0, 2, console)
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    at = lines.index("How much each word raises the probability of good, in tenths of 0.4")
    width = 2 if max(map(len, names)) == 1 else len("masterpiece") + 1
    assert "".join(lines[at + 1].split()) == "".join(names)
    assert "".join(lines[at + 2].split()) == f"raises{'-2' * (len(names) - 1)}9"
    assert len(lines[at + 2]) == 10 + width * len(names)
    assert any("good" in line and "0.800" in line for line in lines)
    assert "Layer 1 of 1, LSTM, backward: 2 of 6 units" in lines
    root = ET.fromstring(draw_classification(found, 0, 2))
    texts = [(str(part.text), float(str(part.get("x")))) for part in root.iter(f"{SVG}text")]
    assert "good: 80.0 %" in dict(texts)
    places = [x for text, x in texts if text == names[0]][:1] + [x for text, x in texts if text == names[-1]][:1]
    assert places[-1] - places[0] >= (len(names) - 1) * 22
    assert places[-1] + 4 * len(names[-1]) < float(str(root.get("width")))


def test_the_command_shows_a_classifier(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["-m", str(models.TOPICS), "我喜欢北京", "--units", "1"]
    assert main(arguments) == 0
    assert "How much each character raises the probability of travel" in capsys.readouterr().out
    path = tmp_path / "a.svg"
    assert main([*arguments, "-o", str(path)]) == 0
    assert "raises the probability of travel" in path.read_text(encoding="utf-8")
    assert main([*arguments, "--layer", "2"]) == 1
    assert "expected --layer of 1 to 1, got 2" in capsys.readouterr().err


def test_a_narrow_terminal_gets_the_sentence_in_parts(inspector: Inspector) -> None:
    lines = shown(inspector, "我喜欢北京。" * 3, 1, width=24).splitlines()
    assert max(map(len, lines)) <= 24
    assert [line.strip() for line in lines if line.startswith(" " * 10 + "我")][:2] == ["我喜欢北京。", "我喜欢北京。"]


def test_nothing_printed_can_move_the_cursor(inspector: Inspector) -> None:
    printed = shown(inspector, "我\x1b[2J\r\u202e京", 1)
    assert not set("\x1b\r\u202e") & set(printed)


@settings(max_examples=10)
@given(text=st.text(min_size=1, max_size=12).filter(without_format), units=st.integers(0, 9))
def test_the_picture_is_well_formed_whatever_the_text(inspector: Inspector, text: str, units: int) -> None:
    root = ET.fromstring(draw_inspection(inspector(text), 0, units))
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    labels = [element.text for element in root.iter(f"{SVG}text")]
    assert sum(str(found).startswith("unit") for found in labels) == 12 * (units or 8 if units < 8 else 8)
    marks = [element for element in root.iter(f"{SVG}rect") if element.get("class") == "mark"]
    assert len(marks) == len(without_format(text))


def test_a_heat_map_draws_every_cell_once() -> None:
    levels = np.array([[0, 0, 3], [3, 3, 3], [-1, 2, 2]])
    root = ET.fromstring(f"<g>{draw_cells(0, 0, (2, 2), levels, 's')}</g>")
    drawn = np.full(levels.shape, -1)
    for path in root.iter("path"):
        for run in str(path.get("d")).split("z")[:-1]:
            x, y, width = (int(part) for part in run[1:].replace("h", " ").split("v")[0].split())
            assert (drawn[y, x : x + width] == -1).all()
            drawn[y, x : x + width] = int(str(path.get("class"))[1:])
    assert (drawn == levels).all()


def test_levels_and_palettes() -> None:
    assert to_levels(np.array([0.0, 0.5, 1.0, 7.0]), "s").tolist() == [0, 5, 10, 10]
    assert to_levels(np.array([-2.0, 0.0, 2.0]), "d", 2.0).tolist() == [0, 5, 10]
    for theme in ("light", "dark"):
        tones = [sum(int(colour[at : at + 2], 16) for at in (1, 3, 5)) for colour in palette("s", theme)]
        assert tones == sorted(tones, reverse=theme == "light")
        assert len(set(palette("d", theme))) == LEVELS


def test_signs_for_what_cannot_be_seen() -> None:
    signs = [make_visible(char) for char in "我 \t\n\x7f\ud800\u200d\u0301"]
    assert signs == ["我", "␣", "␣", "␊", "␡", "\ufffd", "\ufffd", "◌\u0301"]


def test_the_command_writes_a_picture(small_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.svg"
    assert main(["-m", str(small_model), "我爱北京", "-o", str(path), "--units", "3", "--layer", "1"]) == 0
    ET.parse(path)
    assert capsys.readouterr() == (f"{path}\n", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["我", "--layer", "2"], "expected --layer of 1 to 1, got 2; this net has 1 layer\n"),
        (["我", "-o", "a.png"], "expected an output that ends in .svg, got a.png"),
        (["我", "-o", "none/a.svg"], "cannot write none/a.svg"),
        ([""], "expected a sentence of 1 to 256 characters, got 0"),
    ],
)
def test_wrong_wishes(
    small_model: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main(["-m", str(small_model), *arguments]) == 1
    assert message in capsys.readouterr().err


def test_without_torch_and_onnx_and_from_a_pipe(small_model: Path) -> None:
    code = "import sys; from tagger.inspect import main; status = main(sys.argv[1:])\n"
    code += "assert not {'torch', 'onnx', 'lightning'} & set(sys.modules); sys.exit(status)"
    done = subprocess.run(
        [sys.executable, "-c", code, "-m", str(small_model), "-", "--units", "1"],
        input="我喜欢\n", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "hidden state" in done.stdout


@pytest.mark.parametrize(
    ("argument", "note"),
    [
        ("-", "note: only the first line of stdin is shown\n"),
        ("two.txt", "note: two.txt is a file, but its name is shown; tagger inspect - < two.txt takes a line\n"),
        ("我喜欢北京。", ""),
    ],
)
def test_what_is_not_shown_is_noted(
    argument: str, note: str, small_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two.txt").write_text("我\n他\n", encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", io.StringIO("我\n他\n"))
    assert main([argument, "-m", str(small_model), "-o", "out.svg"]) == 0
    assert capsys.readouterr().err == note


def test_a_checkpoint_is_no_model_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checkpoint = tmp_path / "best.ckpt"
    with zipfile.ZipFile(checkpoint, "w") as file:
        file.writestr("archive/data.pkl", b"")
    assert main(["我", "-m", str(checkpoint), "-o", str(tmp_path / "out.svg")]) == 1
    assert f"tagger export {checkpoint} -o {tmp_path / 'best.onnx'}" in capsys.readouterr().err

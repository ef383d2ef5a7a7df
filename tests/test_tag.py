"""`python -m tagger.tag`: streams in, words out, nothing lost."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tagger import corpus
from tagger.tag import FORMATS, main
from tagger.tagging.tagger import Tagger
from tagger.text.sentence import Sentence, Word

HARD = (
    "我喜欢北京。\n\n   \n\u3000ＡＢＣ　１２３，全角！\r\n控制\0字符\x1b[31m\x7f\n👨‍👩‍👧 👍🏽 🇨🇳 𠮷野家 é́\n"
    "iPhone 15\t卖 ¥5,999～ http://a.example/?q=中文 a_b@example.com\nx\u2028y\u0085z\ra/b\n"
    + "很长的一行。" * 3400
    + "\n末行没有换行符"
)


@pytest.fixture
def hard(tmp_path: Path) -> Path:
    path = tmp_path / "hard.txt"
    path.write_bytes(HARD.encode())
    return path


@pytest.mark.parametrize("format", [name for name, format in FORMATS.items() if format.holds_words])
def test_words_and_spaces_join_back_to_the_input(small_model: Path, hard: Path, tmp_path: Path, format: str) -> None:
    output = tmp_path / "out"
    assert main(["-m", str(small_model), str(hard), "-o", str(output), "--format", format]) == 0
    lines = HARD.split("\n")
    if format in ("conllu", "jsonl"):
        found = list(corpus.read(output, format=format))
        assert [s.text for s in found] == lines
        assert all(s.fault() is None for s in found)
    elif format == "parquet":
        rows = pq.read_table(output).to_pylist()
        assert [row["text"] for row in rows] == lines
        for row in rows:
            assert Sentence(row["text"], tuple(Word(**word) for word in row["words"])).fault() is None
    else:
        written = output.read_bytes().decode().split("\n")
        assert written[-1] == ""
        wordy = [line for line in lines if line.strip()]
        found = list(corpus.read(output, format=format, spaces="exact"))
        assert len(written) - 1 == len(lines)
        assert [s.text for s in found] == wordy


def test_several_files_come_in_order_and_bytes_order_marks_go(
    small_model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a").write_bytes("\ufeff我\n".encode())
    (tmp_path / "b").write_bytes(b"")
    (tmp_path / "c").write_bytes("北京\n".encode())
    assert main(["-m", str(small_model), *(str(tmp_path / name) for name in "abc"), "--format", "jsonl"]) == 0
    (tmp_path / "out.jsonl").write_text(capfd.readouterr().out, encoding="utf-8")
    assert [s.text for s in corpus.read(tmp_path / "out.jsonl")] == ["我", "北京"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"ok\n\xff", r"bad.txt:2: expected UTF-8, got byte 0xff at offset 3"),
        (None, "bad.txt: expected a file, found none"),
    ],
)
def test_bad_input_leaves_no_output(
    small_model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], content: bytes | None, message: str
) -> None:
    if content is not None:
        (tmp_path / "bad.txt").write_bytes(content)
    output = tmp_path / "out.txt"
    assert main(["-m", str(small_model), str(tmp_path / "bad.txt"), "-o", str(output)]) == 1
    assert message in capfd.readouterr().err
    assert not output.exists()


_MODEL = "zh-ner", "error: zh-ner: expected a file, got the name of a model; -m takes one model: run the command once"


def test_a_long_path_is_shown_whole_and_a_long_text_not(small_model: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = "/".join(["folder"] * 30) + "/bad.txt"
    for name, shown in ((path, f"error: {path}: expected"), ("好" * 500, f"error: {'好' * 80}: expected"), _MODEL):
        assert main(["-m", str(small_model), name]) == 1
        assert capfd.readouterr().err.startswith(shown)


def test_no_model_and_no_folder(
    small_model: Path, hard: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["-m", str(tmp_path / "no.onnx"), str(hard)]) == 1
    assert "expected a model file, found none" in capfd.readouterr().err
    assert main(["-m", str(small_model), str(hard), "-o", str(tmp_path / "no" / "out")]) == 1
    assert "cannot write" in capfd.readouterr().err


def command(model: Path, *arguments: str, text: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    call = [sys.executable, "-m", "tagger.tag", "-m", str(model), *arguments]
    return subprocess.run(call, input=text, capture_output=True, check=False, timeout=60)


def test_a_pipe(small_model: Path, small_tagger: Tagger) -> None:
    done = command(small_model, "--format", "slash", "-", text="我喜欢北京。\n好".encode())
    wanted = "".join(corpus.format_sentence(small_tagger(text), "slash") for text in ("我喜欢北京。", "好"))
    assert done.stdout.decode() == wanted
    assert (done.returncode, done.stderr) == (0, b"")
    assert command(small_model, text=b"").stdout == b""


def test_a_reader_that_goes_away_is_no_error(small_model: Path, tmp_path: Path) -> None:
    path = tmp_path / "many.txt"
    path.write_text("我喜欢北京。\n" * 20_000, encoding="utf-8")
    read, write = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-m", "tagger.tag", "-m", str(small_model), str(path)], stdout=write, stderr=subprocess.PIPE
    ) as process:
        os.close(write)
        assert os.read(read, 100)
        os.close(read)
        _, errors = process.communicate(timeout=60)
    assert errors == b""
    assert process.returncode == 0


def test_dictionaries(small_model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text").write_text("我喜欢北京。\n", encoding="utf-8")
    (tmp_path / "words").write_text("喜欢北 3 eng\n", encoding="utf-8")
    (tmp_path / "more").write_text("\uff21\uff22\tforce\tv\n", encoding="utf-8")
    call = ["-m", str(small_model), str(tmp_path / "text"), "--format", "segmented"]
    assert main([*call, "--dictionary", str(tmp_path / "words"), "--dictionary", str(tmp_path / "more"), "--fold"]) == 0
    found = capfd.readouterr()
    assert "喜欢北" in found.out.split()
    assert "note: tags of dictionaries and patterns read as UPOS: v VERB\n" in found.err
    assert "note: the model has no tags eng: it chooses" in found.err
    use = "; all forced, frequencies not used; --strength prefer makes them hints\n"
    assert f"words: 1 entry in the format jieba, which is guessed{use}" in found.err
    assert "more: the entry matched nothing" in found.err
    assert "words: the entry matched\n" in found.err
    assert main([*call, "--dictionary", str(tmp_path / "words"), "--strength", "forbid"]) == 0
    forbidden = capfd.readouterr()
    assert "喜欢北" not in forbidden.out.split()
    assert "all forced" not in forbidden.err
    for wanted in ("more: the entry matched nothing", "0 files, 1 done before"):
        again = ["--dictionary", str(tmp_path / "more"), "-o", f"{tmp_path}/out/", "--resume"]
        assert main([*call, *again]) == 0
        err = capfd.readouterr().err
        assert wanted in err
        assert ("matched nothing" in err) == ("matched" in wanted)
    (tmp_path / "words").write_text("a\tmaybe\n", encoding="utf-8")
    assert main([*call, "--dictionary", str(tmp_path / "words")]) == 1
    assert "words:1: expected word<TAB>strength" in capfd.readouterr().err


@pytest.mark.parametrize("workers", ["1", "2"])
def test_patterns(small_model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], workers: str) -> None:
    (tmp_path / "text").write_text("我喜欢《北京》。\n" * 2000 + "沪A·12345和《北 京》\n", encoding="utf-8")
    (tmp_path / "titles").write_bytes("《[^》]+》\tNOUN\n".encode("gb18030"))
    (tmp_path / "plates").write_bytes("# plates\n\\p{Han}[A-Z]·\\d{5}\teng\n".encode("gb18030"))
    call = ["-m", str(small_model), str(tmp_path / "text"), "--dictionary-encoding", "gb18030", "--workers", workers]
    call += ["--patterns", str(tmp_path / "titles"), "--patterns", str(tmp_path / "plates")]
    assert main([*call, "-o", str(tmp_path / "out.slash")]) == 0
    lines = (tmp_path / "out.slash").read_text(encoding="utf-8").splitlines()
    assert all("《北京》/NOUN" in line.split(" ") for line in lines[:-1])
    assert lines[-1].startswith("沪A·12345/")
    assert "京》/NOUN" not in lines[-1]
    shown = capfd.readouterr().err
    assert "titles: 1 pattern; in the format slash no match holds whitespace" in shown
    assert "titles: the pattern matched\n" in shown
    assert "the model has no tags eng: it chooses" in shown
    assert main([*call, "-o", str(tmp_path / "out.jsonl")]) == 0
    last = json.loads((tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    assert "《北 京》" in [word["form"] for word in last["words"]]
    assert "plates: 1 pattern\n" in capfd.readouterr().err


def test_a_wrong_pattern_is_named(small_model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "own.tsv").write_text("《[^》]+》\tNOUN\n(?=a)\n", encoding="utf-8")
    call = ["-m", str(small_model), "--patterns", str(tmp_path / "own.tsv"), "-o", str(tmp_path / "out")]
    assert main(call) == 1
    assert "own.tsv:2: expected a regular expression of RE2" in capfd.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_entries_that_matched_nothing_are_named(
    small_model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], workers: str
) -> None:
    (tmp_path / "text").write_text("我喜欢北京。\n" * 2000 + "他在上海。\n", encoding="utf-8")
    (tmp_path / "words").write_bytes("上海 3\n北京 nz 3\n广州 3\n".encode("gb18030"))
    (tmp_path / "own").write_bytes("《.+》\n他在\n他\n".encode("gb18030"))
    call = ["-m", str(small_model), str(tmp_path / "text"), "-o", str(tmp_path / "out.seg"), "--workers", workers]
    call += ["--patterns", str(tmp_path / "own")]
    assert main([*call, "--dictionary", str(tmp_path / "words"), "--dictionary-encoding", "gb18030", "-v"]) == 0
    shown = capfd.readouterr().err
    assert "1 line in the form of another format, first 2: '北京 nz 3'" in shown
    assert "words: 1 of 3 entries matched nothing" in shown
    assert "words: '广州' matched nothing" in shown
    assert "own: 2 of 3 patterns matched nothing" in shown
    assert "own: '《.+》' matched nothing" in shown
    assert "own: '他' matched nothing" in shown
    assert main([*call, "--dictionary", str(tmp_path / "words"), "--dictionary-encoding", "gb18030", "--quiet"]) == 0
    assert capfd.readouterr().err == ""


def test_a_word_with_spaces_is_refused_at_the_start_by_formats_of_lines(
    small_model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "text").write_text("通过Edu Trust认证的公司\n", encoding="utf-8")
    (tmp_path / "words").write_text("云计算 5\nEdu Trust认证 2000\n", encoding="utf-8")
    call = ["-m", str(small_model), str(tmp_path / "text"), "--dictionary", str(tmp_path / "words")]
    for format in ("slash", "segmented"):
        assert main([*call, "-o", str(tmp_path / "out"), "--format", format]) == 1
        shown = capfd.readouterr().err
        assert f"words:2: expected words without whitespace for the format {format}, got 'Edu Trust认证'" in shown
        assert not (tmp_path / "out").exists()
    (tmp_path / "words").write_text("班主任 强制\n", encoding="utf-8")
    assert main(call) == 1
    assert "if '强制' is a strength or a tag, write force, prefer, forbid, join or cut, or" in capfd.readouterr().err
    (tmp_path / "words").write_text("Edu Trust认证 2000\n", encoding="utf-8")
    assert main([*call, "--format", "jsonl"]) == 0
    assert '"Edu Trust认证"' in capfd.readouterr().out
    assert main([*call, "--format", "slash", "--strength", "forbid"]) == 0


def test_help_is_complete_and_light() -> None:
    code = "import sys; from tagger.tag import parser; parser().print_help(); sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    for word in ("--model", "--output", "--format", "conllu", "exit status"):
        assert word in done.stdout

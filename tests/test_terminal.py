"""What commands say to someone at a terminal."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tagger import cli
from tagger.tag import main


@pytest.mark.parametrize("files", [["-"], ["a.txt"], ["-", "a.txt"]])
@pytest.mark.parametrize("is_terminal", [True, False])
def test_texts_from_the_terminal_are_announced(
    files: list[str], is_terminal: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Stdin(io.StringIO):
        def isatty(self) -> bool:
            return is_terminal

    monkeypatch.setattr(sys, "stdin", Stdin())
    cli.announce_terminal(files)
    said = "note: reading texts from the terminal, one a line; Ctrl-D ends (Ctrl-Z on Windows)\n"
    assert capsys.readouterr().err == (said if is_terminal and "-" in files else "")


def test_a_command_without_files_waits_for_texts(small_model: Path) -> None:
    terminal, user = pytest.importorskip("pty").openpty()
    call = [sys.executable, "-m", "tagger.tag", "-m", str(small_model)]
    with subprocess.Popen(call, stdin=user, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        os.write(terminal, "我来\n\x04".encode())
        out, err = process.communicate(timeout=60)
    os.close(terminal)
    os.close(user)
    assert out.startswith("我")
    assert err.startswith("note: reading texts from the terminal")


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("out.xml", "out.xml: no format is known by the suffix .xml, so it is slash; choose one with --format"),
        ("out.html.gz", "out.html.gz: no format is known by the suffix .html, so it is slash; "),
        ("out.txt", ""),
        ("out.jsonl", ""),
        ("out", ""),
        ("out/", ""),
        (
            "out.xlsx",
            "!out.xlsx: expected a name that ends in .slash, .seg, .jsonl, .conllu, .parquet, .inline, .iob2",
        ),
        ("out.csv", "!got .csv, which no format is; for a spreadsheet name it NAME.conllu"),
        ("out.docx.gz", "!.inline, .iob2 or .txt, got .docx, which no format is; name it NAME.txt"),
        ("out.json", "!got .json, which no format is; name it NAME.jsonl"),
    ],
)
def test_an_output_of_no_known_format(
    name: str,
    note: str,
    small_model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_text("我来\n", encoding="utf-8")
    is_refused = note.startswith("!")
    assert main(["-m", str(small_model), "a.txt", "-o", name]) == is_refused
    err = capsys.readouterr().err
    assert ("note: " in err) == (bool(note) and not is_refused)
    assert note.removeprefix("!") in err
    assert Path(name).exists() != is_refused
    is_no_text = name.endswith((".xlsx", ".docx.gz"))
    assert main(["-m", str(small_model), "a.txt", "-o", f"of-{name}", "--format", "jsonl"]) == is_no_text

"""Lines of a command: the same in a file, in a compressed one and on stdout."""

import argparse
import gzip
import lzma
from pathlib import Path

import pytest

from tagger.files.output import file_or_stdout, file_to_write, write_lines


def test_lines_of_files_and_of_stdout(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    lines, wanted = ["我\n", "a\ud800\n"], "我\na".encode() + b"\xed\xa0\x80\n"
    write_lines(lines, None)
    assert capfdbinary.readouterr().out == wanted
    for name, unpack in (("a.tsv", bytes), ("a.tsv.gz", gzip.decompress), ("a.jsonl.xz", lzma.decompress)):
        write_lines(iter(lines), tmp_path / name)
        assert unpack((tmp_path / name).read_bytes()) == wanted


def test_a_dash_names_no_file() -> None:
    assert (file_or_stdout("-"), file_or_stdout("-.txt"), file_to_write("a.npz")) == (None, "-.txt", "a.npz")
    with pytest.raises(argparse.ArgumentTypeError, match="expected the name of a file, got -"):
        file_to_write("-")

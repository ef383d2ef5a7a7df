import hashlib
from pathlib import Path

import pytest

from tagger.download import Source
from tagger.errors import CorpusError

CONTENT = "1\t好\t_\tADJ\n".encode()
SUM = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def address(tmp_path: Path) -> str:
    folder = tmp_path / "there"
    folder.mkdir()
    (folder / "a.conllu").write_bytes(CONTENT)
    return folder.as_uri()


def test_a_file_with_the_right_sum(address: str, tmp_path: Path) -> None:
    here = tmp_path / "here"
    Source(address, {"a.conllu": SUM}).fetch(here)
    assert (here / "a.conllu").read_bytes() == CONTENT
    (here / "a.conllu").write_bytes(b"mine")
    Source(address, {"a.conllu": SUM}).fetch(here)
    assert (here / "a.conllu").read_bytes() == b"mine"  # what is there stays


def test_a_file_with_another_sum_is_not_kept(address: str, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=rf"expected sha256 0000, got {SUM}"):
        Source(address, {"a.conllu": "0000"}).fetch(tmp_path / "here")
    assert list((tmp_path / "here").iterdir()) == []


def test_an_unknown_sum_is_noted_and_held_to(address: str, tmp_path: Path) -> None:
    here, source = tmp_path / "here", Source(address, {"a.conllu": None})
    source.fetch(here)
    assert (here / "SHA256SUMS").read_text() == f"{SUM}  a.conllu\n"
    (here / "a.conllu").unlink()
    (tmp_path / "there" / "a.conllu").write_bytes(b"changed")
    with pytest.raises(CorpusError, match=f"expected sha256 {SUM}"):
        source.fetch(here)


def test_offline(tmp_path: Path) -> None:
    source = Source("http://127.0.0.1:9", {"a.conllu": SUM}, timeout=1)  # the discard port: nobody listens
    with pytest.raises(CorpusError, match=r"cannot fetch the file.*put a\.conllu into .*here by hand"):
        source.fetch(tmp_path / "here")
    assert list((tmp_path / "here").iterdir()) == []

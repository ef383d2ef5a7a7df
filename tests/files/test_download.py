import hashlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tagger.errors import CorpusError
from tagger.files.download import Source

CONTENT = "1\t好\t_\tADJ\n".encode()
SUM = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def address(tmp_path: Path) -> str:
    folder = tmp_path / "there"
    folder.mkdir()
    (folder / "a.conllu").write_bytes(CONTENT)
    return folder.as_uri()


class Unreliable(BaseHTTPRequestHandler):
    """Answers `/good` well and anything else as its name says."""

    def do_GET(self) -> None:
        answers = {
            "/good": b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(CONTENT), CONTENT),
            "/unsized": b"HTTP/1.0 200 OK\r\n\r\n" + CONTENT,
            "/short": b"HTTP/1.0 200 OK\r\nContent-Length: 1000\r\n\r\n" + CONTENT,
            "/broken": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n99\r\n" + CONTENT,
            "/garbage": b"no HTTP\r\n\r\n",
            "/missing": b"HTTP/1.0 404 Not Found\r\n\r\n",
            "/silent": b"",
        }
        self.wfile.write(answers[self.path])
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Unreliable) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("name", ["good", "unsized"])
@pytest.mark.parametrize("wanted", [SUM, None])
def test_a_file_from_a_server(server: str, tmp_path: Path, name: str, wanted: str | None) -> None:
    Source(server, {name: wanted}).fetch(tmp_path / "here")
    assert (tmp_path / "here" / name).read_bytes() == CONTENT


@pytest.mark.parametrize("name", ["short", "broken", "garbage", "missing", "silent"])
def test_what_does_not_come_whole_is_neither_kept_nor_trusted(server: str, tmp_path: Path, name: str) -> None:
    with pytest.raises(CorpusError, match=rf"{server}/{name}: cannot fetch the file"):
        Source(server, {name: None}).fetch(tmp_path / "here")
    assert list((tmp_path / "here").iterdir()) == []


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
    source.fetch(here)  # nothing to fetch, nothing to note
    (here / "SHA256SUMS").write_text(f"\n{'0' * 64}  b.conllu\n{SUM}  a.conllu\n")
    (here / "a.conllu").unlink()
    (tmp_path / "there" / "a.conllu").write_bytes(b"changed")
    with pytest.raises(CorpusError, match=f"expected sha256 {SUM}"):
        source.fetch(here)
    assert [p.name for p in here.iterdir()] == ["SHA256SUMS"]


def test_offline(tmp_path: Path) -> None:
    source = Source("http://127.0.0.1:9", {"a.conllu": SUM}, timeout=1)  # the discard port: nobody listens
    with pytest.raises(CorpusError, match=r"cannot fetch the file.*put a\.conllu into .*here by hand"):
        source.fetch(tmp_path / "here")
    assert list((tmp_path / "here").iterdir()) == []

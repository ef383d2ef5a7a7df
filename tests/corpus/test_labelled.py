import gzip
import hashlib
import io
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from tagger.corpus.labelled import Example, LabelledCorpus, hold_out, read
from tagger.errors import CorpusError
from tagger.files.download import Archive

TWO = [Example('Where is my card, "Visa"?\nHelp!', "card"), Example("费用？", "fee")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", 'label,id,text\r\ncard,1,"Where is my card, ""Visa""?\nHelp!"\r\n\r\nfee,2,费用？\r\n'),
        ("a.tsv", 'text\tlabel\n"Where is my card, ""Visa""?\nHelp!"\tcard\n费用？\tfee\n'),
        (
            "a.jsonl",
            '{"text": "Where is my card, \\"Visa\\"?\\nHelp!", "label": "card"}\n\n{"label": "fee", "text": "费用？"}',
        ),
    ],
)
def test_tables_and_objects(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_bytes(content.encode())
    (tmp_path / f"{name}.gz").write_bytes(gzip.compress(b"\xef\xbb\xbf" + content.encode()))
    assert list(read(tmp_path / name)) == TWO
    assert list(read(tmp_path / f"{name}.gz")) == TWO
    assert list(read(tmp_path / name, labels=["fee"])) == TWO[1:]


def test_a_folder_for_each_label(tmp_path: Path) -> None:
    for path, text in (
        ("pos/1_9.txt", "Good.\n"),
        ("neg/0_1.txt", "Bad."),
        ("neg/0_2.txt", "Worse."),
        ("unsup/1.txt", "?"),
    ):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    (tmp_path / "neg/notes.md").touch()
    (tmp_path / "labels.csv").touch()
    good, bad = Example("Good.\n", "pos"), [Example("Bad.", "neg"), Example("Worse.", "neg")]
    assert list(read(tmp_path)) == [*bad, good, Example("?", "unsup")]
    assert list(read(tmp_path, labels=["pos", "neg"])) == [good, *bad]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"text,category\nx,y\n", r"a\.csv:1: expected columns 'text' and 'label', got 'text, category'"),
        ("a.csv", b"", "expected columns"),
        ("a.csv", b"text,label\na,b\nx\n", r"a\.csv:3: expected 2 fields, got 1"),
        ("a.csv", b'text,label\n"a" b,c\n', r"a\.csv:2: expected rows of a table, got: .*check the quotes"),
        ("a.csv", b"text,label\n,c\n", r"a\.csv:2: expected a text and a label, got ''"),
        ("a.csv", b"text,label\nx, \n", "expected a text and a label"),
        ("a.csv", b"text,label\n\xff,c\n", r"a\.csv:2: expected UTF-8"),
        ("a.jsonl", b'{"text": 1, "label": "x"}\n', r"a\.jsonl:1: expected an object with strings 'text' and 'label'"),
        ("a.jsonl", b"[]\n", "expected an object"),
        ("a.jsonl", b"\n{\n", r"a\.jsonl:2: expected a JSON object.*convert the file with jq -c \."),
        ("a.jsonl", b"[\n", r"a\.jsonl:1: expected a JSON object.*jq -c '\.\[\]'"),
        ("a.jsonl", b"[{}]\n", r"a\.jsonl:1: expected an object.*jq -c '\.\[\]'"),
        ("a.txt", b"x", r"a\.txt: expected labelled texts as .csv, .*got .txt"),
        ("x/neg/a.txt", b"\xff", r"neg/a\.txt: expected text in utf-8"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CorpusError, match=message):
        list(read(tmp_path / name.split("/")[0]))


def test_no_file_and_no_folders(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"no\.csv: expected a file, found none"):
        list(read(tmp_path / "no.csv"))
    with pytest.raises(CorpusError, match="expected a folder for each label, found none"):
        list(read(tmp_path))


EXAMPLES = [Example(f"{label} {i}", label) for i in range(20) for label in "abc"]


def test_a_share_of_every_label_is_held_out_and_nothing_lost() -> None:
    stays, out = hold_out(EXAMPLES, 0.2, seed=1)
    assert sorted(stays + out) == sorted(EXAMPLES)
    assert [[e.label for e in out].count(label) for label in "abc"] == [4, 4, 4]
    assert hold_out(EXAMPLES, 0.2, seed=1) == (stays, out)
    assert hold_out(EXAMPLES, 0.2, seed=2) != (stays, out)
    assert out == [example for example in EXAMPLES if example in out]


def test_splits_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("text,label\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"data\.dev_share between 0 and 1"):
        LabelledCorpus("train.csv", dev_share=1.0)
    with pytest.raises(CorpusError, match=r"expected at least one example for data\.dev"):
        LabelledCorpus(dev="empty.csv", root=tmp_path).read("dev")
    with pytest.raises(CorpusError, match=r"give data\.test=FILE"):
        LabelledCorpus("train.csv").read("test")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "there" / "reviews.tar.gz"
    path.parent.mkdir()
    with tarfile.open(path, "w:gz") as tar:
        for label in ("neg", "pos", "unsup"):
            for i in range(10):
                content = f"{label} {i}".encode()
                info = tarfile.TarInfo(f"reviews/train/{label}/{i}.txt")
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    return path


def test_an_archive_is_fetched_checked_and_unpacked(archive: Path, tmp_path: Path) -> None:
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    root = tmp_path / "here" / "reviews"
    source = Archive(archive.as_uri(), digest)
    corpus = LabelledCorpus("train", root=root, labels=["neg", "pos"], source=source)
    with pytest.raises(
        CorpusError, match=r"train: expected a file or folder, found none.*data\.download=true to fetch"
    ):
        corpus.read("train")
    corpus = replace(corpus, download=True)
    corpus.prepare()
    assert {example.label for example in corpus.read("train")} == {"neg", "pos"}
    assert (len(corpus.read("train")), len(corpus.read("dev"))) == (18, 2)
    archive.unlink()
    corpus.prepare()  # nothing is fetched twice
    assert sorted(path.name for path in root.parent.iterdir()) == ["reviews", "reviews.tar.gz"]


def test_an_archive_that_is_not_the_one(archive: Path, tmp_path: Path) -> None:
    root = tmp_path / "here" / "reviews"
    with pytest.raises(CorpusError, match=f"expected sha256 {'0' * 64}"):
        Archive(archive.as_uri(), "0" * 64).fetch(root)
    assert list(root.parent.iterdir()) == []
    with pytest.raises(CorpusError, match="expected an archive of other, cannot unpack it"):
        Archive(archive.as_uri(), None).fetch(root.with_name("other"))
    (root.parent / archive.name).write_bytes(b"no tar")
    with pytest.raises(CorpusError, match="remove the file and fetch it again"):
        Archive(archive.as_uri(), None).fetch(root)
    assert not root.exists()


def test_nothing_is_unpacked_outside_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By Python 3.11.0 to 3.11.3 too, whose tarfile has no filters."""
    archive = tmp_path / "reviews.tar"
    with tarfile.open(archive, "w") as written:
        for name in ("reviews/text.txt", "../outside.txt"):
            written.addfile(tarfile.TarInfo(name))
    for folder in ("new", "old"):
        with pytest.raises(CorpusError, match="cannot unpack it"):
            Archive(archive.as_uri(), None).fetch(tmp_path / folder / "reviews")
        monkeypatch.delattr(tarfile, "data_filter", raising=False)
    assert not list(tmp_path.rglob("outside.txt"))


def test_each_word_is_the_label_of_those_before_it(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_text("I like your friends.\n\nYes\n我喜欢你\n", encoding="utf-8")
    corpus = LabelledCorpus(path, path, context_words=2)
    assert corpus.read("dev") == [
        Example("I", "like"),
        Example("I like", "your"),
        Example("like your", "friends"),
        Example("我", "喜"),
        Example("我 喜", "欢"),
        Example("喜 欢", "你"),
    ]
    for number in (0, -1):
        with pytest.raises(CorpusError, match=rf"expected data\.context_words of 1 or more, got {number}"):
            LabelledCorpus(path, path, context_words=number).read("train")


@pytest.mark.parametrize(
    ("share", "context_words", "message"),
    [
        (0.1, None, "expected examples for dev with .* of each label's held out, got none: no label has more than 2"),
        (0.9, None, "expected examples for train .* or a smaller share"),
        (0.1, 3, "expected examples for dev with .* got none: no next word has more than 1; give data.dev=FILE"),
    ],
)
def test_a_share_that_leaves_nothing_is_refused(
    tmp_path: Path, share: float, context_words: int | None, message: str
) -> None:
    file = tmp_path / ("a.csv" if context_words is None else "a.txt")
    content = "text,label\n一,a\n二,a\n三,b\n" if context_words is None else "一二三\n"
    file.write_text(content, encoding="utf-8")
    corpus = LabelledCorpus(file, dev_share=share, context_words=context_words)
    for split in ("train", "dev"):
        with pytest.raises(CorpusError, match=message):
            corpus.read(split)

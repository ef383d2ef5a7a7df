import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from tagger.corpus.labelled import Example
from tagger.errors import CorpusError
from tagger.files.download import Archive
from tagger.learning.data.classification import ClassificationData, held_out

EXAMPLES = [Example(f"{label} {i}", label) for i in range(20) for label in "abc"]


def test_a_share_of_every_label_is_held_out_and_nothing_lost() -> None:
    stays, out = held_out(EXAMPLES, 0.2, seed=1)
    assert sorted(stays + out) == sorted(EXAMPLES)
    assert [[e.label for e in out].count(label) for label in "abc"] == [4, 4, 4]
    assert held_out(EXAMPLES, 0.2, seed=1) == (stays, out)
    assert held_out(EXAMPLES, 0.2, seed=2) != (stays, out)
    assert out == [example for example in EXAMPLES if example in out]


def write(path: Path, examples: list[Example]) -> None:
    path.write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in examples), encoding="utf-8")


def test_batches_hold_every_text_once_up_to_its_limit(tmp_path: Path) -> None:
    write(tmp_path / "train.csv", EXAMPLES)
    data = ClassificationData(root=str(tmp_path), train="train.csv", max_chars=3, batch_texts=7, dev_share=0.25)
    data.setup()
    assert data.fitted == (data.alphabet, ("a", "b", "c"))
    for loader, split in ((data.train_dataloader(), "train"), (data.val_dataloader(), "dev")):
        found = []
        for batch in loader:
            for row, length, label in zip(batch.chars, batch.lengths.tolist(), batch.labels.tolist(), strict=True):
                found.append(Example("".join(map(chr, row[:length].tolist())), data.labels[label]))
                assert not row[length:].any()
        assert sorted(found) == sorted(Example(text[:3], label) for text, label in data.examples[split])
    assert data.read("dev") == data.examples["dev"]
    assert data.read("train") == data.examples["train"]


def test_corpora_that_cannot_be_used(tmp_path: Path) -> None:
    write(tmp_path / "train.csv", EXAMPLES)
    write(tmp_path / "strange.csv", [Example("x", "z")])
    write(tmp_path / "empty.csv", [])
    common = {"root": str(tmp_path), "train": "train.csv"}
    with pytest.raises(CorpusError, match=r"data\.dev_share between 0 and 1"):
        ClassificationData(**common, dev_share=1.0)
    with pytest.raises(CorpusError, match=r"data\.max_chars"):
        ClassificationData(**common, max_chars=0)
    with pytest.raises(CorpusError, match=r"\['z'\] too; check data\.dev"):
        ClassificationData(**common, dev="strange.csv").setup()
    with pytest.raises(CorpusError, match="hold out at least one example"):
        ClassificationData(**common, dev_share=0.001).setup()
    with pytest.raises(CorpusError, match=r"expected at least one example for data\.dev"):
        ClassificationData(**common, dev="empty.csv").setup()
    with pytest.raises(CorpusError, match=r"give data\.test=FILE"):
        ClassificationData(**common).read("test")


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
    options = {"root": str(root), "train": "train", "labels": ["neg", "pos"], "source": source}
    with pytest.raises(
        CorpusError, match=r"train: expected a file or folder, found none.*data\.download=true to fetch"
    ):
        ClassificationData(**options).setup()  # type: ignore[arg-type]
    data = ClassificationData(**options, download=True)  # type: ignore[arg-type]
    data.prepare_data()
    data.setup()
    assert (data.labels, len(data.examples["train"]), len(data.examples["dev"])) == (("neg", "pos"), 18, 2)
    archive.unlink()
    data.prepare_data()  # nothing is fetched twice
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

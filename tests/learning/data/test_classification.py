from dataclasses import replace
from pathlib import Path

import pytest

from tagger.corpus.labelled import Example, LabelledCorpus
from tagger.errors import CorpusError, ModelError
from tagger.learning.data.classification import ClassificationData
from tagger.learning.nets import Embedding, Encoder, LabelHead, SequenceClassifier
from tagger.learning.systems import ClassificationSystem

EXAMPLES = [Example(f"{label} {i}", label) for i in range(20) for label in "abc"]


def write(path: Path, examples: list[Example]) -> None:
    path.write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in examples), encoding="utf-8")


def test_batches_hold_every_text_once_up_to_its_limit(tmp_path: Path) -> None:
    write(tmp_path / "train.csv", EXAMPLES)
    corpus = LabelledCorpus("train.csv", root=tmp_path, dev_share=0.25)
    data = ClassificationData(corpus, max_chars=3, batch_texts=7)
    data.setup()
    assert data.fitted == (data.alphabet, ("a", "b", "c"))
    for loader, split in ((data.train_dataloader(), "train"), (data.val_dataloader(), "dev")):
        found = []
        for batch in loader:
            for row, length, label in zip(batch.chars, batch.lengths.tolist(), batch.labels.tolist(), strict=True):
                found.append(Example("".join(map(chr, row[:length].tolist())), data.labels[label]))
                assert not row[length:].any()
        assert sorted(found) == sorted(Example(text[:3], label) for text, label in data.examples[split])
    assert corpus.read("dev") == data.examples["dev"]
    assert corpus.read("train") == data.examples["train"]


def test_format_characters_are_no_characters_of_a_text(tmp_path: Path) -> None:
    write(tmp_path / "train.csv", [*EXAMPLES, Example("\u200ba\u200b \ufeff1", "a"), Example("\u200b", "b")])
    data = ClassificationData(LabelledCorpus("train.csv", dev="train.csv", root=tmp_path), max_chars=3)
    data.setup()
    assert [example.text for example in data.examples["train"][-2:]] == ["a 1", " "]
    assert ord("\u200b") not in data.alphabet.chars


def test_corpora_that_cannot_be_used(tmp_path: Path) -> None:
    write(tmp_path / "train.csv", EXAMPLES)
    write(tmp_path / "strange.csv", [Example("x", "z")])
    corpus = LabelledCorpus("train.csv", root=tmp_path)
    with pytest.raises(CorpusError, match=r"data\.max_chars"):
        ClassificationData(corpus, max_chars=0)
    with pytest.raises(CorpusError, match=r"\['z'\] too; check data\.dev"):
        ClassificationData(replace(corpus, dev="strange.csv")).setup()
    (tmp_path / "train.txt").write_text("他 来\n", encoding="utf-8")
    (tmp_path / "dev.txt").write_text("她 去\n", encoding="utf-8")
    with pytest.raises(CorpusError, match="expected a word of train in dev, got none"):
        ClassificationData(LabelledCorpus("train.txt", "dev.txt", root=tmp_path, context_words=2), unit="word").setup()
    with pytest.raises(CorpusError, match="expected examples for dev"):
        ClassificationData(replace(corpus, dev_share=0.001)).setup()


def test_balanced_weights_count_all_labels_alike(tmp_path: Path) -> None:
    write(tmp_path / "train.csv", [Example(str(i), "a" if i < 6 else "b") for i in range(8)])
    corpus = LabelledCorpus("train.csv", "train.csv", root=tmp_path)
    data = ClassificationData(corpus)
    data.setup()
    assert data.balanced_weights() == {"a": 8 / 12, "b": 8 / 4}
    net = SequenceClassifier.build(*data.fitted, embedding=Embedding, encoder=Encoder, head=LabelHead)
    system = ClassificationSystem.of(net, data, class_weights="balanced")
    assert system.class_weights is not None
    assert system.class_weights.tolist() == pytest.approx([2 / 3, 2])
    with pytest.raises(ModelError, match=r"expected system\.class_weights of labels of the corpus, got c"):
        ClassificationSystem.of(net, data, class_weights={"c": 2.0})

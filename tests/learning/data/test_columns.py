"""The columns of a corpus hold what its sentences say, in memory and kept on disk alike."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sentences import TEXTS, segmented

from tagger.corpus import Corpora, Corpus
from tagger.errors import CorpusError
from tagger.files.array_cache import MemorySink
from tagger.learning.data.alphabets import read_alphabet, write_alphabet
from tagger.learning.data.column_writing import write_columns
from tagger.learning.data.columns import Columns
from tagger.learning.data.joined import write_joined
from tagger.learning.data.known_forms import KnownForms
from tagger.learning.data.tagging import TaggingData
from tagger.text.alphabet import Alphabet
from tagger.text.presegment import Presegmenter
from tagger.text.scheme import Scheme
from tagger.text.sentence import Entity, Sentence

SENTENCES = TEXTS.filter(bool).flatmap(lambda text: segmented(text, st.sampled_from(["A", "B", "C"])))


def columns_of(sentences: list[Sentence], *, is_entities: bool = False) -> Columns:
    sink = MemorySink()
    write_columns(sentences, sink, is_entities=is_entities, counts_runs=not is_entities)
    return Columns.of(sink.arrays())


@settings(max_examples=25)
@given(st.lists(SENTENCES, min_size=1, max_size=6), st.integers(1, 3), st.integers(0, 2))
def test_columns_say_what_the_sentences_say(sentences: list[Sentence], chars: int, bigrams: int) -> None:
    columns, texts = columns_of(sentences), [sentence.text for sentence in sentences]
    assert [columns.sentence(i) for i in range(len(columns))] == sentences
    assert columns.text(0, len(columns)) == "".join(texts)
    scheme, presegmenter = Scheme.fit(sentences, joint=True), Presegmenter.fit(sentences)
    assert Scheme(tuple(sorted(columns.pos)), columns.inner_spaces) == scheme
    wider = Scheme(("0", *scheme.pos, "D"), scheme.inner_spaces)
    tags = np.concatenate([wider.encode(sentence) for sentence in sentences])
    assert np.array_equal(columns.tag_ids(wider)[columns.tags], tags)
    assert columns.runs.kept_kinds() == presegmenter.kinds
    forms, known = {form for sentence in sentences for form in sentence.forms}, KnownForms([columns.forms])
    assert [form in known for form in (*forms, "no word", "no word")] == [True] * len(forms) + [False, False]
    sink = MemorySink()
    write_alphabet([columns, columns], sink, char_min_count=chars, bigram_min_count=bigrams)
    wanted = Alphabet.fit(texts * 2, char_min_count=chars, bigram_min_count=bigrams)
    assert read_alphabet(sink.arrays(), None) == wanted
    assert read_alphabet(sink.arrays(), 2).bigrams == wanted.bigrams[:2]
    for gold in (True, False):
        sink = MemorySink()
        write_joined(columns, Presegmenter(), sink, gold=gold)
        mask = Presegmenter().gold_joined_mask if gold else lambda s: Presegmenter().joined_mask(s.text)
        assert np.array_equal(sink.arrays().arrays["joined"], np.concatenate(list(map(mask, sentences))))


def test_entities_as_columns() -> None:
    text = "张三在北京"
    sentences = [Sentence(text, (), (), (Entity("张三", "PER", 0, 2), Entity("北京", "LOC", 3, 5))), Sentence("无", ())]
    columns, scheme = columns_of(sentences, is_entities=True), Scheme(("LOC", "PER"), outside=True)
    assert [columns.sentence(i) for i in (0, 1)] == sentences
    assert columns.tag_ids(scheme)[columns.tags].tolist() == [*scheme.encode(sentences[0]), 0]


LINES = ["我/A 爱/B 北京/C abc123/A", "他/A 来/B 了/D", "价/C 5.5/C 元/C", "Google/C 工作/B ，/D 在/B 北京/C"]


def write(path: Path, lines: list[str]) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def batches(data: TaggingData) -> Iterator[list[object]]:
    """All that two epochs of training and one of scoring read."""
    data.setup()
    for epoch, loader in ((0, data.train_dataloader()), (3, data.train_dataloader()), (0, data.val_dataloader())):
        loader.sampler.set_epoch(epoch)  # type: ignore[attr-defined]
        for batch in loader:
            values = dict(zip(batch._fields, batch, strict=True)) | {"sentences": tuple(batch.sentences)}
            yield [value.tolist() if isinstance(value, torch.Tensor) else value for value in values.values()]


def test_kept_columns_give_the_batches_of_the_corpus(tmp_path: Path) -> None:
    train, more = write(tmp_path / "a.slash", LINES * 3), write(tmp_path / "b.slash", LINES[1:])
    some = write(tmp_path / "c.partial", ["我来[北京]吧", "北|京~站"])
    corpus = Corpora({"one": Corpus(train, more, partial=some), "two": Corpus(more, more, repeats=2)})
    folder = tmp_path / "kept"

    def data(where: str | bool) -> TaggingData:
        return TaggingData(corpus, batch_chars=30, gold_repeats=2, cache=where)

    wanted = list(batches(data(False)))
    assert len(wanted) > 10
    assert list(batches(data(str(folder)))) == wanted
    first = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert list(batches(data(str(folder)))) == wanted
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == first

    for damaged in folder.glob("*/*.bin"):
        damaged.write_bytes(damaged.read_bytes()[:-1] + b"\7")
    assert list(batches(data(str(folder)))) == wanted
    assert {path.name for path in folder.iterdir()} == {path.name for path in first if path.parent == folder}


def test_what_decides_the_columns_makes_others(tmp_path: Path) -> None:
    train, folder = write(tmp_path / "a.slash", LINES), tmp_path / "kept"

    def entries(corpus: Corpus, **options: object) -> set[str]:
        before = set(folder.glob("*"))
        TaggingData(corpus, cache=str(folder), **options).setup()  # type: ignore[arg-type]
        return {path.name.partition("-")[0] for path in set(folder.glob("*")) - before}

    assert entries(Corpus(train, train)) == {"columns", "alphabet"}
    assert entries(Corpus(train, train), char_min_count=2) == {"alphabet"}
    assert entries(Corpus(train, train), presegment=False) == {"columns", "alphabet"}
    assert entries(Corpus(train, train, share=2)) == {"columns", "alphabet"}
    assert entries(Corpus(train, train, task="seg")) == {"columns", "alphabet"}
    assert entries(Corpus(write(tmp_path / "same.slash", LINES), train)) == set()
    assert entries(Corpus(write(train, [*LINES, "新/A 词/C"]), train)) == {"columns", "alphabet"}


def test_only_a_large_corpus_is_kept_unasked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    small = write(tmp_path / "a.slash", LINES)
    TaggingData(Corpus(small, small)).setup()
    assert not (tmp_path / "caches").exists()
    large = tmp_path / "large.conllu"
    large.write_text(f"# {'x' * 10_000_000}\n1\t我\t_\tA\t_\t_\t0\t_\t_\t_\n\n", encoding="utf-8")
    TaggingData(Corpus(large, small), cache=False).setup()
    assert not (tmp_path / "caches").exists()
    TaggingData(Corpus(large, small)).setup()
    assert {path.name.partition("-")[0] for path in (tmp_path / "caches/tagger").iterdir()} == {"columns", "alphabet"}


def test_a_pipe_is_read_once(tmp_path: Path) -> None:
    pipe, dev = tmp_path / "pipe.slash", write(tmp_path / "dev.slash", LINES)
    os.mkfifo(pipe)
    data = TaggingData(Corpus(pipe, dev), cache=str(tmp_path / "kept"))
    # More than a pipe holds, so that it is still written, and thereby changed, while it is read.
    writer = threading.Thread(target=write, args=(pipe, LINES * 2000))
    writer.start()
    data.setup()
    writer.join()
    assert [len(columns) for columns in data.columns["train"]] == [len(LINES) * 2000]
    assert not (tmp_path / "kept").exists()


def test_a_corpus_with_a_fault_is_not_kept(tmp_path: Path) -> None:
    train = write(tmp_path / "a.slash", [*LINES, "kein Wort"])
    with pytest.raises(CorpusError, match=r"a\.slash:5: expected word/POS, got 'kein'"):
        TaggingData(Corpus(train, train), cache=str(tmp_path / "kept")).setup()
    assert not list((tmp_path / "kept").iterdir())

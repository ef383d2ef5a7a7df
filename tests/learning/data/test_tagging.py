from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tagger import corpus
from tagger.errors import CorpusError
from tagger.files.download import Source
from tagger.learning.data.batching import BucketSampler
from tagger.learning.data.sentences import SentenceDataset
from tagger.learning.data.tagging import TaggingData
from tagger.text.presegment import Presegmenter
from tagger.text.scheme import Scheme
from tagger.text.sentence import Sentence

LENGTHS = st.lists(st.integers(1, 60), min_size=1, max_size=60)


@given(LENGTHS, st.integers(20, 200), st.integers(1, 8), st.integers(0, 5), st.integers(1, 3))
def test_every_sentence_once_within_the_budget(
    lengths: list[int], max_chars: int, max_sentences: int, epoch: int, n_ranks: int
) -> None:
    for shuffle in (False, True):
        make = partial(BucketSampler, lengths, max_chars=max_chars, max_sentences=max_sentences, shuffle=shuffle)
        samplers = [make(rank=rank, n_ranks=n_ranks) for rank in range(n_ranks)]
        batches = [batch for sampler in samplers for batch in sampler.batches(epoch)]
        assert all(len(sampler) == len(sampler.batches(epoch)) for sampler in samplers)
        seen = sorted(i for batch in {tuple(batch) for batch in batches} for i in batch)
        assert seen == list(range(len(lengths)))
        for batch in batches:
            assert 1 <= len(batch) <= max_sentences
            assert len(batch) == 1 or len(batch) * max(lengths[i] for i in batch) <= max_chars
        if shuffle:
            assert len({len(sampler) for sampler in samplers}) == 1  # DDP steps together
        else:
            assert len(batches) == len({tuple(batch) for batch in batches})  # nothing is scored twice


def test_order_depends_on_seed_and_epoch_alone() -> None:
    def order(seed: int, epoch: int, skip: int = 0) -> list[list[int]]:
        sampler = BucketSampler([5] * 40, max_chars=20, max_sentences=9, shuffle=True, seed=seed)
        sampler.set_epoch(epoch)
        sampler.skip = skip
        return list(sampler)

    assert order(1, 2) == order(1, 2)
    assert order(1, 2) != order(1, 3) != order(2, 3)
    assert order(1, 2, skip=3) == order(1, 2)[3:]


def test_batches_are_padded_and_tagged() -> None:
    scheme = Scheme(("A",))
    sentences = [Sentence.from_forms(["ab", "c"], ["A", "A"]), Sentence.from_forms(["d"], ["A"])]
    batch = SentenceDataset(sentences, scheme, Presegmenter(), labelled=True)[[1, 0]]
    assert batch.chars.tolist() == [[ord("d"), 0, 0], [ord("a"), ord("b"), ord("c")]]
    assert batch.tags.tolist() == [[4, 0, 0], [1, 3, 4]]
    assert batch.lengths.tolist() == [1, 3]
    assert batch.sentences == (sentences[1], sentences[0])
    moved = TaggingData(train="", dev="").transfer_batch_to_device(batch, torch.device("cpu"), 0)
    assert moved.sentences is batch.sentences


def write(path: Path, *sentences: Sentence) -> str:
    corpus.write(sentences, path)
    return str(path)


def test_what_a_task_needs(tmp_path: Path) -> None:
    tagged = write(tmp_path / "tagged.slash", Sentence.from_forms(["我", "来"], ["PRON", "VERB"]))
    plain = write(tmp_path / "plain.seg", Sentence.from_forms(["我", "来"]))
    empty = write(tmp_path / "empty.seg")
    for options, message in (
        ({"train": tagged, "dev": plain}, r"plain\.seg: expected a POS on every word.*data\.task=seg"),
        ({"train": tagged, "dev": empty}, r"empty\.seg: expected at least one sentence for data\.dev, got none"),
        ({"train": tagged, "dev": str(tmp_path / "no.seg")}, r"no\.seg: expected a file, found none"),
        ({"train": tagged, "dev": ""}, r"expected a path for data\.dev"),
    ):
        with pytest.raises(CorpusError, match=message):
            TaggingData(**options).setup()  # type: ignore[arg-type]
    data = TaggingData(train=tagged, dev=plain, task="seg")
    data.setup()
    assert data.scheme == Scheme()
    assert data.vocabulary == {"我", "来"}
    with pytest.raises(CorpusError, match=r"data\.task joint or seg, got 'pos'"):
        TaggingData(train=tagged, dev=plain, task="pos")  # type: ignore[arg-type]


def test_a_tag_of_dev_that_train_never_saw_is_only_wrong(tmp_path: Path) -> None:
    train = write(tmp_path / "a.slash", Sentence.from_forms(["我"], ["PRON"]))
    dev = write(tmp_path / "b.slash", Sentence.from_forms(["我"], ["NEW"]))
    data = TaggingData(train=train, dev=dev)
    data.setup()
    (batch,) = data.val_dataloader()
    assert batch.sentences[0].tags == ("NEW",)
    assert np.count_nonzero(batch.tags) == 0


def test_a_treebank_that_is_not_there(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    (there / "a.conllu").write_text("1\t我\t_\tPRON\t_\t_\t_\t_\t_\t_\n", encoding="utf-8")
    options: Any = {"root": str(tmp_path / "here"), "train": "a.conllu", "dev": "a.conllu"}
    options["source"] = Source(there.as_uri(), {"a.conllu": None})
    with pytest.raises(CorpusError, match=r"here: expected a\.conllu, found none; .*data\.download=true"):
        TaggingData(**options).prepare_data()
    data = TaggingData(**options, download=True)
    data.prepare_data()
    data.setup()
    assert data.vocabulary == {"我"}


def test_a_column_number_may_come_as_a_number(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("我\tPN\tPRON\n", encoding="utf-8")
    data = TaggingData(train=str(path), dev=str(path), tag=3)  # type: ignore[arg-type]
    data.setup()
    assert data.scheme.pos == ("PRON",)


def test_runs_that_gold_words_cut_are_left_out_of_training_alone() -> None:
    kept = Sentence.from_forms(["价", "5.50", "元"], ["A"] * 3)
    cut = Sentence.from_forms(["5.5", "0"], ["A"] * 2)
    training, scoring = (
        SentenceDataset([kept, cut], Scheme(("A",)), Presegmenter(("number",)), labelled=labelled)[[0, 1]]
        for labelled in (True, False)
    )
    assert training.joined.tolist() == [[False, False, True, True, True, False], [False] * 6]
    assert scoring.joined.tolist() == [
        [False, False, True, True, True, False],
        [False, True, True, True, False, False],
    ]

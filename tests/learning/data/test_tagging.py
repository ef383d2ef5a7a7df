from collections.abc import Iterable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from lightning.pytorch.accelerators import Accelerator, CPUAccelerator, CUDAAccelerator
from torch.utils.data._utils.pin_memory import pin_memory

from tagger import corpus
from tagger.corpus import Corpora, Corpus
from tagger.errors import CorpusError
from tagger.learning.data.batching import BucketSampler, loader
from tagger.learning.data.sentences import Batch, Part, Row, SentenceDataset, gold_row, plain_row
from tagger.learning.data.tagging import TaggingData
from tagger.learning.resources.soft_labels import SoftLabels
from tagger.text.alphabet import Alphabet
from tagger.text.presegment import NO_PRESEGMENTATION, Presegmenter
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


@pytest.mark.parametrize(("accelerator", "pins"), [(CPUAccelerator(), False), (CUDAAccelerator(), True)])
def test_batches_for_a_card_lie_in_pinned_memory(accelerator: Accelerator, pins: bool) -> None:
    options: dict[str, Any] = {"max_chars": 9, "max_sentences": 9, "shuffle": False, "seed": 0}
    trainer: Any = SimpleNamespace(accelerator=accelerator, global_rank=0, world_size=1)
    assert loader(dataset([]), [3], trainer=trainer, **options).pin_memory == pins
    assert not loader(dataset([]), [3], trainer=None, **options).pin_memory


def test_pinning_a_batch_moves_its_tensors_and_makes_no_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    pinned = list[torch.Tensor]()
    monkeypatch.setattr(torch.Tensor, "pin_memory", lambda tensor: pinned.append(tensor) or tensor)
    sentences = [Sentence.from_forms(["我", "来"]), Sentence.from_forms(["好"])]
    scheme = Scheme.fit(sentences, joint=False)
    batch = dataset(gold_row(sentence, scheme, NO_PRESEGMENTATION) for sentence in sentences)[[0, 1]]
    moved = pin_memory(batch)
    assert isinstance(moved, Batch)
    assert moved.sentences is batch.sentences
    assert len(pinned) == sum(isinstance(part, torch.Tensor) for part in batch) > 4


def dataset(rows: Iterable[Row]) -> SentenceDataset:
    return SentenceDataset([Part.of_rows(list(rows))])


def test_batches_are_padded_and_tagged() -> None:
    scheme = Scheme(("A",))
    sentences = [Sentence.from_forms(["ab", "c"], ["A", "A"]), Sentence.from_forms(["d"], ["A"])]
    batch = dataset(gold_row(sentence, scheme, Presegmenter()) for sentence in sentences)[[1, 0]]
    assert batch.chars.tolist() == [[ord("d"), 0, 0], [ord("a"), ord("b"), ord("c")]]
    assert batch.tags.tolist() == [[4, 0, 0], [1, 3, 4]]
    assert batch.lengths.tolist() == [1, 3]
    assert tuple(batch.sentences) == (sentences[1], sentences[0])
    moved = TaggingData(Corpus()).transfer_batch_to_device(batch, torch.device("cpu"), 0)
    assert moved.sentences is batch.sentences


def write(path: Path, *sentences: Sentence) -> str:
    corpus.write(sentences, path)
    return str(path)


def test_what_is_fitted_to_train(tmp_path: Path) -> None:
    tagged = write(tmp_path / "tagged.slash", Sentence.from_forms(["我", "来"], ["PRON", "VERB"]))
    plain = write(tmp_path / "plain.seg", Sentence.from_forms(["我", "来"]))
    data = TaggingData(Corpus(tagged, plain, task="seg"))
    data.setup()
    assert data.scheme == Scheme()
    assert [form in data.vocabulary for form in ("我", "来", "他", None)] == [True, True, False, False]


def test_a_tag_of_dev_that_train_never_saw_is_only_wrong(tmp_path: Path) -> None:
    train = write(tmp_path / "a.slash", Sentence.from_forms(["我"], ["PRON"]))
    dev = write(tmp_path / "b.slash", Sentence.from_forms(["我"], ["NEW"]))
    data = TaggingData(Corpus(train, dev))
    data.setup()
    (batch,) = data.val_dataloader()
    assert next(iter(batch.sentences)).tags == ("NEW",)
    assert np.count_nonzero(batch.tags) == 0


def test_standards_keep_their_numbers_beside_those_of_a_trained_net(tmp_path: Path) -> None:
    files = [write(tmp_path / f"{name}.seg", Sentence.from_forms([name, "b"])) for name in "xy"]
    parts = {name: Corpus(file, file, task="seg") for name, file in zip(("one", "two"), files, strict=True)}
    data = TaggingData(Corpora(parts), gold_repeats=2)
    data.setup()
    assert data.fitted == (data.alphabet, Scheme(), ("one", "two"))

    def numbers(loader: Iterable[Batch]) -> list[tuple[str, int]]:
        found: list[tuple[str, int]] = []
        for batch in loader:
            assert batch.standards is not None
            found += zip((s.text for s in batch.sentences), batch.standards.tolist(), strict=True)
        return sorted(found)

    assert numbers(data.train_dataloader()) == [("x b", 0), ("x b", 0), ("y b", 1), ("y b", 1)]
    assert numbers(data.val_dataloader()) == [("x b", 0), ("y b", 1)]
    alphabet = data.alphabet.merged(Alphabet.fit(["新"]))
    data.extend(alphabet, Scheme(inner_spaces=True), NO_PRESEGMENTATION, ("zero", "one", "two"))
    assert data.fitted == (alphabet, Scheme(inner_spaces=True), ("zero", "one", "two"))
    assert numbers(data.val_dataloader()) == [("x b", 1), ("y b", 2)]


def test_runs_that_gold_words_cut_are_left_out_of_training_alone() -> None:
    kept = Sentence.from_forms(["价", "5.50", "元"], ["A"] * 3)
    cut = Sentence.from_forms(["5.5", "0"], ["A"] * 2)
    presegmenter = Presegmenter(("number",))
    training = dataset(gold_row(s, Scheme(("A",)), presegmenter) for s in (kept, cut))[[0, 1]]
    scoring = dataset(plain_row(s, presegmenter) for s in (kept, cut))[[0, 1]]
    assert training.joined.tolist() == [[False, False, True, True, True, False], [False] * 6]
    assert scoring.joined.tolist() == [
        [False, False, True, True, True, False],
        [False, True, True, True, False, False],
    ]


def test_soft_labels_of_each_standard(tmp_path: Path) -> None:
    """Tags of fewer kinds than the corpus has get its numbers, and each text the standard of its file."""
    tagged = write(tmp_path / "a.slash", Sentence.from_forms(["我", "来", "了"], ["A", "B", "C"]))
    data = Corpora({name: Corpus(tagged, tagged) for name in ("one", "two")})
    files: dict[str, str] = {}
    for name, text in (("one", "甲"), ("two", "乙丙")):
        scheme = Scheme(("A", "C"))
        tags = np.full(len(text), scheme.names.index("S-C"), np.uint16)
        labels = SoftLabels(scheme, [text], tags, tags[:, None], np.ones((len(text), 1), np.float16))
        files[name] = str(tmp_path / f"{name}.npz")
        labels.save(Path(files[name]))
    module = TaggingData(data, soft_labels=files)
    module.setup()
    found = {}
    for batch in module.train_dataloader():
        assert batch.soft_targets is not None
        assert batch.standards is not None
        for row, sentence in enumerate(batch.sentences):
            targets = batch.soft_targets[row, : batch.lengths[row]]
            found[sentence.text] = (int(batch.standards[row]), [module.scheme.names[i] for i in targets.argmax(1)])
    assert found["甲"] == (0, ["S-C"])
    assert found["乙丙"] == (1, ["S-C", "S-C"])
    with pytest.raises(CorpusError, match=r"soft_labels of one of the standards one, two, got 'three'"):
        TaggingData(data, soft_labels={"three": files["one"]}).setup()

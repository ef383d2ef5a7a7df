"""Corpora to batches: sentences of like length together, as many as fit a budget of padded characters."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

import lightning
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, Sampler

from . import corpus
from .alphabet import Alphabet, code_points
from .download import Source
from .errors import CorpusError
from .partial import Partial
from .runs import NO_RUNS, Runs
from .scheme import Scheme
from .taught import Taught
from .text import Sentence
from .vectors import Vectors
from .wordlist import WordList


class Batch(NamedTuple):
    """Padded sentences: code points and tags `[batch, time]` (int64), lengths `[batch]`, which characters
    go on a run (bool `[batch, time]`), gold; perhaps teachers' shares of the tags `[batch, time, n_tags]`; the
    number of each one's standard `[batch]`; and where any is known in part the tags that are left (bool
    `[batch, time, n_tags]`; none at all for a sentence known whole)."""

    chars: Tensor
    lengths: Tensor
    tags: Tensor
    goes_on: Tensor
    sentences: tuple[Sentence, ...]
    shares: Tensor | None = None
    standards: Tensor | None = None
    possible: Tensor | None = None


class SentenceDataset(Dataset[Batch]):
    """Sentences by lists of indices: `dataset[[3, 17]]` is a batch of two.

    With `labelled=False`, for scoring only, tags are left 0, and runs are those of the text alone; in
    training those that gold words cut are left out. `standards` are the numbers of the sentences' standards.
    """

    def __init__(
        self,
        sentences: Sequence[Sentence],
        scheme: Scheme,
        runs: Runs,
        *,
        labelled: bool,
        standards: NDArray[np.int64] | None = None,
    ) -> None:
        self.sentences = sentences
        self.standards = np.zeros(len(sentences), np.int64) if standards is None else standards
        partial = {i: s for i, s in enumerate(sentences) if labelled and isinstance(s, Partial)}
        self.possible = {i: torch.from_numpy(scheme.possible(s)) for i, s in partial.items()}
        self.chars = [code_points(sentence.text) for sentence in sentences]
        self.tags = [scheme.encode(sentence) for sentence in sentences] if labelled else None
        self.goes_on = [runs.joined_in(s) if labelled else runs.joined(s.text) for s in sentences]
        self.lengths = np.array([len(chars) for chars in self.chars])

    def __getitem__(self, indices: list[int]) -> Batch:
        lengths = torch.from_numpy(self.lengths[indices])
        chars = torch.zeros(len(indices), int(lengths.max()), dtype=torch.int64)
        tags, goes_on = torch.zeros_like(chars), torch.zeros(chars.shape, dtype=torch.bool)
        for row, i in enumerate(indices):
            chars[row, : self.lengths[i]] = torch.from_numpy(self.chars[i].astype(np.int64))
            goes_on[row, : self.lengths[i]] = torch.from_numpy(self.goes_on[i])
            if self.tags is not None:
                tags[row, : self.lengths[i]] = torch.from_numpy(self.tags[i])
        sentences, standards = tuple(self.sentences[i] for i in indices), torch.from_numpy(self.standards[indices])
        batch = Batch(chars, lengths, tags, goes_on, sentences, standards=standards)
        partial = [(row, self.possible[i]) for row, i in enumerate(indices) if i in self.possible]
        if not partial:
            return batch
        possible = torch.zeros(*chars.shape, partial[0][1].shape[1], dtype=torch.bool)
        for row, left in partial:
            possible[row, : len(left)] = left
        return batch._replace(possible=possible)


class TaughtDataset(SentenceDataset):
    """Gold sentences, then those that teachers labelled, with their shares of the tags (1 for a gold tag)."""

    def __init__(self, gold: SentenceDataset, taught: Taught, runs: Runs) -> None:
        assert gold.tags is not None
        self.taught, self.n_gold = taught, len(gold.sentences)
        self.sentences = [*gold.sentences, *(Sentence(text, ()) for text in taught.texts)]
        self.chars = gold.chars + [code_points(text) for text in taught.texts]
        self.tags = gold.tags + [taught.tags_of(i) for i in range(len(taught.texts))]
        self.goes_on = gold.goes_on + [runs.joined(text) for text in taught.texts]
        self.lengths = np.array([len(chars) for chars in self.chars])
        self.standards = np.concatenate([gold.standards, np.zeros(len(taught.texts), np.int64)])
        self.possible = gold.possible

    def __getitem__(self, indices: list[int]) -> Batch:
        batch = super().__getitem__(indices)
        shares = nn.functional.one_hot(batch.tags, self.taught.scheme.n_tags).float()
        for row, i in enumerate(indices):
            if i >= self.n_gold:
                shares[row, : self.lengths[i]] = torch.from_numpy(self.taught.shares_of(i - self.n_gold))
        return batch._replace(shares=shares)


class BucketSampler(Sampler[list[int]]):
    """Batches of indices, each under `max_chars` padded characters (or one sentence) and `max_sentences`.

    The order is a function of (seed, epoch) alone. Sentences are sorted by length and, when shuffling,
    those of one length are mixed anew every epoch and the batches come in random order: the number of
    batches never changes, which Lightning relies on. With `n_ranks` processes each takes every n-th
    batch; in training the shorter shares repeat a batch, in scoring nothing is repeated. `skip` batches
    are left out at the start of the next pass: where a resumed epoch goes on.
    """

    def __init__(
        self,
        lengths: Sequence[int] | NDArray[np.int64],
        *,
        max_chars: int,
        max_sentences: int,
        shuffle: bool,
        seed: int = 0,
        rank: int = 0,
        n_ranks: int = 1,
    ) -> None:
        self.lengths = np.asarray(lengths)
        self.shuffle, self.seed, self.rank, self.n_ranks = shuffle, seed, rank, n_ranks
        self.epoch = self.skip = 0
        self.cuts = [0]  # where batches begin in the order of falling length
        longest = 0
        for place, length in enumerate(np.sort(self.lengths)[::-1].tolist()):
            size = place - self.cuts[-1]
            if size and (size == max_sentences or (size + 1) * longest > max_chars):
                self.cuts.append(place)
                size = 0
            longest = longest if size else length

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def batches(self, epoch: int) -> list[list[int]]:
        """All batches of an epoch that this rank gets, in order."""
        generator = np.random.default_rng((self.seed, epoch))
        ties = generator.random(len(self.lengths)) if self.shuffle else np.arange(len(self.lengths))
        order = np.lexsort((ties, -self.lengths))
        batches: list[list[int]] = [part.tolist() for part in np.split(order, self.cuts[1:])]
        if self.shuffle:
            generator.shuffle(batches)
            batches += [batches[i % len(batches)] for i in range(-len(batches) % self.n_ranks)]
        return batches[self.rank :: self.n_ranks]

    def __iter__(self) -> Iterator[list[int]]:
        skip, self.skip = self.skip, 0
        yield from self.batches(self.epoch)[skip:]

    def __len__(self) -> int:
        n = len(self.cuts) + (-len(self.cuts) % self.n_ranks if self.shuffle else 0)
        return len(range(self.rank, n, self.n_ranks))


class Loader(DataLoader[Any]):
    """The batches of a dataset that a sampler asks for: its lists are the indices, so nothing else batches.

    Lightning takes the two methods as the word that a pass may be resumed in its middle. The sampler
    holds to that: its order follows from its seed, and `Training` sets its `skip` on resuming.
    """

    def __init__(self, dataset: Dataset[Any], sampler: BucketSampler) -> None:
        super().__init__(dataset, batch_size=None, sampler=sampler)

    def state_dict(self) -> dict[str, Any]:
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        pass


class TaggingData(lightning.LightningDataModule):
    """Train and dev corpora, the tag set and alphabet fitted to train, and their batches.

    Paths are below `root`; `format` and `tag` are those of `corpus.read`; `task` is `joint` or `seg`.
    `partial` are further training sentences in that format, of which only a part is known. `parts` are corpora of
    different standards, by name, instead of paths: the task is then that of the whole.
    `vectors` are pretrained ones (see `pretrain`), whose characters and bigrams the alphabet gets too, those of
    train first and at most `max_bigrams`: they are most of a model file. `lexicon` is words found in raw text (see
    `lexicon`), which the net is told the places of. `taught` is text that teachers labelled
    (see `distill`), trained on beside the gold sentences, each of which comes `gold_repeats` times an epoch. With
    `keep_runs` the kinds of runs that the training corpus keeps together are never cut (see `runs`).
    With `download` the files that `root` lacks come from `source`. `corpus` only lets a config name a
    part of its paths. `setup` raises CorpusError when a corpus is missing, empty, or lacks the tags
    that the task needs.
    """

    unit = "character"

    def __init__(
        self,
        *,
        train: str = "",
        dev: str = "",
        test: str | None = None,
        partial: str | None = None,
        parts: Mapping[str, "TaggingData"] | None = None,
        root: str = "",
        format: str | None = None,
        tag: str = "upos",
        task: Literal["joint", "seg"] = "joint",
        batch_chars: int = 1500,
        batch_sentences: int = 32,
        char_min_count: int = 1,
        bigram_min_count: int = 2,
        keep_runs: bool = True,
        vectors: str | None = None,
        max_bigrams: int | None = None,
        lexicon: str | None = None,
        taught: str | None = None,
        gold_repeats: int = 1,
        seed: int = 0,
        name: str = "",
        licence: str = "",
        language: str = "zh",
        download: bool = False,
        source: Source | None = None,
        corpus: str = "",
    ) -> None:
        super().__init__()
        if task not in ("joint", "seg"):
            raise CorpusError(f"expected data.task joint or seg, got {task!r}; choose one of the two")
        named = {"train": train, "dev": dev, "test": test, "partial": partial}
        self.paths = {split: Path(root, path) for split, path in named.items() if path}
        self.format, self.tag = format, str(tag)  # a column number may come as one
        self.task: str = task
        self.batch_chars, self.batch_sentences = batch_chars, batch_sentences
        self.char_min_count, self.bigram_min_count = char_min_count, bigram_min_count
        self.seed, self.keep_runs = seed, keep_runs
        self.parts: dict[str, TaggingData] = dict(parts or {})
        self.standards = tuple(self.parts)
        for part in self.parts.values():
            part.task = task
        self.name: str = name or " + ".join(part.name for part in self.parts.values())
        self.licence: str = licence or " + ".join(dict.fromkeys(part.licence for part in self.parts.values()))
        self.language = language
        self.max_bigrams = max_bigrams
        self.vectors = Vectors.load(vectors) if vectors else None
        self.lexicon = WordList.load(lexicon) if lexicon else None
        self.taught, self.gold_repeats = Taught.load(taught) if taught else None, gold_repeats
        self.root, self.source, self.download = Path(root), source, download
        self.sentences: dict[str, list[Sentence]] = {}
        self.members: dict[str, NDArray[np.int64]] = {}  # the number of each sentence's standard

    def read(self, split: str) -> list[Sentence]:
        """The sentences of a split of which anything is known."""
        if self.parts:
            return [sentence for part in self.parts.values() for sentence in part.read(split)]
        if split == "train" and "partial" in self.paths:
            return self._read("train") + self._read("partial")
        return self._read(split)

    def _read(self, split: str) -> list[Sentence]:
        path = self.paths.get(split)
        if not path:
            raise CorpusError(
                f"expected a path for data.{split}, got none; give data.{split}=FILE, or the parts of data=several"
            )
        tag = self.tag if self.task == "joint" else "none"
        format = "partial" if split == "partial" else self.format
        found = [s for s in corpus.read(path, format=format, tag=tag) if s.edges or getattr(s, "joins", ())]
        if not found:
            raise CorpusError(f"{path}: expected at least one sentence for data.{split}, got none; check the file")
        for sentence in found:
            if isinstance(sentence, Partial):
                if split not in ("train", "partial"):
                    raise CorpusError(
                        f"{path}: expected sentences known whole for data.{split}, got partial ones; "
                        "they are for training: data.train or data.partial"
                    )
            elif self.task == "joint" and None in sentence.tags:
                raise CorpusError(
                    f"{path}: expected a POS on every word for data.task=joint, got none in {sentence.text!r}; "
                    "use data.task=seg, or a format and data.tag with POS, or format=partial"
                )
        return found

    def prepare_data(self) -> None:
        """Fetch what is missing, if that was asked for. Raises CorpusError when it is not there in the end."""
        for part in self.parts.values():
            part.prepare_data()
        if not self.source:
            return
        if self.download:
            self.source.fetch(self.root)
        missing = [name for name in self.source.sha256 if not (self.root / name).exists()]
        if missing:
            raise CorpusError(
                f"{self.root}: expected {', '.join(missing)}, found none; give data.root=FOLDER that has them, or "
                f"data.download=true to fetch them from {self.source.address}"
            )

    def setup(self, stage: str | None = None) -> None:
        if self.sentences:
            return
        for split in ("train", "dev"):
            read = [part.read(split) for part in self.parts.values() or (self,)]
            self.sentences[split] = [sentence for sentences in read for sentence in sentences]
            self.members[split] = np.repeat(np.arange(len(read)), [len(sentences) for sentences in read])
        train = self.sentences["train"]
        self.scheme = Scheme.fit(train, joint=self.task == "joint")
        self.alphabet = Alphabet.fit(
            (sentence.text for sentence in train),
            char_min_count=self.char_min_count,
            bigram_min_count=self.bigram_min_count,
        )
        if self.vectors:
            self.alphabet = self.alphabet.widened(self.vectors.chars, self.vectors.bigrams)
        self.alphabet = replace(self.alphabet, bigrams=self.alphabet.bigrams[: self.max_bigrams])
        if self.lexicon:
            self.alphabet = self.alphabet.with_words(self.lexicon.forms, self.lexicon.kinds)
        self.runs = Runs.fit(train) if self.keep_runs else NO_RUNS
        if self.taught and self.taught.scheme != self.scheme:
            raise CorpusError(
                f"expected data.taught with the tags of data.train, {self.scheme.to_dict()}, got "
                f"{self.taught.scheme.to_dict()}; label the text with teachers of this corpus"
            )
        for number in range(len(self.parts)):  # a kind that one standard cuts is no kind for any
            own = (s for s, member in zip(train, self.members["train"], strict=True) if member == number)
            self.runs = self.runs & Runs.fit(own)
        self.vocabulary = frozenset(word.form for sentence in train for word in sentence.words)

    @property
    def fitted(self) -> tuple[Any, ...]:
        """What a net for this corpus is made for."""
        return self.alphabet, self.scheme, self.standards

    def dataset(self, split: str) -> Any:
        """Its batches, and their `lengths` in units."""
        training = split == "train"
        repeats = self.gold_repeats if training else 1
        standards = np.tile(self.members[split], repeats)
        dataset = SentenceDataset(
            self.sentences[split] * repeats, self.scheme, self.runs, labelled=training, standards=standards
        )
        return TaughtDataset(dataset, self.taught, self.runs) if training and self.taught else dataset

    def _loader(self, split: str) -> DataLoader[Batch]:
        training, dataset = split == "train", self.dataset(split)
        sampler = BucketSampler(
            dataset.lengths,
            max_chars=self.batch_chars if training else 4 * self.batch_chars,
            max_sentences=self.batch_sentences,
            shuffle=training,
            seed=self.seed,
            rank=self.trainer.global_rank if self.trainer else 0,
            n_ranks=self.trainer.world_size if self.trainer else 1,
        )
        return Loader(dataset, sampler)

    def train_dataloader(self) -> DataLoader[Batch]:
        return self._loader("train")

    def val_dataloader(self) -> DataLoader[Batch]:
        return self._loader("dev")

    def transfer_batch_to_device(self, batch: Batch, device: torch.device, dataloader_idx: int) -> Batch:
        moved: dict[str, Any] = {
            name: value.to(device, non_blocking=True)
            for name, value in batch._asdict().items()
            if isinstance(value, Tensor)
        }
        return batch._replace(**moved)


def sample_data(*, root: str = "", **options: Any) -> TaggingData:
    """The sample corpus in the package, wherever that is installed."""
    return TaggingData(root=root or str(Path(__file__).with_name("sample")), **options)

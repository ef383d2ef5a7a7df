"""A corpus of words as batches: sentences of like length together, as many as fit a budget of padded characters."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

import lightning
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from ...corpus.layers import JOINT_SPANS
from ...corpus.several import AnyCorpus
from ...corpus.spans import SPANS
from ...errors import CorpusError
from ...files.array_cache import MemorySink
from ...text.alphabet import Alphabet
from ...text.partial import Partial
from ...text.presegment import NO_PRESEGMENTATION, Presegmenter, RunCounts
from ...text.scheme import Scheme
from ...text.sentence import Sentence
from ..recipe import Recipe
from ..resources.lexicon import WordList, read_words
from ..resources.soft_labels import SoftLabels
from ..resources.vectors import Vectors
from .batching import loader
from .column_store import ColumnStore, digest_of, log_held_out
from .column_writing import write_columns
from .columns import Columns
from .known_forms import KnownForms
from .sentences import Batch, Part, SentenceDataset, SoftLabelDataset, gold_row, partial_row


class TaggingData(lightning.LightningDataModule):
    """Train and dev of a corpus, the tag set and alphabet fitted to train, and their batches.

    A batch has at most `batch_chars` padded characters (None: as suits the size of train, see `Recipe`) and
    `batch_sentences` sentences. Characters and bigrams rarer than `char_min_count` and `bigram_min_count` are unknown.
    With `presegment` the kinds of runs that the gold words of every part of the corpus keep together are never cut (see
    `text.presegment`).
    `vectors` is a file of `tagger.pretrain`, whose characters and bigrams the alphabet gets too: those of train first,
    and at most `max_bigrams`, which are most of a model file. `lexicon` is a file of `tagger.lexicon`: lexicon features
    tell the net where words of raw text start and end. `more_words` is a file of words and tags (see `read_words`) that
    join the lexicon, or that of the net that training begins with, of which `most_words` stay. `soft_labels` is a file
    of `tagger.distill`, or one for each of several standards, by name: text labelled by teachers, trained on beside the
    gold sentences, each of which comes `gold_repeats` times an epoch. A single file is of the first standard. `cache`
    says where the columns of a large corpus are kept (see `ColumnStore`).
    A corpus of the task `joint_spans` has an `entity_scheme` beside the scheme of its words, and `entity_vocabulary`;
    its sentences are held in memory.
    `setup` raises CorpusError when the corpus lacks what its task needs.
    """

    unit = "character"

    def __init__(
        self,
        corpus: AnyCorpus,
        *,
        batch_chars: int | None = None,
        batch_sentences: int = 32,
        char_min_count: int = 1,
        bigram_min_count: int = 2,
        presegment: bool = True,
        vectors: str | None = None,
        max_bigrams: int | None = None,
        lexicon: str | None = None,
        more_words: str | None = None,
        most_words: int | None = None,
        soft_labels: str | Mapping[str, str] | None = None,
        gold_repeats: int = 1,
        cache: str | bool | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.corpus, self.seed = corpus, seed
        self.batch_chars, self.batch_sentences = batch_chars or 0, batch_sentences  # 0: known when train is
        self.char_min_count, self.bigram_min_count = char_min_count, bigram_min_count
        self.presegment, self.max_bigrams, self.gold_repeats = presegment, max_bigrams, gold_repeats
        self.vectors = Vectors.load(vectors) if vectors else None
        self.more_words, self.most_words = read_words(more_words) if more_words else {}, most_words
        self.lexicon = WordList.load(lexicon).joined(self.more_words, most_words) if lexicon else None
        self.standards = corpus.standards
        files = {"": soft_labels} if isinstance(soft_labels, str) else soft_labels or {}
        self.soft_labels = {standard: SoftLabels.load(file) for standard, file in files.items()}
        self.cache = cache
        self.columns: dict[str, list[Columns]] = {}  # of each split, by member of the corpus
        self.sentences: dict[str, list[Sentence]] = {}  # of each split of a corpus with entities beside words
        self.entity_scheme: Scheme | None = None
        self.partial: list[list[Partial]] = []  # of train, by member
        self.n_chars = 0  # to train on, set up

    def prepare_data(self) -> None:
        """Fetch what is missing of the corpus, if it says so. Raises CorpusError when it is not there in the end."""
        self.corpus.prepare()

    def setup(self, stage: str | None = None) -> None:
        if self.columns:
            return
        if not self.corpus.members:
            self.corpus.read("train")  # raises: there is none
        for split in ("train", "dev"):  # before train is read, which may take long
            for member in self.corpus.members_with(split):
                member.check_path(split)
        self.store = ColumnStore(self.corpus, self.cache)
        self.columns = {split: list(self._read(split)) for split in ("train", "dev")}
        log_held_out(self.corpus.members, self.columns)
        self.partial = [member.read_partial() for member in self.corpus.members]
        train, partial = self.columns["train"], list(chain(*self.partial))
        self.scheme = self._fit_scheme(train, partial)
        if self.corpus.task == JOINT_SPANS:
            self.sentences = {split: self.corpus.read(split) for split in ("train", "dev")}
            self.entity_scheme = self._fit_entities()
        of_train = self.sentences.get("train", [])
        self.entity_vocabulary = frozenset(entity.form for sentence in of_train for entity in sentence.entities)
        labelled = chain(*(labels.texts for labels in self.soft_labels.values()))
        texts = [sentence.text for sentence in partial]
        self.n_chars = sum(columns.n_chars for columns in train) + sum(map(len, chain(texts, labelled)))
        self.batch_chars = self.batch_chars or Recipe.of_size(self.n_chars).batch_chars
        self.alphabet = self._fit_alphabet([*train, _columns_of(texts)] if texts else train)
        self.presegmenter = self._fit_presegmenter()
        forms = frozenset(word.form for sentence in partial for word in sentence.words)
        self.vocabulary = KnownForms([columns.forms for columns in train], forms)
        for standard, labels in self.soft_labels.items():
            self._check_labels(standard, labels.scheme)

    def _read(self, split: str) -> Iterator[Columns]:
        """The sentences of each member: none of one that needs no file."""
        having = self.corpus.members_with(split)
        counts_runs = self.presegment and split == "train" and self.corpus.task != SPANS
        for member in self.corpus.members:
            if member in having:
                yield self.store.read(member, split, counts_runs=counts_runs)
            else:
                yield _columns_of([])

    def _fit_scheme(self, train: list[Columns], partial: list[Partial]) -> Scheme:
        pos = set[str]().union(*(columns.pos for columns in train))
        inner_spaces = any(columns.inner_spaces for columns in train)
        if self.corpus.task == SPANS:
            return Scheme(tuple(sorted(pos)), inner_spaces, outside=True) if pos else Scheme.fit_entities([])
        joint = all(member.has_pos for member in self.corpus.members)
        known = Scheme.fit([], joint=joint, partial=partial)
        return Scheme(tuple(sorted(pos.union(known.pos))) if joint else (), inner_spaces or known.inner_spaces)

    def _fit_entities(self) -> Scheme:
        """The scheme of the entities beside words. Raises CorpusError unless train and dev have both."""
        for split, sentences in self.sentences.items():
            for layer, found in (
                ("words", any(sentence.words for sentence in sentences)),
                ("entities", any(sentence.entities_annotated for sentence in sentences)),
            ):
                if not found:
                    raise CorpusError(
                        f"expected words and entities in data.{split} for data.task={JOINT_SPANS}, got no {layer}; "
                        f"give files of both as a list, data.{split}=[WORDS,ENTITIES], or another task"
                    )
        return Scheme.fit_entities(self.sentences["train"])

    def _check_labels(self, standard: str, scheme: Scheme) -> None:
        """Raises CorpusError for soft labels of tags or of a standard that the corpus does not have."""
        if not set(scheme.names) <= set(self.scheme.names) or scheme.inner_spaces > self.scheme.inner_spaces:
            raise CorpusError(
                f"expected data.soft_labels with the tags of data.train, {self.scheme.to_dict()}, got "
                f"{scheme.to_dict()}; label the text with teachers of this corpus"
            )
        if standard and standard not in self.standards:
            raise CorpusError(
                f"expected data.soft_labels of one of the standards {', '.join(self.standards)}, got {standard!r}; "
                "give one file, or {NAME: FILE} with names of standards"
            )

    def _fit_alphabet(self, train: list[Columns]) -> Alphabet:
        alphabet = self.store.alphabet(
            train,
            char_min_count=self.char_min_count,
            bigram_min_count=self.bigram_min_count,
            max_bigrams=self.max_bigrams,
        )
        if self.vectors:
            alphabet = alphabet.widened(self.vectors.chars, self.vectors.bigrams)
        alphabet = replace(alphabet, bigrams=alphabet.bigrams[: self.max_bigrams])
        return alphabet.with_words(self.lexicon.forms, self.lexicon.kinds) if self.lexicon else alphabet

    def _fit_presegmenter(self) -> Presegmenter:
        """The kinds of runs that train as a whole, and every standard alone, keep together; none for entities, which
        say nothing of words."""
        if not self.presegment or self.scheme.outside:
            return NO_PRESEGMENTATION
        counts = [columns.runs for columns in self.columns["train"]]
        presegmenter = Presegmenter(sum(counts, RunCounts()).kept_kinds())
        for own in counts if self.corpus.standards else ():
            presegmenter = presegmenter & Presegmenter(own.kept_kinds())
        return presegmenter

    def extend(
        self,
        alphabet: Alphabet,
        scheme: Scheme,
        presegmenter: Presegmenter,
        standards: tuple[str, ...],
        entity_scheme: Scheme | None = None,
    ) -> None:
        """Take the alphabet, tags, runs and standards of a trained net, widened by those that `setup` fitted to
        train, in their place. The standards of the corpus are among the new ones."""
        self.alphabet, self.scheme, self.presegmenter, self.standards = alphabet, scheme, presegmenter, standards
        self.entity_scheme = entity_scheme

    @property
    def fitted(self) -> tuple[Any, ...]:
        """What a net for this corpus is made for."""
        parts = self.alphabet, self.scheme, self.standards
        return (*parts, self.entity_scheme) if self.entity_scheme else parts

    def tag_counts(self) -> Iterator[tuple[Scheme, Tensor]]:
        """How many characters of the fully annotated training sentences have each tag, `[n_tags]`, by scheme."""
        counts = torch.zeros(self.scheme.n_tags, dtype=torch.int64)
        for columns, member in zip(self.columns["train"], self.corpus.members, strict=True):
            ids = torch.from_numpy(columns.tag_ids(self.scheme))
            counts.index_add_(0, ids, member.repeats * torch.from_numpy(columns.tag_counts()))
        yield self.scheme, counts
        if self.entity_scheme:
            known = [one for one in self.sentences["train"] if one.entities_annotated]
            tags = torch.from_numpy(np.concatenate([self.entity_scheme.encode(one) for one in known]))
            yield self.entity_scheme, torch.bincount(tags, minlength=self.entity_scheme.n_tags)

    def dataset(self, split: str) -> SentenceDataset | SoftLabelDataset:
        """The sentences of a split, by lists of their indices."""
        if split != "train":
            return SentenceDataset(list(self._parts(split)))
        parts = list(self._train_parts()) * self.gold_repeats
        if self.soft_labels:
            first = self.corpus.standards[0] if self.corpus.standards else ""
            numbers = {name: number for number, name in enumerate(self.standards)}
            labels = [
                (numbers.get(standard or first, 0), labels.renumbered(self.scheme))
                for standard, labels in self.soft_labels.items()
            ]
            return SoftLabelDataset(parts, labels, self.presegmenter)
        return SentenceDataset(parts)

    def _train_parts(self) -> Iterator[Part]:
        """Those of all members, each as often as it says, fully annotated sentences before partial ones in each."""
        for part, partial, member in zip(self._parts("train"), self.partial, self.corpus.members, strict=True):
            rows = [partial_row(known, self.scheme, self.presegmenter, part.standard) for known in partial]
            yield from [part, Part.of_rows(rows)] * member.repeats

    def _parts(self, split: str) -> Iterator[Part]:
        """The fully annotated sentences of each member with the number of its standard; outside of train their tags
        are 0, and runs stay whole that their words cut."""
        numbers = [self.standards.index(name) for name in self.corpus.member_standards] or [0]
        training = split == "train"
        if training and self.entity_scheme:
            gold = self.sentences[split]
            yield Part.of_rows([gold_row(one, self.scheme, self.presegmenter, 0, self.entity_scheme) for one in gold])
            return
        for number, columns in zip(numbers, self.columns[split], strict=True):
            joined = self.store.joined(columns, self.presegmenter, gold=training)
            tag_ids = columns.tag_ids(self.scheme) if training else None
            yield Part(columns.bounds, columns.table, columns.chars, tag_ids, columns.tags, joined, number,
                       self.sentences[split].__getitem__ if self.sentences else columns.sentence)  # fmt: skip

    def _loader(self, split: str) -> DataLoader[Batch]:
        dataset, training = self.dataset(split), split == "train"
        return loader(
            dataset,
            dataset.lengths,
            max_chars=self.batch_chars if training else 4 * self.batch_chars,
            max_sentences=self.batch_sentences,
            shuffle=training,
            seed=self.seed,
            trainer=self.trainer,
        )

    def train_dataloader(self) -> DataLoader[Batch]:
        return self._loader("train")

    def val_dataloader(self) -> DataLoader[Batch]:
        return self._loader("dev")

    def transfer_batch_to_device(self, batch: Batch, device: torch.device, dataloader_idx: int) -> Batch:
        return to_device(batch, device)


def _columns_of(texts: Sequence[str]) -> Columns:
    """Texts without words as columns, in memory."""
    sink = MemorySink()
    write_columns((Sentence(text, ()) for text in texts), sink, is_entities=False, counts_runs=False)
    return Columns.of(sink.arrays(), digest_of(texts))


def to_device(batch: Batch, device: torch.device) -> Batch:
    """The tensors of a batch on a device, its sentences as they are."""
    moved: dict[str, Any] = {
        name: value.to(device, non_blocking=True)
        for name, value in batch._asdict().items()
        if isinstance(value, Tensor)
    }
    return batch._replace(**moved)

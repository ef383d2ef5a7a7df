"""A corpus of words as batches: sentences of like length together, as many as fit a budget of padded characters."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import Any

import lightning
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from ...corpus.corpora import AnyCorpus
from ...errors import CorpusError
from ...text.alphabet import Alphabet
from ...text.partial import Partial
from ...text.presegment import NO_PRESEGMENTATION, Presegmenter
from ...text.scheme import Scheme
from ...text.sentence import Sentence
from ..recipe import Recipe
from ..resources.lexicon import WordList
from ..resources.soft_labels import SoftLabels
from ..resources.vectors import Vectors
from .batching import loader
from .sentences import Batch, Row, SentenceDataset, SoftLabelDataset, gold_row, partial_row, plain_row


class TaggingData(lightning.LightningDataModule):
    """Train and dev of a corpus, the tag set and alphabet fitted to train, and their batches.

    A batch has at most `batch_chars` padded characters (None: as suits the size of train, see `Recipe`) and
    `batch_sentences` sentences. Characters and bigrams rarer than `char_min_count` and `bigram_min_count` are unknown.
    With `presegment` the kinds of runs that the gold words of every part of the corpus keep together are never cut (see
    `text.presegment`).
    `vectors` is a file of `tagger.pretrain`, whose characters and bigrams the alphabet gets too: those of train first,
    and at most `max_bigrams`, which are most of a model file. `lexicon` is a file of `tagger.lexicon`: lexicon features
    tell the net where words of raw text start and end. `soft_labels` is a file of `tagger.distill`, or one for each of
    several standards, by name: text labelled by teachers, trained on beside the gold sentences, each of which comes
    `gold_repeats` times an epoch. A single file is of the first standard.
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
        soft_labels: str | Mapping[str, str] | None = None,
        gold_repeats: int = 1,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.corpus, self.seed = corpus, seed
        self.given_batch_chars, self.batch_sentences = batch_chars, batch_sentences
        self.char_min_count, self.bigram_min_count = char_min_count, bigram_min_count
        self.presegment, self.max_bigrams, self.gold_repeats = presegment, max_bigrams, gold_repeats
        self.vectors = Vectors.load(vectors) if vectors else None
        self.lexicon = WordList.load(lexicon) if lexicon else None
        self.standards = corpus.standards
        files = {"": soft_labels} if isinstance(soft_labels, str) else soft_labels or {}
        self.soft_labels = {standard: SoftLabels.load(file) for standard, file in files.items()}
        self.sentences: dict[str, list[list[Sentence]]] = {}  # of each split, by member of the corpus
        self.partial: list[list[Partial]] = []  # of train, by member
        self.n_chars = 0  # to train on, set up

    def prepare_data(self) -> None:
        """Fetch what is missing of the corpus, if it says so. Raises CorpusError when it is not there in the end."""
        self.corpus.prepare()

    def setup(self, stage: str | None = None) -> None:
        if self.sentences:
            return
        if not self.corpus.members:
            self.corpus.read("train")  # raises: there is none
        self.sentences = {split: self.corpus.read_members(split) for split in ("train", "dev")}
        self.partial = [member.read_partial() for member in self.corpus.members]
        train, partial = list(chain(*self.sentences["train"])), list(chain(*self.partial))
        if self.corpus.task == "spans":
            self.scheme = Scheme.fit_entities(train)
        else:
            self.scheme = Scheme.fit(train, joint=self.corpus.task == "joint", partial=partial)
        texts = [*(sentence.text for sentence in train), *(sentence.text for sentence in partial)]
        labelled = chain(*(labels.texts for labels in self.soft_labels.values()))
        self.n_chars = sum(map(len, chain(texts, labelled)))
        self.alphabet = self._fit_alphabet(texts)
        self.presegmenter = self._fit_presegmenter()
        words = chain((sentence.words for sentence in train), (sentence.words for sentence in partial))
        entities = frozenset(entity.form for sentence in train for entity in sentence.entities)
        forms = frozenset(word.form for sentence_words in words for word in sentence_words)
        self.vocabulary = entities if self.scheme.outside else forms
        for standard, labels in self.soft_labels.items():
            self._check_labels(standard, labels.scheme)

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

    def _fit_alphabet(self, texts: list[str]) -> Alphabet:
        alphabet = Alphabet.fit(texts, char_min_count=self.char_min_count, bigram_min_count=self.bigram_min_count)
        if self.vectors:
            alphabet = alphabet.widened(self.vectors.chars, self.vectors.bigrams)
        alphabet = replace(alphabet, bigrams=alphabet.bigrams[: self.max_bigrams])
        return alphabet.with_words(self.lexicon.forms, self.lexicon.kinds) if self.lexicon else alphabet

    def _fit_presegmenter(self) -> Presegmenter:
        """The kinds of runs that train as a whole, and every standard alone, keep together; none for entities, which
        say nothing of words."""
        if not self.presegment or self.scheme.outside:
            return NO_PRESEGMENTATION
        presegmenter = Presegmenter.fit(chain(*self.sentences["train"]))
        for sentences in self.sentences["train"] if self.corpus.standards else ():
            presegmenter = presegmenter & Presegmenter.fit(sentences)
        return presegmenter

    def extend(
        self, alphabet: Alphabet, scheme: Scheme, presegmenter: Presegmenter, standards: tuple[str, ...]
    ) -> None:
        """Take the alphabet, tags, runs and standards of a trained net, widened by those that `setup` fitted to
        train, in their place. The standards of the corpus are among the new ones."""
        self.alphabet, self.scheme, self.presegmenter, self.standards = alphabet, scheme, presegmenter, standards

    @property
    def fitted(self) -> tuple[Any, ...]:
        """What a net for this corpus is made for."""
        return self.alphabet, self.scheme, self.standards

    def dataset(self, split: str) -> SentenceDataset | SoftLabelDataset:
        """The sentences of a split, by lists of their indices."""
        if split != "train":
            return SentenceDataset(
                [
                    plain_row(sentence, self.presegmenter, standard)
                    for standard, sentences in self._numbered(self.sentences[split])
                    for sentence in sentences
                ]
            )
        rows = list(self._train_rows()) * self.gold_repeats
        if self.soft_labels:
            first = self.corpus.standards[0] if self.corpus.standards else ""
            numbers = {name: number for number, name in enumerate(self.standards)}
            labels = [
                (numbers.get(standard or first, 0), labels.renumbered(self.scheme))
                for standard, labels in self.soft_labels.items()
            ]
            return SoftLabelDataset(rows, labels, self.presegmenter)
        return SentenceDataset(rows)

    def _train_rows(self) -> Iterator[Row]:
        """Those of all members, each as often as it says, fully annotated sentences before partial ones in each."""
        members = zip(self._numbered(self.sentences["train"]), self.partial, self.corpus.members, strict=True)
        for (standard, sentences), partial, member in members:
            rows = [gold_row(sentence, self.scheme, self.presegmenter, standard) for sentence in sentences]
            rows += [partial_row(known, self.scheme, self.presegmenter, standard) for known in partial]
            yield from rows * member.repeats

    def _numbered(self, members: list[list[Sentence]]) -> Iterator[tuple[int, list[Sentence]]]:
        """The sentences of each member with the number of its standard."""
        numbers = [self.standards.index(name) for name in self.corpus.member_standards] or [0]
        return zip(numbers, members, strict=True)

    @property
    def batch_chars(self) -> int:
        """How many padded characters a batch of train has at most."""
        return self.given_batch_chars or Recipe.of_size(self.n_chars).batch_chars

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


def to_device(batch: Batch, device: torch.device) -> Batch:
    """The tensors of a batch on a device, its sentences as they are."""
    moved: dict[str, Any] = {
        name: value.to(device, non_blocking=True)
        for name, value in batch._asdict().items()
        if isinstance(value, Tensor)
    }
    return batch._replace(**moved)

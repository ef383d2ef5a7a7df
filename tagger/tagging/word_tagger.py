"""Given words to their parts of speech, by a model of words: what `tagger` is for texts."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np

from ..decoding.transitions import Tags
from ..errors import InputError, ModelError
from ..modelfile.shipped import find
from ..modelfile.tagger import Model
from ..text.block import Block, Spans
from ..text.characters import SPACE, class_table
from ..text.format_characters import without_format
from ..text.padding import batches, pad
from ..text.presegment import Presegmenter
from ..text.sentence import Sentence, entities_as_words
from ..text.vocabulary import BLANK, spell, tagged
from ..text.windows import SECTION
from .arguments import refuse_unopened
from .tagger import Tagger

SENTENCES = 1024  # that are looked at together, so that those of like length share a batch
BATCH = 1024  # padded words per run of the model


class WordTagger:
    """Tags given words, or finds the entities that they make: `tagger(["I", "run"])` for one sentence,
    `tagger.tag(sentences)` for a stream.

    An answer depends on its sentence alone, whatever else is in the batch. `n_sentences` are looked at together, and
    `batch` padded words go through the model at once. Raises ModelError for a model of texts. Safe to use from several
    threads.
    """

    def __init__(self, model: Model, *, n_sentences: int = SENTENCES, batch: int = BATCH) -> None:
        refuse_unopened(model, "load_words")
        if model.unit != "word":
            raise ModelError(f"{model.name}: expected a model of given words, got one of texts; use tagger.load")
        self.model, self.n_sentences, self.batch = model, n_sentences, batch

    def __call__(self, words: Sequence[str]) -> Sentence:
        """Raises InputError for anything but a sequence of words; a word is a string of at least one character."""
        return next(self.tag([words]))

    def tag(self, sentences: Iterable[Sequence[str]]) -> Iterator[Sentence]:
        """A sentence per sequence of words, in order; its text is the words with a space between."""
        return self.retag(_sentence(words) for words in sentences)

    def retag(self, sentences: Iterable[Sentence]) -> Iterator[Sentence]:
        """The sentences with the tagger's POS in place of those of their words, or with its entities in place of
        theirs."""
        stream = iter(sentences)
        while part := list(islice(stream, self.n_sentences)):
            for sentence, tags in zip(part, self._tags([sentence.forms for sentence in part]), strict=True):
                yield tagged(sentence, self.model.scheme, tags)

    def spans(self, block: Block) -> Spans:
        """The words of a block of texts, separated by whitespace, or the entities that they make. Raises InputError for
        a text too long for a row."""
        if not block.lasts.all():
            raise InputError(f"expected sentences of at most {SECTION} characters, got a longer one; one to a line")
        space = np.append(True, class_table()[block.codes] == SPACE)
        starts, ends = (np.flatnonzero(edge) for edge in (space[:-1] & ~space[1:], ~space[:-1] & space[1:]))
        forms = [block.text[a:b] for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]
        firsts = [0, *np.searchsorted(starts, block.starts + block.lengths).tolist()]
        tags = self._tags([forms[a:b] for a, b in pairwise(firsts)])
        scheme, flat = self.model.scheme, np.concatenate([np.zeros(0, np.int16), *tags])
        firsts_of_spans, ends_of_spans, pos = scheme.spans(flat)
        if scheme.outside:  # legal tags end their spans, so that no span goes beyond its sentence
            return Spans.of(block, starts[firsts_of_spans], ends[ends_of_spans - 1], pos)
        return SpacedSpans.of(block, starts, ends, pos)

    def _tags(self, sentences: Sequence[Sequence[str]]) -> list[Tags]:
        """The tags of the words of each sentence."""
        lengths = np.array([len(words) for words in sentences])
        order = np.argsort(-lengths, kind="stable")
        order, tags = order[lengths[order] > 0], [np.zeros(0, np.int16)] * len(sentences)
        for first, last in batches(lengths[order], self.batch):
            rows = order[first:last]
            spelled = spell(_bare(word) for row in rows for word in sentences[row])
            codes = pad(np.split(spelled, np.cumsum(lengths[rows])[:-1]), BLANK)  # shape: [batch, time, n_chars]
            scores = self.model.scores(codes, lengths[rows].astype(np.int32))
            for row, of_row in zip(rows, self.model.decoder(scores, lengths[rows]), strict=True):
                tags[row] = of_row[: lengths[row]]
        return tags


def _bare(word: str) -> str:
    """The word without format characters, unless it holds nothing else."""
    return word if word.isalnum() else without_format(word) or word


def _sentence(words: Any) -> Sentence:
    several = isinstance(words, Sequence) and not isinstance(words, str)
    if not several or not all(isinstance(word, str) and word for word in words):
        raise InputError(
            f"expected a sequence of words, none empty, got {words!r:.80}; split the text into words first"
        )
    return Sentence.from_forms(words, gaps=["", *" " * (len(words) - 1), ""] if words else None)


class SpacedSpans(Spans):
    """Words that only whitespace separates: nothing else has to be written between them."""


AnyTagger = Tagger | WordTagger


def answers(tagger: AnyTagger, gold: Iterable[Sentence]) -> Iterator[Sentence]:
    """What a tagger finds in the texts of gold sentences, or as the POS of their words; entities as words."""
    if isinstance(tagger, WordTagger):
        found = tagger.retag(gold)
        return map(entities_as_words, found) if tagger.model.scheme.outside else found
    return tagger.tag_as_words(sentence.text for sentence in gold)


def judged(tagger: AnyTagger, gold: Sequence[Sentence]) -> Sequence[Sentence]:
    """Gold sentences as `answers` of the tagger are compared with them: their entities as words, if it finds these."""
    return list(map(entities_as_words, gold)) if tagger.model.scheme.outside else gold


def load_any(model: str | Path, *, presegmenter: Presegmenter | None = None, standard: str | None = None) -> AnyTagger:
    """A tagger of texts or of given words, as the model file is for. Raises ModelError when it cannot be used."""
    return open_any(Model.open(find(model)), presegmenter=presegmenter, standard=standard)


def open_any(model: Model, *, presegmenter: Presegmenter | None = None, standard: str | None = None) -> AnyTagger:
    """The same for an open model."""
    if model.unit != "word":
        return Tagger(model, presegmenter=presegmenter, standard=standard)
    model.standard(standard)  # a model of words has none, and says so
    return WordTagger(model)


def load_words(path: str | Path | bytes) -> WordTagger:
    """A tagger of given words from a model file or its content. Raises ModelError when it cannot be used."""
    return WordTagger(Model.open(path if isinstance(path, bytes) else find(path)))

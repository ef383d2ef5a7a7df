"""Words to their parts of speech, by a model over given words: what `inference` is for texts."""

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
from ..text.presegment import Presegmenter
from ..text.sentence import Sentence
from ..text.vocabulary import BLANK, spell, tagged
from ..text.windows import SECTION
from .tagger import Tagger

# Sentences looked at together, to find batch mates of like length, and padded words per run of the model.
SENTENCES = 1024
BATCH = 1024


class WordTagger:
    """Tags given words: `tagger(["I", "run"])` for one sentence, `tagger.tag(sentences)` for a stream.

    An answer depends on its sentence alone, whatever else is in the batch. Raises ModelError for a model that
    finds words in texts. Safe to use from several threads.
    """

    def __init__(self, model: Model) -> None:
        if model.unit != "word":
            raise ModelError(f"{model.name}: expected a model of given words, got one of texts; use tagger.load")
        self.model = model

    def __call__(self, words: Sequence[str]) -> Sentence:
        """Raises InputError for what is no sequence of words; a word is a string of at least one character."""
        return next(self.tag([words]))

    def tag(self, sentences: Iterable[Sequence[str]]) -> Iterator[Sentence]:
        """A sentence per sequence of words, in order; its text is the words with a space between."""
        return self.retag(_sentence(words) for words in sentences)

    def retag(self, sentences: Iterable[Sentence]) -> Iterator[Sentence]:
        """The sentences with the POS of their words found anew."""
        stream = iter(sentences)
        while part := list(islice(stream, SENTENCES)):
            for sentence, tags in zip(part, self._tags([s.forms for s in part]), strict=True):
                yield tagged(sentence, self.model.scheme, tags)

    def spans(self, block: Block) -> "SpacedSpans":
        """The words of a block of texts, separated by whitespace. Raises InputError for a text too long for a row."""
        if not block.lasts.all():
            raise InputError(f"expected sentences of at most {SECTION} characters, got a longer one; one to a line")
        space = np.append(True, class_table()[block.codes] == SPACE)
        starts, ends = (np.flatnonzero(edge) for edge in (space[:-1] & ~space[1:], ~space[:-1] & space[1:]))
        forms = [block.text[a:b] for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]
        firsts = [0, *np.searchsorted(starts, block.starts + block.lengths).tolist()]
        found = self._tags([forms[a:b] for a, b in pairwise(firsts)])
        pos = self.model.scheme.spans(np.concatenate([np.zeros(0, np.int16), *found]))[2]
        return SpacedSpans.of(block, starts, ends, pos)

    def _tags(self, sentences: Sequence[Sequence[str]]) -> list[Tags]:
        """Tags `S-pos` of the words of each sentence."""
        lengths = np.array([len(words) for words in sentences])
        order = np.argsort(-lengths, kind="stable")
        order, found = order[lengths[order] > 0], [np.zeros(0, np.int16)] * len(sentences)
        while len(order):
            batch, order = np.split(order, [max(1, BATCH // int(lengths[order[0]]))])
            spelled = spell(word for i in batch for word in sentences[i])
            codes = np.full((len(batch), lengths[batch[0]], spelled.shape[1]), BLANK, np.int32)
            codes[np.arange(codes.shape[1]) < lengths[batch, None]] = spelled
            scores = self.model.scores(codes, lengths[batch].astype(np.int32))
            for i, tags in zip(batch, self.model.decoder(scores, lengths[batch]), strict=True):
                found[i] = tags[: lengths[i]]
        return found


def _sentence(words: Any) -> Sentence:
    several = isinstance(words, Sequence) and not isinstance(words, str)
    if not several or not all(isinstance(word, str) and word for word in words):
        raise InputError(
            f"expected a sequence of words, none empty, got {words!r:.80}; split the text into words first"
        )
    return Sentence.from_forms(words, gaps=["", *" " * (len(words) - 1), ""] if words else None)


class SpacedSpans(Spans):
    """Words that whitespace separates: there is nothing else to write between them."""


AnyTagger = Tagger | WordTagger


def answers(tagger: AnyTagger, gold: Iterable[Sentence]) -> Iterator[Sentence]:
    """What a tagger finds in the texts of gold sentences, or for their words."""
    if isinstance(tagger, WordTagger):
        return tagger.retag(gold)
    return tagger.tag(sentence.text for sentence in gold)


def load_any(model: str | Path, *, presegmenter: Presegmenter | None = None, standard: str | None = None) -> AnyTagger:
    """A tagger of texts or of given words, as the model file is for. Raises ModelError when it cannot be used."""
    return open_any(Model.open(find(model)), presegmenter=presegmenter, standard=standard)


def open_any(model: Model, *, presegmenter: Presegmenter | None = None, standard: str | None = None) -> AnyTagger:
    """The same for an open model."""
    if model.unit != "word":
        return Tagger(model, presegmenter=presegmenter, standard=standard)
    model.standard(standard)  # words have none
    return WordTagger(model)


def load_words(path: str | Path) -> WordTagger:
    """A tagger of given words from a model file. Raises ModelError when it cannot be used."""
    return WordTagger(Model.open(path))

"""Texts to sentences: batches of like length through the model, words back in the order they came."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from .alphabet import code_points
from .errors import InputError
from .model import Model
from .text import Sentence

# Texts looked at together, to find batch mates of like length, and padded characters per batch: small
# batches stay in the caches and are as fast as larger ones (measured at 8 to 32 sentences).
WINDOW = 1024
BATCH_CHARS = 2048


class Tagger:
    """Finds the words of texts: `tagger("我喜欢北京")` for one, `tagger.tag(texts)` for a stream.

    An answer depends on its text alone, whatever else is in the batch. Safe to use from several threads.
    """

    def __init__(self, model: Model) -> None:
        self.model = model

    def __call__(self, text: str) -> Sentence:
        """Raises InputError when `text` is not a string."""
        return next(self.tag([text]))

    def tag(self, texts: Iterable[str]) -> Iterator[Sentence]:
        """A sentence per text, in order. Raises InputError at a text that is not a string."""
        if isinstance(texts, str):
            raise InputError("expected several texts, got one string; call tagger(text), or pass [text]")
        rest = iter(texts)
        while window := list(islice(rest, WINDOW)):
            yield from self._tag(window)

    def _tag(self, texts: list[str]) -> list[Sentence]:
        for text in texts:
            if not isinstance(text, str):
                raise InputError(f"expected a text (str), got {type(text).__name__}; decode bytes to str first")
        codes = [code_points(text) for text in texts]
        found = [Sentence(text, ()) for text in texts]
        # onnxruntime aborts the process on an empty batch, so empty texts never reach it.
        order = sorted((i for i, code in enumerate(codes) if len(code)), key=lambda i: len(codes[i]))
        for batch in _batches(order, [len(code) for code in codes]):
            lengths = np.array([len(codes[i]) for i in batch], np.int32)
            chars = np.zeros((len(batch), lengths.max()), np.int32)
            for row, i in enumerate(batch):
                chars[row, : lengths[row]] = codes[i]
            tags = self.model.decoder(self.model.scores(chars, lengths), lengths)
            for row, i in enumerate(batch):
                found[i] = self.model.scheme.decode(texts[i], tags[row, : lengths[row]])
        return found


def _batches(order: list[int], lengths: list[int]) -> Iterator[list[int]]:
    """Runs of `order` (shortest first) of at most BATCH_CHARS padded characters, or one text."""
    batch: list[int] = []
    for i in order:
        if batch and (len(batch) + 1) * lengths[i] > BATCH_CHARS:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def load(path: str | Path) -> Tagger:
    """A tagger from a model file. Raises ModelError when it cannot be used."""
    return Tagger(Model.open(path))

"""Code points of words to vectors: one for each word of a vocabulary, and beside it the word's characters through
filters."""

from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ...errors import ModelError
from ...text.characters import PAD, PAGE
from ...text.vocabulary import BLANK, MULTIPLIERS, UNKNOWN, Vocabulary
from ..resources.vectors import Vectors
from .embedding import VECTOR_STD, set_rows
from .recurrent import LockedDropout


class WordLookup(nn.Module):
    """The ids that words have in a vocabulary, from their code points. It has no weights."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__()
        (folded_pages, folded_cells), (keys, rows) = vocabulary.folded, vocabulary.table
        # As buffers they move to the device of the weights.
        tables: dict[str, NDArray[Any]] = {
            "folded_pages": folded_pages, "folded_cells": folded_cells, "keys": keys, "rows": rows,
        }  # fmt: skip
        for name, values in tables.items():
            self.register_buffer(name, torch.from_numpy(values).long(), persistent=False)
        self.register_buffer("multipliers", torch.tensor(MULTIPLIERS), persistent=False)
        self.folded_pages: Tensor
        self.folded_cells: Tensor
        self.keys: Tensor
        self.rows: Tensor
        self.multipliers: Tensor

    def hash_words(self, ids: Tensor) -> Tensor:
        """One number for the characters of each word: ids `[…, n_chars]` to `[…]`."""
        return (ids * self.multipliers[: ids.shape[-1]]).sum(-1)

    def forward(self, code_points: Tensor) -> Tensor:
        """Ids of words in the vocabulary, `[…, n_chars]` to `[…]`; 0 if unknown."""
        keys = self.hash_words(_ids(code_points, self.folded_pages, self.folded_cells))
        index = torch.searchsorted(self.keys, keys, right=True) - 1
        return torch.where(self.keys[index] == keys, self.rows[index], UNKNOWN)


def hide_words(words: Tensor, share: float) -> Tensor:
    """Ids of words of which a share, drawn at random, is unknown."""
    return words.masked_fill(torch.rand(words.shape, device=words.device) < share, UNKNOWN)


class WordVectors(nn.Module):
    """Code points of words to a vector of each word of a vocabulary; all unknown words share one.

    `unknown_dropout` is the chance, in training, that a word is read as unknown. Raises ModelError for a size below 1.
    """

    def __init__(self, vocabulary: Vocabulary, *, word_size: int = 32, unknown_dropout: float = 0.0) -> None:
        super().__init__()
        if word_size < 1:
            raise ModelError(f"expected net.embedding.word_size of 1 or more, got {word_size}; correct it")
        self.vocabulary, self.alphabet = vocabulary, vocabulary.alphabet
        self.word_size, self.unknown_dropout = word_size, unknown_dropout
        self.word = nn.Embedding(vocabulary.n_words, word_size)
        nn.init.normal_(self.word.weight, std=0.1)
        self.lookup = WordLookup(vocabulary)
        self.size = word_size

    def tables(self) -> list[nn.Embedding]:
        """The table with a row for each word."""
        return [self.word]

    @property
    def word_weight(self) -> Tensor:
        """The vector of each word, `[n_words, word_size]`."""
        return self.word.weight

    def forward(self, code_points: Tensor) -> Tensor:
        """Vectors `[batch, time, size]` of words `[batch, time, n_chars]`."""
        words = self.lookup(code_points)
        if self.training and self.unknown_dropout:
            words = hide_words(words, self.unknown_dropout)
        vectors: Tensor = self.word(words)
        return vectors


class WordEmbedding(nn.Module):
    """Code points of words to vectors: a vector of the word, followed by the largest output of each of `char_filters`
    filters over the word's characters (Ma and Hovy 2016), `char_width` characters wide.

    `unknown_dropout` is the chance, in training, that a word is read as unknown, so that its characters must tell;
    `char_dropout` is variational, on a word's characters. With `fixed_vectors` the vector of a word is the sum of a
    pretrained one, which training leaves as it is, and of a correction that train teaches (Dozat and Manning 2017).
    `correction_dropout` is the chance that a word goes without it, as the words go that train does not have. Raises
    ModelError for sizes that make no embedding.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        *,
        word_size: int = 64,
        char_size: int = 32,
        char_filters: int = 100,
        char_width: int = 5,
        char_dropout: float = 0.0,
        unknown_dropout: float = 0.0,
        fixed_vectors: bool = False,
        correction_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if min(word_size, char_size, char_filters) < 1 or char_width < 1 or not char_width % 2:
            raise ModelError(
                "expected net.embedding.word_size, char_size and char_filters of 1 or more and an odd "
                f"net.embedding.char_width, got {word_size}, {char_size}, {char_filters} and {char_width}; correct them"
            )
        self.vocabulary, self.alphabet = vocabulary, vocabulary.alphabet
        self.word_size, self.char_size = word_size, char_size
        self.char_filters, self.char_width = char_filters, char_width
        self.char_dropout, self.unknown_dropout = char_dropout, unknown_dropout
        self.fixed_vectors, self.correction_dropout = fixed_vectors, correction_dropout
        self.word = nn.Embedding(vocabulary.n_words, word_size)
        self.char = nn.Embedding(self.alphabet.n_chars, char_size, padding_idx=PAD)
        for table in (self.word, self.char):
            nn.init.normal_(table.weight, std=0.1)
        with torch.no_grad():
            self.char.weight[PAD] = 0
        self.pretrained = nn.Embedding(vocabulary.n_words, word_size) if fixed_vectors else None
        if self.pretrained is not None:
            self.pretrained.weight.requires_grad_(False)
            nn.init.zeros_(self.pretrained.weight)
            nn.init.zeros_(self.word.weight)
        self.filters = nn.Conv1d(char_size, char_filters, char_width, padding=char_width // 2)
        nn.init.xavier_uniform_(self.filters.weight)
        self.locked = LockedDropout(char_dropout)
        self.size = word_size + char_filters
        self.lookup = WordLookup(vocabulary)
        for name, values in zip(("pages", "cells"), self.alphabet.char_table, strict=True):
            self.register_buffer(name, torch.from_numpy(values).long(), persistent=False)
        self.pages: Tensor
        self.cells: Tensor

    def tables(self) -> list[nn.Embedding]:
        """The tables with a row for each character and each word: most of the weights of a net."""
        return [self.char, self.word] if self.pretrained is None else [self.char, self.word, self.pretrained]

    def ids(self, code_points: Tensor) -> Tensor:
        """Character ids, any shape; PAD for BLANK."""
        return _ids(code_points, self.pages, self.cells)

    def read_spelling(self, ids: Tensor) -> Tensor:
        """The largest output of each filter, `[n, char_filters]`, for words given as character ids `[n, n_chars]`."""
        outputs: Tensor = self.filters(self.locked(self.char(ids)).transpose(1, 2))  # shape: [n, char_filters, n_chars]
        return outputs.masked_fill((ids == PAD)[:, None], 0).relu().amax(2)

    def forward(self, code_points: Tensor) -> Tensor:
        """Vectors `[batch, time, size]` of words `[batch, time, n_chars]`."""
        ids = self.ids(code_points)
        words = self.lookup(code_points)
        if self.training and self.unknown_dropout:
            words = hide_words(words, self.unknown_dropout)
        # Each spelling is read once: half the words of a batch are repeated.
        rows = ids.flatten(0, 1)  # shape: [batch * time, n_chars]
        _, spelling_of = torch.unique(self.lookup.hash_words(rows), return_inverse=True)
        index = torch.arange(len(rows), device=ids.device)
        index = index.new_zeros(int(spelling_of.max()) + 1).scatter_(0, spelling_of, index)
        spelling = self.read_spelling(rows[index])[spelling_of]  # shape: [batch * time, char_filters]
        return torch.cat([self._vectors(words), spelling.reshape(*words.shape, -1)], 2)

    def _vectors(self, words: Tensor) -> Tensor:
        """The vectors of word ids, `[…]` to `[…, word_size]`."""
        vectors: Tensor = self.word(words)
        if self.pretrained is None:
            return vectors
        if self.training and self.correction_dropout:
            without = torch.rand(words.shape, device=words.device) < self.correction_dropout
            vectors = vectors.masked_fill((without & (words != UNKNOWN))[..., None], 0)
        fixed: Tensor = self.pretrained(words)
        return fixed + vectors

    @property
    def word_weight(self) -> Tensor:
        """The vector of each word, `[n_words, word_size]`, with its correction."""
        return self.word.weight if self.pretrained is None else self.pretrained.weight + self.word.weight

    def merge_corrections(self) -> None:
        """Make each correction a part of its pretrained vector, so that one table holds all there is of a word."""
        if self.pretrained is not None:
            with torch.no_grad():
                self.pretrained.weight += self.word.weight
                self.word.weight.zero_()

    def load_pretrained(self, vectors: Vectors) -> None:
        """Set the vectors of the words that pretrained ones are given for, reduced to `word_size` and scaled. Raises
        ModelError when those are too small."""
        ids = self.vocabulary.ids(vectors.words).tolist()
        first = {id: row for row, id in reversed(list(enumerate(ids))) if id != UNKNOWN}
        rows = [id if first.get(id) == row else None for row, id in enumerate(ids)]
        table = self.word if self.pretrained is None else self.pretrained
        set_rows(table, rows, vectors.word_vectors, VECTOR_STD, "net.embedding.word_size")


def _ids(code_points: Tensor, pages: Tensor, cells: Tensor) -> Tensor:
    """Ids from a table in two levels; PAD for BLANK."""
    codes = code_points.long().clamp(min=0)
    return cells[pages[codes // PAGE] * PAGE + codes % PAGE].masked_fill(code_points == BLANK, PAD)

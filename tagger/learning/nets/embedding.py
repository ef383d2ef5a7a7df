"""Code points to vectors."""

import numpy as np
import torch
from torch import Tensor, nn

from ...errors import ModelError
from ...text.alphabet import Alphabet
from ...text.characters import CLASSES, PAD, PAGE
from ..resources.vectors import Vectors, principal

VECTOR_STD = 0.3  # of pretrained vectors, beside 0.1 for those that begin at random


class Embedding(nn.Module):
    """Code points to vectors: a character, the bigram that ends in it and (`look_ahead`) the one that begins with it;
    and, of an alphabet with words, the sum of one vector for each length of words and each of its two ends: of the kind
    of the word of that length which begins, or ends, in this character.

    `unknown_dropout` is the chance, in training, that a character is read as its class (Han, digit, …)
    and a bigram as unknown, so that both learn what to say about characters never seen; `word_dropout` the chance
    that a word is read as none.
    """

    def __init__(
        self,
        alphabet: Alphabet,
        *,
        char_size: int,
        bigram_size: int,
        unknown_dropout: float,
        look_ahead: bool = True,
        word_size: int = 0,
        word_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.look_ahead = look_ahead
        self.n_chars = alphabet.n_chars
        self.char = nn.Embedding(alphabet.n_chars, char_size, padding_idx=PAD)
        self.bigram = nn.Embedding(alphabet.n_bigrams, bigram_size) if bigram_size else None
        words = alphabet.word_tables if word_size else ()
        self.word = nn.Embedding(2 * len(words) * alphabet.n_kinds, word_size) if words else None
        self.n_kinds, self.n_lengths, self.multipliers = alphabet.n_kinds, len(words), alphabet.multipliers
        self.unknown_dropout, self.word_dropout = unknown_dropout, word_dropout
        self.size = char_size + (1 + look_ahead) * bigram_size + (word_size if words else 0)
        for weight in self.parameters():
            nn.init.normal_(weight, std=0.1)
        with torch.no_grad():
            self.char.weight[PAD] = 0
        tables = {"pages": alphabet.char_table[0], "cells": alphabet.char_table[1], "classes": alphabet.classes_of_ids}
        tables |= {"keys": alphabet.bigram_table.keys, "rows": alphabet.bigram_table.rows}
        for length, (pairs, kinds) in enumerate(words, 2):
            tables |= {f"keys_{length}": pairs.keys, f"rows_{length}": pairs.rows, f"kinds_{length}": kinds}
        for name, table in tables.items():
            self.register_buffer(name, torch.from_numpy(table).long(), persistent=False)
        self.pages: Tensor
        self.cells: Tensor
        self.classes: Tensor
        self.keys: Tensor
        self.rows: Tensor

    def load_pretrained(self, vectors: Vectors, alphabet: Alphabet, *, std: float | None = VECTOR_STD) -> None:
        """Set the vectors of the characters and bigrams that pretrained ones are given for, in fewer dimensions if
        need be (`principal`), scaled to `std` (null: as they are). Raises ModelError when theirs are too small.
        """
        known = {code: id for id, code in enumerate(alphabet.chars, len(CLASSES))}
        pairs = {pair: id for id, pair in enumerate(alphabet.bigrams, 1)}
        chars = [known.get(ord(char)) for char in vectors.chars]
        bigrams = [pairs.get((known.get(ord(pair[0]), -1), known.get(ord(pair[1]), -1))) for pair in vectors.bigrams]
        tables = [("net.char_size", self.char, chars, vectors.char_vectors)]
        if self.bigram is not None:
            tables.append(("net.bigram_size", self.bigram, bigrams, vectors.bigram_vectors))
        for name, table, ids, given in tables:
            size = table.embedding_dim
            if given.shape[1] < size:
                raise ModelError(f"expected {name} of at most {given.shape[1]}, the size of the vectors, got {size}")
            rows = np.array([row for row, id in enumerate(ids) if id is not None], np.int64)
            fitting = principal(given, size)
            scaled = fitting[rows] * (std / max(float(fitting.std()), 1e-12) if std else 1.0)
            with torch.no_grad():
                table.weight[[id for id in ids if id is not None]] = torch.from_numpy(scaled)

    def ids(self, code_points: Tensor, lengths: Tensor) -> Tensor:
        """Character ids `[batch, time]`; PAD past the lengths, whatever lies there."""
        codes = code_points.long()
        ids = self.cells[self.pages[codes // PAGE] * PAGE + codes % PAGE]
        return ids.masked_fill(torch.arange(ids.shape[1], device=ids.device) >= lengths[:, None], PAD)

    def bigram_ids(self, ids: Tensor) -> Tensor:
        """Bigram ids `[batch, time + 1]` of the pairs around and between the characters; 0 if unknown."""
        edge = ids.new_full((ids.shape[0], 1), PAD)
        left, right = torch.cat([edge, ids], 1), torch.cat([ids, edge], 1)
        return self._numbers(left, right, self.keys, self.rows)

    def _numbers(self, left: Tensor, right: Tensor, keys: Tensor, rows: Tensor) -> Tensor:
        """The number of each pair in a `PairTable`; 0 if it has none."""
        key = left * self.n_chars + right
        found = torch.zeros_like(key)
        for a, b in self.multipliers:
            slot = (left * a + right * b) % len(keys)
            found = torch.where(keys[slot] == key, rows[slot], found)
        return found

    def word_kinds(self, ids: Tensor) -> Tensor:
        """Kinds of the words of each length that begin in each character and of those that end there, 0 for none:
        `[batch, time, 2 * lengths]`."""
        time, number, found = ids.shape[1], ids, list[Tensor]()
        for length in range(2, 2 + self.n_lengths):
            keys, rows, kinds = (self.get_buffer(f"{name}_{length}") for name in ("keys", "rows", "kinds"))
            number = self._numbers(number, nn.functional.pad(ids, (0, length - 1))[:, length - 1 :], keys, rows)
            begins = kinds[number]
            if self.training and self.word_dropout:
                begins = begins.masked_fill(torch.rand(begins.shape, device=ids.device) < self.word_dropout, 0)
            found += begins, nn.functional.pad(begins, (length - 1, 0))[:, :time]
        return torch.stack(found, 2)

    def forward(self, ids: Tensor) -> Tensor:
        """Vectors `[batch, time, size]` of character ids `[batch, time]`."""
        bigrams = None if self.bigram is None else self.bigram_ids(ids)
        words = None if self.word is None else self.word_kinds(ids)
        if self.training and self.unknown_dropout:
            ids = torch.where(torch.rand(ids.shape, device=ids.device) < self.unknown_dropout, self.classes[ids], ids)
            if bigrams is not None:
                bigrams = bigrams.masked_fill(torch.rand(bigrams.shape, device=ids.device) < self.unknown_dropout, 0)
        vectors = [self.char(ids)]
        if self.bigram is not None and bigrams is not None:
            around = self.bigram(bigrams)
            vectors += [around[:, :-1], around[:, 1:]][: 1 + self.look_ahead]
        if self.word is not None and words is not None:
            vectors.append(self.word(words + self.n_kinds * torch.arange(words.shape[2], device=ids.device)).sum(2))
        return torch.cat(vectors, 2)

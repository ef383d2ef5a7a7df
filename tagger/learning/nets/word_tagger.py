"""The net over words: each word's characters and its own vector to one vector, then the layers and heads of `net`."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ...decoding.transitions import FORBIDDEN
from ...errors import ModelError
from ...text.characters import PAD, PAGE
from ...text.scheme import Scheme
from ...text.sentence import Sentence
from ...text.vocabulary import BLANK, MULTIPLIERS, UNKNOWN, Vocabulary, tagged
from .encoder import CELLS, Cell, Encoder, LockedDropout
from .heads import HEADS
from .tagger import BiLSTM


class WordEmbedding(nn.Module):
    """Code points of words to vectors: the largest answers of filters over a word's characters (Ma and Hovy 2016),
    beside a vector of the word.

    `unknown_dropout` is the chance, in training, that a word is read as unknown, so that its characters must tell.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        *,
        word_size: int,
        char_size: int,
        char_filters: int,
        char_width: int,
        char_dropout: float,
        unknown_dropout: float,
    ) -> None:
        super().__init__()
        alphabet = vocabulary.alphabet
        self.word = nn.Embedding(vocabulary.n_words, word_size)
        self.char = nn.Embedding(alphabet.n_chars, char_size, padding_idx=PAD)
        for table in (self.word, self.char):
            nn.init.normal_(table.weight, std=0.1)
        with torch.no_grad():
            self.char.weight[PAD] = 0
        self.filters = nn.Conv1d(char_size, char_filters, char_width, padding=char_width // 2)
        nn.init.xavier_uniform_(self.filters.weight)
        self.locked = LockedDropout(char_dropout)
        self.unknown_dropout = unknown_dropout
        self.size = word_size + char_filters
        (pages, cells), (folded_pages, folded_cells) = alphabet.char_table, vocabulary.folded
        keys, rows = vocabulary.table
        tables: dict[str, NDArray[Any]] = {
            "pages": pages, "cells": cells, "folded_pages": folded_pages, "folded_cells": folded_cells,
            "keys": keys, "rows": rows,
        }  # fmt: skip
        for name, values in tables.items():
            self.register_buffer(name, torch.from_numpy(values).long(), persistent=False)
        self.register_buffer("multipliers", torch.tensor(MULTIPLIERS), persistent=False)
        self.pages: Tensor
        self.cells: Tensor
        self.folded_pages: Tensor
        self.folded_cells: Tensor
        self.keys: Tensor
        self.rows: Tensor
        self.multipliers: Tensor

    def ids(self, code_points: Tensor) -> Tensor:
        """Character ids, any shape; PAD for BLANK."""
        return _ids(code_points, self.pages, self.cells)

    def keys_of(self, ids: Tensor) -> Tensor:
        """`[…, n_chars]` to `[…]`."""
        return (ids * self.multipliers[: ids.shape[-1]]).sum(-1)

    def word_ids(self, code_points: Tensor) -> Tensor:
        """Word ids of words, `[…, n_chars]` to `[…]`; 0 if unknown."""
        keys = self.keys_of(_ids(code_points, self.folded_pages, self.folded_cells))
        place = torch.searchsorted(self.keys, keys, right=True) - 1
        return torch.where(self.keys[place] == keys, self.rows[place], UNKNOWN)

    def spelling(self, ids: Tensor) -> Tensor:
        """Vectors `[n, char_filters]` of words by their characters' ids `[n, n_chars]`."""
        found: Tensor = self.filters(self.locked(self.char(ids)).transpose(1, 2))
        return found.masked_fill((ids == PAD)[:, None], 0).relu().amax(2)

    def forward(self, code_points: Tensor) -> Tensor:
        """Vectors `[batch, time, size]` of words `[batch, time, n_chars]`."""
        ids = self.ids(code_points)
        words = self.word_ids(code_points)
        if self.training and self.unknown_dropout:
            words = words.masked_fill(torch.rand(words.shape, device=ids.device) < self.unknown_dropout, UNKNOWN)
        # Each spelling once: half the words of a batch are repeated.
        rows = ids.flatten(0, 1)
        _, copies = torch.unique(self.keys_of(rows), return_inverse=True)
        places = torch.arange(len(rows), device=ids.device)
        places = places.new_zeros(int(copies.max()) + 1).scatter_(0, copies, places)
        spelling = self.spelling(rows[places])[copies]
        return torch.cat([self.word(words), spelling.reshape(*words.shape, -1)], 2)


def _ids(code_points: Tensor, pages: Tensor, cells: Tensor) -> Tensor:
    """Ids from a table in two levels; PAD for BLANK."""
    codes = code_points.long().clamp(min=0)
    return cells[pages[codes // PAGE] * PAGE + codes % PAGE].masked_fill(code_points == BLANK, PAD)


class WordParts(NamedTuple):
    """Number of parameters of each part."""

    word: int
    char: int
    encoder: int
    head: int


class WordBiLSTM(nn.Module):
    """Code points of words `[batch, time, n_chars]` and lengths in words `[batch]` to scores `[batch, time, n_scores]`.

    A sentence of words is to the heads what a text of one-character words is: every unit is a word, so all tags
    but `S-pos` are `FORBIDDEN`. Raises ModelError for an unknown cell or head and for sizes that make no net.
    """

    unit = "word"
    standard, standards = None, ()  # those of `net` alone

    def __init__(
        self,
        vocabulary: Vocabulary,
        scheme: Scheme,
        *,
        head: str = "crf",
        cell: Cell = "lstm",
        hidden_sizes: Sequence[int] = (200,),
        bidirectional: bool = True,
        forget_bias: float = 1.0,
        word_size: int = 64,
        char_size: int = 32,
        char_filters: int = 100,
        char_width: int = 5,
        char_dropout: float = 0.0,
        embedding_dropout: float = 0.0,
        layer_dropout: float = 0.0,
        variational_dropout: float = 0.0,
        unknown_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        for option, value, known in (("cell", cell, CELLS), ("head", head, HEADS)):
            if value not in known:
                raise ModelError(f"expected net.{option} to be one of {', '.join(known)}, got {value!r}")
        sizes = [word_size, char_size, char_filters]
        if not hidden_sizes or min(*hidden_sizes, *sizes) < 1 or char_width < 1 or not char_width % 2:
            raise ModelError(
                "expected net.hidden_sizes with a size of 1 or more per layer, net.word_size, net.char_size and "
                f"net.char_filters of 1 or more and an odd net.char_width, got {list(hidden_sizes)}, {sizes} and "
                f"{char_width}"
            )
        self.vocabulary, self.alphabet, self.words = vocabulary, vocabulary.alphabet, vocabulary.words
        self.scheme = scheme
        self.architecture: dict[str, Any] = {
            "head": head, "cell": cell, "hidden_sizes": list(hidden_sizes), "bidirectional": bidirectional,
            "forget_bias": forget_bias, "word_size": word_size, "char_size": char_size,
            "char_filters": char_filters, "char_width": char_width, "char_dropout": char_dropout,
            "embedding_dropout": embedding_dropout, "layer_dropout": layer_dropout,
            "variational_dropout": variational_dropout, "unknown_dropout": unknown_dropout,
        }  # fmt: skip
        self.embedding = WordEmbedding(
            vocabulary,
            word_size=word_size,
            char_size=char_size,
            char_filters=char_filters,
            char_width=char_width,
            char_dropout=char_dropout,
            unknown_dropout=unknown_dropout,
        )
        self.dropout = nn.Dropout(embedding_dropout)
        self.encoder = Encoder(
            self.embedding.size,
            cell=cell,
            hidden_sizes=hidden_sizes,
            bidirectional=bidirectional,
            forget_bias=forget_bias,
            layer_dropout=layer_dropout,
            variational_dropout=variational_dropout,
        )
        self.head = HEADS[head](self.encoder.size, scheme)
        allowed = self.head.allowed()[0]
        allowed[: self.head.blocks.single.start] = False
        self.register_buffer("allowed", allowed, persistent=False)
        self.allowed: Tensor

    def forward(self, code_points: Tensor, lengths: Tensor, standards: Tensor | None = None) -> Tensor:
        hidden = self.encoder(self.dropout(self.embedding(code_points)), lengths)
        scores: Tensor = self.head(hidden).float()
        return scores.masked_fill(~self.allowed, FORBIDDEN)

    def decode(self, sentence: Sentence, tags: NDArray[Any]) -> Sentence:
        """A sentence's words with the POS of their tags `[time]`."""
        return tagged(sentence, self.scheme, tags)

    def parts(self) -> WordParts:
        """Parameters of each part, counted."""
        embedding = self.embedding
        chars = sum(p.numel() for part in (embedding.char, embedding.filters) for p in part.parameters())
        encoder, head = (sum(p.numel() for p in part.parameters()) for part in (self.encoder, self.head))
        return WordParts(embedding.word.weight.numel(), chars, encoder, head)


Net = BiLSTM | WordBiLSTM

"""Code points to vectors."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ...errors import ModelError
from ...text.alphabet import Alphabet
from ...text.characters import CLASSES, PAD, PAGE
from ...text.pair_table import PairTable
from ..resources.vectors import Vectors, principal

VECTOR_STD = 0.3  # of pretrained vectors, beside 0.1 for those that begin at random


class Embedding(nn.Module):
    """Code points to vectors. The vector of a character joins one for the character, one for the bigram that ends in
    it and, with `look_ahead`, one for the bigram that begins with it.

    If the alphabet has words (a lexicon), a vector of lexicon features follows: for every word length, the word of
    that length that starts at the character and the one that ends there each give the vector of their kind, and these
    are summed. `bigram_size` or `word_size` of 0 leaves that part out.

    `unknown_dropout` is the chance, in training, that a character is read as its class (Han, digit, …) and a bigram as
    unknown, so that both learn what to say about characters never seen; `word_dropout` is the chance that a word of
    the lexicon is overlooked. Raises ModelError for sizes that make no embedding.
    """

    def __init__(
        self,
        alphabet: Alphabet,
        look_ahead: bool = True,
        *,
        char_size: int = 64,
        bigram_size: int = 64,
        word_size: int = 32,
        unknown_dropout: float = 0.0,
        word_dropout: float = 0.0,
        combine: Literal["concat", "sum"] = "concat",
    ) -> None:
        super().__init__()
        if char_size < 1 or bigram_size < 0 or word_size < 0:
            raise ModelError(
                "expected net.embedding.char_size of 1 or more and net.embedding.bigram_size and word_size of 0 or "
                f"more, got {char_size}, {bigram_size} and {word_size}; correct them"
            )
        n_bigrams = 1 + look_ahead
        if combine not in ("concat", "sum"):
            raise ModelError(f"expected net.embedding.combine=concat or sum, got {combine!r}; choose one of them")
        if combine == "sum" and not {n_bigrams * bigram_size, word_size} <= {0, char_size}:
            raise ModelError(
                f"expected net.embedding.char_size = word_size = {n_bigrams} * bigram_size with combine=sum, got "
                f"{char_size}, {word_size} and {n_bigrams} * {bigram_size}; correct them"
            )
        self.alphabet, self.look_ahead, self.combine = alphabet, look_ahead, combine
        self.char_size, self.bigram_size, self.word_size = char_size, bigram_size, word_size
        self.unknown_dropout, self.word_dropout = unknown_dropout, word_dropout
        self.char = nn.Embedding(alphabet.n_chars, char_size, padding_idx=PAD)
        self.bigram = nn.Embedding(alphabet.n_bigrams, bigram_size) if bigram_size else None
        n_lengths = len(alphabet.word_tables) if word_size else 0
        self.word = nn.Embedding(2 * n_lengths * alphabet.n_kinds, word_size) if n_lengths else None
        self.size = char_size
        if combine == "concat":
            self.size += n_bigrams * bigram_size + (word_size if n_lengths else 0)
        self.n_kinds, self.n_lengths = alphabet.n_kinds, n_lengths
        for weight in self.parameters():
            nn.init.normal_(weight, std=0.1)
        with torch.no_grad():
            self.char.weight[PAD] = 0
        self._register_tables()

    def _register_tables(self) -> None:
        """Keep the alphabet's tables as buffers, which move to the device of the weights."""
        alphabet = self.alphabet
        tables = {"pages": alphabet.char_table[0], "cells": alphabet.char_table[1], "classes": alphabet.classes_of_ids}
        tables |= alphabet.context._asdict()
        tables |= alphabet.bigram_table._asdict()
        for length, (pairs, kinds) in enumerate(alphabet.word_tables[: self.n_lengths], 2):
            tables |= {f"{name}_{length}": table for name, table in pairs._asdict().items()} | {
                f"kinds_{length}": kinds
            }
        for name, table in tables.items():
            self.register_buffer(name, torch.from_numpy(table).long(), persistent=False)
        self.pages: Tensor
        self.cells: Tensor
        self.classes: Tensor
        self.source: Tensor
        self.before: Tensor
        self.after: Tensor
        self.change: Tensor

    def tables(self) -> list[nn.Embedding]:
        """The tables with a row for each character and each bigram: most of the weights of a net."""
        return [self.char] if self.bigram is None else [self.char, self.bigram]

    @property
    def lexicon_size(self) -> int:
        """How many of the values of a vector are lexicon features alone: the last ones."""
        return 0 if self.word is None or self.combine == "sum" else self.word.embedding_dim

    def load_pretrained(self, vectors: Vectors, *, std: float | None = VECTOR_STD) -> None:
        """Set the vectors of the characters and bigrams that pretrained ones are given for.

        They are brought to this embedding's sizes (`principal`) and scaled to `std` (None: as they are). Raises
        ModelError when the pretrained ones are too small.
        """
        ids = {code: id for id, code in enumerate(self.alphabet.chars, len(CLASSES))}
        bigram_ids = {pair: id for id, pair in enumerate(self.alphabet.bigrams, 1)}
        char_rows = [ids.get(ord(char)) for char in vectors.chars]
        set_rows(self.char, char_rows, vectors.char_vectors, std, "net.embedding.char_size")
        if self.bigram is not None:
            pairs = ((ids.get(ord(pair[0]), -1), ids.get(ord(pair[1]), -1)) for pair in vectors.bigrams)
            bigram_rows = [bigram_ids.get(pair) for pair in pairs]
            set_rows(self.bigram, bigram_rows, vectors.bigram_vectors, std, "net.embedding.bigram_size")

    def copy_weights(self, old: "Embedding") -> None:
        """Set the weights from a trained embedding whose alphabet this one's extends: a new character begins with the
        vector of its class, a new bigram with that of unknown ones, and a new kind of words with zeros. The lexicon may
        hold other words, if their kinds mean the same."""
        with torch.no_grad():
            chars = self.classes.clone()
            chars[: old.alphabet.n_chars] = torch.arange(old.alphabet.n_chars)
            self.char.weight.copy_(old.char.weight[chars])
            if self.bigram is not None and old.bigram is not None:
                bigrams = torch.zeros(self.alphabet.n_bigrams, dtype=torch.int64)
                bigrams[: old.alphabet.n_bigrams] = torch.arange(old.alphabet.n_bigrams)
                self.bigram.weight.copy_(old.bigram.weight[bigrams])
            if self.word is not None and old.word is not None:
                # shape: [2 * n_lengths, n_kinds, word_size]
                weight = self.word.weight.view(-1, self.n_kinds, self.word_size)
                trained = old.word.weight.view(-1, old.n_kinds, old.word_size)
                n_tables, n_kinds = (min(sizes) for sizes in zip(weight.shape[:2], trained.shape[:2], strict=True))
                weight.zero_()
                weight[:n_tables, :n_kinds] = trained[:n_tables, :n_kinds]

    def ids(self, code_points: Tensor, lengths: Tensor) -> Tensor:
        """Character ids `[batch, time]` in their context (see `ContextTables`); PAD past the lengths."""
        codes = code_points.long()
        ids = self.cells[self.pages[codes // PAGE] * PAGE + codes % PAGE]
        ids = ids.masked_fill(torch.arange(ids.shape[1], device=ids.device) >= lengths[:, None], PAD)
        padded = nn.functional.pad(ids, (1, 1), value=PAD)
        place = self.source[ids] + self.before[padded[:, :-2]] + self.after[padded[:, 2:]]
        return ids + self.change[place]

    def bigram_ids(self, ids: Tensor) -> Tensor:
        """Bigram ids `[batch, time + 1]` of the pairs around and between the characters; 0 if unknown."""
        edge = ids.new_full((ids.shape[0], 1), PAD)
        left, right = torch.cat([edge, ids], 1), torch.cat([ids, edge], 1)  # shape: [batch, time + 1]
        return self._pair_numbers(left, right)

    def _pair_numbers(self, left: Tensor, right: Tensor, suffix: str = "") -> Tensor:
        """The number of each pair in a `PairTable`; 0 if it has none."""
        bases, lefts, rows = (self.get_buffer(name + suffix) for name in PairTable._fields)
        slots = bases[left] + right
        return torch.where(lefts[slots] == left, rows[slots], 0)

    def word_kinds(self, ids: Tensor) -> Tensor:
        """Kinds of the words of each length that start at each character and of those that end there, 0 for none:
        `[batch, time, 2 * n_lengths]`."""
        time, number, columns = ids.shape[1], ids, list[Tensor]()
        for length in range(2, 2 + self.n_lengths):
            following = nn.functional.pad(ids, (0, length - 1))[:, length - 1 :]
            number = self._pair_numbers(number, following, f"_{length}")
            starts = self.get_buffer(f"kinds_{length}")[number]
            if self.training and self.word_dropout:
                starts = starts.masked_fill(torch.rand(starts.shape, device=ids.device) < self.word_dropout, 0)
            columns += starts, nn.functional.pad(starts, (length - 1, 0))[:, :time]
        return torch.stack(columns, 2)  # shape: [batch, time, 2 * n_lengths]

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
            around = self.bigram(bigrams)  # shape: [batch, time + 1, bigram_size]
            neighbours = [around[:, :-1], around[:, 1:]][: 1 + self.look_ahead]
            vectors += neighbours if self.combine == "concat" else [torch.cat(neighbours, 2)]
        if self.word is not None and words is not None:
            rows = words + self.n_kinds * torch.arange(words.shape[2], device=ids.device)
            vectors.append(self.word(rows).sum(2))  # shape: [batch, time, word_size]
        return torch.cat(vectors, 2) if self.combine == "concat" else torch.stack(vectors).sum(0)


def set_rows(
    table: nn.Embedding, ids: Sequence[int | None], vectors: NDArray[np.float32], std: float | None, setting: str
) -> None:
    """Set the rows `ids` of a table from pretrained `vectors [n, k]`; None: no row for that one. `setting` names the
    table's size in errors."""
    size = table.embedding_dim
    if vectors.shape[1] < size:
        raise ModelError(
            f"expected {setting} of at most {vectors.shape[1]}, the size of the vectors, got {size}; make it smaller"
        )
    rows = np.array([row for row, id in enumerate(ids) if id is not None], np.int64)
    reduced = principal(vectors, size)
    scaled = reduced[rows] * (std / max(float(reduced.std()), 1e-12) if std else 1.0)
    with torch.no_grad():
        table.weight[[id for id in ids if id is not None]] = torch.from_numpy(scaled)


class StandardEmbedding(nn.Embedding):
    """One vector for each segmentation standard that a net distinguishes; `names` are in the order of their numbers.

    Several corpora with different criteria train one net (multi-criteria segmentation): the vector of a sentence's
    standard is added to those of its characters.
    """

    def __init__(self, names: Sequence[str], size: int) -> None:
        super().__init__(len(names), size)
        self.names = tuple(names)
        nn.init.normal_(self.weight, std=0.1)

    def copy_weights(self, old: "StandardEmbedding | None", *, n_new: int) -> None:
        """Set the vectors from those of a trained net of `n_new` fewer values, whose standards come first here; a new
        standard begins as the mean of the others. Without `old` all begin as zeros."""
        with torch.no_grad():
            if old is None:
                self.weight.zero_()
                return
            known = nn.functional.pad(old.weight, (0, n_new))
            self.weight.copy_(known.mean(0))
            self.weight[: len(known)] = known

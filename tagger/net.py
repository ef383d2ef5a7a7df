"""The net: code points to scores. Embeddings, stacked recurrent layers, and one of three heads."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from . import cells
from .alphabet import CLASSES, MULTIPLIERS, PAD, PAGE, SPACE, Alphabet
from .decoding import FORBIDDEN
from .errors import ModelError
from .head import HEADS
from .scheme import Scheme
from .text import Sentence
from .vectors import Vectors, principal

VECTOR_STD = 0.3  # of pretrained vectors, beside 0.1 for those that begin at random

Cell = Literal[
    "lstm", "gru", "rnn_tanh", "rnn_relu", "lstm_no_forget",
    "reference_lstm", "reference_gru", "reference_rnn_tanh", "reference_rnn_relu",
]  # fmt: skip
# What makes a layer of each kind, and how many gates share its weight matrices. Those of `cells` go step by step.
CELLS: dict[str, tuple[Callable[..., nn.Module], int]] = {
    "lstm": (nn.LSTM, 4),
    "gru": (nn.GRU, 3),
    "rnn_tanh": (partial(nn.RNN, nonlinearity="tanh"), 1),
    "rnn_relu": (partial(nn.RNN, nonlinearity="relu"), 1),
    "lstm_no_forget": (cells.LSTMWithoutForget, 3),
    "reference_lstm": (cells.LSTM, 4),
    "reference_gru": (cells.GRU, 3),
    "reference_rnn_tanh": (partial(cells.SimpleRNN, nonlinearity="tanh"), 1),
    "reference_rnn_relu": (partial(cells.SimpleRNN, nonlinearity="relu"), 1),
}
# The score of a tag that a character cannot have: finite, so that sums of many stay exact enough.


class LockedDropout(nn.Module):
    """Variational dropout (Gal and Ghahramani 2016): one mask per sentence, the same at every step."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """`[batch, time, size]` to the same."""
        if not self.training or not self.p:
            return x
        return x * nn.functional.dropout(x.new_ones(x.shape[0], 1, x.shape[2]), self.p)


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
        self.n_kinds, self.n_lengths = alphabet.n_kinds, len(words)
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

    def begin_with(self, vectors: Vectors, alphabet: Alphabet, *, std: float | None = VECTOR_STD) -> None:
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
        for a, b in MULTIPLIERS:
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


class Recurrent(nn.Module):
    """One recurrent layer in one or two directions over sentences of different lengths.

    The backward direction runs over the sentence reversed within its length, which is what packing
    does, at 2.7 times the speed on a CPU (torch's fast kernels do not take packed input).
    """

    def __init__(
        self, cell: Cell, input_size: int, hidden_size: int, *, bidirectional: bool, forget_bias: float
    ) -> None:
        super().__init__()
        make, n_gates = CELLS[cell]
        self.directions = nn.ModuleList(
            make(input_size, hidden_size, batch_first=True) for _ in range(1 + bidirectional)
        )
        self.size = hidden_size * (1 + bidirectional)
        for name, weight in self.named_parameters():
            if "weight_hh" in name:
                for gate in weight.chunk(n_gates):
                    nn.init.orthogonal_(gate)
            elif "weight_ih" in name:
                for gate in weight.chunk(n_gates):
                    nn.init.xavier_uniform_(gate)
            else:
                nn.init.zeros_(weight)
                if cell in ("lstm", "reference_lstm") and "bias_ih" in name:
                    nn.init.constant_(weight[hidden_size : 2 * hidden_size], forget_bias)

    def forward(self, x: Tensor, backward: Tensor) -> Tensor:
        """`[batch, time, input_size]` and the reversing index `[batch, time]` to `[batch, time, size]`."""
        outputs = [self.directions[0](x)[0]]
        if len(self.directions) > 1:
            y = self.directions[1](_take(x, backward))[0]
            outputs.append(_take(y, backward))
        return torch.cat(outputs, 2)


def widened(weight: Tensor, n_new: int, name: str) -> Tensor:
    """A weight of a recurrent layer, by its name, for so many more inputs, which it leaves out of account."""
    return nn.functional.pad(weight, (0, n_new)) if "weight_ih" in name else weight


def _take(x: Tensor, index: Tensor) -> Tensor:
    return x.gather(1, index[:, :, None].expand(-1, -1, x.shape[2]))


class Encoder(nn.Module):
    """Recurrent layers, each of its own size, with dropout before and after each."""

    def __init__(
        self,
        input_size: int,
        *,
        cell: Cell,
        hidden_sizes: Sequence[int],
        bidirectional: bool,
        forget_bias: float,
        layer_dropout: float,
        variational_dropout: float,
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleList()
        for size in hidden_sizes:
            layer = Recurrent(cell, input_size, size, bidirectional=bidirectional, forget_bias=forget_bias)
            self.layers.append(layer)
            input_size = layer.size
        self.size = input_size
        self.between = nn.Dropout(layer_dropout)
        self.locked = LockedDropout(variational_dropout)

    def begin_with(self, weights: Mapping[str, NDArray[np.float32]], *, n_new: int = 0) -> None:
        """Set the first layer's weights, 0 for its last `n_new` inputs, which they know nothing of. Raises ModelError
        when they are those of another layer."""
        layer = self.layers[0].state_dict()
        given = {name: widened(torch.from_numpy(weight), n_new, name) for name, weight in weights.items()}
        shapes = [{name: tuple(weight.shape) for name, weight in each.items()} for each in (layer, given)]
        if shapes[0] != shapes[1]:
            raise ModelError(f"expected a pretrained first layer of this net's shapes, {shapes[0]}, got {shapes[1]}")
        self.layers[0].load_state_dict(given)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """`[batch, time, input_size]` to `[batch, time, size]`."""
        steps = torch.arange(x.shape[1], device=x.device)
        backward = torch.where(steps < lengths[:, None], lengths[:, None] - 1 - steps, steps)
        for i, layer in enumerate(self.layers):
            x = layer(self.locked(self.between(x) if i else x), backward)
        hidden: Tensor = self.locked(x)
        return hidden


class Parts(NamedTuple):
    """Number of parameters of each part."""

    char: int
    bigram: int
    encoder: int
    head: int
    standard: int
    word: int


class BiLSTM(nn.Module):
    """Code points `[batch, time]` and lengths `[batch]` to scores `[batch, time, n_scores]`.

    The name is the field's; `cell` and `bidirectional` make it any of the recurrent nets. Scores of
    tags that a character cannot have (words on whitespace, `O` elsewhere) are `FORBIDDEN`. Raises
    ModelError for an unknown cell or head and for sizes that make no net.

    With `standards` (names) it is told, `[batch]`, which one a sentence follows: a vector of the standard's, added
    to those of its characters. The first one is the default.
    """

    unit = "character"
    words: tuple[str, ...] = ()  # that it knows: those of `word_net` alone

    def __init__(
        self,
        alphabet: Alphabet,
        scheme: Scheme,
        standards: Sequence[str] = (),
        *,
        head: str = "crf",
        cell: Cell = "lstm",
        hidden_sizes: Sequence[int] = (200,),
        bidirectional: bool = True,
        forget_bias: float = 1.0,
        char_size: int = 64,
        bigram_size: int = 64,
        word_size: int = 32,
        embedding_dropout: float = 0.0,
        layer_dropout: float = 0.0,
        variational_dropout: float = 0.0,
        unknown_dropout: float = 0.0,
        word_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        for option, value, known in (("cell", cell, CELLS), ("head", head, HEADS)):
            if value not in known:
                raise ModelError(f"expected net.{option} to be one of {', '.join(known)}, got {value!r}")
        if not hidden_sizes or min(hidden_sizes) < 1 or char_size < 1 or bigram_size < 0 or word_size < 0:
            raise ModelError(
                "expected net.hidden_sizes with a size of 1 or more per layer, net.char_size of 1 or more, "
                "net.bigram_size and net.word_size of 0 or more, got "
                f"{list(hidden_sizes)}, {char_size}, {bigram_size} and {word_size}"
            )
        self.alphabet, self.scheme = alphabet, scheme
        self.architecture = {
            "head": head, "cell": cell, "hidden_sizes": list(hidden_sizes), "bidirectional": bidirectional,
            "forget_bias": forget_bias, "char_size": char_size, "bigram_size": bigram_size, "word_size": word_size,
            "embedding_dropout": embedding_dropout, "layer_dropout": layer_dropout,
            "variational_dropout": variational_dropout, "unknown_dropout": unknown_dropout,
            "word_dropout": word_dropout,
        }  # fmt: skip
        self.embedding = Embedding(
            alphabet, char_size=char_size, bigram_size=bigram_size, word_size=word_size,
            unknown_dropout=unknown_dropout, word_dropout=word_dropout,
        )  # fmt: skip
        self.standard = nn.Embedding(len(standards), self.embedding.size) if standards else None
        if self.standard is not None:
            self.architecture["standards"] = list(standards)
            nn.init.normal_(self.standard.weight, std=0.1)
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
        self.register_buffer("allowed", self.head.allowed(), persistent=False)
        self.allowed: Tensor

    @property
    def standards(self) -> tuple[str, ...]:
        """Names of the standards in the order of their numbers; none for a net of one standard."""
        return tuple(self.architecture.get("standards", ()))  # type: ignore[arg-type]

    def forward(self, code_points: Tensor, lengths: Tensor, standards: Tensor | None = None) -> Tensor:
        ids = self.embedding.ids(code_points, lengths)
        vectors = self.dropout(self.embedding(ids))
        if self.standard is not None:
            standards = lengths.new_zeros(len(lengths)) if standards is None else standards
            vectors = vectors + self.standard(standards)[:, None]
        hidden = self.encoder(vectors, lengths)
        scores: Tensor = self.head(hidden).float()
        return torch.where(self.allowed[(ids == SPACE).long()], scores, FORBIDDEN)

    def begin_with(self, vectors: Vectors) -> None:
        """Set what was pretrained: vectors and, if it comes with them, the first layer, which wants them unscaled.
        Raises ModelError when they do not fit."""
        self.embedding.begin_with(vectors, self.alphabet, std=None if vectors.layer else VECTOR_STD)
        if vectors.layer:
            word = self.embedding.word
            self.encoder.begin_with(vectors.layer, n_new=0 if word is None else word.embedding_dim)

    def decode(self, sentence: Sentence, tags: NDArray[Any]) -> Sentence:
        """The words that tags `[time]` mark in the text of a sentence."""
        return self.scheme.decode(sentence.text, tags)

    def parts(self) -> Parts:
        """Parameters of each part, counted."""
        bigram = self.embedding.bigram
        modules = (self.embedding.char, bigram, self.encoder, self.head, self.standard, self.embedding.word)
        return Parts(*(sum(p.numel() for p in module.parameters()) if module else 0 for module in modules))

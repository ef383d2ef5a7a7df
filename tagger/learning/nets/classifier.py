"""Many to one: code points to one score per label. The tagger's embeddings and encoder, pooled over time."""

from collections.abc import Sequence
from typing import Literal, NamedTuple, get_args

import torch
from torch import Tensor, nn

from ...errors import ModelError
from ...text.alphabet import Alphabet
from ..resources.vectors import Vectors
from .embedding import VECTOR_STD, Embedding
from .encoder import CELLS, Cell, Encoder

Pooling = Literal["last", "mean", "max"]


class Parts(NamedTuple):
    """Number of parameters of each part."""

    char: int
    bigram: int
    encoder: int
    head: int


class SequenceClassifier(nn.Module):
    """Code points `[batch, time]` and lengths `[batch]` (1 or more) to scores `[batch, n_labels]`.

    `pooling` makes one vector of a text's hidden states: the `last` state of each direction (of the backward one
    that is its state at the first character), or their `mean` or `max` over time. A dense layer (`dense_size`; 0: none)
    with ReLU and the layer of scores follow, each after `dropout`. Raises ModelError for options that make no net.
    """

    def __init__(
        self,
        alphabet: Alphabet,
        labels: Sequence[str],
        *,
        cell: Cell = "lstm",
        hidden_sizes: Sequence[int] = (128,),
        bidirectional: bool = True,
        forget_bias: float = 1.0,
        char_size: int = 64,
        bigram_size: int = 64,
        embedding_dropout: float = 0.0,
        layer_dropout: float = 0.0,
        variational_dropout: float = 0.0,
        unknown_dropout: float = 0.0,
        pooling: Pooling = "max",
        dense_size: int = 0,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        for option, value, known in (("cell", cell, CELLS), ("pooling", pooling, get_args(Pooling))):
            if value not in known:
                raise ModelError(f"expected net.{option} to be one of {', '.join(known)}, got {value!r}")
        if not hidden_sizes or min(hidden_sizes) < 1 or char_size < 1 or bigram_size < 0 or dense_size < 0:
            raise ModelError(
                "expected net.hidden_sizes with a size of 1 or more per layer, net.char_size of 1 or more, "
                "net.bigram_size and net.dense_size of 0 or more, got "
                f"{list(hidden_sizes)}, {char_size}, {bigram_size} and {dense_size}"
            )
        if len(labels) < 2 or len(set(labels)) < len(labels):
            raise ModelError(f"expected two labels or more, each once, got {list(labels)[:10]}; check the corpus")
        self.alphabet, self.labels = alphabet, tuple(labels)
        self.architecture = {
            "cell": cell, "hidden_sizes": list(hidden_sizes), "bidirectional": bidirectional,
            "forget_bias": forget_bias, "char_size": char_size, "bigram_size": bigram_size,
            "embedding_dropout": embedding_dropout, "layer_dropout": layer_dropout,
            "variational_dropout": variational_dropout, "unknown_dropout": unknown_dropout,
            "pooling": pooling, "dense_size": dense_size, "dropout": dropout,
        }  # fmt: skip
        self.pooling = pooling
        self.embedding = Embedding(
            alphabet, char_size=char_size, bigram_size=bigram_size, unknown_dropout=unknown_dropout
        )
        self.embedding_dropout = nn.Dropout(embedding_dropout)
        self.encoder = Encoder(
            self.embedding.size,
            cell=cell,
            hidden_sizes=hidden_sizes,
            bidirectional=bidirectional,
            forget_bias=forget_bias,
            layer_dropout=layer_dropout,
            variational_dropout=variational_dropout,
        )
        self.dropout = nn.Dropout(dropout)
        self.dense = nn.Linear(self.encoder.size, dense_size) if dense_size else None
        self.linear = nn.Linear(dense_size or self.encoder.size, len(labels))
        for layer in (self.linear, *([] if self.dense is None else [self.dense])):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def load_pretrained(self, vectors: Vectors) -> None:
        """Begin with pretrained vectors, and a first layer if there is one, as the tagger's net does."""
        self.embedding.load_pretrained(vectors, self.alphabet, std=None if vectors.layer else VECTOR_STD)
        if vectors.layer:
            self.encoder.load_pretrained(vectors.layer)

    def pool(self, hidden: Tensor, lengths: Tensor) -> Tensor:
        """One vector `[batch, size]` of the hidden states `[batch, time, size]` of each text."""
        if self.pooling == "last":
            last = hidden[torch.arange(len(hidden), device=hidden.device), lengths - 1]
            if not self.architecture["bidirectional"]:
                return last
            half = hidden.shape[2] // 2
            return torch.cat([last[:, :half], hidden[:, 0, half:]], 1)
        padding = (torch.arange(hidden.shape[1], device=hidden.device) >= lengths[:, None])[:, :, None]
        if self.pooling == "max":
            return hidden.masked_fill(padding, -torch.inf).amax(1)
        return hidden.masked_fill(padding, 0.0).sum(1) / lengths[:, None]

    def forward(self, code_points: Tensor, lengths: Tensor) -> Tensor:
        ids = self.embedding.ids(code_points, lengths)
        hidden = self.encoder(self.embedding_dropout(self.embedding(ids)), lengths)
        pooled = self.dropout(self.pool(hidden, lengths))
        if self.dense is not None:
            pooled = self.dropout(torch.relu(self.dense(pooled)))
        scores: Tensor = self.linear(pooled).float()
        return scores

    def parts(self) -> Parts:
        """Parameters of each part, counted."""
        groups: list[list[nn.Module | None]]
        groups = [[self.embedding.char], [self.embedding.bigram], [self.encoder], [self.dense, self.linear]]
        return Parts(*(sum(p.numel() for m in group if m is not None for p in m.parameters()) for group in groups))

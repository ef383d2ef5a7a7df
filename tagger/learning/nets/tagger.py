"""The net: code points to scores. Embeddings, stacked recurrent layers, and one of three heads."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ...decoding.transitions import FORBIDDEN
from ...errors import ModelError
from ...text.alphabet import Alphabet
from ...text.characters import SPACE
from ...text.scheme import Scheme
from ...text.sentence import Sentence
from ..resources.vectors import Vectors
from .embedding import VECTOR_STD, Embedding
from .encoder import CELLS, Cell, Encoder
from .heads import HEADS


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

    def load_pretrained(self, vectors: Vectors) -> None:
        """Set what was pretrained: vectors and, if it comes with them, the first layer, which wants them unscaled.
        Raises ModelError when they do not fit."""
        self.embedding.load_pretrained(vectors, self.alphabet, std=None if vectors.layer else VECTOR_STD)
        if vectors.layer:
            word = self.embedding.word
            self.encoder.load_pretrained(vectors.layer, n_new=0 if word is None else word.embedding_dim)

    def decode(self, sentence: Sentence, tags: NDArray[Any]) -> Sentence:
        """The words that tags `[time]` mark in the text of a sentence."""
        return self.scheme.decode(sentence.text, tags)

    def parts(self) -> Parts:
        """Parameters of each part, counted."""
        bigram = self.embedding.bigram
        modules = (self.embedding.char, bigram, self.encoder, self.head, self.standard, self.embedding.word)
        return Parts(*(sum(p.numel() for p in module.parameters()) if module else 0 for module in modules))

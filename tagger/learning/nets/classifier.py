"""Many to one: characters or words of a text to one score per label. An embedding and an encoder, pooled over time."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Self, get_args

import torch
from torch import Tensor, nn

from ...errors import ModelError
from ...text.alphabet import Alphabet
from ...text.reading import Padding, Unit
from ...text.vocabulary import Vocabulary
from ..resources.vectors import Vectors
from ..stored import StoredClassifier
from .embedding import VECTOR_STD, Embedding
from .encoder import Encoder
from .parts import Architecture, check_restorable, describe_parts, name_of, settings_of, with_settings
from .word_embedding import WordVectors

Pooling = Literal["last", "mean", "max"]


class LabelHead(nn.Module):
    """One vector `[batch, input_size]` for each text to scores `[batch, n_labels]`: a dense layer with ReLU
    (`dense_size`; 0: none), then the layer of scores, each after `dropout`.

    With `one_output` the layer has a single unit z for two labels. Their scores are 0 and z: of these softmax gives the
    second label the probability `σ(z)`, and cross-entropy is that of the sigmoid. Raises ModelError for a size below 0,
    and for one output for more than two labels.
    """

    def __init__(
        self, input_size: int, n_labels: int, *, dense_size: int = 0, dropout: float = 0.0, one_output: bool = False
    ) -> None:
        super().__init__()
        if dense_size < 0:
            raise ModelError(f"expected net.head.dense_size of 0 or more, got {dense_size}; 0 is for no dense layer")
        if one_output and n_labels != 2:
            raise ModelError(
                f"expected two labels for net.head.one_output=true, got {n_labels}; set net.head.one_output=false"
            )
        self.dense_size, self.dropout, self.one_output = dense_size, dropout, one_output
        self.drop = nn.Dropout(dropout)
        self.dense = nn.Linear(input_size, dense_size) if dense_size else None
        self.linear = nn.Linear(dense_size or input_size, 1 if one_output else n_labels)
        for layer in (self.linear, *([] if self.dense is None else [self.dense])):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, pooled: Tensor) -> Tensor:
        pooled = self.drop(pooled)
        if self.dense is not None:
            pooled = self.drop(torch.relu(self.dense(pooled)))
        scores: Tensor = self.linear(pooled)
        return torch.cat([torch.zeros_like(scores), scores], 1) if self.one_output else scores


class SequenceClassifier(nn.Module):
    """Code points `[batch, time]` and lengths `[batch]` (1 or more) to scores `[batch, n_labels]`; or, with
    `WordVectors` as its embedding, code points of words `[batch, time, n_chars]` and lengths in words.

    `pooling` makes one vector out of a text's hidden states: the `last` state of each direction (see
    `Encoder.final_states`), or their `mean` or `max` over time. Parts from outside this package take the place of
    `Embedding`, `Encoder` and `LabelHead` as in `CharTagger`. Raises ModelError for an unknown pooling and for fewer
    than two labels.
    """

    def __init__(
        self,
        embedding: Embedding | WordVectors,
        encoder: Encoder,
        head: LabelHead,
        labels: Sequence[str],
        *,
        pooling: Pooling = "max",
        embedding_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if pooling not in get_args(Pooling):
            raise ModelError(f"expected net.pooling to be one of {', '.join(get_args(Pooling))}, got {pooling!r}")
        if len(labels) < 2 or len(set(labels)) < len(labels):
            raise ModelError(f"expected two labels or more, each once, got {list(labels)[:10]}; check the corpus")
        self.alphabet, self.labels = embedding.alphabet, tuple(labels)
        self.pooling, self.embedding_dropout = pooling, embedding_dropout
        self.embedding = embedding
        self.dropout = nn.Dropout(embedding_dropout)
        self.encoder, self.head = encoder, head

    @classmethod
    def build(
        cls,
        known: Alphabet | Vocabulary,
        labels: Sequence[str],
        *,
        embedding: Callable[..., Embedding | WordVectors],
        encoder: Callable[[int], Encoder],
        head: Callable[[int, int], LabelHead],
        pooling: Pooling = "max",
        embedding_dropout: float = 0.0,
    ) -> Self:
        """The net for a corpus: each part is made with the sizes that the corpus and the part before it give. `known`
        are the characters of the corpus, or its words. Raises ModelError for an embedding of the other ones."""
        if isinstance(known, Vocabulary) != (name_of(embedding) == name_of(WordVectors)):
            unit = "words: choose net=word_classifier" if isinstance(known, Vocabulary) else "characters"
            raise ModelError(
                f"expected a net for a corpus of {unit}, got {name_of(embedding)} (data.unit says what is read)"
            )
        embedded = embedding(known)
        encoded = encoder(embedded.size)
        classified = head(encoded.size, len(labels))
        return cls(embedded, encoded, classified, labels, pooling=pooling, embedding_dropout=embedding_dropout)

    @classmethod
    def restore(cls, stored: StoredClassifier) -> Self:
        """The net that a checkpoint describes, with random weights. Raises ModelError for parts from outside."""
        architecture = stored.architecture
        own = {"pooling", "embedding_dropout"}
        embedding = Embedding if stored.words is None else WordVectors
        check_restorable(architecture, own, embedding, Encoder, LabelHead)
        return cls.build(
            stored.alphabet if stored.words is None else Vocabulary(stored.alphabet, stored.words),
            stored.labels,
            embedding=with_settings(embedding, architecture),
            encoder=with_settings(Encoder, architecture),
            head=with_settings(LabelHead, architecture),
            **{name: architecture[name] for name in own & architecture.keys()},
        )

    @property
    def architecture(self) -> Architecture:
        """The settings of all parts: with the weights, alphabet and labels enough to build the net again."""
        parts = {"encoder": self.encoder, "embedding": self.embedding, "head": self.head}
        return describe_parts(parts, (Encoder, Embedding, WordVectors, LabelHead)) | settings_of(self)

    @property
    def unit(self) -> Unit:
        """What a step of time is."""
        return "word" if isinstance(self.embedding, WordVectors) else "character"

    def load_pretrained(self, vectors: Vectors, *, freeze: bool = False) -> None:
        """Begin with pretrained vectors, and a first layer if there is one, as the tagger's net does. Raises ModelError
        for a net of words."""
        if isinstance(self.embedding, WordVectors):
            raise ModelError("expected data.vectors for a net of characters, got a net of words; leave them out")
        self.embedding.load_pretrained(vectors, std=None if vectors.layer else VECTOR_STD)
        if vectors.layer:
            self.encoder.load_pretrained(vectors.layer)
        for table in self.embedding.tables():
            table.requires_grad_(not freeze)

    def pool(self, hidden: Tensor, lengths: Tensor) -> Tensor:
        """One vector `[batch, size]` for each text out of its hidden states `[batch, time, size]`."""
        if self.pooling == "last":
            return self.encoder.final_states(hidden, lengths)
        padding = (torch.arange(hidden.shape[1], device=hidden.device) >= lengths[:, None])[:, :, None]
        if self.pooling == "max":
            return hidden.masked_fill(padding, -torch.inf).amax(1)
        return hidden.masked_fill(padding, 0.0).sum(1) / lengths[:, None]

    def forward(self, code_points: Tensor, lengths: Tensor) -> Tensor:
        if isinstance(self.embedding, WordVectors):
            vectors = self.embedding(code_points)
        else:
            vectors = self.embedding(self.embedding.ids(code_points, lengths))
        hidden = self.encoder(self.dropout(vectors), lengths)  # shape: [batch, time, encoder.size]
        scores: Tensor = self.head(self.pool(hidden, lengths)).float()
        return scores

    def describe(self, max_chars: int, metadata: Mapping[str, Any], *, padding: Padding = "none") -> StoredClassifier:
        """What a checkpoint of this net says beside its weights: `max_chars` and `padding` are those of its
        `TextReading`."""
        words = tuple(self.embedding.vocabulary.words) if isinstance(self.embedding, WordVectors) else None
        return StoredClassifier(self.alphabet, self.labels, self.architecture, max_chars, metadata, padding, words)

"""The tagger of given words: a vector for each word, then the encoder and heads of the tagger of texts."""

from collections.abc import Callable, Mapping
from typing import Any, Self

from numpy.typing import NDArray
from torch import Tensor, nn

from ...decoding.transitions import FORBIDDEN
from ...text.presegment import Presegmenter
from ...text.scheme import Scheme
from ...text.sentence import Sentence
from ...text.vocabulary import Vocabulary, tagged
from ..data.sentences import Batch
from ..resources.vectors import Vectors
from ..stored import StoredTagger
from .encoder import Encoder
from .heads import Head
from .parts import Architecture, check_restorable, describe_head, describe_parts, head_of, settings_of, with_settings
from .word_embedding import WordEmbedding


class GivenWordTagger(nn.Module):
    """Code points of words `[batch, time, n_chars]` and lengths in words `[batch]` to scores `[batch, time, n_scores]`.

    To the head, a sentence of words is what a text of one-character words is: every unit is a word, so all tags but
    `S-pos` are `FORBIDDEN`, unless the scheme is one of entities, which are spans of words. Parts from outside this
    package take the place of `WordEmbedding`, `Encoder` and `Head` as in `CharTagger`; the embedding has a
    `vocabulary`.
    """

    unit = "word"

    def __init__(
        self, embedding: WordEmbedding, encoder: Encoder, head: Head, *, embedding_dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.vocabulary, self.alphabet = embedding.vocabulary, embedding.vocabulary.alphabet
        self.scheme, self.embedding_dropout = head.scheme, embedding_dropout
        self.embedding = embedding
        self.dropout = nn.Dropout(embedding_dropout)
        self.encoder, self.head = encoder, head
        allowed = head.allowed()[0]
        if not self.scheme.outside:
            allowed[: head.blocks.single.start] = False
        self.register_buffer("allowed", allowed, persistent=False)
        self.allowed: Tensor

    @classmethod
    def build(
        cls,
        vocabulary: Vocabulary,
        scheme: Scheme,
        *,
        embedding: Callable[[Vocabulary], WordEmbedding],
        encoder: Callable[[int], Encoder],
        head: Callable[[int, Scheme], Head],
        embedding_dropout: float = 0.0,
    ) -> Self:
        """The net for a corpus: each part is made with the sizes that the corpus and the part before it give."""
        embedded = embedding(vocabulary)
        encoded = encoder(embedded.size)
        return cls(embedded, encoded, head(encoded.size, scheme), embedding_dropout=embedding_dropout)

    @classmethod
    def restore(cls, stored: StoredTagger) -> Self:
        """The net that a checkpoint describes, with random weights. Raises ModelError for parts from outside."""
        architecture = stored.architecture
        head = head_of(architecture)
        check_restorable(architecture, ("head", "embedding_dropout"), WordEmbedding, Encoder, head)
        return cls.build(
            Vocabulary(stored.alphabet, stored.words),
            stored.scheme,
            embedding=with_settings(WordEmbedding, architecture),
            encoder=with_settings(Encoder, architecture),
            head=head,
            embedding_dropout=architecture.get("embedding_dropout", 0.0),
        )

    @property
    def architecture(self) -> Architecture:
        """The settings of all parts: with the weights, vocabulary and scheme enough to build the net again."""
        parts = describe_parts({"encoder": self.encoder, "embedding": self.embedding}, (Encoder, WordEmbedding))
        return describe_head(self.head) | parts | settings_of(self)

    @property
    def extra_inputs(self) -> dict[str, int]:
        """Inputs beside code points and lengths (see `CharTagger`): none."""
        return {}

    def inputs(self, batch: Batch) -> tuple[Tensor, ...]:
        """What `forward` takes out of a batch."""
        return batch.chars, batch.lengths

    def forward(self, code_points: Tensor, lengths: Tensor) -> Tensor:
        hidden = self.encoder(self.dropout(self.embedding(code_points)), lengths)  # shape: [batch, time, encoder.size]
        scores: Tensor = self.head(hidden).float()
        return scores.masked_fill(~self.allowed, FORBIDDEN)

    def load_pretrained(self, vectors: Vectors, *, freeze: bool = False) -> None:
        """Begin with pretrained vectors of words, which training leaves as they are with `freeze`, and with
        `net.embedding.fixed_vectors` always. Raises ModelError when they do not fit."""
        self.embedding.load_pretrained(vectors)
        if freeze:
            self.embedding.word.weight.requires_grad_(False)

    def decode(self, sentence: Sentence, tags: NDArray[Any]) -> Sentence:
        """A sentence's words with the POS of their tags `[time]`."""
        return tagged(sentence, self.scheme, tags)

    def describe(self, presegmenter: Presegmenter, metadata: Mapping[str, Any]) -> StoredTagger:
        """What a checkpoint of this net says beside its weights."""
        words = tuple(self.vocabulary.words)
        return StoredTagger(
            self.alphabet, self.scheme, self.architecture, presegmenter, metadata, unit=self.unit, words=words
        )

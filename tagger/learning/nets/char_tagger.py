"""The tagger of texts: embedding, encoder and head, from code points to scores of tags."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ...decoding.transitions import FORBIDDEN
from ...text.alphabet import Alphabet
from ...text.characters import SPACE
from ...text.presegment import Presegmenter
from ...text.scheme import Scheme
from ...text.sentence import Sentence
from ..data.sentences import Batch
from ..resources.vectors import Vectors
from ..stored import StoredTagger
from .embedding import VECTOR_STD, Embedding, StandardEmbedding
from .encoder import Encoder
from .heads import CRFHead, Head
from .parts import Architecture, check_restorable, describe_head, describe_parts, head_of, settings_of, with_settings


class CharTagger(nn.Module):
    """Code points `[batch, time]` and lengths `[batch]` to scores `[batch, time, n_scores]`.

    Scores of tags that a character cannot have (words on whitespace, `O` elsewhere) are `FORBIDDEN`. With a `standard`
    embedding, a third input `[batch]` says which standard each sentence follows; the first one is the default.
    `embedding_dropout` drops single values between embedding and encoder.

    Parts from outside this package take the place of `Embedding`, `Encoder` and `Head` if they have what is used here:
    an embedding its `alphabet`, `size` and `ids`; an encoder its `size`; a head what `Head` promises.

    With an `entity_head` the net finds words and entities: the scores of both heads stand side by side, those of words
    first, and `split` takes them apart.
    """

    unit = "character"

    def __init__(
        self,
        embedding: Embedding,
        encoder: Encoder,
        head: Head,
        standard: StandardEmbedding | None = None,
        entity_head: Head | None = None,
        *,
        embedding_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.alphabet, self.scheme = embedding.alphabet, head.scheme
        self.embedding_dropout = embedding_dropout
        self.embedding, self.standard = embedding, standard
        self.dropout = nn.Dropout(embedding_dropout)
        self.encoder, self.head, self.entity_head = encoder, head, entity_head
        allowed = [head.allowed()] + ([entity_head.allowed()] if entity_head else [])
        self.register_buffer("allowed", torch.cat(allowed, 1), persistent=False)
        self.allowed: Tensor

    @classmethod
    def build(
        cls,
        alphabet: Alphabet,
        scheme: Scheme,
        standards: Sequence[str] = (),
        entity_scheme: Scheme | None = None,
        *,
        embedding: Callable[[Alphabet], Embedding],
        encoder: Callable[[int], Encoder],
        head: Callable[[int, Scheme], Head],
        entity_head: Callable[[int, Scheme], Head] = CRFHead,
        embedding_dropout: float = 0.0,
    ) -> Self:
        """The net for a corpus: each part is made with the sizes that the corpus and the part before it give. The
        `entity_head` is that of a corpus with entities beside its words, which has an `entity_scheme`."""
        embedded = embedding(alphabet)
        standard = StandardEmbedding(standards, embedded.size) if standards else None
        encoded = encoder(embedded.size)
        of_entities = entity_head(encoded.size, entity_scheme) if entity_scheme else None
        return cls(
            embedded,
            encoded,
            head(encoded.size, scheme),
            standard,
            of_entities,
            embedding_dropout=embedding_dropout,
        )

    @classmethod
    def restore(cls, stored: StoredTagger) -> Self:
        """The net that a checkpoint describes, with random weights. Raises ModelError for parts from outside."""
        architecture = stored.architecture
        head = head_of(architecture)
        names = ("head", "entity_head", "standards", "embedding_dropout")
        check_restorable(architecture, names, Embedding, Encoder, head)
        entity_head = head_of({"head": architecture["entity_head"]}) if stored.entity_scheme else CRFHead
        return cls.build(
            stored.alphabet,
            stored.scheme,
            architecture.get("standards", ()),
            stored.entity_scheme,
            embedding=with_settings(Embedding, architecture),
            encoder=with_settings(Encoder, architecture),
            head=head,
            entity_head=entity_head,
            embedding_dropout=architecture.get("embedding_dropout", 0.0),
        )

    @property
    def standards(self) -> tuple[str, ...]:
        """Names of the standards in the order of their numbers; none for a net of one standard."""
        return () if self.standard is None else self.standard.names

    @property
    def architecture(self) -> Architecture:
        """The settings of all parts: with the weights, alphabet and scheme enough to build the net again."""
        parts = describe_parts({"encoder": self.encoder, "embedding": self.embedding}, (Encoder, Embedding))
        standards: Architecture = {"standards": list(self.standards)} if self.standards else {}
        entities: Architecture = {}
        if self.entity_head is not None:
            entities = {"entity_head": describe_head(self.entity_head)["head"]}
        return describe_head(self.head) | parts | settings_of(self) | standards | entities

    @property
    def entity_scheme(self) -> Scheme | None:
        """The scheme of the entities of a net that finds these beside words."""
        return None if self.entity_head is None else self.entity_head.scheme

    def split(self, scores: Tensor) -> tuple[Tensor, Tensor | None]:
        """Scores `[…, n_scores]` as those of the words and those of the entities, if the net has both."""
        n_words = self.head.linear.out_features
        return scores[..., :n_words], None if self.entity_head is None else scores[..., n_words:]

    @property
    def extra_inputs(self) -> dict[str, int]:
        """Inputs of one number per sentence beside code points and lengths, by name: how many numbers there are."""
        return {"standards": len(self.standards)} if self.standards else {}

    def inputs(self, batch: Batch) -> tuple[Tensor | None, ...]:
        """What `forward` takes out of a batch."""
        return batch.chars, batch.lengths, batch.standards

    def forward(self, code_points: Tensor, lengths: Tensor, standards: Tensor | None = None) -> Tensor:
        ids = self.embedding.ids(code_points, lengths)
        vectors = self.dropout(self.embedding(ids))  # shape: [batch, time, embedding.size]
        if self.standard is not None:
            standards = lengths.new_zeros(len(lengths)) if standards is None else standards
            vectors = vectors + self.standard(standards)[:, None]
        hidden = self.encoder(vectors, lengths)  # shape: [batch, time, encoder.size]
        scores: Tensor = self.head(hidden).float()
        if self.entity_head is not None:
            scores = torch.cat([scores, self.entity_head(hidden).float()], 2)
        return torch.where(self.allowed[(ids == SPACE).long()], scores, FORBIDDEN)

    def load_pretrained(self, vectors: Vectors, *, freeze: bool = False) -> None:
        """Begin with pretrained vectors and, if it comes with them, the first layer, which wants them unscaled.

        With `freeze` training leaves the vectors as they are. Raises ModelError when they do not fit.
        """
        self.embedding.load_pretrained(vectors, std=None if vectors.layer else VECTOR_STD)
        if vectors.layer:
            self.encoder.load_pretrained(vectors.layer, n_new=self.embedding.lexicon_size)
        for table in self.embedding.tables():
            table.requires_grad_(not freeze)

    def copy_weights(self, old: "CharTagger") -> None:
        """Begin with the weights of a trained net of the same sizes, whose alphabet and standards this one extends;
        lexicon features, to a net that had none, have no effect at first. Its tags may be others. A head of another
        kind, and that of a net of entities which begins as one of words, stays new. The head of entities beside words
        begins as that of a net which finds entities."""
        n_new = self.embedding.size - old.embedding.size
        self.embedding.copy_weights(old.embedding)
        if self.standard is not None:
            self.standard.copy_weights(old.standard, n_new=n_new)
        self.encoder.copy_weights(old.encoder, n_new=n_new)
        if self.scheme.outside == old.scheme.outside and type(self.head) is type(old.head):
            self.head.copy_weights(old.head)
        old_entities = old.head if old.scheme.outside else old.entity_head
        if self.entity_head is not None and type(self.entity_head) is type(old_entities):
            self.entity_head.copy_weights(old_entities)

    def following(self, standard: str) -> "CharTagger":
        """The net that reads by one of this net's standards alone: its scores are those by `standard`."""
        architecture = {name: value for name, value in self.architecture.items() if name != "standards"}
        stored = StoredTagger(self.alphabet, self.scheme, architecture, entity_scheme=self.entity_scheme)
        net = CharTagger.restore(stored)
        net.copy_weights(self)
        if self.standard is not None:
            net.encoder.shift_inputs(self.standard.weight[self.standards.index(standard)])
        return net.eval()

    def decode(self, sentence: Sentence, tags: NDArray[Any]) -> Sentence:
        """The words that tags `[time]` mark in the text of a sentence."""
        return self.scheme.decode(sentence.text, tags)

    def describe(self, presegmenter: Presegmenter, metadata: Mapping[str, Any]) -> StoredTagger:
        """What a checkpoint of this net says beside its weights."""
        return StoredTagger(
            self.alphabet,
            self.scheme,
            self.architecture,
            presegmenter,
            metadata,
            unit=self.unit,
            entity_scheme=self.entity_scheme,
        )

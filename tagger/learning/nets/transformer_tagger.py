"""The tagger on a pretrained Transformer: a teacher, which is too large to tag with but labels text for students."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ...decoding.transitions import FORBIDDEN
from ...errors import ModelError
from ...text.alphabet import Alphabet
from ...text.presegment import Presegmenter
from ...text.scheme import Scheme
from ...text.sentence import WHITESPACE, Sentence
from ..data.sentences import Batch
from ..resources.vectors import Vectors
from ..stored import StoredTagger
from .embedding import StandardEmbedding
from .heads import Head
from .parts import Architecture, check_restorable, describe_head, head_of
from .transformer import Transformer, check_characters

NAMES = ("head", "cell", "hidden_sizes", "transformer", "masking", "standards")


class TransformerTagger(nn.Module):
    """Code points `[batch, time]` and lengths `[batch]` to scores `[batch, time, n_scores]`: what `CharTagger` is, with
    a pretrained Transformer in place of embedding and encoder.

    With a `standard` embedding, a third input `[batch]` says which standard each sentence follows: its vector is added
    to those of the tokens. `alphabet` is the corpus's; the Transformer has its own vocabulary.
    """

    unit = "character"

    def __init__(
        self, transformer: Transformer, alphabet: Alphabet, head: Head, standard: StandardEmbedding | None = None
    ) -> None:
        super().__init__()
        self.alphabet, self.scheme = alphabet, head.scheme
        self.transformer, self.head, self.standard = transformer, head, standard
        self.register_buffer("allowed", head.allowed(), persistent=False)
        self.register_buffer("spaces", torch.tensor([ord(char) for char in WHITESPACE]), persistent=False)
        self.allowed: Tensor
        self.spaces: Tensor

    @classmethod
    def build(
        cls,
        alphabet: Alphabet,
        scheme: Scheme,
        standards: Sequence[str] = (),
        entity_scheme: Scheme | None = None,
        *,
        source: str,
        head: Callable[[int, Scheme], Head],
        masking: float = 0.0,
    ) -> Self:
        """The net for a corpus on the encoder that `source` names, a folder or one on the Hugging Face Hub.

        Raises ModelError for an encoder that does not read characters, for lexicon features, and for a corpus with
        entities beside its words.
        """
        if entity_scheme is not None:
            raise ModelError("expected net=bilstm for data.task=joint_spans, got net=encoder, which has one head")
        if alphabet.words:
            raise ModelError(
                "expected no lexicon for net=encoder, which has no lexicon features; leave out data.lexicon, and init= "
                "of a net=bilstm"
            )
        transformer = Transformer.load(source, masking=masking)
        check_characters(transformer.vocabulary, alphabet.chars)
        return cls._of(transformer, alphabet, scheme, standards, head)

    @classmethod
    def _of(
        cls,
        transformer: Transformer,
        alphabet: Alphabet,
        scheme: Scheme,
        standards: Sequence[str],
        head: Callable[[int, Scheme], Head],
    ) -> Self:
        standard = StandardEmbedding(standards, transformer.vector_size) if standards else None
        return cls(transformer, alphabet, head(transformer.size, scheme), standard)

    @classmethod
    def restore(cls, stored: StoredTagger) -> Self:
        """The net that a checkpoint describes, with random weights. Raises ModelError for parts from outside."""
        architecture = stored.architecture
        head = head_of(architecture)
        check_restorable(architecture, NAMES, head)
        transformer = Transformer.restore(
            architecture["transformer"], stored.words, masking=architecture.get("masking", 0.0)
        )
        return cls._of(transformer, stored.alphabet, stored.scheme, architecture.get("standards", ()), head)

    @property
    def standards(self) -> tuple[str, ...]:
        """Names of the standards in the order of their numbers; none for a net of one standard."""
        return () if self.standard is None else self.standard.names

    @property
    def architecture(self) -> Architecture:
        """The settings of all parts: with the weights, vocabulary and scheme enough to build the net again."""
        n_layers = int(self.transformer.model.config.num_hidden_layers)
        sizes: Architecture = {"cell": "transformer", "hidden_sizes": [self.transformer.size] * n_layers}
        settings: Architecture = {"transformer": self.transformer.config, "masking": self.transformer.masking}
        standards: Architecture = {"standards": list(self.standards)} if self.standards else {}
        return describe_head(self.head) | sizes | settings | standards

    @property
    def extra_inputs(self) -> dict[str, int]:
        """Inputs beside code points and lengths, as those of `CharTagger`."""
        return {"standards": len(self.standards)} if self.standards else {}

    def inputs(self, batch: Batch) -> tuple[Tensor | None, ...]:
        """What `forward` takes out of a batch."""
        return batch.chars, batch.lengths, batch.standards

    def layers(self) -> list[list[nn.Parameter]]:
        """The pretrained weights by depth, from the input on: those of each layer, after those before the first."""
        return self.transformer.layers()

    def forward(self, code_points: Tensor, lengths: Tensor, standards: Tensor | None = None) -> Tensor:
        added = None
        if self.standard is not None:
            added = self.standard(lengths.new_zeros(len(lengths)) if standards is None else standards)
        hidden = self.transformer(code_points, lengths, added)
        scores: Tensor = self.head(hidden).float()
        return torch.where(self.allowed[torch.isin(code_points, self.spaces).long()], scores, FORBIDDEN)

    def load_pretrained(self, vectors: Vectors, *, freeze: bool = False) -> None:
        """Raises ModelError: the encoder is pretrained already."""
        raise ModelError("expected no vectors for net=encoder, which is pretrained already; leave data.vectors out")

    def copy_weights(self, old: Self) -> None:
        """Begin with the encoder of a trained net, and with its head if that has the same tags.

        The vector of a standard that both nets have is copied, and a new one is the mean of the old ones; a net without
        standards reads as the trained one does by its first. Raises ModelError for an encoder of another shape or
        vocabulary.
        """
        wanted, got = old.transformer.config, self.transformer.config
        if wanted != got or old.transformer.vocabulary != self.transformer.vocabulary:
            differ = [name for name in wanted | got if wanted.get(name) != got.get(name)] or ["vocabulary"]
            raise ModelError(
                f"expected the encoder of init= in net.source, got one with another {', '.join(differ)}; "
                "name the folder that the trained encoder began from"
            )
        self.transformer.load_state_dict(old.transformer.state_dict())
        if describe_head(old.head) == describe_head(self.head) and old.scheme.names == self.scheme.names:
            self.head.load_state_dict(old.head.state_dict())
        if old.standard is None:
            return
        with torch.no_grad():
            if self.standard is None:  # added to the vectors of all tokens
                self.transformer.model.get_input_embeddings().weight += old.standard.weight[0]
                return
            vectors = dict(zip(old.standards, old.standard.weight, strict=True))
            mean = old.standard.weight.mean(0)
            self.standard.weight.copy_(torch.stack([vectors.get(name, mean) for name in self.standards]))

    def decode(self, sentence: Sentence, tags: NDArray[Any]) -> Sentence:
        """The words that tags `[time]` mark in the text of a sentence."""
        return self.scheme.decode(sentence.text, tags)

    def describe(self, presegmenter: Presegmenter, metadata: Mapping[str, Any]) -> StoredTagger:
        """What a checkpoint of this net says beside its weights."""
        words = self.transformer.vocabulary
        return StoredTagger(
            self.alphabet, self.scheme, self.architecture, presegmenter, metadata, unit=self.unit, words=words
        )

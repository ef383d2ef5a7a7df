"""A character language model: scores of the next character given those before it, from the tagger's parts."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Protocol, Self

import torch
from torch import Tensor, nn

from ...errors import ModelError
from ...text.alphabet import Alphabet
from ...text.characters import PAD
from ..stored import StoredCharLM
from .embedding import Embedding
from .encoder import Encoder, States
from .parts import Architecture, check_restorable, describe_parts, with_settings


class MakeEmbedding(Protocol):
    """What makes an embedding that may be asked not to read the next character."""

    def __call__(self, alphabet: Alphabet, look_ahead: bool) -> Embedding: ...


class CharLM(nn.Module):
    """Character ids `[batch, time]` to scores of the character that follows each, `[batch, time, n_chars]`.

    The end of a line, and what lies before the first one, is PAD. The embedding reads only the bigram that ends in a
    character: the other one would give away the character to predict. Raises ModelError for an encoder of two
    directions, whose backward one would do so too.
    """

    def __init__(self, embedding: Embedding, encoder: Encoder) -> None:
        super().__init__()
        if encoder.bidirectional:
            raise ModelError(
                "expected net.encoder.bidirectional=false for a net that predicts the next character, got true; "
                "set it to false"
            )
        self.alphabet = embedding.alphabet
        self.embedding, self.encoder = embedding, encoder
        self.linear = nn.Linear(encoder.size, self.alphabet.n_chars)
        nn.init.xavier_uniform_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    @classmethod
    def build(cls, alphabet: Alphabet, *, embedding: MakeEmbedding, encoder: Callable[[int], Encoder]) -> Self:
        """The net for a corpus: each part is made with the sizes that the corpus and the part before it give."""
        embedded = embedding(alphabet, look_ahead=False)
        return cls(embedded, encoder(embedded.size))

    @classmethod
    def restore(cls, stored: StoredCharLM) -> Self:
        """The net that a checkpoint describes, with random weights. Raises ModelError for parts from outside."""
        architecture = {"bidirectional": False, **stored.architecture}
        check_restorable(architecture, (), Embedding, Encoder)
        embedding: Any = with_settings(Embedding, architecture)
        return cls.build(stored.alphabet, embedding=embedding, encoder=with_settings(Encoder, architecture))

    @property
    def architecture(self) -> Architecture:
        """The settings of all parts: with the weights and the alphabet enough to build the net again."""
        return describe_parts({"encoder": self.encoder, "embedding": self.embedding}, (Encoder, Embedding))

    def forward(self, ids: Tensor, states: States | None = None) -> tuple[Tensor, States]:
        """Scores, and the states after the last character, with which a call for the characters that follow begins."""
        return self._read(self.embedding(ids), states)

    def step(self, pair: Tensor, states: States) -> tuple[Tensor, States]:
        """Scores `[batch, n_chars]` after the last character of each pair `[batch, 2]`; the first was read before."""
        scores, states = self._read(self.embedding(pair)[:, 1:], states)
        return scores[:, -1], states

    def _read(self, vectors: Tensor, states: States | None) -> tuple[Tensor, States]:
        hidden, states_after = self.encoder.advance(vectors, states)
        scores: Tensor = self.linear(hidden).float()
        return scores, states_after

    def describe(self, forms: Mapping[int, str], context: int, metadata: Mapping[str, Any]) -> StoredCharLM:
        """What a checkpoint of this net says beside its weights."""
        return StoredCharLM(self.alphabet, self.architecture, forms, context, metadata)


@torch.inference_mode()
def sample(
    net: CharLM, prompt: Sequence[int], *, known: Collection[int], temperature: float, generator: torch.Generator
) -> Iterator[int]:
    """Ids that continue the prompt's, one after the other, without end, all from `known`.

    Each is drawn with the probabilities of the scores divided by `temperature`; at 0 it is the likeliest one.
    """
    mask = torch.full((net.alphabet.n_chars,), -torch.inf)
    mask[list(known)] = 0.0
    before = [PAD, *prompt]
    all_scores, states = net(torch.tensor([before]))
    scores = all_scores[:, -1]
    while True:
        scores = scores[0] + mask
        if temperature:
            # The largest score becomes 0 before the division: no temperature is too low.
            probabilities = torch.softmax((scores - scores.max()) / temperature, 0)
            id = int(torch.multinomial(probabilities, 1, generator=generator))
        else:
            id = int(scores.argmax())
        yield id
        before = [before[-1], id]
        scores, states = net.step(torch.tensor([before]), states)

"""A character language model: the next character given those before it, by the tagger's embeddings and layers."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from ...errors import ModelError
from ...text.alphabet import Alphabet
from ...text.characters import PAD
from .embedding import Embedding
from .encoder import CELLS, Cell, Encoder, Recurrent

States = list[Any]  # what each layer's cell remembers


class Parts(NamedTuple):
    """Number of parameters of each part."""

    char: int
    bigram: int
    encoder: int
    head: int


class CharLM(nn.Module):
    """Character ids `[batch, time]` to scores of the character that follows each, `[batch, time, n_chars]`.

    The end of a line, and what lies before the first one, is PAD. The bigram that is read is the one that ends in a
    character: the other one would give away what is to be found. Raises ModelError for options that make no net.
    """

    def __init__(
        self,
        alphabet: Alphabet,
        *,
        cell: Cell = "lstm",
        hidden_sizes: Sequence[int] = (256,),
        forget_bias: float = 1.0,
        char_size: int = 64,
        bigram_size: int = 64,
        layer_dropout: float = 0.0,
        variational_dropout: float = 0.0,
        unknown_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if cell not in CELLS:
            raise ModelError(f"expected net.cell to be one of {', '.join(CELLS)}, got {cell!r}")
        if not hidden_sizes or min(hidden_sizes) < 1 or char_size < 1 or bigram_size < 0:
            raise ModelError(
                "expected net.hidden_sizes with a size of 1 or more per layer, net.char_size of 1 or more and "
                f"net.bigram_size of 0 or more, got {list(hidden_sizes)}, {char_size} and {bigram_size}"
            )
        self.alphabet = alphabet
        self.architecture = {
            "cell": cell, "hidden_sizes": list(hidden_sizes), "forget_bias": forget_bias, "char_size": char_size,
            "bigram_size": bigram_size, "layer_dropout": layer_dropout, "variational_dropout": variational_dropout,
            "unknown_dropout": unknown_dropout,
        }  # fmt: skip
        self.embedding = Embedding(
            alphabet,
            char_size=char_size,
            bigram_size=bigram_size,
            unknown_dropout=unknown_dropout,
            look_ahead=False,
        )
        self.encoder = Encoder(
            self.embedding.size,
            cell=cell,
            hidden_sizes=hidden_sizes,
            bidirectional=False,
            forget_bias=forget_bias,
            layer_dropout=layer_dropout,
            variational_dropout=variational_dropout,
        )
        self.linear = nn.Linear(self.encoder.size, alphabet.n_chars)
        nn.init.xavier_uniform_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, ids: Tensor, states: States | None = None) -> tuple[Tensor, States]:
        """Scores, and the states after the last character: what a call with the characters that follow begins with."""
        return self._read(self.embedding(ids), states)

    def step(self, pair: Tensor, states: States) -> tuple[Tensor, States]:
        """Scores `[batch, n_chars]` after the last character of each pair `[batch, 2]`; the first was read before."""
        scores, states = self._read(self.embedding(pair)[:, 1:], states)
        return scores[:, -1], states

    def _read(self, x: Tensor, states: States | None) -> tuple[Tensor, States]:
        after: States = []
        for i, layer in enumerate(self.encoder.layers):
            x = self.encoder.locked(self.encoder.between(x) if i else x)
            assert isinstance(layer, Recurrent)
            x, state = layer.directions[0](x, None if states is None else states[i])
            after.append(state)
        scores: Tensor = self.linear(self.encoder.locked(x)).float()
        return scores, after

    def parts(self) -> Parts:
        """Parameters of each part, counted."""
        modules = (self.embedding.char, self.embedding.bigram, self.encoder, self.linear)
        return Parts(*(sum(p.numel() for p in module.parameters()) if module else 0 for module in modules))


@torch.inference_mode()
def sample(
    net: CharLM, prompt: Sequence[int], *, known: Collection[int], temperature: float, generator: torch.Generator
) -> Iterator[int]:
    """Ids that go on from the prompt's, one after the other, without end, all from `known`.

    Each is drawn with the probabilities of the scores divided by `temperature`; at 0 it is the likeliest one.
    """
    kept = torch.full((net.alphabet.n_chars,), -torch.inf)
    kept[list(known)] = 0.0
    before = [PAD, *prompt]
    all_scores, states = net(torch.tensor([before]))
    scores = all_scores[:, -1]
    while True:
        scores = scores[0] + kept
        if temperature:
            # The largest score becomes 0 before the division: no temperature is too low.
            chances = torch.softmax((scores - scores.max()) / temperature, 0)
            id = int(torch.multinomial(chances, 1, generator=generator))
        else:
            id = int(scores.argmax())
        yield id
        before = [before[-1], id]
        scores, states = net.step(torch.tensor([before]), states)

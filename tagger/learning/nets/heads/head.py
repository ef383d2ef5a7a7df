"""What a head is."""

from typing import Any

import torch
from torch import Tensor, nn

from ....decoding.decoders import Decoder, decoder
from ....decoding.transitions import FORBIDDEN
from ....text.scheme import Blocks, Scheme
from ..crf import in_blocks


def tag_shares(scheme: Scheme, old: Scheme) -> Tensor:
    """What part each old tag has in each tag, `[n_pos, n_old_pos]`: a tag that is an old one is that one alone, and any
    other one the mean of all old ones."""
    shares = torch.full((scheme.n_pos, old.n_pos), 1 / old.n_pos)
    for row, tag in enumerate(scheme.pos):
        if tag in old.pos:
            shares[row] = torch.eye(old.n_pos)[old.pos.index(tag)]
    return shares


class Head(nn.Module):
    """A linear layer to scores, a loss over them, and the decoder that reads them.

    The decoder is one of `tagger.decoding.decoders`, by its `kind`: a model file holds that name and the parameters. A
    head is made with `(input_size, scheme)`; `blocks` are the columns with which its scores begin, those of all tags of
    the scheme or of five tags without POS.
    """

    kind: str

    def __init__(self, input_size: int, n_scores: int, scheme: Scheme, blocks: Blocks) -> None:
        super().__init__()
        self.linear = nn.Linear(input_size, n_scores)
        nn.init.xavier_uniform_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)
        self.scheme, self.blocks = scheme, blocks
        starting = blocks.starting[1:] if scheme.outside else blocks.starting
        forbidden = torch.zeros(2, 2, n_scores, dtype=torch.bool)
        forbidden[1, :, torch.from_numpy(starting)] = True
        forbidden[:, 1, torch.from_numpy(blocks.closing[1:])] = True
        self.register_buffer("forbidden", forbidden, persistent=False)
        # By whether a word goes on before and after a character: O, B…, S… and E…, S…; O not where entities leave gaps.
        self.forbidden: Tensor

    def allowed(self) -> Tensor:
        """Which scores a character keeps, `[2, n_scores]`: row 0 for ordinary characters, row 1 for whitespace."""
        return torch.from_numpy(self.scheme.allowed())

    def forward(self, hidden: Tensor) -> Tensor:
        """`[batch, time, input_size]` to scores `[batch, time, n_scores]`."""
        scores: Tensor = self.linear(hidden)
        return scores

    def join(self, scores: Tensor, joined: Tensor) -> Tensor:
        """Scores under which there is no word boundary before the characters `joined [batch, time]`."""
        after = nn.functional.pad(joined[:, 1:], (0, 1))
        return scores.masked_fill(self.forbidden[joined.long(), after.long()], FORBIDDEN)

    def copy_weights(self, old: "Head") -> None:
        """Begin as a trained head of the same kind: a tag that both have keeps its scores, a new one has the mean of
        all of the old head, so that it begins and ends words as they do."""
        if self.scheme.pos == old.scheme.pos:
            self.load_state_dict(old.state_dict())
            return
        columns = self.spread(tag_shares(self.scheme, old.scheme))
        with torch.no_grad():
            self.linear.weight.copy_(columns @ old.linear.weight)
            self.linear.bias.copy_(columns @ old.linear.bias)

    def spread(self, shares: Tensor) -> Tensor:
        """`tag_shares` as the shares of the old head's columns in those of this one, `[n_scores, n_old_scores]`."""
        return in_blocks(shares, 4)

    def loss(self, scores: Tensor, tags: Tensor, lengths: Tensor, soft_targets: Tensor | None = None) -> Tensor:
        """Loss of tags `[batch, time]`, summed over each sentence: `[batch]`.

        `soft_targets [batch, time, n_tags]` are a teacher's probabilities of the tags at each character (Hinton et al.
        2015), and `tags` is the best legal sequence by them: the loss is then the expected loss under these
        probabilities, except for the transitions of a CRF, which are those of the best sequence.
        """
        raise NotImplementedError

    def partial_loss(self, scores: Tensor, tags: Tensor, allowed_tags: Tensor, lengths: Tensor) -> Tensor:
        """Negative log-probability of what is known of each sentence, `[batch]`.

        `allowed_tags [batch, time, n_tags]` are the tags that the annotation leaves; `tags [batch, time]` are those of
        fully known words, 0 elsewhere. Equal to `loss` where everything is known.
        """
        raise NotImplementedError

    def log_marginals(self, scores: Tensor, lengths: Tensor) -> Tensor:
        """Log-probability of each tag at each character of a text, `[batch, time, n_tags]`. Class weights need them; a
        head without them has no such method."""
        raise NotImplementedError

    def decoder_parameters(self) -> dict[str, Any]:
        """What the decoder's kind reads from a model file beside its name, as JSON values."""
        return {}

    def decoder(self) -> Decoder:
        return decoder(self.kind, self.decoder_parameters(), self.scheme)

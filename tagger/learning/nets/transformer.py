"""Pretrained Transformer encoders over characters: from a folder or the Hugging Face Hub, with `vocab.txt` and a token
for each character. `transformers` is imported only where a net is made."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ...errors import ModelError
from ...extras import needed_for
from ...text.characters import N_CODE_POINTS, PAGE, folding, pages_of
from ...text.sentence import WHITESPACE

CLS, PAD, SEP, UNKNOWN, MASK = SPECIALS = ("[CLS]", "[PAD]", "[SEP]", "[UNK]", "[MASK]")
BLANK = "▁"  # the token of whitespace, where a vocabulary has one
FULL_WIDTH = "，"  # a vocabulary of folded text lacks it
LEAST_KNOWN = 0.8  # of the characters of a corpus


def read_vocabulary(source: str) -> tuple[str, ...]:
    """The tokens of an encoder, in the order of their ids: the lines of its `vocab.txt`.

    Raises ModelError for an encoder without that file or without BERT's special tokens.
    """
    path = _find_file(source, "vocab.txt")
    tokens = tuple(path.read_text(encoding="utf-8").removesuffix("\n").split("\n"))
    if missing := [token for token in SPECIALS if token not in tokens]:
        raise ModelError(
            f"{path}: expected a vocabulary with {', '.join(SPECIALS)}, found no {', '.join(missing)}; choose an "
            "encoder with the layout of BERT"
        )
    return tokens


def _find_file(source: str, name: str) -> Path:
    """A file of an encoder, fetched if it lies on the Hub."""
    if Path(source).is_dir():
        if Path(source, name).is_file():
            return Path(source, name)
        raise ModelError(f"{source}: {_EXPECTED.format(name)}")
    with needed_for("encoders"):
        from transformers.utils import cached_file

    try:
        return Path(cached_file(source, name))
    except (OSError, ValueError) as error:
        raise ModelError(f"{source}: {_EXPECTED.format(name)} ({' '.join(str(error).split())})") from error


_EXPECTED = (
    "expected a folder, or the name of an encoder on the Hugging Face Hub, with {}, which lists a token for each "
    "character, found none; an encoder whose tokens are pieces of words has no place for the tags of characters"
)


def token_table(vocabulary: Sequence[str]) -> NDArray[np.int32]:
    """The token id of every code point, `[0x110000]`.

    Text is folded first if the vocabulary is one of folded text, which has no full-width comma. A character that is no
    token has the id of its folded or small form, else that of unknown ones.
    """
    ids = {token: id for id, token in enumerate(vocabulary)}
    unknown = ids[UNKNOWN]
    table = np.full(N_CODE_POINTS, unknown, np.int32)
    for token, id in ids.items():
        if len(token) == 1:
            table[ord(token)] = id
    capitals = np.arange(ord("A"), ord("Z") + 1)
    table[capitals] = np.where(table[capitals] == unknown, table[capitals + ord("a") - ord("A")], table[capitals])
    sources, targets = (np.array(codes) for codes in (list(folding()), list(folding().values())))
    plain, folded = table[sources], table[targets]
    first, second = (plain, folded) if FULL_WIDTH in ids else (folded, plain)
    table[sources] = np.where(first == unknown, second, first)
    table[[ord(char) for char in WHITESPACE]] = ids.get(BLANK, unknown)
    return table


def check_characters(vocabulary: Sequence[str], characters: Sequence[int]) -> None:
    """Raises ModelError for a vocabulary that lacks most of these code points: one of pieces of words."""
    unknown = token_table(vocabulary)[list(characters)] == vocabulary.index(UNKNOWN)
    if unknown.mean() > 1 - LEAST_KNOWN:
        raise ModelError(
            f"expected an encoder with a token for each character, got a vocabulary of {len(vocabulary)} tokens that "
            f"has {(~unknown).mean():.0%} of the corpus's characters; choose one that reads Chinese by characters"
        )


class Transformer(nn.Module):
    """Code points `[batch, time]` and lengths `[batch]` to hidden states `[batch, time, size]`, by a model of
    `transformers` and its `vocabulary`.

    In training, the share `masking` of the characters is read as `[MASK]`, so that the net learns to use their context.
    """

    def __init__(self, model: Any, vocabulary: Sequence[str], *, masking: float = 0.0) -> None:
        super().__init__()
        if not 0 <= masking < 1:
            raise ModelError(f"expected net.masking from 0 to below 1, got {masking}; 0.04 is usual")
        self.model, self.vocabulary, self.masking = model, tuple(vocabulary), masking
        if getattr(model, "pooler", None) is not None:
            model.pooler = None  # it would get no gradient
        self.size = int(model.config.hidden_size)
        self.vector_size = int(model.get_input_embeddings().embedding_dim)
        self.longest = int(getattr(model.config, "max_position_embeddings", 512)) - 2
        pages, cells = pages_of(token_table(vocabulary))
        for name, table in (("pages", pages), ("cells", cells)):
            self.register_buffer(name, torch.from_numpy(table).long(), persistent=False)
        self.pages: Tensor
        self.cells: Tensor
        self.cls, self.pad, self.sep, _, self.mask = map(self.vocabulary.index, SPECIALS)

    @classmethod
    def load(cls, source: str, *, masking: float = 0.0) -> Self:
        """The encoder in a folder or with a name on the Hub. Raises ModelError when there is none that fits."""
        vocabulary = read_vocabulary(source)
        with needed_for("encoders"):
            from transformers import AutoModel, logging

        logging.set_verbosity_error()
        logging.disable_progress_bar()
        try:
            model = AutoModel.from_pretrained(source, dtype=torch.float32)
        except (OSError, ValueError, RuntimeError) as error:
            raise ModelError(
                f"{source}: expected an encoder that transformers can load, it says: {' '.join(str(error).split())}"
            ) from error
        return cls(model.train(), vocabulary, masking=masking)

    @classmethod
    def restore(cls, config: Mapping[str, Any], vocabulary: Sequence[str], *, masking: float = 0.0) -> Self:
        """The encoder with this configuration, with random weights."""
        with needed_for("encoders"):
            from transformers import AutoConfig, AutoModel

        return cls(AutoModel.from_config(AutoConfig.for_model(**config)), vocabulary, masking=masking)

    @property
    def config(self) -> dict[str, Any]:
        """What `restore` makes the model from, as JSON holds it."""
        values: dict[str, Any] = json.loads(self.model.config.to_json_string(use_diff=False))
        values["model_type"] = self.model.config.model_type
        left_out = ("architectures", "dtype", "transformers_version", "_name_or_path")
        return {name: value for name, value in values.items() if name not in left_out}

    def layers(self) -> list[list[nn.Parameter]]:
        """The weights by depth: those before the first layer, then those of each layer."""
        n_layers = int(self.model.config.num_hidden_layers)
        stacks = [part for part in self.model.modules() if isinstance(part, nn.ModuleList) and len(part) == n_layers]
        layers = [list(layer.parameters()) for layer in stacks[0]] if stacks else []
        of_layers = {id(weight) for layer in layers for weight in layer}
        return [[weight for weight in self.model.parameters() if id(weight) not in of_layers], *layers]

    def tokens(self, code_points: Tensor, lengths: Tensor) -> Tensor:
        """Token ids `[batch, time + 2]`: `[CLS]`, the characters, `[SEP]`, then padding."""
        codes = code_points.long()
        ids = self.cells[self.pages[codes // PAGE] * PAGE + codes % PAGE]
        if self.training and self.masking:
            ids = ids.masked_fill(torch.rand(ids.shape, device=ids.device) < self.masking, self.mask)
        steps = torch.arange(ids.shape[1] + 1, device=ids.device)
        ids = nn.functional.pad(ids, (0, 1), value=self.pad)
        ids = torch.where(steps < lengths[:, None], ids, self.pad)
        ids = torch.where(steps == lengths[:, None], self.sep, ids)
        return nn.functional.pad(ids, (1, 0), value=self.cls)

    def forward(self, code_points: Tensor, lengths: Tensor, added: Tensor | None = None) -> Tensor:
        """Hidden states; `added [batch, vector_size]` is added to the vectors of all tokens of a sentence.

        Raises ModelError for a sentence that is longer than the encoder reads.
        """
        if code_points.shape[1] > self.longest:
            raise ModelError(
                f"expected sentences of at most {self.longest} characters, which is what the encoder reads, got one of "
                f"{code_points.shape[1]}; split it, or leave it out"
            )
        tokens = self.tokens(code_points, lengths)
        vectors = self.model.get_input_embeddings()(tokens)  # shape: [batch, time + 2, vector_size]
        if added is not None:
            vectors = vectors + added[:, None]
        read = (tokens != self.pad).long()
        hidden: Tensor = self.model(inputs_embeds=vectors, attention_mask=read).last_hidden_state
        return hidden[:, 1:-1]

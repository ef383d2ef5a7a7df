"""Pretrained encoders of a few kilobytes, with random weights, for tests of net=encoder."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tagger import corpus
from tagger.corpus import sample
from tagger.learning.nets.transformer import SPECIALS
from tagger.text.characters import folding


def needs_transformers() -> None:
    """Skips a test, or a module of tests, where the extra `encoder` is not installed."""
    pytest.importorskip("transformers", reason="transformers is not installed: pip install '.[encoder]'")


def sample_characters() -> str:
    """Those of the sample corpus, folded, and whitespace."""
    texts = (sentence.text for split in ("train", "dev") for sentence in corpus.read(sample.path(split)))
    return "▁" + "".join(sorted({char for text in texts for char in text.translate(folding()) if not char.isspace()}))


def write_encoder(
    folder: Path, characters: str, *, specials: Sequence[str] = SPECIALS, n_positions: int = 300, masked: bool = True
) -> Path:
    """A folder with a BERT of two layers of 8 whose vocabulary is `specials` and these characters."""
    from transformers import BertConfig, BertForMaskedLM, BertModel

    tokens = [*specials, *dict.fromkeys(characters)]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(tokens) + "\n", encoding="utf-8")
    config = BertConfig(
        vocab_size=len(tokens),
        hidden_size=8,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=n_positions,
        pad_token_id=1,
    )
    (BertForMaskedLM if masked else BertModel)(config).save_pretrained(folder)
    return folder

"""Settings that follow the size of the corpus, those that the configuration takes from its `recipe`, and a card."""

import logging
import math
from dataclasses import asdict
from typing import Any

from omegaconf import DictConfig, OmegaConf

from ..learning.data.tagging import TaggingData
from ..learning.recipe import Recipe, growth_for_card
from .composition import given_settings

log = logging.getLogger(__name__)
# The places where a configuration says ${recipe.NAME}, unless the user sets them.
PLACES = {
    "max_epochs": "trainer.max_epochs",
    "unknown_dropout": "net.embedding.unknown_dropout",
    "variational_dropout": "net.encoder.variational_dropout",
}
BATCH_SIZES = ("batch_chars", "batch_sentences", "batch_texts", "batch_windows")


def follow_size(cfg: DictConfig, data: object, *, new_head: bool = False) -> None:
    """Set the `recipe` of the configuration to that of the corpus's size, and log what it comes to.

    `new_head`: the head of a net that begins from a trained one has to learn anew. Values that the command line gives
    stay, as do all those of data for other nets than taggers of texts.
    """
    if not cfg.recipe.by_size or not isinstance(data, TaggingData):
        return
    found = asdict(Recipe.of_size(data.n_chars, continued=bool(cfg.init), new_head=new_head))
    given = given_settings()
    cfg.recipe.update({name: found[name] for name in PLACES if f"recipe.{name}" not in given})
    chosen = [f"{place}={OmegaConf.select(cfg, place)}" for place in PLACES.values() if _follows(cfg, place)]
    chosen += [f"data.batch_chars={data.batch_chars}"] if cfg.data.get("batch_chars") is None else []
    if chosen:
        head = " with a new head" if new_head else ""
        kind = f"a net that begins from {cfg.init}{head}" if cfg.init else "a new net"
        line = f"settings for {data.n_chars:,} training characters and {kind}: {', '.join(chosen)}"
        log.info(line)


def follow_card(cfg: DictConfig, data: Any) -> None:
    """Let batches and learning rate suit a card, if the trainer uses one, and log what they come to.

    Batches become larger (see `growth_for_card`), and the learning rate by the square root of that. What the command
    line gives stays: a size of batches leaves the rate too.
    """
    given, sizes = given_settings(), [name for name in BATCH_SIZES if hasattr(data, name)]
    on_card = cfg.recipe.for_card and cfg.trainer.get("accelerator") in ("gpu", "cuda")
    if not on_card or not sizes or given & {f"data.{name}" for name in sizes}:
        return
    chars = data.batch_chars if "batch_chars" in sizes else data.batch_windows * data.context
    growth = growth_for_card(chars, len(data.train_dataloader()))
    if growth == 1:
        return
    chosen = {f"data.{name}": round(growth * getattr(data, name)) for name in sizes}
    for name in sizes:
        setattr(data, name, chosen[f"data.{name}"])
    if "optimizer.lr" not in given and "lr" in cfg.optimizer:
        chosen["optimizer.lr"] = float(f"{cfg.optimizer.lr * math.sqrt(growth):.3g}")
    for place, value in chosen.items():
        OmegaConf.update(cfg, place, value)
    line = f"batches for a card, {growth:.1f} times as large: {', '.join(f'{a}={b}' for a, b in chosen.items())}"
    log.info(line)


def _follows(cfg: DictConfig, place: str) -> bool:
    """Whether a setting is taken from elsewhere."""
    group, _, name = place.rpartition(".")
    node = OmegaConf.select(cfg, group)
    return isinstance(node, DictConfig) and name in node and OmegaConf.is_interpolation(node, name)

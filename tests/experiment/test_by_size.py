"""What follows the size of the corpus in a configuration, what stays, and what is said of it."""

import logging

import pytest
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from tagger import cli
from tagger.errors import UsageError
from tagger.experiment import by_size
from tagger.experiment.by_size import PLACES, follow_card, follow_size
from tagger.experiment.overrides import check_types
from tagger.learning.recipe import Recipe

CARD = ["trainer=gpu", "data.repeats=12"]  # 548 batches of the sample corpus


def followed(*overrides: str, new_head: bool = False) -> tuple[DictConfig, Recipe]:
    """The configuration after the sample corpus has set its recipe, and the recipe of that size."""
    with initialize_config_dir(str(cli.CONF), version_base="1.3"):
        cfg = compose("train", ["run=/nowhere", *overrides])
    data = instantiate(cfg.data)
    data.setup()
    follow_size(cfg, data, new_head=new_head)
    return cfg, Recipe.of_size(data.n_chars, continued=bool(cfg.init), new_head=new_head)


@pytest.mark.parametrize(
    ("init", "new_head", "kind"),
    [
        ("null", False, "a new net"),
        ("zh-small", False, "a net that begins from zh-small"),
        ("zh-small", True, "a net that begins from zh-small with a new head"),
    ],
)
def test_what_is_not_set_follows(init: str, new_head: bool, kind: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    cfg, recipe = followed(f"init={init}", new_head=new_head)
    for name, place in PLACES.items():
        assert OmegaConf.select(cfg, place) == getattr(recipe, name)
    [line] = caplog.messages
    assert line.startswith(f"settings for 22,159 training characters and {kind}: ")
    assert f"trainer.max_epochs={recipe.max_epochs}, net.embedding.unknown_dropout=" in line


def test_what_is_set_stays(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    cfg, recipe = followed("trainer.max_epochs=3", "net.encoder.variational_dropout=0.1", "data.batch_chars=700")
    assert (cfg.trainer.max_epochs, cfg.net.encoder.variational_dropout) == (3, 0.1)
    assert cfg.net.embedding.unknown_dropout == recipe.unknown_dropout
    [line] = caplog.messages
    assert line.endswith(f"a new net: net.embedding.unknown_dropout={recipe.unknown_dropout}")


BARE = ["data.vectors=null", "data.lexicon=null", "data.soft_labels=null"]  # without files of other steps


@pytest.mark.parametrize("overrides", [["recipe.by_size=false"], ["experiment=zh_words_small", "data=sample", *BARE]])
def test_nothing_follows(overrides: list[str], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    cfg, _ = followed(*overrides, "data.batch_chars=600")
    assert cfg.trainer.max_epochs == (20 if "experiment" not in overrides[0] else 4)
    assert not caplog.messages


@pytest.mark.parametrize(
    ("overrides", "given", "wanted"),
    [
        (CARD, (), (8220, 438, 0.0074)),
        ([*CARD, "data.repeats=60"], (), (24_000, 1280, 0.0126)),
        (["trainer=gpu"], (), (705, 38, 0.00217)),
        (CARD, ("optimizer.lr",), (8220, 438, 0.002)),
        (CARD, ("data.batch_chars",), (600, 32, 0.002)),
        ([*CARD, "recipe.for_card=false"], (), (600, 32, 0.002)),
        (["data.repeats=12"], (), (600, 32, 0.002)),
    ],
)
def test_batches_and_rate_of_a_card(
    overrides: list[str],
    given: tuple[str, ...],
    wanted: tuple[float, ...],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(by_size, "given_settings", lambda: frozenset(given))
    with initialize_config_dir(str(cli.CONF), version_base="1.3"):
        cfg = compose("train", ["run=/nowhere", *overrides])
    data = instantiate(cfg.data)
    data.setup()
    follow_card(cfg, data)
    assert (data.batch_chars, data.batch_sentences, cfg.optimizer.lr) == wanted
    assert (cfg.data.batch_chars, cfg.data.batch_sentences) == wanted[:2]
    assert [line.partition(",")[0] for line in caplog.messages] == ["batches for a card"] * (wanted[0] != 600)


@pytest.mark.parametrize(("name", "size"), [("sample_text", "batch_windows"), ("opinions", "batch_texts")])
def test_batches_of_other_data_for_a_card(name: str, size: str) -> None:
    with initialize_config_dir(str(cli.CONF), version_base="1.3"):
        cfg = compose("train", ["run=/nowhere", "trainer=gpu", f"data={name}"])
    before = cfg.data[size] = 1
    data = instantiate(cfg.data)
    data.setup()
    follow_card(cfg, data)
    assert getattr(data, size) == cfg.data[size] > before


def test_a_setting_that_follows_has_the_type_of_what_it_follows() -> None:
    defaults = {"recipe": {"x": 0.2}, "net": {"x": "${recipe.x}"}}
    check_types({"net": {"x": 0.5}}, defaults)
    with pytest.raises(UsageError, match=r"net\.x: expected a number, as 0\.2 is, got 'abc'"):
        check_types({"net": {"x": "abc"}}, defaults)

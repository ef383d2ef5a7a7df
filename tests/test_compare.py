import csv
import json
import re
from pathlib import Path
from typing import Any

import models
import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from tagger import corpus
from tagger.corpus import sample
from tagger.errors import ModelError, TaggerError
from tagger.evaluation.comparison import Row
from tagger.experiment import comparison as module
from tagger.experiment import runs
from tagger.experiment.comparison import compare, series
from tagger.learning.recipe import Recipe

CONF = Path(__file__).parents[1] / "conf"
SMALL = [
    "net.encoder.hidden_sizes=[4]", "net.embedding.char_size=4", "net.embedding.bigram_size=2",
    "data.batch_chars=200", "trainer.max_epochs=1", "plots=false",
]  # fmt: skip


def config(*overrides: str) -> Any:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose("compare", overrides=list(overrides))


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("corpora")
    sentences = list(corpus.read(sample.path("dev")))
    corpus.write(sentences[:15], folder / "train.conllu")
    corpus.write(sentences[15:20], folder / "dev.conllu")
    return ["data=files", f"data.root={folder}", "data.train=train.conllu", "data.dev=dev.conllu"]


@pytest.mark.parametrize("study", [[], *([f"study={path.stem}"] for path in (CONF / "study").glob("*.yaml"))])
def test_every_comparison_composes_and_its_nets_have_names(study: list[str], tmp_path: Path) -> None:
    cfg = config(*study, f"run={tmp_path}")
    nets = module.nets_of(cfg)
    assert len(nets) >= 9
    for net in nets:
        own = module.configuration(cfg, net, 7, tmp_path)
        assert all(OmegaConf.select(own, name) == value for name, value in net.settings.items())
        assert (own.seed, own.run, own.export) == (7, str(tmp_path), False)


def test_nets_side_by_side_and_nothing_done_twice(
    corpora: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f"{{question: {question}, net.encoder.cell: [reference_gru]}}" for question in ("Cells", "Seeds")]
    nets = f"nets=[{', '.join(lines)}]"
    cfg = config(*SMALL, *corpora, nets, "seeds=[1,2]", f"run={tmp_path}", "data.test=dev.conllu")
    compare(cfg)
    told = capsys.readouterr()
    assert told.out.count("GRU, step by step, both directions, 4") == 4  # in two questions, on test and in the verdict
    assert told.err.count("\n") == 2  # a line for each run, and nothing of what training says
    rows = [Row(**values) for values in json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8"))]
    assert [row.seed for row in rows] == [1, 2]
    for row in rows:
        own = tmp_path / f"gru-step-by-step-both-directions-4_{row.seed}"
        found = series(own)
        assert row.f1 == max(found["val/joint_f1"])
        assert row.gradient_norms == found["train/gradient_norm"]
        assert len(row.gradient_norms) >= 2
        cfg_of_net = runs.configuration(own)
        assert (cfg_of_net.seed, cfg_of_net.net.encoder.cell) == (row.seed, "reference_gru")
        assert row.cpu_seconds > 0
        assert (row.characters_per_second is not None) == (row.seed == 1) == (own / "model.onnx").exists()
    gates, directions, h, x = 3, 2, 4, 4 + 2 * 2
    assert rows[0].encoder_parameters == directions * gates * (h * (h + x) + 2 * h)
    text = (tmp_path / "comparison.md").read_text(encoding="utf-8")
    assert "### Cells" in text
    assert "### Seeds" in text
    assert re.search(r"### Test: .*\n\n\|.*\|\n\|.*\|\n\| GRU, [^|]+\| [0-9.]+ \| [0-9.]+–[0-9.]+ \|", text)
    assert "Test: the best epochs on data.test, which chose nothing" in told.out
    assert "One seed says little" not in told.out
    assert len(list(csv.DictReader((tmp_path / "comparison.csv").read_text(encoding="utf-8").splitlines()))) == 2

    assert "<code>net.encoder.cell=reference_gru</code>" in runs.report(
        tmp_path / "gru-step-by-step-both-directions-4_1", split="dev", n_worst=1
    )

    monkeypatch.setattr(module, "train", lambda cfg, **_: pytest.fail("trained again"))
    compare(config(*SMALL, *corpora, nets, "seeds=[1,2]", f"run={tmp_path}"))  # without the test set
    told = capsys.readouterr()
    assert told.err.count("done before") == 2
    assert "data.test" not in told.out
    other = config(*SMALL, *corpora, nets, "seeds=[1,2]", f"run={tmp_path}", "optimizer.lr=0.1")
    with pytest.raises(TaggerError, match="expected a net trained with the present settings"):
        compare(other)


@pytest.mark.parametrize(
    ("words", "test"),
    [
        (["data=files", "data.train=a", "data.dev=a"], "data.test"),
        (
            ["data=several", "+data@data.parts.a=files", "data.parts.a.train=a", "data.parts.a.dev=a"],
            "data.parts.a.test",
        ),
    ],
)
def test_a_run_depends_on_no_test_set(words: list[str], test: str, tmp_path: Path) -> None:
    without, given, other = (
        module.plain(config(*words, f"run={tmp_path}", *more)) for more in ([], [f"{test}=b"], ["seed=2", "patience=1"])
    )
    assert without == given != other


def test_f1_over_the_size_of_the_corpus(corpora: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = models.SMALL
    nets = f"nets=[{{question: Size, data.share: [0.6, 4], init: [{model}]}}]"
    compare(config(*SMALL, *corpora, nets, f"run={tmp_path}", "data.share_seed=${seed}"))
    told = capsys.readouterr().out
    assert "Size: F1 over the size of the corpus" in told
    assert re.search(
        rf"(best|highest) on dev: from {model}, .* On dev it has .* over 5 sentences\): (no )?more than chance", told
    )
    assert "One seed says little" in told
    rows = [Row(**values) for values in json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8"))]
    assert [(row.label, row.sentences) for row in rows] == [
        (f"from {model}, 60 % of the sentences", 9),
        (f"from {model}, 4 sentences", 4),
    ]
    text = (tmp_path / "comparison.md").read_text(encoding="utf-8")
    assert text.startswith(f"### Size: F1 over the size of the corpus\n\n| sentences | from {model} |\n|")


@pytest.mark.parametrize(
    ("setting", "values", "verdict"),
    [
        ("optimizer.lr", "[0.02, 0.0001]", r"best on dev: .*, lr 0\.02; next: .*\): more than chance\.$"),
        (
            "data.share_seed",
            "[1, 2]",
            r"highest on dev: .*\): no more than chance, so neither is shown to be better\.$",
        ),
    ],
)  # of a whole corpus there is one share
def test_the_best_net_is_named_where_it_differs_by_more_than_chance(
    setting: str, values: str, verdict: str, corpora: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compare(config(*SMALL, *corpora, f"nets=[{{{setting}: {values}}}]", f"run={tmp_path}", "trainer.max_epochs=8"))
    assert re.search(verdict, capsys.readouterr().out, re.MULTILINE)


def test_a_net_whose_last_epoch_was_its_best_should_train_longer(
    corpora: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [*SMALL, *corpora, "nets=[{net.encoder.cell: [gru]}]", "data.task=seg", "optimizer.lr=0.02"]
    compare(config(*words, f"run={tmp_path}", "trainer.max_epochs=3", "+trainer.val_check_interval=0.5"))
    (row,) = [Row(**values) for values in json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8"))]
    f1 = row.f1_by_epoch
    assert (len(f1), row.epochs, row.best_epoch) == (6, 3, f1.index(max(f1)) // 2 + 1)
    said = "Train longer: the last epoch was the best of GRU, both directions, 4. " in capsys.readouterr().out
    assert said == row.still_improving == (max(f1) > max(f1[:-1]))


def test_epochs_follow_the_size_of_the_corpus(corpora: list[str], tmp_path: Path) -> None:
    words = [word for word in SMALL if not word.startswith("trainer.max_epochs")]
    compare(config(*words, *corpora, "nets=[{net.encoder.cell: [gru]}]", f"run={tmp_path}", "patience=100"))
    (row,) = json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8"))
    assert row["epochs"] == Recipe.of_size(0).max_epochs


def test_a_net_that_fails_is_a_row(corpora: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(cfg: Any, data: Any) -> float:
        raise ModelError("expected a finite loss, got nan")

    monkeypatch.setattr(module, "train", fail)
    compare(config(*SMALL, *corpora, "nets=[{net.encoder.cell: [rnn_relu]}]", f"run={tmp_path}"))
    (row,) = json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8"))
    assert (row["error"], row["word_f1"]) == ("expected a finite loss, got nan", None)


@pytest.mark.parametrize(
    ("nets", "message"),
    [
        ("[{net.cel: [lstm]}]", r"nets: expected settings of conf/train\.yaml, got 'net\.cel'"),
        ("[{name: a, net.encoder.forget_bias: [0.0, 2.0]}]", "different nets to have different names"),
        ("[]", "expected at least one net"),
    ],
)
def test_nets_that_are_none(corpora: list[str], tmp_path: Path, nets: str, message: str) -> None:
    with pytest.raises(TaggerError, match=message):
        compare(config(*SMALL, *corpora, f"nets={nets}", f"run={tmp_path}"))

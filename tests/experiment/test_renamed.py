"""Old names of settings on the command line: read under their present names, with a note that says what to write."""

from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from tagger.experiment.renamed import RENAMED, rename_overrides

CONF = Path(__file__).parents[2] / "conf"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("net.cell=gru", "net.encoder.cell=gru"),
        ("net.hidden_sizes=[128,64]", "net.encoder.hidden_sizes=[128,64]"),
        ("net.cell=lstm,gru", "net.encoder.cell=lstm,gru"),
        ("net.char_size=5", "net.embedding.char_size=5"),
        ("net.dropout=0.1", "net.head.dropout=0.1"),
        ("net.head=factored", "head=factored"),
        ("+net.word_size=0", "+net.embedding.word_size=0"),
        ("~data.taught", "~data.soft_labels"),
        ("data.parts.pku.keep_runs=false", "data.parts.pku.presegment=false"),
        ("keep_runs=false", "presegment=false"),
        ("embedding_rate=2", "rates.embedding=2"),
        (
            "nets=[{question: Cells, net.cell: [lstm, gru], net.bidirectional: [true]}]",
            "nets=[{question: Cells, net.encoder.cell: [lstm, gru], net.encoder.bidirectional: [true]}]",
        ),
    ],
)
def test_an_old_name_becomes_the_present_one(old: str, new: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert rename_overrides(["-m", old, "seed=2"]) == ["-m", new, "seed=2"]
    note = capsys.readouterr().err
    assert note.startswith("note: write ")
    assert note.count("\n") == 1


@pytest.mark.parametrize(
    "argument",
    [
        "net.embedding_dropout=0.1", "net.encoder.cell=gru", "net.pooling=max", "head=crf", "net=bilstm", "-m",
        "--help", "data.train=net.cell=gru", "keep_runs", "nets=[{net.encoder.cell: [gru]}]", "", "=",
        "hydra.run.dir=net.cell",
    ],
)  # fmt: skip
def test_other_arguments_stay_as_they_are(argument: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert rename_overrides([argument]) == [argument]
    assert capsys.readouterr().err == ""


def test_every_present_name_is_a_setting() -> None:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        configurations = [
            compose("train", overrides=["run=/nowhere", *overrides])
            for overrides in ([], ["net=word_bilstm"], ["experiment=classify"])
        ]
    for new in RENAMED.values():
        if new not in ("head", "presegment"):  # a choice, and an option of another command
            assert any(OmegaConf.select(cfg, new) is not None or "soft_labels" in new for cfg in configurations), new

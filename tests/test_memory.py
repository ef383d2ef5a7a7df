from pathlib import Path
from typing import Any

import pytest
import torch
from hydra import compose, initialize_config_dir

from tagger.errors import ModelError
from tagger.experiment.memory import Recall, forgetting_distance, learn, memory, recall_rates, sequences
from tagger.learning.nets.recurrent import CELLS, Cell

CONF = str(Path(__file__).parents[1] / "conf")


def config(*overrides: str) -> Any:
    with initialize_config_dir(CONF, version_base="1.3"):
        return compose("memory", overrides=list(overrides))


def test_a_sequence_is_a_symbol_fillers_and_the_question() -> None:
    found = sequences(50, 3, 4, torch.Generator().manual_seed(0))
    assert found.shape == (50, 5)
    assert set(found[:, 0].tolist()) == {0, 1, 2, 3}
    assert set(found[:, 1:4].flatten().tolist()) == {4, 5, 6, 7}
    assert set(found[:, 4].tolist()) == {8}


@pytest.mark.parametrize("cell", CELLS)
def test_untrained_nets_guess(cell: Cell) -> None:
    torch.manual_seed(0)
    net = Recall(cell, n_symbols=4, hidden_size=3)
    (share,) = recall_rates(net, [2], n=400, seed=0)
    assert 0.1 < share < 0.5


def test_a_net_learns_to_recall() -> None:
    torch.manual_seed(0)
    net = Recall("gru", n_symbols=3, hidden_size=12)
    learn(net, trained=3, steps=150, batch=16, lr=0.02, clip=1.0, seed=0)
    assert min(recall_rates(net, [1, 3], n=100, seed=5)) > 0.9


def test_where_a_net_forgets() -> None:
    assert forgetting_distance([1.0, 0.8, 0.5, 0.2], [1, 5, 10, 20], 0.125) == 10
    assert forgetting_distance([1.0, 0.9], [1, 5], 0.125) is None


def test_table_and_pictures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = ["hidden_size=4", "steps=2", "batch=2", "scored=5", "trained=2", "distances=[1,3]", "seeds=[1,2]"]
    memory(config(*small, "cells=[gru,lstm_no_forget]", f"output={tmp_path}"))
    printed = capsys.readouterr()
    assert "LSTM without forget gate" in printed.out
    assert [line.partition(", about ")[0] for line in printed.err.splitlines()] == [
        "GRU, seed 1: 1 of 4 nets done",
        "GRU, seed 2: 2 of 4 nets done",
        "LSTM without forget gate, seed 1: 3 of 4 nets done",
        "LSTM without forget gate, seed 2: 4 of 4 nets done",
    ]
    assert [line.endswith(" s left") for line in printed.err.splitlines()] == [True] * 3 + [False]
    assert torch.get_num_threads() == 1
    lines = (tmp_path / "memory.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "cell,seed,1,3"
    assert [line.rsplit(",", 2)[0] for line in lines[1:]] == ["gru,1", "gru,2", "lstm_no_forget,1", "lstm_no_forget,2"]
    assert {path.name for path in tmp_path.iterdir()} == {"memory.csv", "memory.svg", "memory.png"}


@pytest.mark.parametrize("wrong", ["cells=[lstmm]", "cells=[]", "distances=[0]", "trained=0", "n_symbols=1"])
def test_options_that_make_no_task(wrong: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="expected cells out of lstm"):
        memory(config(wrong, f"output={tmp_path}", "plots=false"))

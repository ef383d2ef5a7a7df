"""Vectors in, a number out: the series, its windows, the net beside torch's own layers, and its ONNX file."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from hydra import compose, initialize_config_dir
from onnx.reference import ReferenceEvaluator
from torch import nn

from tagger.corpus.series import MADE_COLUMNS, Scale, SeriesCorpus, made_series, read_table
from tagger.errors import CorpusError, ExportError
from tagger.experiment import training
from tagger.learning.checkpoint import load_regressor
from tagger.learning.data import SeriesData
from tagger.learning.export.regressor import build_regressor
from tagger.learning.nets import Encoder, SequenceRegressor

CONF = Path(__file__).parents[2] / "conf"


def test_windows_and_the_numbers_after_them(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,y\n" + "".join(f"{i},{10 * i}\n" for i in range(10)), encoding="utf-8")
    data = SeriesData(SeriesCorpus(path, target="y", dev_share=0.3), context=2, batch_windows=4)
    data.setup()
    assert data.scale == Scale([3.0, 30.0], [2.0, 20.0], 1)  # of 0 to 6
    [batch] = data.val_dataloader()
    assert batch.vectors.tolist() == [[[i, 10 * i], [i + 1, 10 * i + 10]] for i in (5, 6, 7)]
    assert (batch.targets.tolist(), batch.lengths.tolist()) == ([70, 80, 90], [2, 2, 2])
    found = [number for batch in data.train_dataloader() for number in batch.targets.tolist()]
    assert sorted(found) == [20, 30, 40, 50, 60]
    with pytest.raises(CorpusError, match="expected more than 7 rows for train, got 7"):
        SeriesData(data.corpus, context=7).setup()
    with pytest.raises(CorpusError, match=r"expected data\.target to be one of x, y, got 'z'"):
        replace(data.corpus, target="z").read()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x,y\n1,2\n3\n", r"a\.csv:3: expected 2 finite numbers, got '3'"),
        ("x\nnan\n", r"a\.csv:2: expected 1 finite numbers, got 'nan'"),
        ("x\none\n", r"a\.csv:2: expected 1 finite numbers, got 'one'"),
        ("x\n", r"a\.csv: expected a line of names and lines of numbers"),
    ],
)
def test_tables_that_are_none(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CorpusError, match=message):
        read_table(path)


def test_a_stack_is_torchs(tmp_path: Path) -> None:
    """Also in ONNX's own reference, row for row: it ignores lengths, so all rows are whole."""
    torch.manual_seed(0)
    sizes = (128, 64, 32, 8)
    net = SequenceRegressor.build(
        Scale((1.0,) * 5, (2.0,) * 5, 3), encoder=lambda n: Encoder(n, hidden_sizes=sizes, bidirectional=False)
    ).eval()
    # 4 (h (h + x) + 2 h) of each layer, and the 9 of Dense(1).
    inputs = (5, *sizes[:-1])
    wanted_size = sum(4 * (h * (h + x) + 2 * h) for x, h in zip(inputs, sizes, strict=True)) + 9
    assert sum(weight.numel() for weight in net.parameters()) == wanted_size
    vectors, lengths = torch.randn(3, 6, 5), torch.tensor([6, 6, 6])
    x = (vectors - 1) / 2
    for layer, n_inputs, size in zip(net.encoder.layers, inputs, sizes, strict=True):
        lstm = nn.LSTM(n_inputs, size, batch_first=True)
        lstm.load_state_dict(layer.directions[0].state_dict())  # type: ignore[union-attr, index]
        x, _ = lstm(x)
    wanted = 2 * net.linear(x[:, -1])[:, 0] + 1
    torch.testing.assert_close(net(vectors, lengths), wanted)
    feeds = {"vectors": vectors.numpy(), "lengths": lengths.int().numpy()}
    [found] = ReferenceEvaluator(build_regressor(net)).run(None, feeds)
    np.testing.assert_allclose(found, wanted.detach().numpy(), atol=1e-5)


@pytest.mark.filterwarnings("ignore:LSTM with projections")  # oneDNN has none, says torch
def test_a_projection_has_no_graph() -> None:
    net = SequenceRegressor.build(
        Scale((0.0,), (1.0,), 0), encoder=lambda n: Encoder(n, hidden_sizes=[4], projection=2, bidirectional=False)
    )
    assert net(torch.randn(2, 3, 1), torch.tensor([3, 1])).shape == (2,)
    with pytest.raises(ExportError, match=r"expected net\.encoder\.projection=0"):
        build_regressor(net)


def test_the_experiment(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["net.encoder.hidden_sizes=[16,8]", "data.made_rows=300", "trainer.max_epochs=8", "optimizer.lr=0.02"]
    with initialize_config_dir(str(CONF), version_base="1.3"):
        settings = ["experiment=regression", f"run={tmp_path}", "logger=none", "threads=1", *options]
        cfg = compose("train", overrides=settings)
    rmse = training.train(cfg)
    values = made_series(300).values[:, MADE_COLUMNS.index("sum")]
    assert rmse < values[240:].std()  # the guess of a mean
    assert "RMSE" in capsys.readouterr().out
    onnx.checker.check_model(str(tmp_path / "model.onnx"), full_check=True)
    assert load_regressor(tmp_path / "best.ckpt").net.encoder.hidden_sizes == (16, 8)

"""The language model: what it may see, its loss, that it learns, stops and goes on, and hands on its weights."""

from pathlib import Path
from typing import Any

import lightning
import numpy as np
import pytest
import torch
from nets import char_tagger

from tagger.corpus.raw import RawText
from tagger.errors import CorpusError, ModelError, UsageError
from tagger.learning.pretraining import language_model as lm
from tagger.learning.pretraining.language_model import AHEAD, LanguageModel, Pieces
from tagger.learning.resources.vectors import Vectors
from tagger.text.alphabet import Alphabet
from tagger.text.characters import CLASSES, code_points
from tagger.text.scheme import Scheme

TEXT = "我们今天去北京大学看朋友。他们明天也去北京。"
ALPHABET = Alphabet.fit([TEXT], bigram_min_count=1)
SETTINGS: dict[str, Any] = {
    "hidden_size": 6, "dropout": 0.0, "length": 8, "batch": 2, "n_samples": 8, "held_back": 0.1, "lr": 0.01,
    "threads": None, "max_epochs": 2, "max_chars": None, "seed": 1,
}  # fmt: skip


def model(**options: float) -> LanguageModel:
    torch.manual_seed(0)
    sizes = {"char_size": 5, "bigram_size": 4, "hidden_size": 6, "dropout": 0.0, "n_samples": 4096}
    return LanguageModel(ALPHABET, **(sizes | options))  # type: ignore[arg-type]


def vectors(path: Path) -> Path:
    generator = np.random.default_rng(0)
    chars = sorted(set(TEXT))
    bigrams = sorted({TEXT[i : i + 2] for i in range(len(TEXT) - 1)})
    tables = (generator.normal(size=(len(names), 4)).astype(np.float32) for names in (chars, bigrams))
    Vectors(chars, next(tables), bigrams, next(tables)).save(path)
    return path


def test_neither_direction_has_seen_what_it_predicts() -> None:
    net = model().eval()
    codes = torch.from_numpy(code_points(TEXT)[None].astype(np.int64))
    changed = codes.clone()
    place = 9
    changed[0, place] = ord("他")
    states = []
    for each in (codes, changed):
        ids = net.embedding.ids(each, torch.tensor([each.shape[1]]))
        backward = torch.arange(each.shape[1] - 1, -1, -1)[None]
        states.append(net.layer(net.embedding(ids), backward)[0])
    same = (states[0] == states[1]).reshape(len(TEXT), 2, 6).all(2)
    # The state that predicts `place` forwards stands AHEAD before it, and backwards AHEAD after it.
    assert same[: place - AHEAD + 1, 0].all()
    assert same[place + AHEAD :, 1].all()
    assert not same[place - AHEAD + 1 : place + AHEAD - 1].any()


def test_the_loss_is_the_mean_cross_entropy_and_its_sample_comes_near() -> None:
    net = model().eval()
    codes = torch.from_numpy(code_points(TEXT * 4)[None].astype(np.int64))
    full = float(net(codes).detach())
    ids = net.embedding.ids(codes, torch.tensor([codes.shape[1]]))
    backward = torch.arange(codes.shape[1] - 1, -1, -1)[None]
    hidden = net.layer(net.embedding(ids), backward)[0]
    losses = []
    for t in range(len(hidden)):
        for direction, at in ((0, t + AHEAD), (1, t - AHEAD)):
            if 0 <= at < len(hidden):
                state = net.project[direction](hidden[t, 6 * direction : 6 * direction + 6])
                losses.append(-(net.output.weight @ state).log_softmax(0)[ids[0, at]])
    assert full == pytest.approx(float(sum(losses).detach()) / len(losses), abs=1e-5)


def test_the_sampled_softmax_by_its_definition() -> None:
    net = model(n_samples=7)
    gold = torch.tensor([20, 21, 20, 22, 23, 20])
    states = torch.randn(len(gold), 5)
    torch.manual_seed(5)
    found = float(net.sampled_softmax(states, gold).detach())
    torch.manual_seed(5)
    drawn = gold[torch.randint(len(gold), (7,))].tolist()
    expected = {char: 7 * gold.tolist().count(char) / len(gold) for char in set(gold.tolist())}
    losses = []
    for state, right in zip(states, gold.tolist(), strict=True):
        weight = {char: float((net.output.weight[char] @ state).exp().detach()) / expected[char] for char in expected}
        others = sum(weight[char] for char in drawn if char != right)
        losses.append(-np.log(weight[right] / (weight[right] + others)))
    assert found == pytest.approx(np.mean(losses), abs=1e-5)


def test_rows() -> None:
    pieces = Pieces(np.arange(23, dtype=np.int32), 5)
    assert len(pieces) == 4
    assert pieces[[1, 3]].tolist() == [[5, 6, 7, 8, 9], [15, 16, 17, 18, 19]]


@pytest.mark.parametrize(
    ("asked", "has_card", "wanted"),
    [
        ("auto", False, "cpu"),
        ("auto", True, "cuda"),
        ("cpu", True, "cpu"),
        ("gpu", True, "cuda"),
        ("gpu", False, "got gpu and no GPU of CUDA; give auto"),
        ("tpu", True, "got tpu and a GPU of CUDA; give auto"),
    ],
)
def test_what_computes(asked: str, has_card: bool, wanted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: has_card)
    if "give" in wanted:
        with pytest.raises(UsageError, match=wanted):
            lm.choose_accelerator(asked)
    else:
        assert lm.choose_accelerator(asked) == wanted


def test_learning_stopping_and_going_on(tmp_path: Path) -> None:
    raw = tmp_path / "raw.txt"
    raw.write_text("".join(f"{TEXT[i % 7 :]}{i}\n" for i in range(30)), encoding="utf-8")
    settings = SETTINGS | {"vectors": str(vectors(tmp_path / "v.npz"))}
    text = RawText([raw], [])
    (tmp_path / "whole").mkdir()
    whole = lm.pretrain(text, tmp_path / "whole", **settings)
    assert set(whole.chars) == set(TEXT)
    assert whole.char_vectors.shape == (len(whole.chars), 4)

    class Stopped(Exception):  # noqa: N818
        pass

    class Stop(lightning.Callback):
        def on_train_batch_end(self, trainer, *_) -> None:  # type: ignore[no-untyped-def]
            if trainer.global_step == 20:
                trainer.save_checkpoint(tmp_path / "parts" / "last.ckpt")
                raise Stopped

    (tmp_path / "parts").mkdir()
    with pytest.raises(Stopped):
        lm.pretrain(text, tmp_path / "parts", **settings, callbacks=[Stop()])
    assert (tmp_path / "parts" / "last.ckpt").exists()
    again = lm.pretrain(text, tmp_path / "parts", **settings)
    assert np.array_equal(again.bigram_vectors, whole.bigram_vectors)
    assert all(np.array_equal(again.layer[name], whole.layer[name]) for name in whole.layer)

    whole.save(tmp_path / "lm.npz")
    learnt = Vectors.load(tmp_path / "lm.npz")
    alphabet = Alphabet.fit(["我去北京"]).widened(learnt.chars, learnt.bigrams)
    net = char_tagger(alphabet, Scheme(), hidden_sizes=[6, 3], char_size=4, bigram_size=4)
    net.load_pretrained(learnt)
    for name, weight in net.encoder.layers[0].named_parameters():
        assert np.array_equal(weight.detach().numpy(), whole.layer[name])
    id = len(CLASSES) + alphabet.chars.index(ord("京"))
    vector = whole.char_vectors[list(whole.chars).index("京")]
    assert net.embedding.char.weight[id].tolist() == pytest.approx(
        vector.tolist(), rel=2e-3, abs=1e-4
    )  # fp16, unscaled
    with pytest.raises(ModelError, match="expected a pretrained first layer of this net's shapes"):
        char_tagger(alphabet, Scheme(), hidden_sizes=[5], char_size=4, bigram_size=4).load_pretrained(learnt)
    with pytest.raises(CorpusError, match="expected raw text of at least 200 rows"):
        lm.pretrain(text, tmp_path / "parts", **settings | {"batch": 200})

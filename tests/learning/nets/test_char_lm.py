"""The character model: what it may see, how it is scored, and what it writes."""

import math
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from nets import char_lm

from tagger import corpus
from tagger.corpus import TextCorpus
from tagger.corpus.texts import texts
from tagger.errors import CorpusError, InputError, ModelError
from tagger.learning.checkpoint import TrainedCharLM
from tagger.learning.data.char_lm import CharData, WindowDataset, encode, forms
from tagger.learning.generation import score, write
from tagger.learning.nets.char_lm import CharLM, sample
from tagger.learning.nets.parts import count_parameters
from tagger.learning.nets.recurrent import CELLS, Cell
from tagger.text.alphabet import Alphabet
from tagger.text.characters import PAD
from tagger.text.sentence import Sentence

LINES = ["我喜欢北京，也喜欢上海。", "我去北京！", "ＡＢ 1"]
TEXT = "".join(f"{line}\n" for line in LINES)
ALPHABET = Alphabet.fit(LINES, bigram_min_count=1)


def make(**options: Any) -> CharLM:
    torch.manual_seed(0)
    net = char_lm(ALPHABET, **{"hidden_sizes": [7, 5], "char_size": 4, "bigram_size": 3} | options)
    for weight in net.parameters():
        torch.nn.init.normal_(weight, std=0.5)
    return net.eval().requires_grad_(False)


def trained(net: CharLM, context: int = 8) -> TrainedCharLM:
    return TrainedCharLM(net, forms(net.alphabet, TEXT), context, {})


@pytest.mark.parametrize("cell", CELLS)
def test_a_score_depends_on_what_came_before_and_on_nothing_else(cell: Cell) -> None:
    net = make(cell=cell)
    ids = torch.from_numpy(encode(ALPHABET, TEXT))[None]
    whole, _ = net(ids)
    for at in range(1, ids.shape[1]):
        changed = ids.clone()
        changed[:, at:] = 20
        assert torch.allclose(net(changed)[0][:, :at], whole[:, :at], atol=1e-6)
    changed = ids.clone()
    changed[:, 0] = 20
    assert not torch.allclose(net(changed)[0][:, 5], whole[:, 5])


@pytest.mark.parametrize("cell", CELLS)
def test_step_by_step_is_all_at_once(cell: Cell) -> None:
    net = make(cell=cell)
    ids = encode(ALPHABET, TEXT).tolist()
    whole, _ = net(torch.tensor([ids]))
    scores, states = net(torch.tensor([ids[:3]]))
    found = [*scores[0]]
    for pair in pairwise(ids[2:]):
        one, states = net.step(torch.tensor([pair]), states)
        found.append(one[0])
    assert torch.allclose(torch.stack(found), whole[0], atol=1e-5)


@given(st.lists(st.integers(1, 9), max_size=40), st.integers(1, 9), st.integers(0, 12))
def test_every_character_is_counted_once_with_what_came_before(ids: list[int], context: int, warm_up: int) -> None:
    dataset = WindowDataset(np.array(ids, np.int64), context=context, warm_up=warm_up)
    found = []
    stream = [PAD, *ids]
    for i, length in enumerate(dataset.lengths):
        (read,), (following,), (counted,) = (part.tolist() for part in dataset[[i]])
        assert len(read) == length
        assert read[1:] == following[:-1]
        new = [id for id, counts in zip(following, counted, strict=True) if counts]
        before = min(warm_up, len(found))
        assert stream[len(found) - before : len(found) + len(new)] == read
        found += new
    assert found == ids
    if len(dataset.lengths):
        batch = dataset[list(range(len(dataset.lengths)))]
        assert batch.following[batch.counted].tolist() == ids


@pytest.mark.parametrize("context", [3, 1000])
def test_perplexity_is_that_of_the_definition(context: int) -> None:
    net = make()
    ids = [PAD, *encode(ALPHABET, TEXT).tolist()]
    nats = []
    for end in range(1, len(ids)):
        start = (end - 1) // context * context
        read = torch.tensor([ids[max(0, start - context) : end]])
        nats.append(-float(torch.log_softmax(net(read)[0][0, -1], 0)[ids[end]]))
    values = score(trained(net, context), TEXT)
    assert values["n_characters"] == len(TEXT)
    assert values["perplexity"] == pytest.approx(math.exp(sum(nats) / len(nats)), rel=1e-4)
    assert values["bits_per_character"] == pytest.approx(math.log2(values["perplexity"]), rel=1e-6)
    assert 1 < values["unigram_perplexity"] <= len(set(TEXT))
    assert values["unknown"] == 0
    assert score(trained(net), "我龘")["unknown"] == 0.5
    with pytest.raises(InputError, match="expected some text"):
        score(trained(net), "")


def test_what_ids_look_like() -> None:
    found = forms(ALPHABET, TEXT + "龘\u3000")
    assert found[PAD] == "\n"
    assert found[int(encode(ALPHABET, ",")[0])] == "，"
    assert found[int(encode(ALPHABET, " ")[0])] == " "
    assert sorted("".join(found.values())) == sorted(set(TEXT))


def test_samples_follow_the_scores() -> None:
    net = make()
    known = forms(ALPHABET, TEXT)
    prompt = encode(ALPHABET, "我喜")
    scores = net(torch.tensor([[PAD, *prompt.tolist()]]))[0][0, -1]
    wanted = torch.full_like(scores, -torch.inf)
    wanted[list(known)] = scores[list(known)]
    generator = torch.Generator().manual_seed(0)
    drawn = [next(sample(net, prompt.tolist(), known=known, temperature=2.0, generator=generator)) for _ in range(400)]
    shares = torch.bincount(torch.tensor(drawn), minlength=len(scores)) / len(drawn)
    assert torch.allclose(shares, torch.softmax(wanted / 2, 0), atol=0.08)
    for temperature in (0, 1e-9):
        likeliest = sample(net, prompt.tolist(), known=known, temperature=temperature, generator=generator)
        ids = prompt.tolist()
        for id in islice(likeliest, 10):
            scores = net(torch.tensor([[PAD, *ids]]))[0][0, -1]
            assert id == max(known, key=lambda i: float(scores[i]))
            ids.append(id)


def test_texts_are_those_of_their_seed_and_keep_the_prompt() -> None:
    model = trained(make())
    texts = ["".join(write(model, "ＡＢ龘", length=30, temperature=1.0, seed=seed)) for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]
    assert [len(text) for text in texts] == [33] * 3
    assert texts[0].startswith("ＡＢ龘")
    assert "\n" not in list(write(model, "", length=500, temperature=1.0, seed=1, line=True))
    assert list(write(model, "我", length=0, temperature=1.0, seed=1)) == ["我"]
    assert len(list(write(model, "我你", length=9, temperature=1.0, seed=1))) == 10  # the prompt, then each character
    for length, temperature in ((-1, 1.0), (1, -0.1), (1, math.nan), (1, math.inf)):
        with pytest.raises(InputError, match="expected --length and --temperature of 0 or more"):
            next(write(model, "", length=length, temperature=temperature, seed=1))


def test_text_of_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("\ufeff一\u200b\r\n\n \u200b 二 三\n", encoding="utf-8")
    corpus.write([Sentence.from_forms(["四", "五"])], tmp_path / "b.conllu")
    (tmp_path / "README.md").write_text("no", encoding="utf-8")
    assert list(texts(tmp_path / "a.txt")) == ["一", "二 三"]
    assert list(texts(tmp_path)) == ["一", "二 三", "四五"]


def test_the_last_lines_are_held_out(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("".join(f"第{i}行\n" for i in range(40)), encoding="utf-8")
    data = CharData(TextCorpus("a.txt", root=tmp_path, dev_share=0.1), context=8)
    data.setup()
    assert data.text["dev"].split() == [f"第{i}行" for i in range(36, 40)]
    assert data.text["train"].split() == [f"第{i}行" for i in range(36)]
    n_train = sum(int(batch.counted.sum()) for batch in data.train_dataloader())
    n_dev = sum(int(batch.counted.sum()) for batch in data.val_dataloader())
    assert (n_train, n_dev) == tuple(len(data.text[split]) for split in ("train", "dev"))
    (tmp_path / "one.txt").write_text("一行\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"two lines of text or more, the last of which .* got 1"):
        CharData(TextCorpus("one.txt", root=tmp_path)).setup()
    with pytest.raises(CorpusError, match=r"data\.dev_share between 0 and 1, got 1"):
        TextCorpus("a.txt", dev_share=1)
    with pytest.raises(CorpusError, match=r"data\.context of 1 or more"):
        CharData(TextCorpus("a.txt"), context=0)


def test_options_that_make_no_net() -> None:
    assert sum(count_parameters(make()).values()) == sum(p.numel() for p in make().parameters())
    with pytest.raises(ModelError, match=r"net\.encoder\.cell to be one of lstm"):
        char_lm(ALPHABET, cell="lstmm")
    with pytest.raises(ModelError, match=r"net\.encoder\.hidden_sizes"):
        char_lm(ALPHABET, hidden_sizes=[])

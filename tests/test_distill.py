"""Teachers' probabilities against enumeration; what a student's loss makes of them; the way from file to file."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from distributions import distribution_of, scores_of
from nets import char_tagger
from oracles import legal_sequences

from tagger import distill
from tagger.corpus import Corpus
from tagger.distill import label, sample_texts, select_similar, sentences, tag_probabilities
from tagger.errors import CorpusError, ModelError
from tagger.learning.checkpoint import Trained
from tagger.learning.data.tagging import TaggingData
from tagger.learning.export import build, describe
from tagger.learning.nets.heads import HEADS
from tagger.learning.resources.soft_labels import SoftLabels
from tagger.tagging.tagger import Tagger, load
from tagger.text.alphabet import Alphabet
from tagger.text.presegment import NO_PRESEGMENTATION, Presegmenter
from tagger.text.scheme import Scheme

SCHEME = Scheme(("N", "V"))


def teacher(
    folder: Path, head: str, seed: int, scheme: Scheme = SCHEME, presegmenter: Presegmenter = NO_PRESEGMENTATION
) -> Path:
    torch.manual_seed(seed)
    net = char_tagger(Alphabet.fit(["我去北京"]), scheme, head=head, hidden_sizes=[4], char_size=4, bigram_size=0)
    for weight in net.parameters():
        torch.nn.init.normal_(weight, std=0.7)
    path = folder / f"{head}{seed}.onnx"
    onnx.save(build(net.eval(), describe(Trained(net, presegmenter, {}))), path)
    return path


def read(tagger: Tagger, text: str) -> np.ndarray:
    return tag_probabilities(tagger, [text])


def test_sentences_end_at_their_marks_and_have_the_lengths_wanted() -> None:
    split = list(sentences(["我去。你呢？“他也去！”好啊", "啊" * 30, " 好 "], shortest=2, longest=20))
    assert split == ["我去。", "你呢？", "“他也去！”好啊"]
    texts = [chr(0x4E00 + i) * (1 + i % 7) for i in range(50)]
    some = sample_texts(texts, 40, seed=1)
    assert some == sample_texts(texts, 40, seed=1) != sample_texts(texts, 40, seed=2)
    assert 40 <= sum(map(len, some)) < 47
    assert [len(text) for text in some] == sorted(map(len, some), reverse=True)
    assert sorted(sample_texts(texts, 10**9, seed=0)) == sorted(texts)


@pytest.mark.parametrize("head", ["crf", "softmax", "factored"])
def test_probabilities_are_those_of_enumeration(head: str, tmp_path: Path) -> None:
    tagger, text = load(teacher(tmp_path, head, 1)), "我去京"
    wanted = np.zeros((len(text), SCHEME.n_tags))
    for tags, probability in distribution_of(tagger.model.decoder, scores_of(tagger, text), 1.0).items():
        wanted[range(len(text)), tags] += probability
    assert read(tagger, text) == pytest.approx(wanted, abs=1e-5)


def test_runs_get_no_boundary_from_a_teacher(tmp_path: Path) -> None:
    tagger = load(teacher(tmp_path, "crf", 1, presegmenter=Presegmenter()))
    text = "去5999京"
    assert tagger.presegmenter.joined_mask(text)[2:5].all()
    begins = read(tagger, text)[:, [1, 2, 7, 8]].sum(1)  # B and S
    assert begins[2:5] == pytest.approx(0, abs=1e-6)
    assert begins[0] == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("head", HEADS)
def test_certain_shares_cost_what_gold_tags_do_and_doubt_is_linear(head: str) -> None:
    torch.manual_seed(0)
    made = HEADS[head](2, SCHEME)
    scores = torch.randn(2, 4, made.linear.out_features)
    lengths = torch.tensor([4, 3])
    paths = [torch.tensor([[1, 5, 7, 8], [8, 7, 7, 0]]), torch.tensor([[1, 5, 7, 8], [7, 8, 7, 0]])]
    first, second = (torch.nn.functional.one_hot(path, SCHEME.n_tags).float() for path in paths)
    certain = made.loss(scores, paths[0], lengths, first)
    assert certain.tolist() == pytest.approx(made.loss(scores, paths[0], lengths).tolist(), abs=1e-5)
    half = made.loss(scores, paths[0], lengths, (first + second) / 2)
    assert half.tolist() == pytest.approx(
        ((certain + made.loss(scores, paths[0], lengths, second)) / 2).tolist(), abs=1e-5
    )


def test_a_letter_without_a_share_costs_what_its_tag_does() -> None:
    torch.manual_seed(0)
    made = HEADS["factored"](2, SCHEME)
    scores, lengths = torch.randn(1, 2, made.linear.out_features), torch.tensor([2])
    path, other = torch.tensor([[1, 5]]), torch.tensor([[7, 7]])  # one word; two
    soft_targets = torch.nn.functional.one_hot(other, SCHEME.n_tags).float()
    letters = made.crf(scores[:, :, :5], torch.tensor([[1, 3]]), lengths, torch.eye(5)[None, [4, 4]])
    of_word = scores[0, 0, 5:7] + scores[0, 1, 7:9]
    wanted = letters + torch.nn.functional.cross_entropy(of_word, torch.tensor(0))
    assert made.loss(scores, path, lengths, soft_targets).tolist() == pytest.approx(wanted.tolist(), abs=1e-5)


@pytest.mark.parametrize("outside", [False, True])
def test_labels_of_several_teachers(outside: bool, tmp_path: Path) -> None:
    scheme = replace(SCHEME, outside=outside)  # words, or entities
    heads = [("crf", 1), ("factored", 2), ("crf", 3)]
    teachers = [load(teacher(tmp_path, head, seed, scheme)) for head, seed in heads]
    texts = ["我去京了", "去北京", "京"]
    alone = label(teachers[:1], texts, n_likeliest=9)
    for i, text in enumerate(texts):
        assert alone.soft_targets_of(i) == pytest.approx(read(teachers[0], text), abs=0.02)
    soft_labels = label(teachers, texts, n_likeliest=9)
    for i, text in enumerate(texts):
        mean = np.mean([read(tagger, text) for tagger in teachers], 0)
        assert soft_labels.soft_targets_of(i) == pytest.approx(mean, abs=0.02)
        logs = np.log(np.maximum(mean, 1e-30))
        score = {tags: logs[range(len(text)), tags].sum() for tags in legal_sequences(scheme, len(text))}
        assert tuple(soft_labels.tags_of(i)) == max(score, key=score.__getitem__)
    twice, weighted = label([teachers[0], *teachers], texts), label(teachers, texts, weights=[2, 1, 1])
    assert weighted.soft_targets_of(0) == pytest.approx(twice.soft_targets_of(0), abs=1e-3)
    assert label(teachers, texts, n_likeliest=2).soft_targets_of(0).sum(1) == pytest.approx(1, abs=1e-2)
    soft_labels.save(tmp_path / "t.npz")
    again = SoftLabels.load(tmp_path / "t.npz")
    assert (again.scheme, list(again.texts)) == (scheme, texts)
    assert np.array_equal(again.soft_targets_of(1), soft_labels.soft_targets_of(1))
    other = load(teacher(tmp_path, "crf", 4, Scheme(("N",))))
    with pytest.raises(ModelError, match="expected one or more teachers with the same tags"):
        label([teachers[0], other], texts)
    (tmp_path / "t.npz").write_bytes(b"")
    with pytest.raises(CorpusError, match=r"expected text that tagger\.distill labelled"):
        SoftLabels.load(tmp_path / "t.npz")


def test_no_file_gives_more_than_its_share(tmp_path: Path) -> None:
    path = teacher(tmp_path, "crf", 1, Scheme(("NOUN", "VERB")))
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "large.txt").write_text("".join(f"第{i}条\n" for i in range(100, 200)), encoding="utf-8")
    (tmp_path / "raw" / "small.txt").write_text("我去北京。\n第100条\n", encoding="utf-8")
    output = tmp_path / "t.npz"
    options = ["-m", path, "--shortest", "2", "--per-file", "50", "-o", output]
    assert distill.main([str(part) for part in (tmp_path / "raw", *options)]) == 0
    texts = SoftLabels.load(output).texts
    assert "我去北京。" in texts
    assert 10 <= len(set(texts)) == len(texts) <= 12


def test_the_command_and_a_student_of_its_file(tmp_path: Path) -> None:
    path = teacher(tmp_path, "crf", 1, Scheme(("NOUN", "VERB")))
    (tmp_path / "raw.txt").write_text("我去北京。他也去吗？\n我去北京。\n北京大学在这里\n", encoding="utf-8")
    (tmp_path / "dev.seg").write_text("北京 大学 在 这里\n", encoding="utf-8")
    raw, dev, output = tmp_path / "raw.txt", tmp_path / "dev.seg", tmp_path / "t.npz"
    options = ["-m", path, "--held-out", dev, "--overlap", 6, "--shortest", 2, "-o", output]
    command = [sys.executable, "-m", "tagger.distill", raw, *options]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True)
    assert done.stdout == f"{output}\n"
    assert "1 lines left out that overlap held-out text" in done.stderr
    soft_labels = SoftLabels.load(tmp_path / "t.npz")
    assert sorted(soft_labels.texts) == ["他也去吗?", "我去北京。"]
    (tmp_path / "a.slash").write_text("我/NOUN 去/VERB 北京/NOUN\n", encoding="utf-8")
    gold = Corpus("a.slash", "a.slash", root=tmp_path)
    data = TaggingData(gold, soft_labels=str(tmp_path / "t.npz"), gold_repeats=2)
    data.setup()
    batches = list(data.train_dataloader())
    assert sorted(s.text for batch in batches for s in batch.sentences) == sorted(
        ["我去北京"] * 2 + [*soft_labels.texts]
    )
    for batch in batches:
        assert batch.soft_targets is not None
        for row, length in enumerate(batch.lengths.tolist()):
            assert batch.soft_targets[row, :length].sum(1) == pytest.approx(1, abs=1e-2)
    assert next(iter(data.val_dataloader())).soft_targets is None
    (tmp_path / "b.slash").write_text("我/X 去/X 北京/NOUN\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"expected data\.soft_labels with the tags of data\.train"):
        TaggingData(replace(gold, train="b.slash"), soft_labels=str(tmp_path / "t.npz")).setup()


def test_what_is_like_a_corpus_is_taken_first() -> None:
    law, talk = [f"第{n}条规定如下。" for n in "一二三四五六七八"], [f"我{verb}你好吗？" for verb in "说看问听爱想叫找"]
    chosen = select_similar(law[4:] + talk[4:], 20, talk[:4], seed=1)
    assert set(chosen) <= set(talk)
    assert 20 <= sum(map(len, chosen)) < 27
    assert [len(text) for text in chosen] == sorted(map(len, chosen), reverse=True)
    assert np.unique(select_similar(law + talk, 10**6, talk, seed=1)).tolist() == sorted(law + talk)
    with pytest.raises(CorpusError, match="expected sentences that the raw text should be like, got none"):
        select_similar(law, 30, [], seed=1)

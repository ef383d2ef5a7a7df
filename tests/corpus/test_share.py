from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.corpus.corpora import Corpus
from tagger.corpus.labelled import LabelledCorpus
from tagger.corpus.share import draw_share
from tagger.errors import CorpusError


@pytest.mark.parametrize(
    ("n", "share", "wanted"),
    [(10, 1.0, 10), (10, 0.5, 5), (10, 0.25, 2), (10, 0.001, 1), (10, 3, 3), (0, 0.5, 0), (0, 7, 0)],
)
def test_how_many_items_a_share_is(n: int, share: float, wanted: int) -> None:
    assert len(draw_share(range(n), share, seed=0)) == wanted


@given(st.integers(2, 60), st.floats(0.01, 1), st.floats(0.01, 1), st.integers(0, 99))
def test_a_smaller_share_is_part_of_a_larger_one_in_order(n: int, one: float, other: float, seed: int) -> None:
    small, large = (draw_share(range(n), share, seed) for share in sorted((one, other)))
    assert set(small) <= set(large) <= set(range(n))
    assert small == sorted(small)
    assert large == draw_share(range(n), max(one, other), seed)


def test_seeds_draw_different_items() -> None:
    assert len({tuple(draw_share(range(100), 10, seed)) for seed in range(20)}) == 20


def test_only_train_is_shared(tmp_path: Path) -> None:
    sentences = [f"我/PRON 来/VERB {i}/NUM\n" for i in range(10)]
    (tmp_path / "a.slash").write_text("".join(sentences[:5]), encoding="utf-8")
    (tmp_path / "b.slash").write_text("".join(sentences[5:]), encoding="utf-8")
    partial = tmp_path / "c.partial"
    partial.write_text("".join(f"[公园/NOUN]里{i}\n" for i in range(10)), encoding="utf-8")
    files = {"train": ["a.slash", "b.slash"], "dev": "a.slash", "partial": "c.partial", "root": tmp_path}
    corpus = Corpus(**files, share=0.4, share_seed=1)  # type: ignore[arg-type]
    assert [len(corpus.read(split)) for split in ("train", "dev")] == [4, 5]
    assert len(corpus.read_partial()) == 4
    assert len(corpus.vocabulary() or ()) == 3 + 4  # 我, 来, 公园, and the numbers of the share

    table = tmp_path / "labelled.csv"
    table.write_text("text,label\n" + "".join(f"t{i},{'ab'[i % 2]}\n" for i in range(20)), encoding="utf-8")
    whole, few = (LabelledCorpus(train=table, share=share) for share in (1.0, 5))
    assert (len(whole.read("train")), len(few.read("train"))) == (18, 5)
    assert few.read("dev") == whole.read("dev")


@pytest.mark.parametrize(("n", "share", "n_dev"), [(10, 0.1, 1), (10, 0.3, 3), (10, 0.01, 1), (2, 0.9, 1)])
def test_a_share_of_train_is_dev(tmp_path: Path, n: int, share: float, n_dev: int) -> None:
    sentences = [f"我/PRON 来/VERB {i}/NUM\n" for i in range(n)]
    (tmp_path / "all.slash").write_text("".join(sentences), encoding="utf-8")
    train, dev = (Corpus("all.slash", root=tmp_path, dev_share=share).read(split) for split in ("train", "dev"))
    assert len(dev) == n_dev
    assert {s.text for s in train}.isdisjoint(s.text for s in dev)
    assert {s.text for s in (*train, *dev)} == {f"我来{i}" for i in range(n)}
    seeds = (Corpus("all.slash", root=tmp_path, dev_share=share, split_seed=seed) for seed in range(9))
    assert len({tuple(s.text for s in corpus.read("dev")) for corpus in seeds}) > 1
    half = Corpus("all.slash", root=tmp_path, dev_share=share, share=0.5)
    assert (half.read("dev"), len(half.read("train"))) == (dev, max(1, round(len(train) / 2)))


def test_what_cannot_be_held_out(tmp_path: Path) -> None:
    (tmp_path / "one.slash").write_text("我/PRON\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"two sentences or more in data\.train for data\.dev_share=0\.1, got 1"):
        Corpus("one.slash", root=tmp_path, dev_share=0.1).read("dev")
    with pytest.raises(CorpusError, match=r"expected data\.dev or data\.dev_share"):
        Corpus("one.slash", "one.slash", dev_share=0.1)
    with pytest.raises(CorpusError, match=r"data\.dev_share of 0 to below 1, got 1"):
        Corpus("one.slash", dev_share=1)


@pytest.mark.parametrize("share", [0, -0.1, 1.5, float("nan"), float("inf"), True])
def test_shares_that_are_none(share: float) -> None:
    with pytest.raises(CorpusError, match=r"data.share above 0 and up to 1, or a whole number"):
        Corpus(share=share)


def test_more_sentences_than_there_are() -> None:
    with pytest.raises(CorpusError, match=r"expected data\.share of at most 3 sentences, got 4"):
        draw_share("abc", 4, seed=0)

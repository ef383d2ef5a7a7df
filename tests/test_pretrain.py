"""Raw text that holds nothing of dev and test; vectors that land where they belong."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from nets import char_tagger

from tagger import pretrain
from tagger.corpus import Corpus
from tagger.corpus.raw import RawText
from tagger.errors import CorpusError, ModelError
from tagger.learning.data.tagging import TaggingData
from tagger.learning.nets.embedding import VECTOR_STD
from tagger.learning.resources.vectors import Vectors, principal
from tagger.text.alphabet import Alphabet
from tagger.text.characters import CLASSES, PAD
from tagger.text.scheme import Scheme

VECTORS = Vectors(
    ["北", "京", "龙", " "],
    np.arange(12, dtype=np.float32).reshape(4, 3),
    ["北京", "京龙", "龙龙", "北 "],
    np.arange(8, dtype=np.float32).reshape(4, 2),
)


def test_lines_come_once_folded_and_without_what_is_held_out(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("０１２３４５６７\n北京\n\n北京\n今天天气很好啊\n", encoding="utf-8")
    text = RawText([tmp_path / "a.txt"], ["明天天气很好"], overlap=4)
    for _ in range(2):
        assert list(text) == ["01234567", "北京"]
        assert (text.n_lines, text.n_chars, text.repeated, text.dropped) == (2, 10, 1, 1)
    assert len(list(RawText([tmp_path / "a.txt"], ["明天天气很好"], overlap=6))) == 3
    assert list(RawText([tmp_path / "a.txt"], ["北京 ", "今天"], overlap=6)) == ["01234567", "今天天气很好啊"]


def test_a_wider_alphabet_keeps_its_ids() -> None:
    alphabet = Alphabet.fit(["北京北京"], bigram_min_count=1)
    wider = alphabet.widened(VECTORS.chars, VECTORS.bigrams)
    assert wider.chars == (*alphabet.chars, ord("龙"))
    assert wider.bigrams[: len(alphabet.bigrams)] == alphabet.bigrams
    ids = {char: wider.ids(np.array([ord(char)]))[0] for char in "北京龙"}
    assert wider.bigrams[len(alphabet.bigrams) :] == ((ids["京"], ids["龙"]), (ids["龙"], ids["龙"]))


def test_vectors_land_on_their_characters_and_bigrams() -> None:
    alphabet = Alphabet.fit(["北京北天"], bigram_min_count=1).widened(VECTORS.chars, VECTORS.bigrams)
    net = char_tagger(alphabet, Scheme(), hidden_sizes=[2], char_size=3, bigram_size=2)
    untouched = net.embedding.char.weight[len(CLASSES) + alphabet.chars.index(ord("天"))].clone()
    net.embedding.load_pretrained(VECTORS, std=0.5)
    scale = 0.5 / VECTORS.char_vectors.std()
    for char, vector in zip("北京龙", VECTORS.char_vectors, strict=False):
        id = len(CLASSES) + alphabet.chars.index(ord(char))
        assert net.embedding.char.weight[id].tolist() == pytest.approx((vector * scale).tolist())
    assert torch.equal(net.embedding.char.weight[len(CLASSES) + alphabet.chars.index(ord("天"))], untouched)
    assert not net.embedding.char.weight[PAD].any()
    ids = torch.from_numpy(alphabet.ids(np.array([[ord("京"), ord("龙")]]))).long()
    middle = net.embedding.bigram_ids(ids)[0, 1]
    assert net.embedding.bigram is not None
    wanted = VECTORS.bigram_vectors[1] * (0.5 / VECTORS.bigram_vectors.std())
    assert net.embedding.bigram.weight[middle].tolist() == pytest.approx(wanted.tolist())
    with pytest.raises(
        ModelError, match=r"expected net.embedding.char_size of at most 3, the size of the vectors, got 4"
    ):
        char_tagger(alphabet, Scheme(), hidden_sizes=[2], char_size=4).embedding.load_pretrained(VECTORS)


def test_a_smaller_net_begins_with_what_fewer_dimensions_keep_of_the_vectors() -> None:
    vectors = np.random.default_rng(1).normal(size=(20, 6)).astype(np.float32)
    left, sizes, _ = np.linalg.svd(vectors, full_matrices=False)
    best = (left[:, :3] * sizes[:3] ** 2) @ left[:, :3].T  # all products, by the nearest matrix of rank 3
    found = principal(vectors, 3)
    assert found.shape == (20, 3)
    assert found @ found.T == pytest.approx(best, abs=1e-4)
    assert principal(vectors, 6) is vectors
    alphabet = Alphabet.fit(["北京"]).widened(VECTORS.chars, VECTORS.bigrams)
    net = char_tagger(alphabet, Scheme(), hidden_sizes=[2], char_size=2, bigram_size=1)
    net.load_pretrained(VECTORS)
    wanted = principal(VECTORS.char_vectors, 2)
    id = len(CLASSES) + alphabet.chars.index(ord("京"))
    assert net.embedding.char.weight[id].tolist() == pytest.approx((wanted[1] * VECTOR_STD / wanted.std()).tolist())


def test_the_bigrams_of_train_come_first_and_no_more_than_are_wanted(tmp_path: Path) -> None:
    (tmp_path / "a.seg").write_text("北京 北京 北京\n", encoding="utf-8")
    VECTORS.save(tmp_path / "v.npz")
    files = Corpus("a.seg", "a.seg", root=tmp_path, task="seg")
    sizes = {}
    for limit in (None, 2, 0):
        data = TaggingData(files, vectors=str(tmp_path / "v.npz"), max_bigrams=limit)
        data.setup()
        sizes[limit] = data.alphabet.bigrams
    assert sizes[2] == sizes[None][:2]
    assert sizes[0] == ()
    assert set(Alphabet.fit(["北京北京北京"]).bigrams) == set(
        sizes[None][: len(Alphabet.fit(["北京北京北京"]).bigrams)]
    )
    assert len(sizes[None]) > 3


def test_a_file_of_vectors(tmp_path: Path) -> None:
    VECTORS.save(tmp_path / "v.npz")
    loaded = Vectors.load(tmp_path / "v.npz")
    assert (loaded.chars, loaded.bigrams) == (VECTORS.chars, VECTORS.bigrams)
    assert np.array_equal(loaded.char_vectors, VECTORS.char_vectors)
    (tmp_path / "v.npz").write_bytes(b"no zip")
    for path in (tmp_path / "v.npz", tmp_path / "missing.npz"):
        with pytest.raises(CorpusError, match="expected vectors from"):
            Vectors.load(path)


def test_the_command(tmp_path: Path) -> None:
    pytest.importorskip("gensim", reason="gensim is not installed: pip install '.[pretrain]'")
    lines = [f"我们{a}天去北京大学看{b}友。" for a in "今明后前昨" for b in "朋校好亲男女老"]
    (tmp_path / "raw.txt").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "dev.seg").write_text("我们 今天 去 北京 大学 看 朋友 。\n", encoding="utf-8")
    sizes = ["char.size=4", "bigram.size=3", "char.min_count=2", "bigram.min_count=2", "epochs=1"]
    sizes = [f"pretrain.{size}" for size in sizes]
    command = [sys.executable, "-m", "tagger.pretrain", f"raw={tmp_path}/raw.txt", f"held_out=[{tmp_path}/dev.seg]"]
    root = Path(pretrain.__file__).parents[1]
    subprocess.run([*command, *sizes, f"output={tmp_path}/v.npz", "overlap=12"], cwd=root, check=True)
    vectors = Vectors.load(tmp_path / "v.npz")
    assert vectors.char_vectors.shape == (len(vectors.chars), 4)
    assert vectors.bigram_vectors.shape == (len(vectors.bigrams), 3)
    assert {"北京", "大学"} <= set(vectors.bigrams)
    assert "今天" in vectors.bigrams
    assert "朋" in vectors.chars

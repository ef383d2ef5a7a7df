"""Vectors of words from what stands beside them, against counts made one by one."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tagger import pretrain
from tagger.corpus.raw import RawText
from tagger.corpus.raw_words import cut_words, fold_word
from tagger.errors import CorpusError
from tagger.learning.pretraining.contexts import PLACES, decompose
from tagger.learning.pretraining.contexts import pretrain as pretrain_words
from tagger.learning.resources.vectors import Vectors

LINES = ["The dog sees a cat.", "A CAT sees the Dog", "no dog, no cat", "Dogs see the other cat."]
SETTINGS = {"size": 3, "n_contexts": 2, "min_count": 2, "limit": 6, "prior": 1}


def table_by_hand() -> tuple[list[str], NDArray[np.float64]]:
    """The words and the table that `pretrain` decomposes, by its definition."""
    forms = [form for line in LINES for form in (*cut_words(line), "")]  # "": the edge between lines
    text = [fold_word(form) for form in forms]
    counts = Counter(filter(None, text))
    words = [word for word, n in counts.most_common() if n >= SETTINGS["min_count"]][: SETTINGS["limit"]]
    contexts = words[: SETTINGS["n_contexts"]]
    blocks = []
    for place in (*PLACES, 0):
        found = np.zeros((len(words), len(contexts) + 2 if place else 3))
        for i, word in enumerate(text):
            if word not in words:
                continue
            beside = text[i + place] if 0 <= i + place < len(text) else ""
            if not place:
                column = 0 if not forms[i].isalpha() or forms[i].islower() else 2 if forms[i].isupper() else 1
            elif beside in contexts:
                column = contexts.index(beside)
            else:
                column = len(contexts) + (not beside)
            found[words.index(word), column] += 1
        overall = found.sum(0) / found.sum()
        smoothed = found + SETTINGS["prior"] * overall
        blocks.append(np.sqrt(smoothed / smoothed.sum(1, keepdims=True)) - np.sqrt(overall))
    return words, np.concatenate(blocks, 1)


def test_vectors_are_what_is_beside_words_in_fewer_dimensions(tmp_path: Path) -> None:
    (tmp_path / "raw.txt").write_text("\n".join(LINES))
    vectors = pretrain_words(RawText([tmp_path / "raw.txt"], []), tmp_path, **SETTINGS)
    words, table = table_by_hand()
    assert list(vectors.words) == words
    left, scales, _ = np.linalg.svd(table, full_matrices=False)
    wanted = left[:, :3] * np.sqrt(scales[:3])
    assert vectors.word_vectors @ vectors.word_vectors.T == pytest.approx(wanted @ wanted.T, abs=1e-4)
    assert decompose(table.astype(np.float32), 2).shape == (len(words), 2)


def test_too_little_text(tmp_path: Path) -> None:
    (tmp_path / "raw.txt").write_text("a b")
    with pytest.raises(
        CorpusError, match="expected raw text with at least 3 words seen 2 times, got 0; give more text"
    ):
        pretrain_words(RawText([tmp_path / "raw.txt"], []), tmp_path, **SETTINGS)


def test_the_command(tmp_path: Path) -> None:
    (tmp_path / "raw.txt").write_text("\n".join(LINES))
    sizes = [f"pretrain.{name}={value}" for name, value in SETTINGS.items()]
    output = tmp_path / "words.npz"
    arguments = ["pretrain=words", f"raw={tmp_path}/raw.txt", "held_out=[]", f"output={output}", *sizes]
    assert pretrain.main(arguments) == 0
    vectors = Vectors.load(output)
    assert vectors.words[0] in {"cat", "dog", "the"}
    assert vectors.word_vectors.shape == (len(vectors.words), 3)

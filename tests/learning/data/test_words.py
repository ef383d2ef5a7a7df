"""Corpora of given words."""

from pathlib import Path

import numpy as np
import pytest
import torch

from tagger import corpus
from tagger.corpus import Corpus, conllu
from tagger.errors import CorpusError
from tagger.learning.data.words import WordData, WordDataset
from tagger.learning.resources.vectors import Vectors
from tagger.text.scheme import Scheme
from tagger.text.sentence import Sentence
from tagger.text.vocabulary import BLANK

ENGLISH = Path(__file__).parents[2] / "english.conllu"


def test_syntactic_words_are_the_words() -> None:
    sentences = list(corpus.read(ENGLISH, format="conllu_words"))
    assert [s.forms for s in sentences][1] == ("We", "do", "n't", "know", "Mary", ".")
    assert sentences[1].tags == ("PRON", "AUX", "PART", "VERB", "PROPN", "PUNCT")
    assert sentences[2].forms == ("I", "ate", "3", "apples", "and", "Tom", "12", ".")  # no empty node
    assert sentences[3].forms == ("going", "to", "read", "the", "news", "de", "le", "jour")
    assert sentences[0].text == "The cat sleeps."
    assert sentences[0].comments == ("# Written for these tests. CC0.",)
    assert all(s.fault() is None for s in sentences)
    tokens = list(corpus.read(ENGLISH))
    assert tokens[1].forms == ("We", "don't", "know", "Mary", ".")
    assert tokens[1].tags[1] == "AUX+PART"


def test_spaces_are_written_as_code_points_too() -> None:
    assert conllu.unescape(r"\u00A0\s\u3000") == "\xa0 \u3000"
    assert conllu.unescape(conllu.escape(r"\u00A0")) == r"\u00A0"


def test_faults_have_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "bad.conllu"
    path.write_text("1-2\tdu" + "\t_" * 8 + "\n1\tde\t_\tADP" + "\t_" * 6 + "\n3\tle\t_\tDET" + "\t_" * 6 + "\n")
    with pytest.raises(CorpusError, match=r"bad\.conllu:3: expected word number 2, got '3'"):
        list(corpus.read(path, format="conllu_words"))


def test_batches_are_padded_and_tagged() -> None:
    sentences = [Sentence.from_forms(["ab", "c"], ["A", "B"]), Sentence.from_forms(["def"], ["B"])]
    scheme = Scheme(("A", "B"))
    batch = WordDataset(sentences, scheme, labelled=True)[[1, 0]]
    assert batch.chars.tolist() == [
        [[100, 101, 102], [BLANK] * 3],
        [[97, 98, BLANK], [99, BLANK, BLANK]],
    ]
    assert batch.lengths.tolist() == [1, 2]
    assert [[scheme.names[tag] for tag in row] for row in batch.tags] == [["S-B", "O"], ["S-A", "S-B"]]
    assert not batch.joined.any()
    assert batch.joined.shape == (2, 2)
    assert batch.sentences == (sentences[1], sentences[0])
    assert not WordDataset(sentences, scheme, labelled=False)[[0]].tags.any()


def test_what_is_known_comes_from_train() -> None:
    data = WordData(Corpus(ENGLISH, ENGLISH, format="conllu_words"), word_min_count=2, batch_chars=20)
    data.setup()
    assert data.vocabulary == {word.form for sentence in data.sentences["train"] for word in sentence.words}
    assert set(data.known.words) == {".", "The"}
    assert (data.known.ids(["The", "THE", ".", "Mary"]) > 0).tolist() == [True, True, True, False]
    assert data.alphabet.bigrams == ()
    batches = list(data.train_dataloader())
    assert sum(len(batch.lengths) for batch in batches) == 4
    assert all(batch.chars.shape[:2].numel() <= 20 for batch in batches)
    moved = data.transfer_batch_to_device(batches[0], torch.device("cpu"), 0)
    assert torch.equal(moved.chars, batches[0].chars)


def test_what_is_pretrained_is_known_too(tmp_path: Path) -> None:
    Vectors.of_words(["the", "mary", "news"], np.eye(3, dtype=np.float32)).save(tmp_path / "words.npz")
    files = Corpus(ENGLISH, ENGLISH, format="conllu_words")
    data = WordData(files, vectors=str(tmp_path / "words.npz"))
    data.setup()
    assert data.known.words[-2:] == ("mary", "news")
    assert len(data.known.words) == 4
    assert data.vectors is not None
    assert np.array_equal(data.vectors.word_vectors, np.eye(3))
    Vectors(["a"], np.eye(1), ["ab"], np.eye(1)).save(tmp_path / "chars.npz")
    with pytest.raises(CorpusError, match=r"chars\.npz: expected vectors of words, got none; make them with"):
        WordData(files, vectors=str(tmp_path / "chars.npz")).setup()

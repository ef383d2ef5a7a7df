"""spaCy's Docs of a tagger: nothing is lost, words and POS are the tagger's, pipelines are written and read."""

from pathlib import Path

import models
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.errors import InputError
from tagger.tagging.tagger import load

spacy = pytest.importorskip("spacy", reason="spaCy is not installed; make test-integrations installs it")

MODEL = str(models.SMALL)
TEXTS = st.text(st.sampled_from("我爱北京  \t\n\u3000a1。，😀\u200b"), max_size=20)
NLP = spacy.blank("zh", config={"nlp": {"tokenizer": {"@tokenizers": "tagger.Tokenizer.v1", "model": MODEL}}})
BY_CHARACTER = spacy.blank("zh")
BY_CHARACTER.add_pipe("tagger_pos", config={"model": MODEL})


@given(TEXTS)
def test_a_doc_is_its_text(text: str) -> None:
    doc = NLP(text)
    assert doc.text == text
    found = [(token.text, token.pos_, token.idx) for token in doc if token.pos_ != "SPACE"]
    assert found == [(word.form, word.pos, word.start) for word in load(MODEL)(text).words]
    assert all(not token.text.strip() for token in doc if token.pos_ == "SPACE")


@given(st.lists(TEXTS, max_size=4))
def test_docs_of_many_texts_are_those_of_each(texts: list[str]) -> None:
    docs = [[(token.text, token.pos_) for token in doc] for doc in NLP.pipe(NLP.tokenizer.pipe(texts))]
    assert docs == [[(token.text, token.pos_) for token in NLP(text)] for text in texts]


@given(TEXTS)
def test_other_tokens_get_a_pos_and_stay_as_they_are(text: str) -> None:
    doc = BY_CHARACTER(text)
    assert [token.text for token in doc] == [token.text for token in BY_CHARACTER.make_doc(text)]
    assert all(token.is_space or token.pos_ in ("NOUN", "VERB", "X") for token in doc)


def test_the_pos_of_given_words_are_those_of_the_words_that_the_model_finds() -> None:
    """A Doc of the tokenizer's words gets the same POS from the component."""
    doc = NLP("我喜欢北京。今天 天气很好")
    wanted = [token.pos_ for token in doc]
    for token in doc:
        if not token.is_space:
            token.pos_ = ""
    assert [token.pos_ for token in BY_CHARACTER.get_pipe("tagger_pos")(doc)] == wanted


def test_pipelines_are_written_and_read(tmp_path: Path) -> None:
    text = "我喜欢北京 天气"
    for i, nlp in enumerate((NLP, BY_CHARACTER)):
        nlp.to_disk(tmp_path / str(i))
        read = spacy.load(tmp_path / str(i))
        again = nlp.from_bytes(nlp.to_bytes())
        assert [token.pos_ for token in read(text)] == [token.pos_ for token in again(text)]
        assert [token.text for token in read(text)] == [token.text for token in nlp(text)]


@pytest.mark.parametrize("model", [models.ENTITIES, models.SEGMENTER, models.head_model("crf")])
def test_models_without_upos_are_refused(model: Path) -> None:
    config = {"nlp": {"tokenizer": {"@tokenizers": "tagger.Tokenizer.v1", "model": str(model)}}}
    with pytest.raises(InputError, match="expected a model with the POS of Universal Dependencies for spaCy, got <Tag"):
        spacy.blank("zh", config=config)

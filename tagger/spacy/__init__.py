"""A tokenizer and a component for spaCy, which finds both by their entry points.

The tokenizer `tagger.Tokenizer.v1` makes a Doc of a text, with the words and POS that a model finds. The component
`tagger_pos` sets the POS of the tokens of a Doc, whichever tokenizer made them. Nothing else imports spaCy.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import tee

from spacy.language import Language
from spacy.parts_of_speech import IDS
from spacy.tokens import Doc
from spacy.util import registry
from spacy.vocab import Vocab

from ..errors import InputError
from ..tagging.known import KnownWord
from ..tagging.tagger import Tagger, load
from ..text.sentence import Sentence


class Tokenizer:
    """Makes Docs of texts: their text is the text, their tokens are its words, with `pos_`, and what whitespace is
    more than a space after a word."""

    def __init__(self, vocab: Vocab, tagger: Tagger) -> None:
        self.vocab, self.tagger = vocab, _with_pos(tagger)

    def __call__(self, text: str) -> Doc:
        """The Doc of one text."""
        return next(self.pipe([text]))

    def pipe(self, texts: Iterable[str]) -> Iterator[Doc]:
        """A Doc per text, in order; many texts are several times as fast as one by one."""
        return (self._doc(sentence) for sentence in self.tagger.tag(texts))

    def _doc(self, sentence: Sentence) -> Doc:
        words, spaces, pos, end = list[str](), list[bool](), list[str](), 0
        for form, tag, start, stop in [*sentence.words, ("", "", len(sentence.text), len(sentence.text))]:
            gap = sentence.text[end:start]
            if gap.startswith(" ") and words:
                spaces[-1], gap = True, gap[1:]
            for token, token_pos in ((gap, "SPACE"), (form, tag)):
                if token:
                    words.append(token)
                    spaces.append(False)
                    pos.append(str(token_pos))
            end = stop
        return Doc(self.vocab, words=words, spaces=spaces, pos=pos)

    def to_bytes(self, **options: object) -> bytes:
        """Nothing: a pipeline's configuration names the model."""
        return b""

    def from_bytes(self, data: bytes, **options: object) -> "Tokenizer":
        """This tokenizer."""
        return self

    def to_disk(self, path: object, **options: object) -> None:
        """Writes nothing: a pipeline's configuration names the model."""

    def from_disk(self, path: object, **options: object) -> "Tokenizer":
        """This tokenizer."""
        return self


class PosTagger:
    """Sets the POS of the tokens of Docs, given these tokens; tokens of whitespace stay as they are."""

    def __init__(self, tagger: Tagger) -> None:
        self.tagger = _with_pos(tagger)

    def __call__(self, doc: Doc) -> Doc:
        """The same Doc."""
        return next(self.pipe([doc]))

    def pipe(self, docs: Iterable[Doc], batch_size: int = 0) -> Iterator[Doc]:
        """The same Docs, in order."""
        for_texts, for_tokens, returned = tee(docs, 3)
        texts, known = (doc.text for doc in for_texts), (list(_known(doc)) for doc in for_tokens)
        for doc, sentence in zip(returned, self.tagger.tag(texts, known=known), strict=True):
            tags = {word.start: word.pos for word in sentence.words}
            for token in doc:
                if token.idx in tags:
                    token.pos_ = tags[token.idx]
            yield doc


def _known(doc: Doc) -> Iterator[KnownWord]:
    """The tokens of a Doc that are not whitespace."""
    return (KnownWord(token.idx, token.idx + len(token.text)) for token in doc if not token.is_space)


def _with_pos(tagger: Tagger) -> Tagger:
    """The tagger. Raises InputError if its tags are not those of Universal Dependencies, which spaCy has."""
    pos = tagger.model.scheme.pos
    if tagger.finds_entities or not pos or not IDS.keys() >= set(pos):
        raise InputError(f"expected a model with the POS of Universal Dependencies for spaCy, got {tagger!r}")
    return tagger


def make_tokenizer(model: str | None = None, standard: str | None = None) -> Callable[[Language], Tokenizer]:
    """What makes the tokenizer of a pipeline, from a model file or the name of a shipped model."""
    return lambda nlp: Tokenizer(nlp.vocab, load(model, standard=standard))


def make_pos_tagger(nlp: Language, name: str, model: str | None, standard: str | None) -> PosTagger:
    """The component `tagger_pos`, from a model file or the name of a shipped model."""
    return PosTagger(load(model, standard=standard))


registry.tokenizers.register("tagger.Tokenizer.v1", func=make_tokenizer)
Language.factory(
    "tagger_pos", assigns=["token.pos"], default_config={"model": None, "standard": None}, func=make_pos_tagger
)

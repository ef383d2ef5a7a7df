"""Texts to lists of words: a tokenizer for libraries that take a function or an object of a class."""

from collections.abc import Iterable

from .tagger import Tagger
from .word_filter import WordFilter


class Segmenter:
    """Splits texts into words: `segmenter("我喜欢北京")` for one text, `segmenter.segment(texts)` for many.

    Keeps words with a tag of `pos` (by default all) that are not among `stop_words`. Can be pickled and copied, as the
    tagger can. Raises InputError for tags that the model does not have.
    """

    def __init__(self, tagger: Tagger, *, pos: Iterable[str] = (), stop_words: Iterable[str] = ()) -> None:
        self.tagger = tagger
        self.word_filter = WordFilter(tuple(pos), frozenset(stop_words))
        self.word_filter.check(tagger.model.scheme)

    def __repr__(self) -> str:
        pos, n_stop_words = self.word_filter.pos, len(self.word_filter.stop_words)
        return f"<Segmenter {self.tagger!r}, pos {', '.join(pos) or 'all'}, {n_stop_words} stop words>"

    def __call__(self, text: str) -> list[str]:
        """The words of a text. Raises InputError when it is not a string."""
        return self.segment([text])[0]

    def segment(self, texts: Iterable[str]) -> list[list[str]]:
        """The words of each text, in order. Raises InputError at a text that is not a string."""
        return [
            [word.form for word in self.word_filter.words(sentence.words)]
            for sentence in self.tagger.tag_as_words(texts)
        ]

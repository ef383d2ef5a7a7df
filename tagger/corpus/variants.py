"""Gold sentences as others would write them: traditional characters, half-width or full-width punctuation, spaces
around Latin words."""

import re
import unicodedata
from collections.abc import Callable, Mapping

from ..text.characters import traditional_forms
from ..text.sentence import Sentence, Word

_ASCII = "".join(map(chr, range(0x21, 0x7F)))
_MARKS = "".join(char for char in _ASCII if not char.isalnum())
_WIDE = str.maketrans({char: chr(ord(char) + 0xFEE0) for char in _MARKS})
_TYPED = dict(zip("。｡、“”‘’", "..,\"\"''", strict=True))
_NARROW = str.maketrans({chr(ord(char) + 0xFEE0): char for char in _MARKS} | _TYPED)
_LATIN = re.compile(r"[A-Za-z0-9]")


def full_width(sentence: Sentence) -> Sentence:
    """The sentence with ASCII punctuation in its full-width form."""
    return _mapped(sentence, _WIDE)


def half_width(sentence: Sentence) -> Sentence:
    """The sentence with Chinese punctuation in ASCII, as people type it: full-width forms in half width, 。 and 、 as
    full stop and comma, quotation marks straight."""
    return _mapped(sentence, _NARROW)


def traditional(sentence: Sentence) -> Sentence:
    """The sentence in traditional characters, one for one: the first form that OpenCC has for each."""
    return _mapped(sentence, traditional_forms())


def _mapped(sentence: Sentence, table: Mapping[int, int | str]) -> Sentence:
    text = sentence.text.translate(table)
    return Sentence(text, tuple(w._replace(form=text[w.start : w.end]) for w in sentence.words))


def spaced(sentence: Sentence) -> Sentence:
    """The sentence with one space wherever a Latin letter or digit and a letter of another script meet between two
    words."""
    return _gaps(sentence, lambda gap, before, after: gap or (" " if _meet(before, after) else ""))


def unspaced(sentence: Sentence) -> Sentence:
    """The sentence without the spaces in such places."""
    return _gaps(sentence, lambda gap, before, after: "" if _meet(before, after) and not gap.strip() else gap)


def _meet(before: str, after: str) -> bool:
    latin = [bool(_LATIN.match(char)) for char in (before, after)]
    return latin[0] != latin[1] and all(unicodedata.category(char)[0] in "LN" for char in (before, after))


def _gaps(sentence: Sentence, rewrite: Callable[[str, str, str], str]) -> Sentence:
    """The sentence with other text between its words: `rewrite` makes it of the old text and the characters on its
    sides."""
    parts: list[str] = []
    words: list[Word] = []
    end = last = 0  # in the new text, and in the old one
    for word in sentence.words:
        gap = sentence.text[last : word.start]
        if words:
            gap = rewrite(gap, sentence.text[last - 1], word.form[0])
        start = end + len(gap)
        words.append(Word(word.form, word.pos, start, start + len(word.form)))
        parts += (gap, word.form)
        end, last = start + len(word.form), word.end
    return Sentence("".join([*parts, sentence.text[last:]]), tuple(words))


VARIANTS: dict[str, Callable[[Sentence], Sentence]] = {
    "traditional characters": traditional,
    "half-width punctuation": half_width,
    "full-width punctuation": full_width,
    "spaces around Latin words and numbers": spaced,
    "no spaces around Latin words and numbers": unspaced,
}

"""Words with two tags, and how they are joined and cut."""

from collections.abc import Iterable
from typing import NamedTuple

from ...text.characters import folding

DONE = "-"  # the native tag of a word that no further rule changes


class Token(NamedTuple):
    """A word, its UPOS, its native tag, and whether it follows the word before without a space."""

    form: str
    pos: str
    native: str = ""
    glued: bool = True

    @property
    def key(self) -> str:
        """The word in simplified characters, by which tables know it."""
        return "着" if self.form == "著" else self.form.translate(folding())

    def tagged(self, pos: str) -> "Token":
        """The same word with another UPOS."""
        return self._replace(pos=pos)


def join(tokens: Iterable[Token], pos: str) -> Token:
    """Neighbours as one word, which has the native tag of the last."""
    parts = list(tokens)
    return Token("".join(part.form for part in parts), pos, parts[-1].native, parts[0].glued)


def cut(token: Token, sizes: Iterable[int], tags: Iterable[str]) -> list[Token]:
    """A word in parts of the given numbers of characters, each with its UPOS, which no rule changes any more."""
    parts, start = [], 0
    for size, pos in zip(sizes, tags, strict=True):
        parts.append(Token(token.form[start : start + size], pos, DONE, token.glued if not start else True))
        start += size
    return parts

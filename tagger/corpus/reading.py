"""How the lines of a corpus file are read: what every reader is given."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ..files.lines import Line
from ..text.sentence import Sentence


@dataclass(frozen=True)
class ReadOptions:
    """The name of the file, for errors; the tag to read (`upos`, `xpos`, `none`, or a column number from 1); and
    whether further spaces between the words of a line are spaces of the text."""

    name: str
    tag: str = "upos"
    exact_spaces: bool = False

    @property
    def with_tags(self) -> bool:
        return self.tag != "none"


Reader = Callable[[Iterable[Line], ReadOptions], Iterator[Sentence]]
Writer = Callable[[Sentence], str]

"""Corpora of several standards as a value, with what one corpus has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..errors import CorpusError
from ..text.partial import Partial
from ..text.sentence import Sentence
from .corpora import Corpus
from .layers import JOINT_SPANS
from .licences import join_licences


@dataclass(frozen=True)
class Corpora:
    """Corpora of several standards for one task, by names of their own; the first standard is the default.

    Several parts may follow one standard: then one of them with a file for a split is enough. Raises CorpusError when
    their tasks differ, and for `joint_spans`, which one standard has.
    """

    parts: Mapping[str, Corpus]

    def __post_init__(self) -> None:
        tasks = {part.task for part in self.parts.values()}
        if len(tasks) > 1:
            raise CorpusError(f"expected corpora for one task, got {', '.join(sorted(tasks))}; give all the same")
        if JOINT_SPANS in tasks:
            raise CorpusError(
                f"expected data.task joint, seg or spans for data=several, got {JOINT_SPANS}; give its files as lists: "
                "data=files data.train=[WORDS,ENTITIES]"
            )

    @property
    def standards(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.member_standards))

    @property
    def members(self) -> Sequence[Corpus]:
        return tuple(self.parts.values())

    @property
    def member_standards(self) -> Sequence[str]:
        """The standard of each member."""
        return [part.standard or name for name, part in self.parts.items()]

    @property
    def task(self) -> str:
        return next((part.task for part in self.members), "joint")

    @property
    def name(self) -> str:
        return " + ".join(part.name for part in self.members)

    @property
    def licence(self) -> str:
        return join_licences(*(part.licence for part in self.members))

    @property
    def language(self) -> str:
        return " + ".join(dict.fromkeys(part.language for part in self.members))

    def prepare(self) -> None:
        """Fetch the missing files of every part that asks for it. Raises CorpusError when some are missing."""
        for part in self.members:
            part.prepare()

    def read(self, split: str) -> list[Sentence]:
        """The sentences of a split, part by part. Raises CorpusError as those of the parts do, and without parts."""
        return [sentence for sentences in self.read_members(split) for sentence in sentences]

    def read_layer(self, split: str, *, entities: bool) -> list[Sentence]:
        """The sentences of a split: those of several standards have one layer. Raises CorpusError as `read` does."""
        return self.read(split)

    def read_members(self, split: str) -> list[list[Sentence]]:
        """The sentences of a split, of each member: none of one without a file, if another one of its standard has one.

        Raises CorpusError as `read` of the parts does, and without parts.
        """
        if not self.parts:
            raise CorpusError(
                f"expected a path for data.{split}, got none; give the parts of data=several: "
                f"+data@data.parts.NAME=files data.parts.NAME.{split}=FILE"
            )
        return [part.read(split) if part in self.members_with(split) else [] for part in self.members]

    def members_with(self, split: str) -> Sequence[Corpus]:
        """The members that have to have a file for a split."""
        pairs = list(zip(self.member_standards, self.members, strict=True))
        covered = {standard for standard, part in pairs if split in part.paths}
        return [part for standard, part in pairs if split in part.paths or standard not in covered]

    def read_partial(self) -> list[Partial]:
        """The partially annotated training sentences, part by part."""
        return [sentence for part in self.members for sentence in part.read_partial()]

    def vocabulary(self, *, entities: bool = False) -> frozenset[str] | None:
        """The words, or the `entities`, of train in all parts; None when a part has no train file."""
        words = [part.vocabulary(entities=entities) for part in self.members_with("train")]
        return None if None in words else frozenset[str]().union(*(forms for forms in words if forms))


AnyCorpus = Corpus | Corpora

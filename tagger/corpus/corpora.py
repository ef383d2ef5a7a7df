"""A corpus as a value: where the files of its splits lie, how they are read, and what a task needs of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ..errors import CorpusError
from ..text.format_characters import bare_partial, bare_sentence
from ..text.partial import Partial
from ..text.sentence import Sentence
from .block_reading import read_blocks
from .blocks import Block
from .formats import is_partial, read, read_partial
from .layers import JOINT_SPANS, merge_layers, read_entities, read_layers, sentences_with
from .share import check_share, draw_share, hold_out
from .spans import SPANS

if TYPE_CHECKING:  # it needs urllib, which nobody who only tags should wait for
    from ..files.download import Archive, Source

TASKS = ("joint", "seg", "spans", JOINT_SPANS)
Item = TypeVar("Item", Sentence, Block | Sentence)
Files = str | Path | Sequence[str | Path] | None


@dataclass(frozen=True)
class Corpus:
    """Sentences with their words or entities in files below `root`, one or a list for each split: `train`, `dev`,
    `test`.

    `partial` are files of further training sentences, annotated in part. `format`, `tag` and `encoding` are those of
    `corpus.read`. Training sentences come `repeats` times in an epoch. `standard` is the one that the corpus follows,
    as a part of `Corpora` by default the name of the part. Only a `share` of the training sentences is read, or so many
    of them, drawn by `share_seed` (see `corpus.share`): of all train files together, and of those annotated in part.
    Without `dev` a `dev_share` of the fully annotated sentences of train, drawn by `split_seed`, is dev: they are never
    trained on.

    `task` is `joint`, which needs a POS on every word, `seg`, which reads none, `spans`, which reads entities, by
    default in the format `spans`, or `joint_spans`, which reads words and entities, of each sentence those that its
    file has (see `corpus.layers`). With `download` `prepare` fetches the files that `root` lacks from `source`. Raises
    CorpusError for another task.
    """

    train: Files = None
    dev: Files = None
    test: Files = None
    partial: Files = None
    root: str | Path = ""
    format: str | None = None
    tag: str | int = "upos"
    encoding: str = "utf-8"
    task: str = "joint"
    name: str = ""
    licence: str = ""
    language: str = "zh"
    source: "Source | Archive | None" = None
    download: bool = False
    standard: str | None = None
    repeats: int = 1
    share: float = 1.0
    share_seed: int = 0
    dev_share: float = 0.0
    split_seed: int = 1

    def __post_init__(self) -> None:
        check_share(self.share)
        if not 0 <= self.dev_share < 1:
            raise CorpusError(f"expected data.dev_share of 0 to below 1, got {self.dev_share}; 0.1 is a tenth of train")
        if self.dev_share and self.dev:
            raise CorpusError(
                f"expected data.dev or data.dev_share, got {self.dev} and {self.dev_share}; leave one out"
            )
        if self.task not in TASKS:
            raise CorpusError(
                f"expected data.task joint, seg, spans or {JOINT_SPANS}, got {self.task!r}; choose one of them"
            )
        if self.repeats < 1:
            raise CorpusError(f"expected data.repeats of 1 or more, got {self.repeats}; leave the part out instead")

    @property
    def standards(self) -> tuple[str, ...]:
        """The names of the standards that its parts follow: none, because it has no parts."""
        return ()

    @property
    def members(self) -> Sequence["Corpus"]:
        """The corpora that it consists of: itself."""
        return (self,)

    @property
    def member_standards(self) -> Sequence[str]:
        """The standard of each member: none."""
        return ()

    @property
    def has_pos(self) -> bool:
        """Whether every word has to have a POS."""
        return self.task == "joint" or (self.task == JOINT_SPANS and str(self.tag) != "none")

    @property
    def word_tag(self) -> str:
        """Which tag of words to read, `none` if none."""
        return str(self.tag) if self.has_pos else "none"

    @property
    def paths(self) -> dict[str, tuple[Path, ...]]:
        """The files that it has, by split; `partial` is one of them."""
        dev = self.train if self.dev_share else self.dev
        splits = {"train": self.train, "dev": dev, "test": self.test, "partial": self.partial}
        lists = {split: [files] if isinstance(files, str | Path) else files for split, files in splits.items() if files}
        return {split: tuple(Path(self.root, file) for file in files or ()) for split, files in lists.items()}

    def prepare(self) -> None:
        """Fetch the files that are missing, with `download`. Raises CorpusError when some are missing in the end."""
        if not self.source:
            return
        root = Path(self.root)
        if self.download:
            self.source.fetch(root)
        if missing := self.source.missing(root):
            raise CorpusError(
                f"{root}: expected {', '.join(missing)}, found none; give data.root=FOLDER that has them, or "
                f"data.download=true to fetch them from {self.source.address}"
            )

    def read(self, split: str) -> list[Sentence]:
        """The fully annotated sentences of a split that have words (for `spans`: any text), without format characters:
        no model sees these. For `joint_spans` a sentence has words, entities, or both.
        There are no sentences where train is annotated in part.

        Raises CorpusError for a split without a file or sentences, and for words without the POS that the task needs.
        """
        return list(self.stream(split))

    def stream(self, split: str) -> Iterator[Sentence]:
        """The sentences of `read`, one at a time. Raises CorpusError as `read` does, where it comes to the fault."""
        self.check_path(split)
        sentences: Iterable[Sentence] = chain.from_iterable(self._read_file(path, split) for path in self.paths[split])
        if self.task == JOINT_SPANS:
            sentences = merge_layers(list(sentences))
        if self.dev_share and split in ("train", "dev"):
            sentences = self._side(list(sentences), split)
        is_all = split != "train" or self.share == 1
        yield from sentences if is_all else draw_share(list(sentences), self.share, self.share_seed)

    def stream_blocks(self, split: str) -> Iterator[Block | Sentence]:
        """The sentences of `stream` in their order, many at once where a format is read so (see `read_blocks`)."""
        is_drawn = self.dev_share or (split == "train" and self.share != 1)
        if is_drawn or self.task not in ("joint", "seg"):
            yield from self.stream(split)
            return
        self.check_path(split)
        for path in self.paths[split]:
            blocks = read_blocks(path, format=self.format, tag=self.word_tag, encoding=self.encoding)
            yield from self._check_file(path, split, self._check_words(path, blocks))

    def check_path(self, split: str) -> None:
        """Raises CorpusError for a split without a file."""
        if split not in self.paths:
            share = "data.dev_share=0.1 to hold a tenth of train out, " if split == "dev" else ""
            raise CorpusError(
                f"expected a path for data.{split}, got none; give data.{split}=FILE, {share}or the parts of "
                "data=several"
            )

    def _side(self, sentences: Sequence[Sentence], split: str) -> list[Sentence]:
        """The sentences of train that are trained on, or those that are held out as dev."""
        train, dev = hold_out(sentences, self.dev_share, self.split_seed)
        if not dev:
            raise CorpusError(
                f"expected two sentences or more in data.train for data.dev_share={self.dev_share}, got "
                f"{len(sentences)}; give data.dev=FILE"
            )
        return train if split == "train" else dev

    def read_layer(self, split: str, *, entities: bool) -> list[Sentence]:
        """The sentences of a split whose words, or whose `entities`, are annotated: for `joint_spans` they may be fewer
        than all. Raises CorpusError as `read` does."""
        sentences = self.read(split)
        return sentences_with(sentences, entities=entities) if self.task == JOINT_SPANS else sentences

    def read_members(self, split: str) -> list[list[Sentence]]:
        """The sentences of a split, of each member. Raises CorpusError as `read` does."""
        return [self.read(split)]

    def members_with(self, split: str) -> Sequence["Corpus"]:
        """The members that have to have a file for a split: itself."""
        return (self,)

    def _read_file(self, path: Path, split: str) -> Iterator[Sentence]:
        sentences = self._read_entities(path) if self.task == SPANS else self._read_words(path)
        return self._check_file(path, split, sentences)

    def _check_file(self, path: Path, split: str, found: Iterable[Item]) -> Iterator[Item]:
        """What is found in a file: none in partial ones of train. Raises CorpusError unless there is something."""
        is_partial_file = self.task != SPANS and is_partial(path, self.format)
        if is_partial_file and split == "train":
            return
        if is_partial_file:
            raise CorpusError(
                f"{path}: expected sentences known whole for data.{split}, got partial ones; "
                "they are for training: data.train or data.partial"
            )
        empty = True
        for item in found:
            yield item
            empty = False
        if empty:
            raise _empty(path, split)

    def _read_words(self, path: Path) -> Iterator[Sentence]:
        read_file = read_layers if self.task == JOINT_SPANS else read
        return self._check_words(path, read_file(path, format=self.format, tag=self.word_tag, encoding=self.encoding))

    def _check_words(self, path: Path, found: Iterable[Item]) -> Iterator[Item]:
        """What a task needs of sentences: bare ones, with words. Raises CorpusError where a POS is missing."""
        for item in found:
            if isinstance(item, Block):
                yield item
                continue
            sentence = bare_sentence(item)
            if self.has_pos and None in sentence.tags:
                raise CorpusError(
                    f"{path}: expected a POS on every word for data.task={self.task}, got none in {sentence.text!r}; "
                    f"use {'data.tag=none' if self.task == JOINT_SPANS else 'data.task=seg'}, or a format and data.tag="
                    "NAME with POS, or format=partial"
                )
            if sentence.words or self.task == JOINT_SPANS:
                yield sentence

    def _read_entities(self, path: Path) -> Iterator[Sentence]:
        read_sentences = read_entities(path, format=self.format, tag=str(self.tag), encoding=self.encoding)
        return (sentence for sentence in map(bare_sentence, read_sentences) if sentence.text.strip())

    def read_partial(self) -> list[Partial]:
        """The training sentences, of train and of `partial`, of which something is known but not all.

        Raises CorpusError for a file without any.
        """
        sentences: list[Partial] = []
        files = [(split, path) for split in ("train", "partial") for path in self.paths.get(split, ())]
        for split, path in files:
            if split == "partial" or is_partial(path, self.format):
                annotated = read_partial(path, tag=self.word_tag, encoding=self.encoding)
                known = [partial for partial in map(bare_partial, annotated) if partial.edges or partial.joins]
                if not known:
                    raise _empty(path, split)
                sentences += known
        return draw_share(sentences, self.share, self.share_seed)

    def vocabulary(self, *, entities: bool = False) -> frozenset[str] | None:
        """The words, or the `entities`, of train; of the task `spans` always these. None without a train file."""
        if not self.train:
            return None
        if self.task == SPANS or entities:
            return frozenset(entity.form for sentence in self.stream("train") for entity in sentence.entities)
        words = chain((sentence.words for sentence in self.stream("train")), (p.words for p in self.read_partial()))
        return frozenset(word.form for sentence_words in words for word in sentence_words)


def _empty(path: Path, split: str) -> CorpusError:
    return CorpusError(f"{path}: expected at least one sentence for data.{split}, got none; check the file")

"""Corpora of many makes, each with what is read of it, or why it is refused: the tables in `cases`."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tagger import corpus
from tagger.errors import CorpusError
from tagger.text.sentence import Sentence


class Case(NamedTuple):
    name: str
    file: str
    options: dict[str, str]
    content: str
    wanted: list[str]


def cases(name: str) -> list[Case]:
    table = (Path(__file__).parent / "cases" / name).read_text(encoding="utf-8")
    return [case_of(block) for block in table.split("\n== ")[1:]]


def case_of(block: str) -> Case:
    given, _, wanted = block.partition("\n--\n")
    name, settings, *lines = given.split("\n")
    file, *options = settings.split()
    content = "\n".join(lines).replace("␍", "\r") + "\n"
    return Case(name, file, dict(option.split("=") for option in options), content, wanted.strip("\n").split("\n"))


def as_line(sentence: Sentence) -> str:
    words = (form if tag is None else f"{form}/{tag}" for form, tag in zip(sentence.forms, sentence.tags, strict=True))
    return f"{sentence.text} → {' '.join(words)}"


def entities_as_line(sentence: Sentence) -> str:
    assert not sentence.entities or sentence.fault() is None
    return f"{sentence.text} → {' '.join(f'{form}/{label}@{a}-{b}' for form, label, a, b in sentence.entities)}"


def read_lines(tmp_path: Path, case: Case, write: Callable[[Sentence], str]) -> list[str]:
    path = tmp_path / case.file
    path.write_bytes(case.content.encode(case.options.get("encoding", "utf-8")))
    try:
        return [write(sentence) for sentence in corpus.read(path, **case.options)]  # type: ignore[arg-type]
    except CorpusError as error:
        return [f"error: {error}".replace(f"{tmp_path}/", "")]


@pytest.mark.parametrize("case", cases("formats.txt"), ids=lambda case: case.name)
def test_what_is_read(tmp_path: Path, case: Case) -> None:
    assert read_lines(tmp_path, case, as_line) == case.wanted


@pytest.mark.parametrize("case", cases("spans.txt"), ids=lambda case: case.name)
def test_which_entities_are_read(tmp_path: Path, case: Case) -> None:
    assert read_lines(tmp_path, case, entities_as_line) == case.wanted

"""Corpora of many makes, each with what is read of it, or why it is refused: the tables in `cases`."""

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


def cases() -> list[Case]:
    table = (Path(__file__).parent / "cases" / "formats.txt").read_text(encoding="utf-8")
    return [case_of(block) for block in table.split("\n== ")[1:]]


def case_of(block: str) -> Case:
    given, _, wanted = block.partition("\n--\n")
    name, settings, *lines = given.split("\n")
    file, *options = settings.split()
    content = "\n".join(lines).replace("␍", "\r") + "\n"
    return Case(name, file, dict(option.split("=") for option in options), content, wanted.strip().split("\n"))


def as_line(sentence: Sentence) -> str:
    words = (form if tag is None else f"{form}/{tag}" for form, tag in zip(sentence.forms, sentence.tags, strict=True))
    return f"{sentence.text} → {' '.join(words)}"


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_what_is_read(tmp_path: Path, case: Case) -> None:
    encoding = case.options.get("encoding", "utf-8")
    path = tmp_path / case.file
    path.write_bytes(case.content.encode(encoding))
    try:
        lines = [as_line(sentence) for sentence in corpus.read(path, **case.options)]  # type: ignore[arg-type]
    except CorpusError as error:
        lines = [f"error: {error}".replace(f"{tmp_path}/", "")]
    assert lines == case.wanted

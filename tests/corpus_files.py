"""Corpus files of tests: what is read back of a text, and a row of CoNLL-U."""

from pathlib import Path

from tagger import corpus
from tagger.text.sentence import Sentence

ROW = "1\t我\t_\tX\t_\t_\t_\t_\t_\t_\n"


def back(tmp: Path, text: str, name: str, **options: str) -> list[Sentence]:
    path = tmp / name
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    return list(corpus.read(path, **options))  # type: ignore[arg-type]

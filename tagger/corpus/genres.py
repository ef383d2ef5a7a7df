"""Annotated sentences by genre: files of a genre each, or sentences of a CoNLL-U file by their `sent_id`."""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from ..errors import CorpusError
from ..text.format_characters import bare_sentence
from ..text.sentence import Sentence
from .conllu import sent_id_of
from .formats import format_of, read
from .layers import read_layers, sentences_with

Genres = dict[str, list[Sentence]]
_RANGE = re.compile(r"([0-9]+)-([0-9]+)")
_IN_ID = re.compile(r"(.+)-[0-9]+")


def read_genres(places: Iterable[str], *, entities: bool = False) -> Genres:
    """Sentences with words, or with annotated `entities`, by genre, in order; places of one genre are joined.

    A place is one of: `NAME=FILE`, a genre in a file (or folder); `NAME=FILE#PREFIX` and `NAME=FILE#FIRST-LAST`, of a
    CoNLL-U file the sentences whose `sent_id` begins with PREFIX or is a number from FIRST to LAST; a folder with a
    file for each genre, named after it; a CoNLL-U file in which the `sent_id` is the genre and a number, as in
    `dialogue-010`. Raises CorpusError for a genre without sentences, and as `read` does.
    """
    genres: Genres = {}
    for place in places:
        for name, sentences in _read_place(place, _read_entities if entities else read):
            kept = sentences_with(map(bare_sentence, sentences), entities=entities)
            if not kept:
                wanted = f"sentences of the genre {name} with {'entities' if entities else 'words'}"
                raise CorpusError(f"{place}: expected {wanted}, found none; correct the place")
            genres.setdefault(name, []).extend(kept)
    return genres


def _read_entities(path: Path) -> Iterator[Sentence]:
    return read_layers(path, format=None, tag="upos", encoding="utf-8")


def _read_place(
    place: str, read_file: Callable[[Path], Iterator[Sentence]]
) -> Iterator[tuple[str, Iterable[Sentence]]]:
    path = Path(place)
    if path.is_dir():
        for file in sorted(file for file in path.iterdir() if format_of(file) and file.name[0] != "."):
            yield file.name.partition(".")[0], read_file(file)
    elif path.is_file():
        yield from _by_id(path, _genre_of).items()
    else:
        name, equals, rest = place.partition("=")
        source, mark, wanted = rest.partition("#")
        if not equals or not name:
            raise CorpusError(f"{place}: expected a file or folder, or NAME=FILE, found neither; correct the path")
        selected = _by_id(Path(source), _selector(name, wanted)) if mark else {name: list(read_file(Path(source)))}
        yield name, selected.get(name, [])


def _by_id(path: Path, genre_of: Callable[[str], str | None]) -> Genres:
    """The sentences of a CoNLL-U file by the genre that their `sent_id` tells; those without a genre are left out."""
    if format_of(path) != "conllu":
        raise CorpusError(f"{path}: expected CoNLL-U to tell genres by sent_id, got another name; give NAME=FILE")
    genres: Genres = {}
    for sentence in read(path):
        if (name := genre_of(sent_id_of(sentence))) is not None:
            genres.setdefault(name, []).append(sentence)
    if not genres:
        raise CorpusError(f"{path}: expected sentences with a fitting sent_id, found none; correct what is asked for")
    return genres


def _genre_of(sent_id: str) -> str | None:
    match = _IN_ID.fullmatch(sent_id)
    return match and match[1]


def _selector(name: str, wanted: str) -> Callable[[str], str | None]:
    """What gives `name` for the sentences that are wanted."""
    numbers = _RANGE.fullmatch(wanted)

    def select(sent_id: str) -> str | None:
        if numbers:
            chosen = sent_id.isdecimal() and int(numbers[1]) <= int(sent_id) <= int(numbers[2])
        else:
            chosen = sent_id.startswith(wanted)
        return name if chosen else None

    return select

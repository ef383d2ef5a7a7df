"""Many sentences at once as arrays, for corpora of which the words of each sentence need not be objects."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..text.characters import N_CODE_POINTS, SPACE, class_table, code_points
from ..text.format_characters import format_table
from ..text.hashes import hash_spans
from .columns import DOCUMENT_MARKS
from .conllu import COLUMNS, ENTITY, TEXT
from .full_width import NO_TAG
from .reading import ReadOptions
from .spacing import SPACED

Places = NDArray[np.int64]
Codes = NDArray[np.int32]


class Block(NamedTuple):
    """Sentences one after the other: their code points `[n_chars]`, where each begins and the last one ends
    `[n_sentences + 1]`, where words start and end `[n_words]` (half-open), and the number of each word's tag in
    `kinds`, which are in the order in which they first come."""

    codes: Codes
    bounds: Places
    starts: Places
    ends: Places
    kind_ids: Places
    kinds: Sequence[str | None]


_N_SLOTS = 1 << 16  # for the hashes of tags, of which few are distinct
Parser = Callable[[bytes, ReadOptions], Block | None]


class _Words(NamedTuple):
    """Words by their places in the code points of a file, the sentence of each, and where their tags stand."""

    starts: Places
    ends: Places
    sentences: Places  # numbers that grow
    tag_starts: Places | None
    tag_ends: Places | None


def _codes(data: bytes) -> Codes | None:
    """The code points of lines, with a line feed at the end; None for what is not UTF-8 or has format characters."""
    data = data if data.endswith(b"\n") else data + b"\n"
    try:
        codes = code_points((data.replace(b"\r\n", b"\n") if b"\r" in data else data).decode("utf-8"))
    except UnicodeDecodeError:
        return None
    return None if format_table().take(codes).any() else codes


def _is_space(codes: Codes) -> NDArray[np.bool_]:
    space: NDArray[np.bool_] = class_table().take(codes) == SPACE
    return space


@cache
def _spaced_table() -> NDArray[np.bool_]:
    """Mask `[0x110000]` of the characters between which words have a space."""
    table = np.zeros(N_CODE_POINTS, bool)
    table[[code for code in range(0x10000) if SPACED.match(chr(code))]] = True
    return table


def _first_places(numbers: Places, n: int) -> Places:
    """The first place of each number, all of which are below `n`."""
    places = np.empty(n, np.int64)
    places[numbers[::-1]] = np.arange(len(numbers))[::-1]  # of several places the last one assigned, the first, remains
    return places[numbers]


def _kinds(codes: Codes, words: _Words) -> tuple[Places, list[str | None]] | None:
    """The number of each word's tag, and the tags; None where one is no tag."""
    if words.tag_starts is None or words.tag_ends is None:
        return np.zeros(len(words.starts), np.int64), [None]
    if (words.tag_starts >= words.tag_ends).any():
        return None
    hashes = hash_spans(codes, words.tag_starts, words.tag_ends)
    firsts = _first_places((hashes % _N_SLOTS).astype(np.int64), _N_SLOTS)
    if (hashes[firsts] != hashes).any():  # two tags in a slot
        firsts = _first_places(np.unique(hashes, return_inverse=True)[1], len(hashes))
    is_first = firsts == np.arange(len(firsts))
    places = [slice(int(words.tag_starts[i]), int(words.tag_ends[i])) for i in np.flatnonzero(is_first)]
    kinds: list[str | None] = [codes[place].tobytes().decode("utf-32-le") for place in places]
    return None if any(kind in NO_TAG for kind in kinds) else ((np.cumsum(is_first) - 1)[firsts], kinds)


def _block(codes: Codes, words: _Words) -> Block | None:
    """The sentences of words whose text has the spaces that its words need (see `spacing.between`)."""
    if not (found := _kinds(codes, words)):
        return None
    starts, ends, sentences = words.starts, words.ends, words.sentences
    is_new = np.diff(sentences, prepend=-1) > 0
    spaced = _spaced_table()
    gaps = np.zeros(len(starts), bool)  # after each word
    gaps[:-1] = spaced[codes[ends[:-1] - 1]] & spaced[codes[starts[1:]]] & ~is_new[1:]
    codes, steps = codes.copy(), np.zeros(len(codes), np.int8)
    steps[starts], steps[ends] = 1, -1
    inside = np.cumsum(steps, dtype=np.int8).view(bool)
    codes[ends[gaps]] = ord(" ")  # in place of what parts the word from the next one or from its tag
    inside[ends[gaps]] = True
    lengths = ends - starts
    after = np.cumsum(lengths + gaps)
    placed = after - lengths - gaps
    return Block(
        codes[inside], np.r_[placed[is_new], after[-1:] if len(after) else 0], placed, placed + lengths, *found
    )


def parse_lines(mark: str | None) -> Parser:
    """What parses lines of words between spaces, with their tags behind the last `mark` of each, or without tags."""

    def parse(data: bytes, options: ReadOptions) -> Block | None:
        codes = _codes(data)
        if codes is None or options.exact_spaces:
            return None
        space = _is_space(codes)
        edges = np.flatnonzero(np.diff(space, prepend=True))
        starts, ends = edges[::2], edges[1::2]
        sentences = np.cumsum(codes == ord("\n"))[starts]
        if mark is None:
            return _block(codes, _Words(starts, ends, sentences, None, None))
        is_mark = codes == ord(mark)
        last = np.r_[-1, np.flatnonzero(is_mark)][np.cumsum(is_mark)[ends - 1]]
        if not ((starts < last) & (last < ends - 1)).all():
            return None
        tags = (last + 1, ends) if options.with_tags else (None, None)
        return _block(codes, _Words(starts, last, sentences, *tags))

    return parse


def _rows(codes: Codes, *, comments: bool) -> tuple[Places, Places, Places, Places, Places] | None:
    """Lines of columns between tabs: where they begin, where their line feeds and their tabs `[n_rows, n_tabs]` are,
    the sentence of each, counted by empty lines, and the places where lines of comments begin. None unless all have as
    many columns, two or more."""
    feeds = np.flatnonzero(codes == ord("\n"))
    begins = np.r_[0, feeds[:-1] + 1]
    sentences = np.cumsum(begins == feeds)
    is_comment = (codes[begins] == ord("#")) & comments
    is_row = (begins < feeds) & ~is_comment
    tabs = np.flatnonzero(codes == ord("\t"))
    if is_comment.any():
        tabs = tabs[is_row[np.searchsorted(feeds, tabs)]]
    begins, ends, n = begins[is_row], feeds[is_row], int(is_row.sum())
    if not n or len(tabs) < n or len(tabs) % n:
        return None
    cells: Places = tabs.reshape(n, -1)
    if (cells[:, 0] <= begins).any() or (cells[:, -1] >= ends).any():
        return None
    comment_places = np.flatnonzero(is_comment)
    return begins, ends, cells, sentences[is_row], np.c_[np.r_[0, feeds[:-1] + 1], feeds, sentences][comment_places]


def parse_columns(data: bytes, options: ReadOptions) -> Block | None:
    """Parses columns between tabs, without spaces in them (see `columns.read`)."""
    codes = None if any(mark.encode() in data for mark in DOCUMENT_MARKS) else _codes(data)
    rows = None if codes is None else _rows(codes, comments=False)
    if codes is None or rows is None:
        return None
    begins, ends, tabs, sentences, _ = rows
    n_spaces = tabs.size + int((codes == ord("\n")).sum())
    column = int(options.tag) - 1 if options.tag.isdecimal() else {"none": -1, "upos": 1, "xpos": 2}[options.tag]
    if _is_space(codes).sum() != n_spaces or column > tabs.shape[1]:
        return None
    edges = np.c_[begins - 1, tabs, ends]
    tags = (None, None) if column < 0 else (edges[:, column] + 1, edges[:, column + 1])
    return _block(codes, _Words(begins, tabs[:, 0], sentences, *tags))


def parse_conllu(data: bytes, options: ReadOptions) -> Block | None:
    """Parses CoNLL-U of numbered words, each sentence with its text, without entities (see `conllu.read`)."""
    codes = None if f"{ENTITY}=".encode() in data else _codes(data)
    rows = None if codes is None else _rows(codes, comments=True)
    if codes is None or rows is None:
        return None
    begins, _, tabs, sentences, comments = rows
    starts, ends, column = tabs[:, 0] + 1, tabs[:, 1], COLUMNS.get(options.tag)
    is_new = np.diff(sentences, prepend=-1) > 0
    firsts = np.flatnonzero(is_new)
    if tabs.shape[1] != 9 or (starts >= ends).any() or not _are_numbered(codes, begins, tabs[:, 0], firsts, is_new):
        return None
    tags = (None, None) if column is None else (tabs[:, column - 1] + 1, tabs[:, column])
    words = _Words(starts, ends, sentences, *tags)
    found, texts = _kinds(codes, words), _texts(codes, comments)
    if not found or not np.array_equal(texts[:, 2], sentences[firsts]):
        return None
    return _aligned(codes, words, firsts, texts, found)


def _are_numbered(codes: Codes, begins: Places, ends: Places, firsts: Places, is_new: NDArray[np.bool_]) -> bool:
    """Whether the cells between `begins` and `ends` count the words of each sentence from 1, to 9,999 at most."""
    numbers = np.arange(len(begins)) - firsts[np.cumsum(is_new) - 1] + 1
    sizes = 1 + (numbers >= 10) + (numbers >= 100) + (numbers >= 1000)
    if numbers.max() > 9999 or (ends - begins != sizes).any():
        return False
    for place in range(int(sizes.max())):
        has = sizes > place
        if (codes[ends[has] - 1 - place] != ord("0") + numbers[has] // 10**place % 10).any():
            return False
    return True


def _texts(codes: Codes, comments: Places) -> Places:
    """Where the texts in comments begin and end, and their sentences, `[n_texts, 3]`."""
    prefix = code_points(TEXT)
    places = np.minimum(comments[:, :1] + np.arange(len(prefix)), len(codes) - 1)
    texts = comments[(codes[places] == prefix).all(axis=1)]
    begins = texts[:, 0] + len(prefix)
    begins += codes[begins] == ord(" ")
    found: Places = np.c_[begins, texts[:, 1:]]
    return found


def _aligned(
    codes: Codes, words: _Words, firsts: Places, texts: Places, found: tuple[Places, list[str | None]]
) -> Block | None:
    """The sentences of words in their texts; None unless the texts without spaces are the words one after the other."""
    text_bounds = np.r_[0, np.cumsum(texts[:, 1] - texts[:, 0])]
    text, chars = _joined(codes, texts[:, 0], texts[:, 1]), _joined(codes, words.starts, words.ends)
    places = np.flatnonzero(~_is_space(text))
    lengths = words.ends - words.starts
    after = np.cumsum(lengths)
    if not np.array_equal(text[places], chars):
        return None
    starts, ends = places[after - lengths], places[after - 1] + 1
    sizes = np.diff(firsts, append=len(starts))
    inside = (starts >= np.repeat(text_bounds[:-1], sizes)) & (ends <= np.repeat(text_bounds[1:], sizes))
    if not inside.all() or (ends - starts != lengths).any():
        return None
    return Block(text, text_bounds, starts, ends, *found)


def _joined(codes: Codes, starts: Places, ends: Places) -> Codes:
    """The parts of a text between starts and ends, one after the other."""
    lengths = ends - starts
    before = np.cumsum(lengths) - lengths
    joined: Codes = codes[np.repeat(starts - before, lengths) + np.arange(lengths.sum())]
    return joined

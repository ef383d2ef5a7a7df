"""What Python users pass: a value that cannot be used is refused with what was wanted, what came and what to do."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tagger.errors import InputError
from tagger.tagging.dictionary import Dictionary
from tagger.tagging.entries import Entry
from tagger.tagging.known import KnownBoundary, KnownWord
from tagger.tagging.output import OutputOptions
from tagger.tagging.patterns import Patterns
from tagger.tagging.tagger import Tagger

TAGS = r"expected a tag among NOUN, VERB, X, got"
LEFT = r"; correct it, or leave it out and the model chooses one"
CASES: list[tuple[Callable[[Tagger], Any], str]] = [
    *((lambda tagger, n=n: tagger.alternatives("我", n), "alternatives, 1 or more, got") for n in (0, 1.5, "3", None)),
    *((lambda tagger, p=p: tagger.search_words("我", p), "above 0 and at most 1, got") for p in (0, "0.1", None)),
    *((lambda _, n=n: OutputOptions(nbest=n).check(), "1 or more for nbest, got") for n in (-1, 1.5, "2")),
    *(
        (lambda _, p=p: OutputOptions(search=p).check(), "from 0 to 1 for search, got")
        for p in (2, "0.5", float("nan"))
    ),
    *((lambda _, w=w: Dictionary([Entry("云", "prefer", None, w)]), "above 0 and below 1000, got") for w in ("abc", 0)),
    (lambda _: Dictionary([3]), r"expected a word, or Entry\(word, strength, tag, weight\), got 3"),  # type: ignore[list-item]
    (lambda _: Dictionary([("云", "force", 3)]), r"expected a word, or Entry.*got \('云', 'force', 3\)"),
    (lambda tagger: Tagger(tagger.model, temperature=0), "a temperature above 0, got 0; leave it out"),
    (lambda tagger: Tagger(tagger.model, presegmenter=False), "a Presegmenter, got False; leave it out"),  # type: ignore[arg-type]
    (lambda tagger: tagger("我们", known=[(0, 2)]), r"expected KnownWord\(.* got \(0, 2\)"),  # type: ignore[list-item]
    (lambda tagger: tagger("我们", known=[KnownWord(0.5, 2)]), "whole numbers for places, got"),  # type: ignore[arg-type]
    (lambda tagger: tagger("我们", known=[KnownBoundary("1")]), "whole numbers for places, got"),  # type: ignore[arg-type]
    (lambda tagger: tagger.with_dictionary(Dictionary([Entry("云", tag="动词")])), rf"entry '云': {TAGS} '动词'{LEFT}"),
    (
        lambda tagger: tagger.with_patterns(Patterns([("a+", "NOUM")])),
        rf"pattern 'a\+': {TAGS} 'NOUM'{LEFT}; did you mean NOUN",
    ),
    (lambda tagger: Tagger(tagger.model, dictionary=Dictionary([Entry("云", tag="动词")])), f"{TAGS} '动词'"),
]


@pytest.mark.parametrize(("call", "message"), CASES)
def test_what_is_refused(small_tagger: Tagger, call: Callable[[Tagger], Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        call(small_tagger)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("云计算\tforce\tNOUN\n蓝翔\tprefer\t动词\n", rf"words.txt:2: {TAGS} '动词'"),
        ("云计算\t\tNoun\n", rf"words.txt:1: {TAGS} 'Noun'.* did you mean NOUN"),
        ("云计算\tforce\tvn\n", ""),  # a tag of another tool that says too little: the model chooses
        ("云计算 3 custom\n", ""),  # lines of other tools may have any tag
        ("云计算\tforce\t动词\n云计算\tforce\tNOUN\n", ""),  # the last line of a word counts
    ],
)
def test_tags_of_files(small_tagger: Tagger, tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "words.txt"
    path.write_text(content, encoding="utf-8")
    dictionary = Dictionary.read(path)
    if not message:
        assert small_tagger.with_dictionary(dictionary).dictionaries == (dictionary,)
        return
    with pytest.raises(InputError, match=message):
        small_tagger.with_dictionary(dictionary)


def test_a_tuple_is_an_entry() -> None:
    assert Dictionary([("云计算", "prefer")]).unmatched == ["云计算"]

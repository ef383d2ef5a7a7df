"""Tags of other tools as those of a model."""

import pytest

from tagger.tagging.dictionary_lines import CTB, PKU, UPOS
from tagger.tagging.tag_maps import UPOS_OF, describe_read, read_tag


def test_tags_are_known_ones_and_become_upos() -> None:
    assert UPOS_OF.keys() <= CTB | PKU
    assert set(UPOS_OF.values()) <= UPOS


@pytest.mark.parametrize(
    ("tag", "pos", "read"),
    [
        ("nr", ("NOUN", "PROPN"), "PROPN"),
        ("NR", ("NOUN", "PROPN"), "PROPN"),
        ("a", ("ADJ",), "ADJ"),
        ("a", ("NOUN",), None),
        ("eng", ("X",), None),
        ("nr", ("nr", "n"), "nr"),
        ("nr", ("n", "PROPN"), None),
        ("NOUN", ("NOUN",), "NOUN"),
    ],
)
def test_a_tag_as_one_of_a_model(tag: str, pos: tuple[str, ...], read: str | None) -> None:
    assert read_tag(tag, pos) == read


def test_what_a_person_is_told() -> None:
    assert describe_read(["NOUN", "eng", "nr", "a"], ("NOUN", "ADJ", "PROPN")) == ["a ADJ", "nr PROPN"]

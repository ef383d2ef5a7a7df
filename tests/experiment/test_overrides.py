"""Any file name is a value of any setting; what Hydra's grammar reads stays as it is; types are those of defaults."""

from typing import Any

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep
from hydra.errors import HydraException
from hypothesis import given
from hypothesis import strategies as st

from tagger.errors import UsageError
from tagger.experiment.overrides import check_types, quoted

PARTS = st.sampled_from(
    [
        "语料",
        "训练",
        ".slash",
        "/",
        "\\",
        "'",
        '"',
        "[1]",
        "{a}",
        "(",
        ")",
        ",",
        "=",
        ":",
        " ",
        "~",
        "#",
        "a",
        "1",
        "\t",
    ]
)
PATHS = st.lists(PARTS, min_size=1, max_size=8).map("".join) | st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1
)


def value_of(override: str) -> Any:
    return OverridesParser.create().parse_override(override).value()


def read(override: str) -> Any:
    """What the grammar reads without quotes; None where it refuses the value or reads several values."""
    try:
        value = value_of(override)
    except HydraException:
        return None
    return None if isinstance(value, ChoiceSweep) and value.simple_form else value


@given(PATHS)
def test_any_file_name_is_a_value(path: str) -> None:
    override = f"data.train={path}"
    plain = read(override)
    found = value_of(quoted(override))
    assert found == (path if plain is None else plain)
    assert quoted(quoted(override)) == quoted(override)


@pytest.mark.parametrize(
    "path",
    [
        "语料/训练.slash",
        "a b/[1],x=y.slash",
        'it\'s/"it".seg',
        "a,b.slash",
        "C:\\新\\",
        "(x).seg",
        "[1],x",
        "[8",
        "a=b",
    ],
)
def test_names_as_people_have_them(path: str) -> None:
    assert value_of(quoted(f"data.train={path}")) == path


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("[8,16]", [8, 16]),
        ("{a: 1}", {"a": 1}),
        ("1e-3", 1e-3),
        ("null", None),
        ("'a, b'", "a, b"),
        ("${data.root}/a", "${data.root}/a"),
        ("${data.root}/语料", "${data.root}/语料"),
        ("a b", "a b"),
        ("true", True),
        ("", ""),
    ],
)
def test_values_of_the_grammar_stay(value: str, wanted: Any) -> None:
    assert value_of(quoted(f"key={value}")) == wanted


@pytest.mark.parametrize(
    "override", ["~data.train", "a", "+data@data.parts.a=files", "net.encoder.cell=glob(*)", "x=choice(a,b)"]
)
def test_what_is_no_plain_value_stays(override: str) -> None:
    assert quoted(override) == override


def test_sweeps_are_several_values() -> None:
    sweep = value_of(quoted("data.train=语料/a.slash,语 料/b.slash", sweeps=True))
    assert isinstance(sweep, ChoiceSweep)
    assert [getattr(item, "text", item) for item in sweep.list] == ["语料/a.slash", "语 料/b.slash"]
    assert quoted("net.encoder.cell=lstm,gru", sweeps=True) == "net.encoder.cell=lstm,gru"
    assert quoted("net.encoder.hidden_sizes=[8],[8,8]", sweeps=True) == "net.encoder.hidden_sizes=[8],[8,8]"


DEFAULTS = {
    "seed": 1,
    "lr": 0.1,
    "plots": True,
    "name": "sample",
    "threads": None,
    "net": {"sizes": [200], "freeze": []},
    "trainer": {"devices": 1},
}


@pytest.mark.parametrize(
    "values",
    [
        {"seed": 2, "lr": 1, "plots": False, "name": 7, "threads": "x", "new": []},
        {"seed": "${x}", "lr": None, "net": {"sizes": [8, 8], "freeze": ["a"]}, "trainer": {"devices": "auto"}},
    ],
)
def test_values_of_the_type_of_their_default(values: dict[str, Any]) -> None:
    check_types(values, DEFAULTS)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"seed": "abc"}, "seed: expected a whole number, as 1 is, got 'abc'"),
        ({"seed": True}, "seed: expected a whole number"),
        ({"seed": 1.5}, "seed: expected a whole number"),
        ({"lr": "fast"}, "lr: expected a number, as 0.1 is, got 'fast'"),
        ({"plots": "no way"}, "plots: expected true or false"),
        ({"net": {"sizes": 8}}, r"net.sizes: expected a list, as \[200\] is, got 8"),
        ({"net": {"sizes": ["a"]}}, r"net.sizes: expected a list"),
        ({"net": {"sizes": None}}, r"net.sizes: expected a list"),
        ({"net": "bilstm"}, "net: expected a group of settings"),
    ],
)
def test_values_of_another_type(values: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        check_types(values, DEFAULTS)

"""Settings that do not fit each other, and numbers that mean nothing: refused before anything is built."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from ..cli import did_you_mean
from ..errors import UsageError
from .overrides import settings

_LEAST = {
    "data.batch_chars": 1,
    "data.batch_sentences": 1,
    "patience": 0,
    "threads": 1,
    "trainer.gradient_clip_val": 0,
}
_FILES = ("data.train", "data.dev", "data.test")
_PACKAGED = "pkg://"
_DATA = "tagger.learning.data."


class _Needs(NamedTuple):
    """What data is, its choice of conf/data, the nets and the system that it takes, and settings that bring them."""

    what: str
    choice: str
    nets: tuple[str, ...]
    system: str
    words: str


_NEEDS = {
    "tagging_data": _Needs(
        "texts with words", "files", ("CharTagger", "TransformerTagger"), "TaggingSystem", "net=bilstm"
    ),
    "word_data": _Needs("given words", "words", ("GivenWordTagger",), "TaggingSystem", "net=word_bilstm"),
    "classification_data": _Needs(
        "labelled texts", "labelled", ("SequenceClassifier",), "ClassificationSystem", "experiment=classify"
    ),
    "char_data": _Needs("plain text", "text", ("CharLM",), "CharLMSystem", "experiment=next_char"),
    "series_data": _Needs(
        "series of numbers", "series", ("SequenceRegressor",), "RegressionSystem", "experiment=regression"
    ),
}


def check_fit(values: Mapping[str, Any], overrides: Sequence[str]) -> None:
    """Raises UsageError for numbers that are too small, for a net or a system of another kind of data, and for files of
    one's own with the corpus of the package."""
    for name, value in settings(values):
        if name in _LEAST and isinstance(value, int | float) and value < _LEAST[name]:
            raise UsageError(f"{name}: expected {_LEAST[name]} or more, got {value}; leave it out for the default")
    data = values.get("data") or {}
    target = str(data.get("_target_", ""))
    needs = _NEEDS.get(target.removeprefix(_DATA)) if target.startswith(_DATA) else None
    if needs:  # not of one's own
        _check_parts(values, needs)
    if str(data.get("root", "")).startswith(_PACKAGED):
        _check_own_files(overrides, needs.choice if needs else "files")


def _check_parts(values: Mapping[str, Any], needs: _Needs) -> None:
    for part, room, wanted in (("net", "nets", needs.nets), ("system", "systems", (needs.system,))):
        target = str((values.get(part) or {}).get("_target_", ""))
        made = target.removeprefix(f"tagger.learning.{room}.").partition(".")[0]
        if target.startswith(f"tagger.learning.{room}.") and made not in wanted:
            other = next((data for data in _NEEDS.values() if made in (*data.nets, data.system)), needs)
            raise UsageError(
                f"{part}: expected one for {needs.what}, which the data is, got one for {other.what}; "
                f"give {needs.words}, or data={other.choice}"
            )


def _check_own_files(overrides: Sequence[str], choice: str) -> None:
    given = [word for word in overrides if word.partition("=")[0] in _FILES]
    if given and not any(word.startswith(("data=", "data.root=")) for word in overrides):
        raise UsageError(
            f"{given[0]}: expected data={choice} for files of one's own, got a corpus of the package; give "
            f"data={choice} {given[0]}"
        )


def check_added(overrides: Sequence[str], known: Collection[str]) -> None:
    """Raises UsageError for a setting of data that is added but misspelt."""
    for word in overrides:
        key = word.lstrip("+").partition("=")[0]
        if word.startswith("+data.") and key not in known and (hint := did_you_mean(key, known)):
            raise UsageError(f"{key}: expected a setting of the data, there is none{hint}")

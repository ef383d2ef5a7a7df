"""Corpora from the flat options of a `conf/data` node, which says too how training makes batches of them."""

from collections.abc import Mapping
from dataclasses import fields, replace
from importlib.resources import files
from typing import Any, TypeVar

from ..errors import CorpusError
from ..files.download import Archive, Source
from .corpora import Corpus
from .labelled import LabelledCorpus
from .series import SeriesCorpus
from .several import AnyCorpus, Corpora
from .texts import TextCorpus

Kind = TypeVar("Kind", Corpus, LabelledCorpus, TextCorpus, SeriesCorpus)
PACKAGE = "pkg://"  # what a path inside a Python package begins with, as in Hydra's search path
MISSING = "???"  # the value of an option that a config leaves to the user
# Options that say how training makes batches: the arguments of the data modules in `tagger.learning.data`.
BATCHING = {
    "batch_chars", "batch_sentences", "batch_texts", "batch_windows", "bigram_min_count", "cache",
    "char_min_count", "context", "max_bigrams", "max_chars", "max_words", "padding", "presegment", "seed",
    "unit", "vocabulary_size", "word_min_count",
}  # fmt: skip
# The same, with the value that leaves them out: what training is given beside a corpus.
RESOURCES = {
    "vectors": None, "lexicon": None, "more_words": None, "most_words": None, "soft_labels": None, "gold_repeats": 1,
}  # fmt: skip


def split_options(kind: type[Kind], options: Mapping[str, Any]) -> tuple[Kind, dict[str, Any]]:
    """The corpus that the options of a node describe, and its other options.

    The options are the fields of the corpus. Besides, a `root` of `pkg://PACKAGE` is that package's folder, a file
    `pkg://PACKAGE/NAME` lies in it, and `corpus` is what `{corpus}` stands for in paths and name. Raises CorpusError
    for options that cannot be used.
    """
    options = {
        name: value
        for name, value in _with_corpus(options).items()
        if value != MISSING and not (name.startswith("_") and name.endswith("_"))
    }
    for name in ("root", "train", "dev", "test", "partial", "more_words"):
        if name in options:
            options[name] = _unpacked(options[name])
    if isinstance(options.get("source"), Mapping):
        options["source"] = _source(options["source"])
    names = {field.name for field in fields(kind)}
    if kind is TextCorpus and "train" not in options:
        raise CorpusError("expected a path for data.train, got none; give data.train=FILE")
    corpus = kind(**{name: value for name, value in options.items() if name in names})
    return corpus, {name: value for name, value in options.items() if name not in names}


def _unpacked(path: Any) -> Any:
    """A path, or each of several, with the folder of its package where it begins with `pkg://`."""
    if isinstance(path, list | tuple):
        return [_unpacked(one) for one in path]
    if not str(path).startswith(PACKAGE):
        return path
    package, _, name = str(path).removeprefix(PACKAGE).partition("/")
    try:
        folder = files(package)
    except (ImportError, TypeError, ValueError) as error:
        raise CorpusError(f"{path}: expected a Python package after {PACKAGE}, got {package!r} ({error})") from None
    return str(folder.joinpath(name) if name else folder)


def split_parts(options: Mapping[str, Any]) -> tuple[AnyCorpus, dict[str, Any]]:
    """The same for a corpus of words, or for those of several standards in `parts`, by name.

    Raises CorpusError for a part with resources of its own: training has them for all parts together.
    """
    if "parts" not in options:
        return split_options(Corpus, options)
    task = options.get("task", "joint")
    parts: dict[str, Corpus] = {}
    for name, node in options["parts"].items():
        part, rest = split_options(Corpus, node)
        if resources := [option for option, unset in RESOURCES.items() if rest.get(option, unset) != unset]:
            raise CorpusError(
                f"expected {', '.join(resources)} for all parts together, got it for the part {name}; "
                f"give data.{resources[0]}="
            )
        _refuse_unknown(rest, f"data.parts.{name}.")
        parts[name] = replace(part, task=task)
    rest = {name: options[name] for name in options if name not in ("parts", "task") and not name.startswith("_")}
    if rest.get("more_words"):
        rest["more_words"] = _unpacked(rest["more_words"])
    return Corpora(parts), rest


def corpus_of(options: Mapping[str, Any]) -> AnyCorpus:
    """The corpus of words that a node describes. Raises CorpusError for options that no corpus and no training has."""
    corpus, rest = split_parts(options)
    _refuse_unknown(rest)
    return corpus


def labelled_corpus_of(options: Mapping[str, Any]) -> LabelledCorpus:
    """The labelled texts that a node describes. Raises CorpusError as `corpus_of` does."""
    corpus, rest = split_options(LabelledCorpus, options)
    _refuse_unknown(rest)
    return corpus


def _refuse_unknown(rest: Mapping[str, Any], prefix: str = "data.") -> None:
    if unknown := sorted(rest.keys() - BATCHING - RESOURCES.keys()):
        raise CorpusError(
            f"expected options of the corpus, got {', '.join(prefix + name for name in unknown)} too; leave it out"
        )


def _with_corpus(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options with the value of `corpus` in place of `{corpus}`."""
    mark, rest = "{corpus}", {name: value for name, value in options.items() if name != "corpus"}
    if "corpus" not in options:
        return rest
    replaced = {
        name: value.replace(mark, str(options["corpus"])) if isinstance(value, str) else value
        for name, value in rest.items()
    }
    if replaced == rest:
        raise CorpusError(f"expected {mark} in a path of data.corpus={options['corpus']}, got none; leave it out")
    return replaced


def _source(node: Mapping[str, Any]) -> Source | Archive:
    """A node of `address`, `sha256` and perhaps `timeout`: files when `sha256` is a mapping, else an archive."""
    values = {name: value for name, value in node.items() if not name.startswith("_")}
    try:
        return Source(**values) if isinstance(values.get("sha256"), Mapping) else Archive(**values)
    except TypeError as error:
        raise CorpusError(
            f"expected address, sha256 and perhaps timeout for data.source, got {', '.join(values)} ({error})"
        ) from None

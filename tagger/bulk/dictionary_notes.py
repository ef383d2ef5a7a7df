"""What a run says about its dictionaries and patterns: how they were read, and which entries were of no use."""

from collections.abc import Iterator

from ..tagging.dictionary import Dictionary
from .worker import FileTagger


def describe_dictionaries(tagger: FileTagger) -> Iterator[str]:
    """How each dictionary was read, how many patterns there are, and which tags of theirs the model does not have.

    Opens the model, the dictionaries and the patterns. Raises TaggerError for those that cannot be used.
    """
    if tagger.word_tagger:
        return
    for dictionary in tagger.tagger.dictionaries:
        if dictionary.file:
            yield dictionary.file.describe(len(dictionary))
    for path, patterns in zip(tagger.patterns, tagger.tagger.patterns, strict=True):
        limit = "" if patterns.spaces else f"; in the format {tagger.format} no match holds whitespace"
        yield f"{path}: {len(patterns)} {'pattern' if len(patterns) == 1 else 'patterns'}{limit}"
    if unknown := tagger.tagger.unknown_tags:
        names = ", ".join(unknown[:8]) + (", …" if len(unknown) > 8 else "")
        yield f"the model has no tags {names}: it chooses those of their words itself"


def describe_unmatched(tagger: FileTagger, *, names_entries: bool) -> Iterator[str]:
    """How many entries of each dictionary, and how many patterns, matched no text that was tagged and, with
    `names_entries`, which."""
    paths = (*tagger.dictionaries, *tagger.patterns)
    for path, words in zip(paths, tagger.user_words, strict=True):
        n_unmatched = len(words) - int(words.matched.sum())
        kind = "entries" if isinstance(words, Dictionary) else "patterns"
        yield f"{path}: {n_unmatched:,} of {len(words):,} {kind} matched nothing"
        if names_entries:
            yield from (f"{path}: {word!r} matched nothing" for word in words.unmatched)

"""What a run says about its dictionaries, line by line: how they were read, and which entries were of no use."""

from collections.abc import Iterator

from .worker import FileTagger


def describe_dictionaries(tagger: FileTagger) -> Iterator[str]:
    """How each dictionary was read, and which of their tags the model does not have.

    Opens the model and the dictionaries. Raises TaggerError for those that cannot be used.
    """
    if tagger.word_tagger:
        return
    for dictionary in tagger.tagger.dictionaries:
        if dictionary.file:
            yield dictionary.file.describe(len(dictionary))
    if unknown := tagger.tagger.unknown_tags:
        names = ", ".join(unknown[:8]) + (", …" if len(unknown) > 8 else "")
        yield f"the model has no tags {names}: it chooses those of their words itself"


def describe_unmatched(tagger: FileTagger, *, names_entries: bool) -> Iterator[str]:
    """How many entries of each dictionary matched no text that was tagged and, with `names_entries`, which."""
    for path, dictionary in zip(tagger.dictionaries, tagger.tagger.dictionaries, strict=True):
        n_unmatched = len(dictionary) - int(dictionary.matched.sum())
        yield f"{path}: {n_unmatched:,} of {len(dictionary):,} entries matched nothing"
        if names_entries:
            yield from (f"{path}: {word!r} matched nothing" for word in dictionary.unmatched)

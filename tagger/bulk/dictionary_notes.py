"""What a run says about its dictionaries and patterns: how they were read, and which entries were of no use."""

from collections.abc import Iterator

from ..tagging.dictionary import Dictionary
from ..tagging.entries import FORCE
from ..tagging.tag_maps import describe_read
from .worker import FileTagger


def describe_dictionaries(tagger: FileTagger) -> Iterator[str]:
    """How each dictionary was read, how many patterns there are, and which tags of theirs the model does not have.

    Opens the model, the dictionaries and the patterns. Raises TaggerError for those that cannot be used.
    """
    if tagger.word_tagger:
        return
    for dictionary in tagger.tagger.dictionaries:
        if dictionary.file:
            yield dictionary.file.describe(len(dictionary)) + _describe_use(dictionary, tagger)
    for path, patterns in zip(tagger.patterns, tagger.tagger.patterns, strict=True):
        limit = "" if patterns.spaces else f"; in the format {tagger.format} no match holds whitespace"
        yield f"{path}: {len(patterns)} {'pattern' if len(patterns) == 1 else 'patterns'}{limit}"
    tags = {tag for words in tagger.user_words for tag in words.tag_names}
    if read := describe_read(tags, tagger.model_file.scheme.pos):
        yield f"tags of dictionaries and patterns read as UPOS: {', '.join(read)}"
    if unknown := tagger.tagger.unknown_tags:
        names = ", ".join(unknown[:8]) + (", …" if len(unknown) > 8 else "")
        yield f"the model has no tags {names}: it chooses those of their words itself"


def _describe_use(dictionary: Dictionary, tagger: FileTagger) -> str:
    """How entries that came from a tool with frequencies are used, unless the strength was chosen."""
    if dictionary.file is None or dictionary.file.format not in ("jieba", "hanlp"):
        return ""
    n_forced = int((dictionary.strengths == FORCE).sum())
    if tagger.dictionary_options.strength != "force" or not n_forced:
        return ""
    forced = "all" if n_forced == len(dictionary) else f"{n_forced:,} of them"
    return f"; {forced} forced, frequencies not used; --strength prefer makes them hints"


def describe_unmatched(tagger: FileTagger, *, names_entries: bool) -> Iterator[str]:
    """How many entries of each dictionary, and how many patterns, matched no text that was tagged and, with
    `names_entries`, which."""
    paths = (*tagger.dictionaries, *tagger.patterns)
    for path, words in zip(paths, tagger.user_words, strict=True):
        n_unmatched = len(words) - int(words.matched.sum())
        kind = ("entry", "entries") if isinstance(words, Dictionary) else ("pattern", "patterns")
        yield f"{path}: {_count_unmatched(n_unmatched, len(words), kind)}"
        if names_entries:
            yield from (f"{path}: {word!r} matched nothing" for word in words.unmatched)


def _count_unmatched(n_unmatched: int, n: int, kind: tuple[str, str]) -> str:
    """How many of `n` entries or patterns matched nothing; `kind` names one of them, and several."""
    one, several = kind
    if n == 1:
        return f"the {one} matched nothing" if n_unmatched else f"the {one} matched"
    if n_unmatched or not n:
        return f"{n_unmatched:,} of {n:,} {several} matched nothing"
    return f"all {n:,} {several} matched"

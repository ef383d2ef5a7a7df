"""The words of raw text in languages that write spaces, for vectors of words: cut about as treebanks cut them."""

import re

_WORD = re.compile(
    r"""
    (?:[^\W\d_]\.){2,}                 # U.S.
    | \d+(?:[.,:]\d+)*                 # 1,000.50
    | [^\W\d_]+?(?=n['’]t\b) | n['’]t\b  # do n't
    | ['’](?:s|m|d|re|ve|ll)\b         # it 's
    | \w+
    | ([^\w\s])\1*                    # ... and ---
    """,
    re.IGNORECASE | re.VERBOSE,
)
_DIGIT = re.compile(r"\d")


def cut_words(line: str) -> list[str]:
    """The words and punctuation marks of a line, as they are written."""
    return [match[0] for match in _WORD.finditer(line)]


def fold_word(word: str) -> str:
    """A word as the keys of a `Vocabulary` see it: letters small, digits 0."""
    return _DIGIT.sub("0", word.lower())

"""`python -m tagger.corpus.sample`: is the sample corpus what its README says it is?"""

import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tagger import corpus
from tagger.errors import CorpusError
from tagger.text.sentence import WHITESPACE, Sentence

from ..sample import FILES, FOLDER, SPLITS

UPOS = frozenset(
    [
        "ADJ",
        "ADP",
        "ADV",
        "AUX",
        "CCONJ",
        "DET",
        "INTJ",
        "NOUN",
        "NUM",
        "PART",
        "PRON",
        "PROPN",
        "PUNCT",
        "SCONJ",
        "SYM",
        "VERB",
        "X",
    ]
)
MIN_SENTENCES, MIN_WORDS = 500, 7_000


def punctuation_fault(form: str, tag: str | None) -> str | None:
    """What is wrong with a word and its tag as punctuation, in words; None when nothing is.

    Words of punctuation marks alone are PUNCT (or SYM when ASCII: `*`, `%`, `:)`), and PUNCT has no letters or digits.
    """
    kinds = {unicodedata.category(char)[0] for char in form}
    if kinds == {"P"} and tag != "PUNCT" and not (tag == "SYM" and form.isascii()):
        return f"punctuation {form!r} tagged {tag}"
    if tag == "PUNCT" and not kinds.isdisjoint("LN"):
        return f"{form!r} tagged PUNCT"
    return None


def sentence_faults(sentence: Sentence) -> Iterator[str]:
    if fault := sentence.fault():
        yield fault
    if not sentence.words:
        yield "no words"
    for form, tag, _, _ in sentence.words:
        if tag not in UPOS:
            yield f"{form!r} tagged {tag!r}, which is not one of the 17 UPOS tags"
        if not WHITESPACE.isdisjoint(form):
            yield f"whitespace in the word {form!r}"
        if fault := punctuation_fault(form, tag):
            yield fault


def faults(
    splits: Mapping[str, Sequence[Sentence]], *, min_sentences: int = MIN_SENTENCES, min_words: int = MIN_WORDS
) -> list[str]:
    """Everything that is wrong with a corpus, one line each."""
    found: list[str] = []
    seen: dict[str, str] = {}
    for split, sentences in splits.items():
        for number, sentence in enumerate(sentences, 1):
            here = f"{split} sentence {number} ({sentence.text!r})"
            found += (f"{here}: {fault}" for fault in sentence_faults(sentence))
            if sentence.text in seen:
                found.append(f"{here}: same text as {seen[sentence.text]}")
            seen.setdefault(sentence.text, f"{split} sentence {number}")
    n_sentences = sum(map(len, splits.values()))
    n_words = sum(len(sentence.words) for sentences in splits.values() for sentence in sentences)
    if n_sentences < min_sentences:
        found.append(f"expected at least {min_sentences} sentences in all, got {n_sentences}")
    if n_words < min_words:
        found.append(f"expected at least {min_words} words in all, got {n_words}")
    return found


def report(sentences: Sequence[Sentence]) -> str:
    """Sentences, words, characters (without whitespace), word types, and how often each tag occurs."""
    words = [word for sentence in sentences for word in sentence.words]
    characters, types = sum(len(word.form) for word in words), len({word.form for word in words})
    tags = Counter(str(word.pos) for word in words).most_common()
    head = f"{len(sentences):,} sentences, {len(words):,} words, {characters:,} characters, {types:,} word types"
    return f"{head}\n  {' '.join(f'{tag} {n:,}' for tag, n in tags)}"


def main(folder: Path = FOLDER) -> int:
    """Check the files in a folder and print what they hold; returns the exit status."""
    try:
        files = {name: list(corpus.read(folder / f"{name}.conllu", tag="upos")) for name in FILES}
    except (CorpusError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for split in SPLITS:
        print(f"{split}: {report(files[split])}")
    print(f"total: {report([sentence for split in SPLITS for sentence in files[split]])}")
    for name in FILES[len(SPLITS) :]:
        print(f"{name}: {report(files[name])}")
    found = faults(files)
    for fault in found:
        print(f"error: {fault}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

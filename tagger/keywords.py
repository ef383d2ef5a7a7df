"""`tagger keywords [FILE…]`: the words that say most of each document."""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice, tee
from typing import NamedTuple

from . import cli
from .bulk.chunks import KINDS
from .bulk.documents import Document, read_documents
from .bulk.formats import FORMATS
from .bulk.readers import TextReader
from .errors import InputError
from .files.output import add_output, write_lines
from .modelfile import shipped
from .tagging.keywords import WINDOW, Keyword, text_rank, tf_idf
from .tagging.tagger import Tagger, load
from .tagging.word_filter import WordFilter, read_filter
from .text.scheme import Scheme
from .text.sentence import Word
from .usage import whole_number

TAGS = ("NOUN", "PROPN", "ADJ")  # Mihalcea and Tarau found nouns and adjectives to be the best keywords


class Candidates(NamedTuple):
    """A document by the words of its lines, None for those that can be no keyword."""

    name: str
    lines: list[list[str | None]]

    @property
    def words(self) -> list[str]:
        """The words that can be keywords, in order."""
        return [form for line in self.lines for form in line if form is not None]


def candidates(
    tagger: Tagger, documents: Iterable[Document], word_filter: WordFilter, min_chars: int
) -> Iterator[Candidates]:
    """The documents as candidates for keywords: words that a filter keeps, of `min_chars` characters or more, with a
    letter or digit."""

    def candidate(word: Word) -> str | None:
        form = word.form
        return form if word_filter.keeps(word) and len(form) >= min_chars and any(map(str.isalnum, form)) else None

    for_lines, for_names = tee(documents)
    sentences = tagger.tag_as_words(line for document in for_lines for line in document.lines)
    for document in for_names:
        lines = [list(map(candidate, sentence.words)) for sentence in islice(sentences, len(document.lines))]
        yield Candidates(document.name, lines)


def default_tags(scheme: Scheme) -> tuple[str, ...]:
    """The tags of keywords: nouns, names and adjectives, or all of a model without tags or of entities. Raises
    InputError for a model that calls its tags otherwise."""
    if scheme.outside or not scheme.pos:
        return ()
    if tags := tuple(tag for tag in TAGS if tag in scheme.pos):
        return tags
    raise InputError(f"expected tags of keywords for this model (--pos), got none; choose from {', '.join(scheme.pos)}")


def parser() -> cli.Parser:
    p = cli.parser(
        "keywords",
        "List the words that say most of each document: a line for each with the document, the word and its score. A "
        "file of text is a document, and so is a row of JSONL, CSV, TSV or Parquet. TF-IDF finds words that are "
        "frequent in a document and rare in the others; TextRank, for one document alone, those beside many others.",
    )
    p.add_argument("files", nargs="*", metavar="FILE", default=["-"], help="files, folders, wildcards; - is stdin")
    names = ", ".join(shipped.names())
    p.add_argument("-m", "--model", metavar="NAME", help=f"a model file, or {names}; default: {shipped.DEFAULT}")
    p.add_argument("--standard", metavar="NAME", help="of a model of several standards; default: its first")
    p.add_argument(
        "--method", choices=("tfidf", "textrank"), help="default: tfidf for several documents, textrank for one"
    )
    p.add_argument(
        "--top", type=whole_number(), default=10, metavar="N", help="keywords of a document; default %(default)s"
    )
    p.add_argument("--pos", default="", metavar="TAGS", help=f"of keywords; default {','.join(TAGS)}")
    p.add_argument("--stop-words", metavar="FILE", help="words that are no keywords, one a line")
    p.add_argument(
        "--min-chars", type=whole_number(0), default=2, metavar="N", help="of a keyword; default %(default)s"
    )
    p.add_argument(
        "--window",
        type=whole_number(),
        default=WINDOW,
        metavar="N",
        help="TextRank: words in a row that are near each other",
    )
    p.add_argument("--input", choices=KINDS, help="what the files hold; default: by their names, else text")
    p.add_argument(
        "--field", default="text", metavar="NAME", help="the field or column of the text; default %(default)s"
    )
    cli.add_encoding(p)
    p.add_argument("--format", choices=("tsv", "jsonl"), default="tsv", help="default %(default)s")
    add_output(p)
    return p


def rank(documents: Iterator[Candidates], method: str | None, window: int) -> Iterator[tuple[str, Sequence[Keyword]]]:
    """The name and the ranked words of each document, by a method or by the one that suits their number."""
    if method is None:
        first = list(islice(documents, 2))
        method = "textrank" if len(first) < 2 else "tfidf"
        documents = chain(first, documents)
    if method == "textrank":
        return ((document.name, text_rank(document.lines, window=window)) for document in documents)
    named = [(document.name, document.words) for document in documents]
    return zip([name for name, _ in named], tf_idf([words for _, words in named]), strict=True)


def written(name: str, keywords: Sequence[Keyword], format: str) -> str:
    """The lines of a document's keywords."""
    if format == "tsv":
        return "".join(f"{name}\t{form}\t{score:.4f}\n" for form, score in keywords)
    values = [{"form": form, "score": round(score, 6)} for form, score in keywords]
    return json.dumps({"document": name, "keywords": values}, ensure_ascii=False) + "\n"


def list_keywords(options: argparse.Namespace) -> None:
    """All that the command line asks for. Raises TaggerError, and OSError when the output cannot be written."""
    sources = cli.find_texts(options.files, options.input)
    tagger = load(options.model, standard=options.standard)
    scheme = tagger.model.scheme
    word_filter = read_filter(options.pos, options.stop_words)
    word_filter = replace(word_filter, pos=word_filter.pos or default_tags(scheme))
    word_filter.check(scheme)
    reader = TextReader(FORMATS["jsonl"], scheme, options.field, encoding=options.encoding)
    documents = (document for source in sources for document in read_documents(source, reader))
    ranked = rank(candidates(tagger, documents, word_filter, options.min_chars), options.method, options.window)
    write_lines((written(name, words[: options.top], options.format) for name, words in ranked), options.output)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    options = parser().parse(arguments)
    return cli.run(lambda: list_keywords(options), output=options.output)


if __name__ == "__main__":
    sys.exit(main())

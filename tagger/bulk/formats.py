"""The formats of the output: how each writes tagged texts, and what it can hold."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ..corpus import format_sentence
from ..errors import InputError
from ..tagging.output import OptionError, OutputOptions
from ..text.scheme import Scheme
from ..text.sentence import Sentence
from .conllu import write_conllu, write_conllu_alternatives
from .entity_lines import mark, write_inline, write_iob2
from .json_lines import write_jsonl, write_jsonl_alternatives
from .tagged import TaggedTexts, TextAlternatives
from .word_lines import write_alternatives, write_segmented, write_slash


def write_parquet(tagged: TaggedTexts) -> bytes:
    """A record batch of the columns `text` and `words`, in Arrow's stream format, for a row group of the file."""
    from .arrow import to_stream, words_table

    return to_stream(words_table(tagged))


def _line_in(format: str) -> Callable[[Sentence], str]:
    """Writes a sentence as a line of a format of `corpus`."""
    return partial(format_sentence, format=format)


@dataclass(frozen=True)
class OutputFormat:
    """A format of the output.

    `write` makes the bytes of tagged texts, and `write_alternatives` those of texts with several readings; None if the
    format cannot hold these. `on_lines`: a text is one line without line feeds, and a long one may be written in
    parts. The other fields say whether the format holds probabilities, words that overlap, and lone surrogates,
    sentences, and some words of a text without the others, and whether it is one of words, of entities or of both.
    """

    name: str
    suffix: str
    write: Callable[[TaggedTexts], bytes]
    write_alternatives: Callable[[TextAlternatives], bytes] | None = None
    on_lines: bool = False
    holds_probabilities: bool = False
    holds_overlaps: bool = False
    holds_surrogates: bool = False
    holds_sentences: bool = True
    holds_some_words: bool = True
    holds_words: bool = True
    holds_entities: bool = False

    @property
    def holds_both(self) -> bool:
        """Whether the format holds words and entities of one text."""
        return self.holds_words and self.holds_entities

    @property
    def holds_spaces(self) -> bool:
        """Whether a word may hold whitespace: on a line, a space ends a word."""
        return not self.on_lines

    def check(self, options: OutputOptions, *, some_words: bool = False) -> None:
        """Raises InputError for options that ask for what the format cannot hold; `some_words` says whether words are
        left out."""
        if options.confidence and not self.holds_probabilities:
            formats = ", ".join(format.name for format in FORMATS.values() if format.holds_probabilities)
            raise OptionError(
                "expected the format {formats} for {confidence}, got {format}, which has no place for numbers; "
                "use one of these, or {min_confidence}, which marks words",
                formats=formats,
                format=self.name,
            )
        wanted = None
        if options.search and not self.holds_overlaps:
            wanted = "overlapping words"
        if options.nbest and not self.write_alternatives:
            wanted = "alternatives"
        if options.sentences and not self.holds_sentences:
            wanted = "sentences"
        if some_words and not self.holds_some_words:
            wanted = "some words of a text without the others"
        if wanted:
            raise InputError(
                f"expected another format for {wanted}, got {self.name}, which cannot hold them; use jsonl"
            )

    def check_scheme(self, scheme: Scheme) -> None:
        """Raises InputError for a model of words, or of entities, that the format cannot hold."""
        if self.holds_entities if scheme.outside else self.holds_words:
            return
        kind = "entities" if scheme.outside else "words"
        formats = ", ".join(format.name for format in FORMATS.values() if getattr(format, f"holds_{kind}"))
        raise InputError(f"expected a format of {kind} for this model, {formats}, got {self.name}; use one of these")

    def refusal(self, text: str) -> str:
        """Says why the format cannot hold a text; empty if it can."""
        if self.on_lines and "\n" in text:
            return f"a line feed in the text, which {self.name} cannot hold"
        if not self.holds_surrogates:
            try:
                text.encode()
            except UnicodeEncodeError as error:
                return f"{text[error.start]!r} in the text, which {self.name} cannot hold"
        return ""


FORMATS = {
    format.name: format
    for format in (
        OutputFormat(
            "slash",
            ".slash",
            write_slash,
            write_alternatives(_line_in("slash")),
            on_lines=True,
            holds_overlaps=True,
        ),
        OutputFormat(
            "segmented",
            ".seg",
            write_segmented,
            write_alternatives(_line_in("segmented")),
            on_lines=True,
            holds_overlaps=True,
        ),
        OutputFormat(
            "jsonl",
            ".jsonl",
            write_jsonl,
            write_jsonl_alternatives,
            holds_probabilities=True,
            holds_overlaps=True,
            holds_surrogates=True,
            holds_entities=True,
        ),
        OutputFormat(
            "conllu",
            ".conllu",
            write_conllu,
            write_conllu_alternatives,
            holds_probabilities=True,
            holds_some_words=False,
        ),
        OutputFormat(
            "parquet",
            ".parquet",
            write_parquet,
            holds_probabilities=True,
            holds_overlaps=True,
            holds_sentences=False,
            holds_entities=True,
        ),
        OutputFormat(
            "inline", ".inline", write_inline, write_alternatives(mark), holds_words=False, holds_entities=True
        ),
        OutputFormat("iob2", ".iob2", write_iob2, holds_words=False, holds_entities=True),
    )
}


def find_format(name: str) -> OutputFormat:
    """The format of a name. Raises InputError for an unknown one."""
    if name not in FORMATS:
        raise InputError(f"expected a format out of {', '.join(FORMATS)}, got {name!r}; choose one of them")
    return FORMATS[name]

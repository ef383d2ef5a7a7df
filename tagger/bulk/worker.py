"""One chunk of input to one piece of output: what every worker does, in this process or another."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..files.encodings import codec
from ..modelfile.shipped import find
from ..modelfile.tagger import Model
from ..tagging.dictionary import FORCED, Dictionary, DictionaryOptions
from ..tagging.known import Annotations
from ..tagging.output import PLAIN, OptionError, OutputOptions
from ..tagging.patterns import Patterns
from ..tagging.span_names import SpanNames, names_of
from ..tagging.tagger import Tagger
from ..tagging.word_filter import EVERY_WORD, WordFilter
from ..tagging.word_tagger import WordTagger
from ..text.block import Block, Spans, Unit
from ..text.cleaning import CleanText, clean, paragraphs
from ..text.presegment import NO_PRESEGMENTATION
from .chunks import SIZES, UTF_8, Chunk, Sizes
from .dictionary_files import read_dictionary, read_patterns
from .formats import OutputFormat, find_format
from .readers import Errors, InputTexts, TextReader
from .tagged import TaggedChunk, TaggedTexts, TextAlternatives


@dataclass(frozen=True)
class FileTagger:
    """Tags chunks of files: a model file, how to read texts, and the format of the output.

    `field`, `known_field`, `unit` and `errors` are those of TextReader. `output` asks for probabilities, words to
    search or alternatives. `dictionary_options` say how the files `dictionaries` are read and matched, and in which
    encoding the files `patterns` are. `standard` is the name of one of the model's standards, by default the first.
    `encoding` is that of all files but Parquet. With `clean` texts are cleaned (see `text.cleaning`), and a text of a
    file of lines is a paragraph. `word_filter` says which words are written. Can be sent to another process, which
    opens the model itself. Raises InputError for options that exclude each other.
    """

    model: str
    format: str = "slash"
    field: str = "text"
    unit: Unit = "codepoint"
    errors: Errors = "strict"
    presegment: bool = True
    output: OutputOptions = PLAIN
    dictionaries: tuple[str, ...] = ()
    dictionary_options: DictionaryOptions = FORCED
    known_field: str = ""
    standard: str | None = None
    encoding: str = UTF_8
    patterns: tuple[str, ...] = ()
    clean: bool = False
    word_filter: WordFilter = EVERY_WORD
    sizes: Sizes = SIZES

    def __post_init__(self) -> None:
        object.__setattr__(self, "encoding", codec(self.encoding, "--encoding", InputError))
        self.output.check()
        self.output_format.check(self.output, some_words=bool(self.word_filter))
        if self.word_filter and self.output.nbest:
            raise OptionError("expected {nbest} or some words of each text, got both; leave one of them out")
        if self.clean and self.known_field:
            raise InputError(
                "expected no known words together with --clean, got some: their offsets are those in the text that is "
                "tagged; clean the text first, by tagger.clean"
            )
        written = ("alternatives",) if self.output.nbest else ("words", "spans")
        if (name := self.field.split(".")[0]) in written and self.format in ("jsonl", "parquet"):
            raise InputError(f"expected texts in a field that is not {name!r}, where the words go; rename it")

    def __reduce__(self) -> tuple[Any, ...]:
        return FileTagger, tuple(getattr(self, item.name) for item in fields(self))  # without the open model

    @property
    def output_format(self) -> OutputFormat:
        """The format of the output. Raises InputError for an unknown one."""
        return find_format(self.format)

    @property
    def cuts_lines(self) -> bool:
        """Whether a long line of text may be tagged in parts."""
        needs_whole_texts = self.output.needs_whole_texts or self.clean or self.word_filter
        return self.output_format.on_lines and not needs_whole_texts

    @cached_property
    def model_file(self) -> Model:
        """The open model. Raises ModelError when it cannot be used."""
        return Model.open(find(self.model))

    @property
    def layer(self) -> Model:
        """The model as that of the spans which the format holds: of one that finds words and entities that of the
        words, or that of the entities for a format without words."""
        model = self.model_file
        return model.entities if model.entities and not self.output_format.holds_words else model

    def _check_scheme(self) -> None:
        """Raises InputError for a model whose spans the format cannot hold, or that lacks a tag to keep, and for what
        is known of words where these are not written."""
        self.output_format.check_scheme(self.layer.scheme)
        self.word_filter.check(self.layer.scheme)
        if self.layer is not self.model_file and (self.dictionaries or self.patterns or self.known_field):
            raise InputError(
                f"expected no dictionaries, patterns and known words, which concern the words of this model, for "
                f"{self.format}, which holds its entities; use jsonl, or leave them out"
            )

    @property
    def names(self) -> SpanNames:
        """What the spans that are written are called."""
        return names_of(self.layer.scheme)

    @cached_property
    def word_tagger(self) -> WordTagger | None:
        """The tagger if the model tags given words, else None. Raises InputError for options that need texts, and for a
        format that cannot hold what the model finds."""
        self._check_scheme()
        if self.model_file.unit != "word":
            return None
        others = self.dictionaries or self.patterns or self.known_field or self.standard or self.clean
        if self.output != PLAIN or others:
            raise InputError(
                f"{self.model}: expected tags alone of a model of given words, which has no probabilities, "
                "alternatives, dictionaries, patterns, standards and cleaning; leave those options out"
            )
        return WordTagger(self.model_file)

    @cached_property
    def tagger(self) -> Tagger:
        """The tagger if the model finds words in texts. Raises InputError for a bad dictionary, pattern or standard,
        and for a dictionary with words, or a model, that the format of the output cannot hold."""
        self._check_scheme()
        options, output_format = self.dictionary_options, self.output_format
        return Tagger(
            self.layer,
            presegmenter=None if self.presegment else NO_PRESEGMENTATION,
            dictionary=[read_dictionary(path, options, output_format, self.layer.scheme) for path in self.dictionaries],
            patterns=[read_patterns(path, options, output_format, self.layer.scheme) for path in self.patterns],
            standard=self.standard,
        )

    @property
    def user_words(self) -> tuple[Dictionary | Patterns, ...]:
        """The dictionaries, then the patterns."""
        return (*self.tagger.dictionaries, *self.tagger.patterns)

    @cached_property
    def _reported(self) -> list[NDArray[np.bool_]]:
        """Which entries of each dictionary, and which patterns, this process has said to match."""
        return [np.zeros(len(words), np.bool_) for words in self.user_words]

    def _new_matches(self) -> list[NDArray[np.int64]]:
        """The entries of each dictionary, and the patterns, that match for the first time in this process."""
        matches = []
        for words, reported in zip(self.user_words, self._reported, strict=True):
            matches.append(np.flatnonzero(words.matched & ~reported))
            reported[matches[-1]] = True
        return matches

    def note_matches(self, matched: Sequence[NDArray[np.int64]]) -> None:
        """Notes in the dictionaries and patterns of this process what has matched, perhaps in another process."""
        for words, entries in zip(self.user_words if matched else (), matched, strict=True):
            words.matched[entries] = True

    @cached_property
    def pos(self) -> tuple[str | None, ...]:
        """The names of the POS by number; None alone if the model has none."""
        return self.layer.scheme.pos or (None,)

    @cached_property
    def reader(self) -> TextReader:
        """Reads the texts of chunks."""
        return TextReader(
            self.output_format,
            self.layer.scheme,
            self.field,
            self.known_field,
            self.unit,
            self.errors,
            self.encoding,
            self.clean,
            ("words", "spans") if self.layer.layers[-1].scheme.outside else ("words",),
        )

    def __call__(self, name: str, chunk: Chunk) -> TaggedChunk:
        """The output for a chunk of the input `name`. Raises InputError for a bad row under `strict`, and for what the
        format of the output cannot hold."""
        tagged = self._tag(name, chunk)
        return tagged._replace(matched=self._new_matches()) if self.dictionaries or self.patterns else tagged

    def _tag(self, name: str, chunk: Chunk) -> TaggedChunk:
        if chunk.kind == "parquet":
            return self._tag_table(name, chunk)
        if chunk.kind == "text":
            return self._tag_lines(name, chunk)
        return self._tag_texts(self.reader.read_records(name, chunk))

    def spans(self, block: Block, known: Sequence[Annotations] = ()) -> Sequence[Spans]:
        """The words of a block that `output` and `word_filter` ask for, and the entities beside them if the model finds
        both and the format holds both."""
        if self.word_tagger:
            return [self.word_filter.choose(self.word_tagger.spans(block), self.pos)]
        if self.output_format.holds_both:
            words, *entities = self.output.layers(self.tagger, block, known)
        else:
            words, entities = self.output.spans(self.tagger, block, known), []
        return [self.word_filter.choose(words, self.pos), *entities]

    def _tag_lines(self, name: str, chunk: Chunk) -> TaggedChunk:
        text, rejects = self.reader.decode(name, chunk)
        texts = text.removesuffix("\n").split("\n") if text else []
        if self.clean:
            texts = paragraphs(texts)
        inputs = InputTexts(texts, (), (), rejects)
        if self.output.nbest or self.output.sentences or self.clean:
            return self._tag_texts(inputs)
        if chunk.unfinished and self.word_tagger:
            raise InputError(f"expected a sentence of given words on a line, got over {len(text)} characters")
        spans = self.spans(Block.of_lines(text, section=self.sizes.section))
        tagged = self._write(spans, texts, inputs)
        if not chunk.unfinished:
            return tagged
        words = spans[0]
        end = int(words.ends[-1]) if tagged.n_words else 0
        tail = len(words.block.text[end:-1].encode())
        return tagged._replace(data=tagged.data[:-1], n_texts=0, tail=tail)

    def _tag_texts(self, inputs: InputTexts) -> TaggedChunk:
        cleaned = list(map(clean, inputs.texts)) if self.clean else []
        texts = [text.text for text in cleaned] if self.clean else inputs.texts
        if self.output.nbest:
            return self._write_alternatives(texts, cleaned, inputs)
        spans = self.spans(self.output.block(texts, section=self.sizes.section), inputs.known)
        return self._write(spans, texts, inputs, cleaned)

    def _tag_table(self, name: str, chunk: Chunk) -> TaggedChunk:
        """Rows of a table: with their other columns if the output is a table too, else their texts alone."""
        from .arrow import from_stream, texts_of, to_stream, with_tagged

        batch = from_stream(chunk.data)
        try:
            texts = texts_of(batch, self.field)
        except InputError as error:
            return TaggedChunk(b"", 0, 0, 0, self.reader.refuse_rows(name, chunk.number, batch.num_rows, error))
        if self.format != "parquet":
            return self._tag_texts(self.reader.read_table(name, chunk.number, texts))
        plain = [text or "" for text in texts]
        cleaned = list(map(clean, plain)) if self.clean else []
        block = Block.of((text.text for text in cleaned) if self.clean else plain, section=self.sizes.section)
        tagged = self._tagged(self.spans(block), plain, (), cleaned)
        n_chars = int(block.lengths.sum())
        return TaggedChunk(
            to_stream(with_tagged(batch, texts, tagged)), len(texts), len(tagged.spans.starts), n_chars, ()
        )

    def _tagged(
        self, layers: Sequence[Spans], texts: Sequence[str], fields: Sequence[str], cleaned: Sequence[CleanText]
    ) -> TaggedTexts:
        """Texts with their words, and with the entities beside these if there are any; `cleaned`, unless empty, made
        the texts."""
        tagged = TaggedTexts(
            layers[0],
            texts,
            self.pos,
            self.unit,
            fields,
            cleaned,
            self.output.sentences,
            self.names,
            given_words=bool(self.word_tagger),
            some_words=bool(self.word_filter),
        )
        return tagged if len(layers) == 1 else tagged.beside(layers[1], self.layer.layers[1].scheme.pos)

    def _write(
        self, layers: Sequence[Spans], texts: Sequence[str], inputs: InputTexts, cleaned: Sequence[CleanText] = ()
    ) -> TaggedChunk:
        """The output for the words of texts, and for the entities beside them."""
        data = self.output_format.write(self._tagged(layers, texts, inputs.fields, cleaned))
        block = layers[0].block
        n_chars = int(block.lengths.sum())
        return TaggedChunk(data, block.n_texts, len(layers[0].starts), n_chars, inputs.rejects)

    def _write_alternatives(
        self, texts: Sequence[str], cleaned: Sequence[CleanText], inputs: InputTexts
    ) -> TaggedChunk:
        write = self.output_format.write_alternatives
        assert write is not None, "OutputFormat.check refuses alternatives"
        alternatives = self.output.alternatives(self.tagger, texts, inputs.known)
        data = write(TextAlternatives(alternatives, self.unit, inputs.fields, cleaned, self.names))
        best = [readings[0].sentence for readings in alternatives]
        n_words = sum(len(sentence.words or sentence.entities) for sentence in best)
        return TaggedChunk(data, len(texts), n_words, sum(map(len, texts)), inputs.rejects)

"""One chunk of input to one piece of output: what every worker does, in this process or another."""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Literal, NamedTuple

from ..errors import InputError
from ..modelfile.shipped import find
from ..modelfile.tagger import Model
from ..tagging.dictionary import Dictionary, Strength
from ..tagging.known import Annotations, check, marks
from ..tagging.output import PLAIN, OutputOptions
from ..tagging.tagger import Tagger
from ..tagging.word_tagger import WordTagger
from ..text.block import Block, Spans, Unit
from ..text.presegment import NO_PRESEGMENTATION
from .alternatives import write_alternatives
from .chunks import Chunk, bad_utf8
from .render import render

Errors = Literal["strict", "replace", "skip"]


class Reject(NamedTuple):
    """An input row that was left out (`skip`) or changed (`replace`), and why."""

    name: str
    number: int
    reason: str


class TaggedChunk(NamedTuple):
    """Output for a chunk. Of an unfinished text the last `tail` bytes come after its last word, and `wordy`
    tells whether there is a word in it."""

    data: bytes
    n_texts: int
    n_words: int
    n_chars: int
    rejects: Sequence[Reject]
    tail: int = 0
    wordy: bool = True


@dataclass(frozen=True)
class FileTagger:
    """How to tag: a model file and the format of the output.

    `field` names the text of a JSON object or the column of a table, `given` the field of an object that says what
    is known of its words; `errors` says what to do about bad rows; `strength` and `fold` are for the dictionaries,
    which are files. Can be sent to another process, which opens the model itself.
    """

    model: str
    format: str = "slash"
    field: str = "text"
    unit: Unit = "codepoint"
    errors: Errors = "strict"
    presegment: bool = True
    view: OutputOptions = PLAIN
    dictionaries: tuple[str, ...] = ()
    strength: Strength = "force"
    fold: bool = False
    known: str = ""
    standard: str | None = None

    def __post_init__(self) -> None:
        self.view.check(self.format)
        if self.field == "words" and self.format in ("jsonl", "parquet"):
            raise InputError("expected texts in a field that is not 'words', where the words go; rename it")

    def __reduce__(self) -> tuple[Any, ...]:
        return FileTagger, tuple(getattr(self, item.name) for item in fields(self))  # without the open model

    @cached_property
    def model_file(self) -> Model:
        return Model.open(find(self.model))

    @cached_property
    def word_tagger(self) -> WordTagger | None:
        """The tagger, if the model is one of given words. Raises InputError for what those have not."""
        if self.model_file.unit != "word":
            return None
        if self.view != PLAIN or self.dictionaries or self.known or self.standard:
            raise InputError(
                f"{self.model}: expected tags alone of a model of given words, which has no probabilities, "
                "alternatives, dictionaries and standards; leave those options out"
            )
        return WordTagger(self.model_file)

    @cached_property
    def tagger(self) -> Tagger:
        read = (Dictionary.read(path, strength=self.strength, fold=self.fold) for path in self.dictionaries)
        presegmenter = None if self.presegment else NO_PRESEGMENTATION
        return Tagger(self.model_file, presegmenter=presegmenter, dictionary=list(read), standard=self.standard)

    def spans(self, block: Block, known: Sequence[Annotations] = ()) -> Spans:
        """The words of a block."""
        if self.word_tagger:
            return self.word_tagger.spans(block)
        return self.view.spans(self.tagger, block, known)

    @cached_property
    def names(self) -> tuple[str | None, ...]:
        if self.word_tagger:
            return self.model_file.scheme.pos
        return self.tagger.model.scheme.pos or (None,)

    def __call__(self, name: str, chunk: Chunk) -> TaggedChunk:
        """Tag a chunk of the input `name`. Raises InputError for a bad row under `strict`, and for what the
        output's format cannot hold."""
        rejects: list[Reject] = []
        if chunk.kind == "parquet":
            return self._table(name, chunk, rejects)
        text = self._decode(name, chunk, rejects)
        if chunk.kind == "jsonl":
            return self._rows(name, chunk.number, text, rejects)
        return self._lines(chunk, text, rejects)

    def _decode(self, name: str, chunk: Chunk, rejects: list[Reject]) -> str:
        try:
            return chunk.data.decode()
        except UnicodeDecodeError:
            pass
        lines, offset = [], chunk.offset
        for number, line in enumerate(io.BytesIO(chunk.data), chunk.number):
            try:
                lines.append(line.decode())
            except UnicodeDecodeError as error:
                problem = bad_utf8(name, number, offset, error)
                if self.errors == "strict":
                    raise problem from None
                rejects.append(Reject(name, number, str(problem)))
                if self.errors == "replace":
                    lines.append(line.decode(errors="replace"))
                elif chunk.kind == "jsonl":  # an empty line is no row, and keeps the numbers of those after it
                    lines.append("\n")
            offset += len(line)
        return "".join(lines)

    def _lines(self, chunk: Chunk, text: str, rejects: list[Reject]) -> TaggedChunk:
        if self.view.nbest:
            return self._texts(text.removesuffix("\n").split("\n") if text else [], [], rejects)
        if chunk.unfinished and self.word_tagger:
            raise InputError(f"expected a sentence of given words on a line, got over {len(text)} characters")
        block = Block.of_lines(text)
        spans = self.spans(block)
        texts = text.removesuffix("\n").split("\n") if self.format in ("jsonl", "conllu", "parquet") and text else []
        n_texts, n_words, n_chars = block.n_texts, len(spans.starts), int(block.lengths.sum())
        if self.format == "parquet":
            from .arrow import table, to_stream

            return TaggedChunk(
                to_stream(table(spans, texts, self.names, self.unit)), n_texts, n_words, n_chars, rejects
            )
        data = render(spans, texts, self.names, self.format, unit=self.unit)
        if not chunk.unfinished:
            return TaggedChunk(data, n_texts, n_words, n_chars, rejects, wordy=bool(n_words))
        last = int(spans.ends[-1]) if n_words else 0
        tail = len(block.text[last:-1].encode())
        return TaggedChunk(data[:-1], 0, n_words, n_chars, rejects, tail, bool(n_words))

    def _rows(self, name: str, number: int, lines: str, rejects: list[Reject]) -> TaggedChunk:
        """Objects, a line each: their texts tagged, their other fields kept."""
        texts: list[str] = []
        fields: list[dict[str, Any]] = []
        known: list[Annotations] = []
        for at, line in enumerate(lines.split("\n")[: -1 if lines.endswith("\n") else None], number):
            if not line.strip():
                continue
            problem = ""
            try:
                value = json.loads(line)
            except (ValueError, RecursionError) as error:
                problem = f"not JSON ({error})"
            else:
                if not isinstance(value, dict):
                    problem = f"a {type(value).__name__}"
                elif not isinstance(value.get(self.field), str):
                    problem = f"{self.field!r} is {value[self.field]!r:.80}" if self.field in value else "no such field"
                else:
                    problem = self._unfit(value[self.field])
            own: Annotations = ()
            if not problem and self.known in value:
                try:
                    own = marks(value[self.known], value[self.field], self.unit)
                    check(own, value[self.field], self.tagger.model.scheme)
                except InputError as error:
                    problem = f"{self.known!r}: {error}"
            if not problem:
                value.pop("words", None)  # of another tagger: ours take their place
                texts.append(value[self.field])
                fields.append(value)
                known.append(own)
                continue
            wanted = f"{name}:{at}: expected a JSON object with a string {self.field!r}, got {line[:80]!r} ({problem})"
            if self.errors == "strict":
                raise InputError(f"{wanted}; correct it, name another field or format, or choose errors=skip")
            rejects.append(Reject(name, at, wanted))
            if self.errors == "replace":
                texts.append("")
                fields.append({self.field: "", "error": wanted})
                known.append(())
        return self._texts(texts, fields, rejects, known)

    def _unfit(self, text: str) -> str:
        """Why the format of the output cannot hold a text; "" when it can."""
        if self.format in ("slash", "segmented") and "\n" in text:
            return f"a line feed in the text, which {self.format} cannot hold"
        if self.format != "jsonl":
            try:
                text.encode()
            except UnicodeEncodeError as error:
                return f"{text[error.start]!r} in the text, which {self.format} cannot hold"
        return ""

    def _texts(
        self, texts: list[str], fields: list[dict[str, Any]], rejects: list[Reject], known: Sequence[Annotations] = ()
    ) -> TaggedChunk:
        if self.view.nbest:
            found = self.view.alternatives(self.tagger, texts, known)
            data, n_words = write_alternatives(found, self.format, self.unit, fields)
            return TaggedChunk(data, len(texts), n_words, sum(map(len, texts)), rejects)
        block = Block.of(texts)
        spans = self.spans(block, known)
        n_words, n_chars = len(spans.starts), int(block.lengths.sum())
        if self.format == "parquet":
            from .arrow import table, to_stream

            data = to_stream(table(spans, texts, self.names, self.unit))
        else:
            data = render(spans, texts, self.names, self.format, unit=self.unit, fields=fields)
        return TaggedChunk(data, len(texts), n_words, n_chars, rejects)

    def _table(self, name: str, chunk: Chunk, rejects: list[Reject]) -> TaggedChunk:
        """Rows of a table: with their other columns if the output is one, else their texts alone."""
        from .arrow import from_stream, tag_batch, texts_of, to_stream

        batch = from_stream(chunk.data)
        if self.format == "parquet":
            tagger = self.word_tagger or self.tagger
            found = tag_batch(batch, tagger, field=self.field, unit=self.unit, spans=lambda _, block: self.spans(block))
            words = found.column("words")
            n_chars = sum(len(text) for text in texts_of(batch, self.field) if text is not None)
            return TaggedChunk(to_stream(found), found.num_rows, len(words.flatten()), n_chars, rejects)
        texts = []
        for at, text in enumerate(texts_of(batch, self.field), chunk.number):
            problem = "null" if text is None else self._unfit(text)
            if problem:
                wanted = f"{name}: row {at}: expected a string in column {self.field!r}, got {problem}"
                if self.errors == "strict":
                    raise InputError(
                        f"{wanted}; choose another format, errors=replace for an empty text, or errors=skip"
                    )
                rejects.append(Reject(name, at, wanted))
                if self.errors == "skip":
                    continue
            texts.append("" if problem else str(text))
        return self._texts(texts, [{self.field: text} for text in texts], rejects)

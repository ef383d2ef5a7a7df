"""The texts of a chunk: lines, JSON objects, or rows of a file or table; and what happens to bad ones."""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from ..errors import InputError
from ..files.lines import object_remedy
from ..tagging.known import Annotations, check_annotations
from ..tagging.known_json import read_annotations
from ..text.block import Block, Unit
from ..text.cleaning import clean
from ..text.scheme import Scheme
from . import records
from .chunks import UTF_8, Chunk, bad_line, bad_utf8
from .delimited import DELIMITERS, Row, read_rows
from .formats import OutputFormat
from .tagged import Reject

Errors = Literal["strict", "replace", "skip"]
_OTHER_OBJECT = "correct it, name another field or format, or choose --errors skip"
_OTHER_FIELD = "name the field with --field"
_OTHER_ENCODING = "give --encoding and what it is in (gb18030 for gbk)"


class InputTexts(NamedTuple):
    """The texts of a chunk; per text the `fields` of its object, if it comes from one, as JSON without the closing
    brace, and what is `known` of its words; and the rows that were bad."""

    texts: Sequence[str]
    fields: Sequence[str]
    known: Sequence[Annotations]
    rejects: Sequence[Reject]


@dataclass(frozen=True)
class TextReader:
    """Reads the texts of chunks, for an output format.

    `field` is the field of a JSON object, or the path to it (see `records.find`), or the column of a table that holds
    the text. `known_field`, unless empty, is that of an object with known words, whose offsets count `unit`. Rows
    that are not UTF-8 or JSON, lack a text, or hold a text that the output format cannot hold are bad: `errors` says
    whether they are refused (`strict`), replaced by U+FFFD or an empty text (`replace`), or left out (`skip`).
    `encoding` is that of the file which the chunks, in UTF-8, were made of. With `clean` texts will be cleaned.
    `written` are the fields of an object, or columns of a row, that the output replaces.
    """

    output_format: OutputFormat
    scheme: Scheme
    field: str = "text"
    known_field: str = ""
    unit: Unit = "codepoint"
    errors: Errors = "strict"
    encoding: str = UTF_8
    clean: bool = False
    written: tuple[str, ...] = ("words",)

    def decode(self, name: str, chunk: Chunk) -> tuple[str, list[Reject]]:
        """The lines of a chunk of the input `name`, and the bad ones. Raises InputError for these under `strict`."""
        try:
            return chunk.data.decode(), []
        except UnicodeDecodeError:
            pass
        lines: list[str] = []
        rejects: list[Reject] = []
        offset = chunk.offset
        for number, line in enumerate(io.BytesIO(chunk.data), chunk.number):
            try:
                lines.append(line.decode())
            except UnicodeDecodeError as error:
                strict = self.errors == "strict"
                problem = bad_line(name, number, self.encoding, strict=strict)
                if self.encoding == UTF_8:
                    end = offset - chunk.offset + len(line)
                    following = chunk.data[end : end + 1]
                    problem = bad_utf8(name, number, offset, error, strict=strict, following=following)
                if strict:
                    raise problem from None
                rejects.append(Reject(name, number, str(problem)))
                if self.errors == "replace":
                    lines.append(line.decode(errors="replace"))
                elif chunk.kind == "jsonl":  # an empty line is no row, and the rows after it keep their numbers
                    lines.append("\n")
            offset += len(line)
        return "".join(lines), rejects

    def read_records(self, name: str, chunk: Chunk) -> InputTexts:
        """The texts of JSON objects, or of rows of comma- or tab-separated values. Raises InputError as the readers of
        both do."""
        return self.read_objects(name, chunk) if chunk.kind == "jsonl" else self.read_rows(name, chunk)

    def read_objects(self, name: str, chunk: Chunk) -> InputTexts:
        """The texts of JSON objects, one a line, with their other fields. Raises InputError for a bad one under
        `strict`."""
        text, rejects = self.decode(name, chunk)
        texts: list[str] = []
        fields: list[str] = []
        known: list[Annotations] = []
        for number, line in enumerate(text.removesuffix("\n").split("\n"), chunk.number):
            if not line.strip():
                continue
            try:
                row = self._parse(line)
            except InputError as error:
                wanted = f"{name}:{number}: expected a JSON object with a string {self.field!r}, got {line[:80]!r}"
                reason = f"{wanted} ({error})"
                if self.errors == "strict":
                    raise InputError(f"{reason}; {object_remedy(line, _OTHER_OBJECT)}") from None
                remedy = _OTHER_FIELD if isinstance(error, records.MissingFieldError) else ""
                rejects.append(Reject(name, number, reason, object_remedy(line, remedy)))
                if self.errors == "skip":
                    continue
                row = ("", _fields({self.field: "", "error": reason}), ())
            texts.append(row[0])
            fields.append(row[1])
            known.append(row[2])
        return InputTexts(texts, fields, known, rejects)

    def read_table(self, name: str, number: int, texts: Sequence[str | None]) -> InputTexts:
        """The texts of a column of a table, of which the first is in row `number`. Raises InputError for a bad one
        under `strict`."""
        kept: list[str] = []
        rejects: list[Reject] = []
        for row, text in enumerate(texts, number):
            problem = "null" if text is None else self._refusal(text)
            if problem:
                reason = f"{name}: row {row}: expected a string in column {self.field!r}, got {problem}"
                if self.errors == "strict":
                    remedy = "correct it, or choose --errors replace for an empty text, or --errors skip"
                    raise InputError(f"{reason}; {remedy}")
                rejects.append(Reject(name, row, reason, _OTHER_FIELD if text is None else ""))
                if self.errors == "skip":
                    continue
            kept.append("" if problem else str(text))
        return InputTexts(kept, [_fields({self.field: text}) for text in kept], (), rejects)

    def refuse_rows(self, name: str, number: int, n_rows: int, error: InputError) -> list[Reject]:
        """The rows of a table without texts, from the row `number` on. Raises InputError unless rows are left out."""
        problem = f"{name}: {error}"
        if self.errors != "skip":
            raise InputError(problem) from None
        return [Reject(name, row, problem) for row in range(number, number + n_rows)]

    def read_rows(self, name: str, chunk: Chunk) -> InputTexts:
        """The texts of rows of comma- or tab-separated values, with their other columns. Raises InputError for a bad
        row under `strict`, for a column that is not there unless rows are left out, and for known words."""
        if self.field not in chunk.columns:
            columns = ", ".join(map(repr, chunk.columns))
            problem = f"{name}:1: expected a column {self.field!r}, got {columns}; name one of them with --field"
            if self.errors != "skip":
                raise InputError(problem)
            numbers = [
                row.number for row in read_rows(self._decode_rows(name, chunk), chunk.number, DELIMITERS[chunk.kind])
            ]
            return InputTexts((), (), (), [Reject(name, number, problem) for number in numbers])
        if self.known_field:
            raise InputError(
                f"{name}: expected JSON objects for known words, got {chunk.kind}; convert the file to jsonl"
            )
        texts: list[str] = []
        fields: list[str] = []
        rejects: list[Reject] = []
        for row in read_rows(self._decode_rows(name, chunk), chunk.number, DELIMITERS[chunk.kind]):
            values, problem = self._values(row, chunk.columns)
            if problem:
                reason = f"{name}:{row.number}: expected a row with a text in column {self.field!r}, got {problem}"
                if self.errors == "strict":
                    raise InputError(f"{reason}; correct it, name another column or format, or choose --errors skip")
                remedy = "" if row.problem or not values else _OTHER_ENCODING
                rejects.append(Reject(name, row.number, reason, remedy))
                if self.errors == "skip":
                    continue
                values = values or {self.field: "", "error": reason}
            texts.append(values[self.field])
            fields.append(_fields({column: value for column, value in values.items() if column not in self.written}))
        return InputTexts(texts, fields, (), rejects)

    def _decode_rows(self, name: str, chunk: Chunk) -> str:
        """The text of a chunk, with lone surrogates for bytes that are not UTF-8. Raises InputError for these under
        `strict`."""
        try:
            return chunk.data.decode()
        except UnicodeDecodeError:
            if self.errors == "strict":
                self.decode(name, chunk)  # says where they are
            return chunk.data.decode(errors="surrogateescape")

    def _values(self, row: Row, columns: Sequence[str]) -> tuple[dict[str, str], str]:
        """The fields of a row by their columns, and what is wrong with it; none if it cannot be used, and some with
        U+FFFD for bytes that are not of the encoding."""
        if row.problem or len(row.fields) != len(columns):
            return {}, row.problem or f"{len(row.fields)} fields for {len(columns)} columns"
        fields = [field.encode(errors="surrogateescape").decode(errors="replace") for field in row.fields]
        values = dict(zip(columns, fields, strict=True))
        if problem := self._refusal(values[self.field]):
            return {}, problem
        return values, "" if fields == row.fields else f"bytes that are not {self.encoding}"

    def _parse(self, line: str) -> tuple[str, str, Annotations]:
        """The text of an object, its fields without its words, and what is known of the words of its text. Raises
        InputError that says what is wrong with the object."""
        values = records.parse(line)
        text = records.find(values, self.field)
        if not isinstance(text, str):
            raise records.MissingFieldError(f"{self.field!r} is {text!r:.80}")
        if problem := self._refusal(text):
            raise InputError(problem)
        known: Annotations = ()
        if self.known_field and records.holds(values, self.known_field):
            try:
                known = read_annotations(records.find(values, self.known_field), text, self.unit)
                check_annotations(known, Block.of([text]), self.scheme)
            except InputError as error:
                raise InputError(f"{self.known_field!r}: {error}") from None
        return text, records.head(line, values, self.written), known  # without those of another tagger

    def _refusal(self, text: str) -> str:
        """Says why the output format cannot hold a text as it will be tagged; empty if it can."""
        problem = self.output_format.refusal(text)
        return self.output_format.refusal(clean(text).text) if problem and self.clean else problem


def _fields(values: dict[str, str]) -> str:
    return json.dumps(values, ensure_ascii=False)[:-1]

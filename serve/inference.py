"""What the worker threads do: a batch of texts through a tagger or a classifier, one JSON fragment per text."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import orjson

from tagger.tagging.classifier import Classifier
from tagger.tagging.confidence import RatedSpans
from tagger.tagging.dictionary import Dictionary
from tagger.tagging.known import Annotations
from tagger.tagging.output import PLAIN, OutputOptions, alternative_values
from tagger.tagging.patterns import Patterns
from tagger.tagging.span_names import ENTITIES, names_of
from tagger.tagging.tagger import Tagger
from tagger.text.block import Block, Spans, Unit
from tagger.text.windows import SECTION

PIECE = 4096  # words that are written at a time
_MEMBER = (
    b',"%b":' % ENTITIES.spans.encode()
)  # strings of JSON have no quote without a backslash, so it is nowhere else


@dataclass(frozen=True)
class TagOptions:
    """How texts are tagged: the unit of offsets, what the answer holds, and the dictionaries and patterns to use. With
    `entities` a model that finds words and entities gives both."""

    unit: Unit = "codepoint"
    output: OutputOptions = PLAIN
    dictionaries: tuple[Dictionary, ...] = ()
    patterns: tuple[Patterns, ...] = ()
    entities: bool = False


@dataclass(frozen=True)
class ClassifyOptions:
    """How texts are classified: `top` is the number of labels for each text."""

    top: int


@dataclass(frozen=True)
class AnnotatedText:
    """A text with words or boundaries that are known beforehand; its length is that of the text."""

    text: str
    known: Annotations

    def __len__(self) -> int:
        return len(self.text)


Text = str | AnnotatedText


def tag_texts(tagger: Tagger, texts: Sequence[Text], options: TagOptions) -> list[bytes]:
    """The words, or entities, of each text, or its alternatives, as a JSON array; of a model that finds both and
    options that ask for both the array of words, and after it the member `"spans"` with that of the entities. The
    service calls the tagger here only."""
    tagger = tagger.with_dictionary(*options.dictionaries).with_patterns(*options.patterns)
    plain = [text.text if isinstance(text, AnnotatedText) else text for text in texts]
    known = [text.known if isinstance(text, AnnotatedText) else () for text in texts]
    names = names_of(tagger.model.scheme)
    if options.output.nbest:
        alternatives = options.output.alternatives(tagger, plain, known)
        return [
            orjson.dumps(
                [alternative_values(reading, reading.sentence.offsets(options.unit), names) for reading in readings]
            )
            for readings in alternatives
        ]
    block = block_of(plain, options.output)
    of_entities = tagger.entity_tagger if options.entities else None
    if of_entities is None:
        return _write_arrays(options.output.spans(tagger, block, known), tagger, options)
    words, entities = options.output.layers(tagger, block, known)
    arrays = zip(_write_arrays(words, tagger, options), _write_arrays(entities, of_entities, options), strict=True)
    return [b"%b%b%b" % (array, _MEMBER, further) for array, further in arrays]


def arrays_of(fragment: bytes) -> tuple[bytes, bytes]:
    """The arrays of a fragment of `tag_texts`: of words and of entities, or what else it holds and nothing."""
    words, _, entities = fragment.partition(_MEMBER)
    return words, entities


def _write_arrays(spans: Spans, tagger: Tagger, options: TagOptions) -> list[bytes]:
    """The words, or entities, of each text as a JSON array."""
    scheme = tagger.model.scheme
    writer = _WordWriter(spans, options, names_of(scheme).tag, scheme.pos or (None,))
    ranges = list(pairwise(spans.firsts.tolist()))
    if len(spans.starts) <= PIECE:
        words = writer.words(slice(None))
        return [orjson.dumps(words[first:end]) for first, end in ranges]
    return [writer.array(first, end, tagger.rows.guard.pause) for first, end in ranges]


class _WordWriter:
    """Writes the words of spans as JSON, a piece of a long text at a time: others have their turn between two pieces,
    and the words of one piece alone are Python objects."""

    def __init__(self, spans: Spans, options: TagOptions, tag: str, tags: Sequence[str | None]) -> None:
        self._spans, self._tag, self._tags = spans, tag, tags
        self._starts, self._ends = spans.offsets(options.unit)
        self._numbers = spans.row_numbers() if options.output.sentences else None

    def array(self, first: int, end: int, pause: Callable[[], None]) -> bytes:
        """The words from number `first` up to, but without, `end`. Calls `pause` between two pieces."""
        if end - first <= PIECE:
            return orjson.dumps(self.words(slice(first, end)))
        pieces = []
        for start in range(first, end, PIECE):
            pause()
            pieces.append(orjson.dumps(self.words(slice(start, min(start + PIECE, end))))[1:-1])
        return b"[%b]" % b",".join(pieces)

    def words(self, part: slice) -> list[dict[str, object]]:
        """The words of those numbers as values of JSON."""
        spans, name, tags, text = self._spans, self._tag, self._tags, self._spans.block.text
        columns = spans.starts, spans.ends, spans.pos, self._starts, self._ends
        words: list[dict[str, object]] = [
            {"form": text[first:last], name: tags[pos], "start": start, "end": end}
            for first, last, pos, start, end in zip(*(column[part].tolist() for column in columns), strict=True)
        ]
        if isinstance(spans, RatedSpans):
            rates = (column[part].round(6).tolist() for column in (spans.probability, spans.span_probability))
            for word, probability, span_probability in zip(words, *rates, strict=True):
                word |= {"probability": probability, "span_probability": span_probability}
        if self._numbers is not None:
            for word, number in zip(words, self._numbers[part].tolist(), strict=True):
                word["sentence"] = number
        return words


def block_of(texts: Sequence[str], output: OutputOptions) -> Block:
    """The block of texts that the tagger gets. A row is a whole sentence if the options ask for sentences."""
    return output.block(texts, section=sys.maxsize if output.sentences else SECTION)


def classify_texts(classifier: Classifier, texts: Sequence[str], options: ClassifyOptions) -> list[bytes]:
    """The likeliest label of each text as a JSON object; it also holds the `top` likeliest ones if `top` is above 1."""
    answers = []
    for prediction in classifier.classify(texts):
        ranked = [
            {"label": label, "probability": probability}
            for label, probability in classifier.top(prediction.probabilities, options.top)
        ]
        labels = {"labels": ranked} if options.top > 1 else {}
        answers.append(orjson.dumps(ranked[0] | {"truncated": prediction.truncated} | labels))
    return answers

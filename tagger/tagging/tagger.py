"""Texts to words: rows of like length through the model together, words back in the order of the texts."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Self, TypeVar

from ..decoding.transitions import Tags
from ..errors import ModelError
from ..modelfile.shipped import find
from ..modelfile.tagger import Model
from ..text.block import Block, Spans
from ..text.presegment import Presegmenter
from ..text.sentence import Sentence
from .alternatives import Alternative, Distinct, best_readings, check_distinct
from .arguments import check_options, refuse_unopened, several
from .bare_block import BareBlock
from .confidence import RatedSpans, RatedWord, rate_words, rated_spans, search_spans, searched_spans, words_as_entities
from .constraints import Constraints
from .dictionary import Dictionary
from .guard import Guard
from .known import Annotations
from .layers import Side, plain_layers, rated_layers, tag_layers
from .marginals import Marginals, read_tags, tag_probabilities
from .patterns import Patterns
from .rows import DecodedRows, RowGroup, RowTagger, keep
from .streams import annotated_parts
from .tag_maps import find_unknown

T = TypeVar("T")


class Tagger:
    """Finds the words of texts, or their entities: `tagger("我喜欢北京")` for one, `tagger.tag(texts)` for a stream.

    A model of entities gives sentences without words, with `entities`; what is said of words here, and of their POS, is
    said of entities and their types. A model of both gives sentences with both, of one run of its net; everything else
    here then concerns words, and `entity_tagger` the entities.

    An answer depends on its text alone, whatever else is in the batch. `presegmenter` keeps runs of characters whole
    (URLs, numbers, Latin words, …), by default of the kinds that the model was trained with; `Presegmenter(())` keeps
    none. Entries of `dictionary` are hard constraints (`force`, `forbid`, …) or score bonuses (`prefer`); where
    dictionaries disagree, the later one holds. Matches of `patterns` are words, whatever dictionaries say; where
    Patterns disagree, the earlier ones hold. `standard` names the standard to follow, by default the model's first.
    `temperature` divides scores before they become probabilities, by default the model's own for the standard (see
    `calibrate`).
    Probabilities are the model's, given what presegmentation, dictionaries and known words allow; the bonus of a
    preferred word is not part of them. Safe to use from several threads; a tagger can be pickled and copied with all
    that it was made with (see `modelfile.source`). Raises InputError for a standard that the model does not have,
    and for a model, dictionary or patterns of another type, such as a path.
    """

    def __init__(
        self,
        model: Model,
        *,
        presegmenter: Presegmenter | None = None,
        dictionary: Dictionary | Sequence[Dictionary] = (),
        patterns: Patterns | Sequence[Patterns] = (),
        temperature: float | None = None,
        standard: str | None = None,
    ) -> None:
        refuse_unopened(model, "load")
        check_options(presegmenter, temperature)
        if model.unit != "character":
            raise ModelError(f"{model.name}: expected a model of texts, got one of given words; use tagger.load_words")
        self.model = model
        self.rows = RowTagger(model, model.standard(standard))
        self.presegmenter = model.presegmenter if presegmenter is None else presegmenter
        self.dictionaries = several(dictionary, Dictionary, model.scheme.pos)
        self.patterns = several(patterns, Patterns, model.scheme.pos)
        self._temperature = temperature

    def __repr__(self) -> str:
        parts = [f"standard {self.standard_name}"] if self.standard_name else []
        for dictionary in self.dictionaries:
            name = f" {dictionary.file.path}" if dictionary.file else ""
            parts.append(f"dictionary{name} ({len(dictionary)})")
        parts += [f"patterns ({len(patterns)})" for patterns in self.patterns]
        return f"<Tagger {', '.join([self.model.versioned_name, *parts])}>"

    def with_dictionary(self, *dictionaries: Dictionary) -> Self:
        """A tagger with further dictionaries on the same open model. Raises InputError for anything else than a
        Dictionary, such as a path."""
        chosen = copy(self)
        chosen.dictionaries = (*self.dictionaries, *several(dictionaries, Dictionary, self.model.scheme.pos))
        return chosen

    def with_patterns(self, *patterns: Patterns) -> Self:
        """A tagger with further patterns on the same open model. Raises InputError for anything else than Patterns,
        such as a path."""
        chosen = copy(self)
        chosen.patterns = (*self.patterns, *several(patterns, Patterns, self.model.scheme.pos))
        return chosen

    def using(self, standard: str | None) -> Self:
        """A tagger of the same model that follows another standard. Raises InputError for an unknown one."""
        chosen = copy(self)
        chosen.rows = replace(self.rows, standard=self.model.standard(standard))
        return chosen

    def guarded(self, guard: Guard) -> Self:
        """A tagger of the same model whose work on texts is under guard."""
        chosen = copy(self)
        chosen.rows = replace(self.rows, guard=guard)
        return chosen

    @property
    def standard(self) -> int:
        """The number of the standard that it follows."""
        return self.rows.standard

    @property
    def standard_name(self) -> str:
        """The name of that standard; empty for a model of one standard."""
        return self.model.standards[self.standard] if self.model.standards else ""

    @property
    def temperature(self) -> float:
        """What scores are divided by before they become probabilities."""
        return self.model.temperature(self.standard) if self._temperature is None else self._temperature

    @property
    def unknown_tags(self) -> tuple[str, ...]:
        """Tags of dictionaries and patterns that the model does not have: it chooses the tags of these words itself."""
        sources: tuple[Dictionary | Patterns, ...] = (*self.dictionaries, *self.patterns)
        return find_unknown((tag for source in sources for tag in source.tag_names), self.model.scheme.pos)

    def __call__(
        self, text: str, *, confidence: bool = False, known: Annotations = (), standard: str | None = None
    ) -> Sentence:
        """The words, or entities, of one text, with what is `known` of them. Raises InputError when `text` is not a
        string, and for annotations that the text cannot have."""
        return next(self.tag([text], confidence=confidence, known=[known], standard=standard))

    def tag(
        self,
        texts: Iterable[str],
        *,
        confidence: bool = False,
        known: Iterable[Annotations] | None = None,
        standard: str | None = None,
    ) -> Iterator[Sentence]:
        """A sentence per text, in order; with `confidence` its words are RatedWords, and its entities RatedEntities,
        which carry their probability. `known` are annotations, a sequence per text.

        An iterator, which tags texts as it is read: what calls it in a thread makes the list there. While it is read it
        raises InputError at a text that is not a string, and at annotations that a text cannot have.
        """
        if self.model.entities:
            chosen = self if standard is None else self.using(standard)
            find_layers = chosen.rated_layers if confidence else chosen.layers
            return tag_layers(annotated_parts(texts, known), find_layers, chosen.model)
        sentences = self.tag_as_words(texts, confidence=confidence, known=known, standard=standard)
        return map(words_as_entities, sentences) if self.finds_entities else sentences

    @property
    def finds_entities(self) -> bool:
        """Whether the model finds entities in texts, and not words."""
        return self.model.scheme.outside

    def tag_as_words(
        self,
        texts: Iterable[str],
        *,
        confidence: bool = False,
        known: Iterable[Annotations] | None = None,
        standard: str | None = None,
    ) -> Iterator[Sentence]:
        """The same as `tag`, but entities are the words of their sentences, as what counts and compares words wants
        it."""
        if standard is not None:
            yield from self.using(standard).tag_as_words(texts, confidence=confidence, known=known)
            return
        pos = self.model.scheme.pos or (None,)
        find_spans = self.rated if confidence else self.spans
        for part, of_part in annotated_parts(texts, known):
            yield from find_spans(Block.of(part), of_part).sentences(part, pos)

    def search_words(self, text: str, min_probability: float = 0.1, *, known: Annotations = ()) -> list[RatedWord]:
        """Every span of a text that is a word with a probability of at least `min_probability`, each with its likeliest
        POS: coarse and fine words, which overlap, in order of their starts, then ends.

        Raises InputError when `text` is not a string, or `min_probability` not above 0 and at most 1.
        """
        spans = self.search(Block.of([text]), min_probability, [known])
        [sentence] = spans.sentences([text], self.model.scheme.pos or (None,))
        return [word for word in sentence.words if isinstance(word, RatedWord)]

    def alternatives(
        self, text: str, n: int = 5, *, distinct: Distinct = "words", known: Annotations = ()
    ) -> list[Alternative]:
        """The `n` best readings of a text, the best first; fewer if there are no more (see `decoding.nbest`).

        They differ in their words, and each has the tags that are best for these; with `distinct="tags"` they differ in
        their words or tags. Raises InputError when `text` is not a string, `n` below 1, or for tags of a factored head.
        """
        decoder = self.model.decoder
        check_distinct(decoder, n, distinct)
        bare = self.bare(Block.of([text]), [known])
        decoded, by_tags = self.decode(bare, keep), distinct == "tags"
        readings = best_readings(decoded, decoder, n, temperature=self.temperature, by_tags=by_tags)
        return [reading.alternative(self._sentence(bare, reading.tags, text)) for reading in readings]

    def marginals(self, text: str, *, known: Annotations = ()) -> Marginals:
        """How likely each tag is at each code point of a text, and each boundary between two of them.

        Raises InputError when `text` is not a string.
        """
        read, scheme = read_tags(self.model.decoder, self.temperature), self.model.scheme
        bare = self.bare(Block.of([text]), [known])
        return Marginals.of(bare.restore_tags(tag_probabilities(self.decode(bare, read), scheme), scheme), scheme)

    @property
    def entity_tagger(self) -> Self | None:
        """The tagger of the entities alone that the model finds beside words; None if it finds none beside them."""
        if self.model.entities is None:
            return None
        chosen = copy(self)
        chosen.model = self.model.entities
        chosen.rows = replace(self.rows, model=chosen.model)
        chosen.presegmenter, chosen.dictionaries, chosen.patterns = chosen.model.presegmenter, (), ()
        return chosen

    def layers(self, block: Block, known: Sequence[Annotations] = ()) -> Sequence[Spans]:
        """The words of a block of texts and, if the model finds them beside words, its entities, of one run of the
        net."""
        sides = self._sides(block, known)
        return plain_layers(self.rows, sides) if sides else [self.spans(block, known)]

    def rated_layers(self, block: Block, known: Sequence[Annotations] = ()) -> Sequence[RatedSpans]:
        """The same with their probabilities."""
        sides = self._sides(block, known)
        return rated_layers(self.rows, sides) if sides else [self.rated(block, known)]

    def _sides(self, block: Block, known: Sequence[Annotations]) -> Sequence[Side]:
        """The sides of words and of entities; none if the model has one kind of spans."""
        entities = self.entity_tagger
        if entities is None:
            return ()
        return [self._side(self.bare(block, known)), entities._side(entities.bare(block))]

    def _side(self, bare: BareBlock) -> Side:
        return Side(self.model, bare, self.constraints(bare), self.temperature)

    def spans(self, block: Block, known: Sequence[Annotations] = ()) -> Spans:
        """The words of a block of texts, as columns. Everything that tags words is built on this method."""
        bare = self.bare(block, known)
        return self._spans(bare, self.rows.tags(bare.block, self.constraints(bare)))

    def rated(self, block: Block, known: Sequence[Annotations] = ()) -> RatedSpans:
        """The words of a block of texts with their probabilities."""
        bare = self.bare(block, known)
        decoded = self.decode(bare, rate_words(self.model.decoder, self.temperature))
        return bare.restore(rated_spans(decoded, self.model.scheme))

    def search(self, block: Block, min_probability: float, known: Sequence[Annotations] = ()) -> RatedSpans:
        """The spans of `search_words` for a block of texts. Raises InputError for a bad `min_probability`."""
        read, bare = search_spans(self.model.decoder, self.temperature, min_probability), self.bare(block, known)
        return bare.restore(searched_spans(self.decode(bare, read)))

    def bare(self, block: Block, known: Sequence[Annotations] = ()) -> BareBlock:
        """A block of texts as it is decoded: without format characters, with what is known of each text."""
        return BareBlock.of(block, self.model.scheme, known)

    def decode(self, bare: BareBlock, read: Callable[[RowGroup], T]) -> DecodedRows[T]:
        """The tags of all rows of a bare block, and what `read` finds in each group of rows as it is decoded."""
        return self.rows.decode(bare.block, self.constraints(bare), read)

    def constraints(self, bare: BareBlock) -> Constraints:
        """What annotations, presegmentation, dictionaries, patterns and symbols leave to the model."""
        joined, scheme = self.presegmenter.joined_mask(bare.block.text), self.model.scheme
        guard = self.rows.guard
        return Constraints.of(bare.block, joined, scheme, self.dictionaries, bare.known, self.patterns, guard)

    def _spans(self, bare: BareBlock, tags: Tags) -> Spans:
        return bare.restore(Spans.of(bare.block, *self.model.scheme.spans(tags)))

    def _sentence(self, bare: BareBlock, tags: Tags, text: str) -> Sentence:
        [sentence] = self._spans(bare, tags).sentences([text], self.model.scheme.pos or (None,))
        return words_as_entities(sentence) if self.finds_entities else sentence


def load(
    model: str | Path | bytes | None = None,
    *,
    presegmenter: Presegmenter | None = None,
    dictionary: Dictionary | Sequence[Dictionary] = (),
    patterns: Patterns | Sequence[Patterns] = (),
    standard: str | None = None,
) -> Tagger:
    """A tagger from a model file, its content, or the name of a shipped model (see `modelfile.shipped`), by default
    `zh-small`.

    Raises ModelError when the file cannot be used, InputError for a standard that the model does not have, and for a
    dictionary or patterns of another type, such as a path: `Dictionary.read` and `Patterns.read` read files.
    """
    opened = Model.open(model if isinstance(model, bytes) else find(model))
    return Tagger(opened, presegmenter=presegmenter, dictionary=dictionary, patterns=patterns, standard=standard)

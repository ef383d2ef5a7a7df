"""Tagged texts as CoNLL-U sentences."""

from dataclasses import replace
from itertools import pairwise

import numpy as np

from ..corpus import conllu
from ..tagging.confidence import RatedSpans
from .sentences import split_texts
from .tagged import TaggedTexts, TextAlternatives, encode


def write_conllu(tagged: TaggedTexts) -> bytes:
    """A sentence per text or, by sentence, those of each text, of which the first one has a comment `# newdoc`.

    Probabilities and doubts stand in MISC, and so do the places of words in a text that was cleaned.
    """
    split, is_first = split_texts(tagged) if tagged.by_sentence else (tagged, None)
    sentences = split.spans.sentences(split.texts, split.pos)
    if is_first is not None:
        comments = [("# newdoc",) if first else () for first in is_first.tolist()]
        sentences = [replace(one, comments=said) for one, said in zip(sentences, comments, strict=True)]
    if not isinstance(tagged.spans, RatedSpans) and not tagged.cleaned:
        return encode("".join(map(conllu.write, sentences)))
    notes = _notes(tagged)
    notes_by_text = (notes[first:last] for first, last in pairwise(split.spans.firsts.tolist()))
    return encode("".join(map(conllu.write, sentences, notes_by_text)))


def write_conllu_alternatives(texts: TextAlternatives) -> bytes:
    """A sentence per reading, with its number and its probability in comments."""
    sentences = []
    for i, readings in enumerate(texts.alternatives):
        for number, reading in enumerate(readings, 1):
            comments = f"# alternative = {number}", f"# probability = {reading.probability:.6f}"
            places = texts.offsets(i, reading.sentence) if texts.cleaned else ()
            notes = [[_place(start, end)] for start, end in places]
            sentences.append(conllu.write(replace(reading.sentence, comments=comments), notes))
    return encode("".join(sentences))


def _place(start: int, end: int) -> str:
    return f"TokenRange={start}:{end}"


def _notes(tagged: TaggedTexts) -> list[list[str]]:
    """What each word's MISC says of its place in the original text and of its probability."""
    spans = tagged.spans
    notes: list[list[str]] = [[] for _ in spans.starts]
    if tagged.cleaned:
        notes = [[_place(*place)] for place in zip(*(column.tolist() for column in tagged.offsets()), strict=True)]
    if not isinstance(spans, RatedSpans):
        return notes
    if spans.shown:
        for note, probability, span_probability in zip(notes, spans.probability, spans.span_probability, strict=True):
            note += f"Probability={probability:.6f}", f"SpanProbability={span_probability:.6f}"
    for index in np.flatnonzero(spans.doubtful()).tolist():
        notes[index].append("Doubtful=Yes")
    return notes

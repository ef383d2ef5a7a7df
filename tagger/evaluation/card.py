"""A model card (Mitchell et al. 2019) as Markdown: the model, its data, measured figures, and where it fails."""

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence

from ..corpus.variants import VARIANTS
from ..modelfile.metadata import TaggerMetadata
from ..scores.words import Overlap, Report, summary
from ..tagging.tagger import Tagger
from ..text.sentence import Sentence
from . import analysis
from .card_texts import data, purpose
from .measuring import Measurements, Scores

Rows = Iterable[Sequence[str]]
# What the figures are called: of spans, of spans with their tags, of those that train lacks; and the spans themselves.
WORD_ROWS = ("words", "words and tags", "words that train lacks", "words")
ENTITY_ROWS = ("boundaries", "entities", "entities that train lacks", "entities")
GROUPS = ("group", "gold words", "precision", "recall", "F1")


def render(tagger: Tagger, measured: Measurements, entities: Measurements | None = None, *, command: str) -> str:
    """The card as Markdown, with the figures of `entities` beside words if there are any. Raises what tagging does."""
    model = tagger.model
    sections = [
        _heading(model.versioned_name, model.metadata, command),
        purpose(model.metadata),
        data(measured.corpus, model.metadata),
        _figures(measured.scores, ENTITY_ROWS if tagger.finds_entities else WORD_ROWS),
    ]
    if measured.genres:
        sections.append(_genres(measured, tagger))
    for standard in measured.standards:
        chosen = tagger.using(standard) if standard else tagger
        sections.append(_failures(chosen, next(iter(measured.whole(standard).values())), measured.vocabulary))
    if measured.domains:
        sections.append(_domains(measured.domains))
    if entities and (entity_tagger := tagger.entity_tagger):
        sections.append(_figures(entities.scores, ENTITY_ROWS, title="Figures of entities"))
        first = next(iter(entities.whole("").values()))
        sections.append(_failures(entity_tagger, first, entities.vocabulary, title="Where it fails at entities"))
    return "\n\n".join(sections) + "\n"


def _heading(name: str, metadata: TaggerMetadata, command: str) -> str:
    net, pos = metadata.architecture, metadata.scheme.pos
    layers = f"{net.cell.upper()} of {'-'.join(map(str, net.hidden_sizes))}"
    direction = "in each\ndirection" if net.bidirectional else "in one\ndirection"
    finds_entities = metadata.scheme.name == "BIOES"
    task = "named entities" if finds_entities else f"word segmentation{' and part-of-speech tagging' if pos else ''}"
    tags, types = "types" if finds_entities else "tags", ""
    if entities := metadata.entities:
        task, n_types = f"{task}, with named entities", len(entities.scheme.pos)
        types = f"\nand {n_types} types of entities ({', '.join(entities.scheme.pos)}), head `{entities.decoder.kind}`"
    task = f"Chinese {task}" if metadata.language == "zh" else task.capitalize()
    of_tags = f"{len(pos)} {tags}\n({', '.join(pos)})" if pos else "no tags"
    return f"""# {name}

{task}: {layers} {direction}, head `{metadata.decoder.kind}`, {metadata.n_parameters:,} parameters, {of_tags}{types}. \
Made by `{command}`; this card by `tagger.card` from the model file itself."""


def _figures(scores: Sequence[Scores], names: Sequence[str], *, title: str = "Figures") -> str:
    several = len({(part.standard, part.corpus) for part in scores}) > 1
    columns = (*(("standard", "corpus") if several else ()), "split", "what", "precision", "recall", "F1")
    rows = (
        ((part.standard, part.corpus) if several else ()) + (part.split, *row)
        for part in scores
        for row in _score_rows(part.report, names)
    )
    return f"""## {title}

Plain text of each gold sentence in, its {names[-1]} out; percent; 95 % intervals by bootstrap over sentences.

{_table((*columns, "95 % interval"), rows)}"""


def _genres(measured: Measurements, tagger: Tagger) -> str:
    genres = measured.genres
    rows = [_genre_row(name, report) for name, report in genres.items()]
    if tagger.finds_entities:
        columns = ("genre", "sentences", "entities", "boundary F1", "entity F1", "95 % interval of entity F1")
        return f"## By genre\n\nPercent; – where there is nothing to find.\n\n{_table(columns, rows)}"
    columns = ("genre", "sentences", "words", "word F1", "joint F1", "95 % interval of joint F1")
    words, joint = zip(*((report.words.f1, _joint_f1(report)) for report in genres.values()), strict=True)
    means = [_percent(_mean(words)), _percent(_mean(joint))]
    by = f" Each was tagged by the standard `{measured.genre_standard}`." if measured.genre_standard else ""
    return f"""## By genre

Percent; `mean` is that of the figures, whatever the size of a genre.{by}

{_table(columns, [*rows, ("mean", "", "", *means, "")])}"""


def _genre_row(name: str, report: Report) -> tuple[str, ...]:
    f1 = [_percent(f1 if report.n_words else None) for f1 in (report.words.f1, _joint_f1(report))]
    return name, str(report.n_sentences), str(report.n_words), *f1, _interval(report, "joint_f1")


def _mean(figures: Iterable[float | None]) -> float | None:
    """The mean of the figures that are there; None where none is."""
    known = [figure for figure in figures if figure is not None]
    return sum(known) / len(known) if known else None


def _joint_f1(report: Report) -> float | None:
    return report.joint.f1 if report.joint else None


def _interval(report: Report, figure: str) -> str:
    ends = report.intervals.get(figure)
    return f"{_percent(ends.low)}–{_percent(ends.high)}" if ends else "–"


def _failures(
    tagger: Tagger, scores: Scores, vocabulary: Container[str] | None, *, title: str = "Where it fails"
) -> str:
    """Scores of a split by groups, of other ways to write it, and by tag."""
    split, pairs = scores.split, scores.pairs
    title = f"{title} by `{scores.standard}`" if scores.standard else title
    variants = _variant_rows(tagger, [gold for gold, _ in pairs])
    by_sentence_length = {name: overlap for name, (_, overlap) in analysis.by_sentence_length(pairs).items()}
    kind = "entity" if tagger.finds_entities else "word"
    spans = "boundaries of entities" if tagger.finds_entities else "spans of words"
    f1 = ("boundary F1", "entity F1") if tagger.finds_entities else ("word F1", "joint F1")
    return f"""## {title}

On {split}, by vocabulary, by length of the {kind}, and by length of the sentence, in characters ({spans}):

{_table(GROUPS, _overlap_rows(analysis.by_vocabulary(pairs, vocabulary)))}

{_table(GROUPS, _overlap_rows(analysis.by_word_length(pairs)))}

{_table(GROUPS, _overlap_rows(by_sentence_length))}

The same sentences as others would write them:

{_table(("written", "sentences that change", *f1), variants)}

By tag (span and tag), and the tags most often taken for others where the span is right:

{_table(GROUPS, _overlap_rows(scores.report.tags))}

{_table(("gold", "tagged as", "times"), _mistake_rows(pairs, 10))}"""


def _domains(domains: Sequence[tuple[str, int, float]]) -> str:
    rows = ((name, str(n_chars), f"{100 * share:.1f}") for name, n_chars, share in domains)
    return f"""\
There is no gold for other domains. Where two models that learnt from the same corpus often disagree, at least one of
them is often wrong: words of this model, in raw text of each source, that the other model does not have.

{_table(("source", "characters", "words that differ, %"), rows)}"""


def _table(head: Sequence[str], rows: Rows) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.2f}"


def _percentages(overlap: Overlap) -> tuple[str, str, str]:
    return _percent(overlap.precision), _percent(overlap.recall), _percent(overlap.f1)


def _score_rows(report: Report, names: Sequence[str]) -> Iterable[tuple[str, ...]]:
    spans, tagged, unseen, _ = names
    for name, overlap, key in ((spans, report.words, "word_f1"), (tagged, report.joint, "joint_f1")):
        if overlap:
            yield name, *_percentages(overlap), _interval(report, key)
    yield unseen, "–", _percent(report.oov_recall), "–", "–"


def _overlap_rows(groups: Mapping[str, Overlap]) -> Rows:
    return ((name, str(overlap.gold), *_percentages(overlap)) for name, overlap in groups.items())


def _variant_rows(tagger: Tagger, gold: Sequence[Sentence]) -> Rows:
    for name, vary in VARIANTS.items():
        varied = [vary(sentence) for sentence in gold]
        report = summary(varied, tagger.tag_as_words(sentence.text for sentence in varied), n_resamples=0)
        n_changed = sum(before.text != after.text for before, after in zip(gold, varied, strict=True))
        yield name, str(n_changed), _percent(report.words.f1), _percent(_joint_f1(report))


def _mistake_rows(pairs: Sequence[tuple[Sentence, Sentence]], n: int) -> Rows:
    """The `n` most frequent pairs of a gold tag and another that was found for it, of words whose span is right."""
    counts: Counter[tuple[str, str | None]] = Counter()
    for gold, found in pairs:
        gold_pos = {(word.start, word.end): word.pos for word in gold.words}
        for word in found.words:
            pos = gold_pos.get((word.start, word.end))
            if pos is not None and word.pos != pos:
                counts[pos, word.pos] += 1
    return ((pos, str(found_pos), str(times)) for (pos, found_pos), times in counts.most_common(n))

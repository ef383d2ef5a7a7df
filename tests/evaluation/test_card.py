"""What a card measures, and how it counts mistakes."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from tagger.corpus import Corpus, sample
from tagger.evaluation.card import add_figures, describe_report, measure, measure_disagreement, render
from tagger.modelfile.metadata import Figures
from tagger.scores.words import summary
from tagger.tagging.tagger import Tagger
from tagger.text.sentence import Sentence


def test_figures_have_intervals_only_where_there_are_any(small_tagger: Tagger) -> None:
    gold = [small_tagger("我喜欢北京。")] * 3
    figures = describe_report(summary(gold, gold, n_resamples=10))
    certain = (1.0, 1.0)
    wanted = Figures(sentences=3, word_f1=1.0, joint_f1=1.0, word_f1_interval=certain, joint_f1_interval=certain)
    assert figures == wanted


def test_disagreement_counts_words_with_their_tags(small_tagger: Tagger, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("我喜欢北京。\n\n今天\n", encoding="utf-8")
    assert measure_disagreement(small_tagger, small_tagger, tmp_path / "a.txt", n_chars=100) == (8, 0.0)
    assert measure_disagreement(small_tagger, small_tagger, tmp_path / "a.txt", n_chars=1)[0] == 6

    class Wordless(Tagger):
        def tag(self, texts: Iterable[str], **_: object) -> Iterator[Sentence]:
            return (Sentence(text, ()) for text in texts)

    other = Wordless(small_tagger.model)
    assert measure_disagreement(small_tagger, other, tmp_path / "a.txt", n_chars=100)[1] == 1.0


def test_a_card_counts_the_mistakes_of_its_first_split(small_tagger: Tagger) -> None:
    corpus = Corpus(train=sample.path("train"), dev=sample.path("dev"), name="the sample")
    measured = measure(small_tagger, corpus, ["dev"], n_resamples=0)
    counts: dict[tuple[str | None, str | None], int] = {}
    for gold, found in measured.pairs:
        pos = {(word.start, word.end): word.pos for word in gold.words}
        for word in found.words:
            key = (pos.get((word.start, word.end)), word.pos)
            counts[key] = counts.get(key, 0) + 1
    mistakes = {key: n for key, n in counts.items() if key[0] is not None and key[0] != key[1]}
    (gold_pos, found_pos), n_times = max(mistakes.items(), key=lambda item: item[1])
    text = render(small_tagger, measured, command="make it")
    assert f"| {gold_pos} | {found_pos} | {n_times} |" in text
    assert text.startswith("# small\n\n")
    assert text.count("\n## ") == 4
    assert "There is no gold for other domains" not in text
    metadata = add_figures(small_tagger.model.metadata, measured, command="make it")
    assert metadata.attribution == "learnt from the sample (unknown)"
    assert metadata.figures == {"dev": describe_report(measured.reports["dev"])}

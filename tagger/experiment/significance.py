"""What the nets of a comparison are worth beyond their dev scores: F1 on test with intervals, and whether the best net
differs from the next by more than chance."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ..corpus.several import AnyCorpus
from ..evaluation.comparison import Row, markdown_table
from ..evaluation.tagging import count_sentences
from ..learning.teacher import open_checkpoint
from ..scores.paired import f1_difference
from ..scores.words import Counts, Interval, bootstrap, total
from ..tagging.tagger import Tagger

Runs = Mapping[str, Sequence[Path]]  # the folders of the runs of each net, one for each seed
TITLE = "Test: the best epochs on data.test, which chose nothing"
HEADER = ("net", "joint F1", "95 % interval", "word F1", "95 % interval")


class Judgement(NamedTuple):
    """The table of test scores, under `HEADER`, empty without a test set; and what to make of the best net."""

    lines: Sequence[Sequence[str]]
    verdict: Sequence[str]

    def markdown(self) -> str:
        table = f"### {TITLE}\n\n{markdown_table([HEADER, *self.lines])}\n\n" if self.lines else ""
        return table + "".join(f"{line}\n" for line in self.verdict)


def has_test(corpus: AnyCorpus) -> bool:
    return any("test" in member.paths for member in corpus.members)


def judge(rows: Sequence[Row], runs: Runs, corpus: AnyCorpus) -> Judgement:
    """Score all nets on test, if the corpus has one, and compare the two that are best on dev: on test, or else on dev.

    `rows` that failed, and runs whose best.ckpt is gone, are left out. Raises CorpusError for a test file that cannot
    be read.
    """
    dev: dict[str, list[float]] = {}
    for row in rows:
        if row.f1 is not None and all((folder / "best.ckpt").is_file() for folder in runs.get(row.label, ())):
            dev.setdefault(row.label, []).append(row.f1)
    ranked = sorted(dev, key=lambda label: -sum(dev[label]) / len(dev[label]))
    split = "test" if has_test(corpus) else "dev"
    scored = ranked if split == "test" else ranked[:2]
    counts = {label: _pooled(runs[label], corpus, split) for label in scored}
    lines = [_line(label, counts[label]) for label in dict.fromkeys(row.label for row in rows) if label in counts]
    verdict = [
        *_verdict(ranked[:2], counts, split, n_seeds=len({row.seed for row in rows if row.f1 is not None})),
        *_still_improving(rows),
    ]
    return Judgement(lines if split == "test" else (), verdict)


def _pooled(folders: Sequence[Path], corpus: AnyCorpus, split: str) -> list[Counts]:
    """The counts of each sentence, those of all seeds together."""
    of_seeds = [count_sentences(Tagger(open_checkpoint(run / "best.ckpt")), corpus, split) for run in folders]
    return [total(counts) for counts in zip(*of_seeds, strict=True)]


def _line(label: str, counts: Sequence[Counts]) -> list[str]:
    whole, intervals = total(counts), bootstrap(counts)
    joint, words = intervals["joint_f1"] if whole.joint.gold else None, intervals["word_f1"]
    shown = [f"{100 * whole.joint.f1:.2f}" if joint else "–", _ends(joint), f"{100 * whole.words.f1:.2f}", _ends(words)]
    return [label, *shown]


def _ends(interval: Interval | None) -> str:
    return f"{100 * interval.low:.2f}–{100 * interval.high:.2f}" if interval else "–"


def _verdict(best: Sequence[str], counts: Mapping[str, Sequence[Counts]], split: str, *, n_seeds: int) -> Iterator[str]:
    if len(best) == 2:
        ours, theirs = (counts[label] for label in best)
        joint = total(ours).joint.gold > 0
        f1, interval, p = f1_difference(ours, theirs, joint=joint)
        low, high = 100 * interval.low, 100 * interval.high
        first, chance = "best", "more than chance"
        if low <= 0 <= high:
            first, chance = "highest", "no more than chance, so neither is shown to be better"
        yield (
            f"{first} on dev: {best[0]}; next: {best[1]}. On {split} it has {100 * f1:+.2f} "
            f"{'joint' if joint else 'word'} F1 (95 % interval {low:+.2f} to {high:+.2f}, p = {p:.3f}, paired "
            f"bootstrap over {len(ours)} sentences): {chance}."
        )
    if n_seeds == 1:
        yield "One seed says little: other seeds may order the nets otherwise; train several with seeds=[1,2,3]."


def _still_improving(rows: Sequence[Row]) -> Iterator[str]:
    """That the last epoch was the best of some nets, so that the comparison may end otherwise after more of them."""
    if improving := [row for row in rows if row.still_improving]:
        labels = list(dict.fromkeys(row.label for row in improving))
        which = "; ".join(labels) if len(labels) <= 3 else f"{len(labels)} nets, as the tables say"
        epochs = 2 * max(row.epochs for row in improving)
        yield (
            f"Train longer: the last epoch was the best of {which}. More epochs may bring more, and another order: "
            f"trainer.max_epochs={epochs}, in another folder (hydra.run.dir=FOLDER)."
        )

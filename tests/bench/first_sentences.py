"""Short sentences that people try first: `python tests/bench/first_sentences.py -m NAME.onnx`.

The sentences of `cases/first_sentences.tsv` are the project's own, annotated in the standard `words`. A sentence is
right if all its words are, and all their tags. Sentences marked `unseen` are kept from training and from every choice
of a model or a rule; `--split seen` leaves them out.
"""

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from tagger.tagging.tagger import load
from tagger.text.sentence import Sentence

TABLE = Path(__file__).parent / "cases" / "first_sentences.tsv"
SPLITS = ("seen", "unseen")


class Case(NamedTuple):
    identity: str
    kind: str
    split: str
    text: str
    gold: tuple[tuple[str, str], ...]


class Answer(NamedTuple):
    case: Case
    words: tuple[tuple[str, str | None], ...]


def cases(table: Path = TABLE) -> list[Case]:
    """The sentences of a table, with their words and tags."""
    rows = [line.split("\t") for line in table.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return [
        Case(identity, kind, split, text, tuple(map(word_and_tag, gold.split())))
        for identity, kind, split, text, gold in rows
    ]


def word_and_tag(item: str) -> tuple[str, str]:
    form, _, tag = item.rpartition("/")
    return form, tag


def pairs(sentence: Sentence) -> tuple[tuple[str, str | None], ...]:
    return tuple((word.form, word.pos) for word in sentence.words)


def verdict(answer: Answer) -> tuple[bool, bool]:
    """Whether all words are right, and whether all words and tags are."""
    forms = [[form for form, _ in words] for words in (answer.words, answer.case.gold)]
    return forms[0] == forms[1], answer.words == answer.case.gold


def row(name: str, answers: Sequence[Answer]) -> str:
    words, joint = (100 * sum(right) / len(answers) for right in zip(*map(verdict, answers), strict=True))
    return f"| {name} | {len(answers)} | {words:.1f} % | {joint:.1f} % |"


def line(words: Iterable[tuple[str, str | None]]) -> str:
    return " ".join(form if tag is None else f"{form}/{tag}" for form, tag in words)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-m", "--model", required=True)
    parser.add_argument("--standard", help="of the model; default: the model's own default")
    parser.add_argument("--split", choices=SPLITS, help="default: both")
    options = parser.parse_args()
    chosen = [case for case in cases() if options.split in (None, case.split)]
    tagger = load(options.model, standard=options.standard)
    answers = list(map(Answer, chosen, map(pairs, tagger.tag([case.text for case in chosen]))))
    print("| sentences | number | all words right | all words and tags right |\n|---|---:|---:|---:|")
    for kind in dict.fromkeys(case.kind for case in chosen):
        print(row(kind, [one for one in answers if one.case.kind == kind]))
    for split in dict.fromkeys(case.split for case in chosen):
        print(row(split, [one for one in answers if one.case.split == split]))
    print(row("all", answers))
    for one in answers:
        if verdict(one) != (True, True):
            print(f"\n{one.case.identity} {one.case.kind}, {one.case.split}: {one.case.text}")
            print(f"  wanted  {line(one.case.gold)}\n  got     {line(one.words)}")


if __name__ == "__main__":
    main()

"""What /local does around the net, on the scores of Python's: words, tags and probabilities are those of the tagger."""

import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import models
import pytest
from browsing import check_words, needs_browser
from distributions import scores_of
from playwright.sync_api import Page

from serve.browser import describe_model
from serve.models import ServedModel
from tagger.corpus.sample import path as sample_path
from tagger.tagging.dictionary import Dictionary
from tagger.tagging.entries import Entry
from tagger.text.format_characters import without_format

pytestmark = needs_browser
HEADS = [*map(models.head_model, models.HEADS), models.SEGMENTER, models.ENTITIES]
CASES = Path(__file__).with_name("cases") / "local_words.tsv"


class Case(NamedTuple):
    """A text and the lines of a reader's dictionary."""

    text: str
    lines: str


def cases_of_the_table() -> list[Case]:
    table = re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), CASES.read_text(encoding="utf-8"))
    rows = [row.split("\t") for row in table.split("\n")[1:-1]]
    return [Case(text, lines.replace(";", "\n")) for text, lines, _ in rows]


def read_sample(n: int) -> list[str]:
    """The first `n` sentences of the sample corpus."""
    lines = sample_path("train").read_text(encoding="utf-8").split("\n")
    return [line.removeprefix("# text = ") for line in lines if line.startswith("# text = ")][:n]


def drawn_cases(texts: Sequence[str], tags: Sequence[str]) -> list[Case]:
    """Texts with parts of them as entries of any strength, of which many overlap."""
    draw, cases = random.Random(17), []
    for text in texts:
        lines = []
        for _ in range(draw.randrange(8)):
            start = draw.randrange(len(text))
            word = text[start : start + draw.choice([1, 2, 2, 3, 4, 6])].strip()
            weight = round(draw.uniform(0.3, 9), 2)
            constraint = draw.choice(["force", "prefer", f"prefer={weight}", "forbid", "forbid", "join", "cut"])
            if constraint == "cut":
                word = f"{word[:1]}|{word[1:]}"
            tag = draw.choice(tags) if draw.random() < 0.4 and constraint.startswith(("force", "prefer")) else ""
            lines.append(f"{word}\t{constraint}\t{tag}")
        cases.append(Case(text, "\n".join(lines)))
    return cases


DECODE = """async ([description, cases]) => {
    const { Decoder } = await import('/page/decoder.js');
    const { parseEntries } = await import('/page/entries.js');
    const decoder = new Decoder(description), limits = { entries: 1000, entry_chars: 64 }, found = [];
    for (const [text, lines, scores] of cases) {
        const { entries } = parseEntries(lines, { tags: description.pos }, limits);
        const dictionary = entries.length ? decoder.dictionary(entries) : null;
        found.push({ entries, words: await decoder.words(text, () => scores.flat(), dictionary) });
    }
    return found;
}"""


@pytest.mark.parametrize("path", HEADS, ids=lambda path: path.stem)
def test_words_and_probabilities_are_those_of_the_tagger(page: Page, path: Path) -> None:
    served = ServedModel.open(path.stem, path)
    tagger, texts = served.tagger, read_sample(40)
    cases = cases_of_the_table() + drawn_cases(texts, tagger.model.scheme.pos or ("A",))
    scored = [(*case, scores_of(tagger, without_format(case.text)).tolist()) for case in cases]
    found = page.evaluate(DECODE, [describe_model(served), scored])
    assert sum(bool(answer["entries"]) for answer in found) > 45
    for case, answer in zip(cases, found, strict=True):
        entries = [Entry(**entry) for entry in answer["entries"]]
        rated = tagger.with_dictionary(Dictionary(entries)) if entries else tagger
        check_words([answer["words"]], rated.tag_as_words([case.text], confidence=True))

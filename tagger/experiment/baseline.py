"""LTP's averaged perceptron on the corpus of a run: what a linear model learns there in seconds."""

import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from ..errors import UsageError
from ..learning.data.tagging import TaggingData
from ..scores.words import count, total
from ..text.sentence import Sentence, Word

if TYPE_CHECKING:
    from ltp_extension.perceptron import CWSModel, POSModel


class Perceptrons(NamedTuple):
    """LTP's model of words, and for joint tagging that of their tags."""

    words: "CWSModel"
    tags: "POSModel | None"

    def tag(self, text: str) -> Sentence:
        """The words that the perceptrons find in a text; whitespace is outside of all of them."""
        forms = self.words.predict(text)
        tags: Sequence[str | None] = self.tags.predict(forms) if self.tags else [None] * len(forms)
        return Sentence(text, tuple(_place(text, zip(forms, tags, strict=True))))


def _place(text: str, words: Iterable[tuple[str, str | None]]) -> Iterator[Word]:
    """The words at their places in the text."""
    end = 0
    for form, tag in words:
        if bare := form.strip():
            start = text.index(bare, end)
            end = start + len(bare)
            yield Word(bare, tag, start, end)


def train_perceptrons(train: Sequence[Sentence], dev: Sequence[Sentence], *, epochs: int, joint: bool) -> Perceptrons:
    """LTP's perceptrons, trained on train; LTP chooses by dev. Raises UsageError where `ltp-extension` is missing."""
    try:
        from ltp_extension.perceptron import Algorithm, CWSModel, CWSTrainer, POSModel, POSTrainer
    except ImportError as error:
        raise UsageError(
            f"expected ltp-extension for baseline=ltp, got none ({error}); pip install ltp-extension, or leave it out"
        ) from error
    tags = sorted({tag for sentence in (*train, *dev) for tag in sentence.tags if tag})  # LTP aborts at others
    with TemporaryDirectory() as folder:
        for kind, trainer in (("cws", CWSTrainer()), *([("pos", POSTrainer(tags))] if joint else ())):
            trainer.epoch, trainer.verbose, trainer.algorithm = epochs, False, Algorithm("AP", 1)
            for sentences, load in ((train, trainer.load_train_data), (dev, trainer.load_eval_data)):
                path = Path(folder, f"{kind}.txt")
                path.write_text("".join(_line(sentence, tags=kind == "pos") for sentence in sentences), "utf-8")
                load(str(path))
            with _silence():
                trainer.train().save(str(Path(folder, kind)))
        words = CWSModel(str(Path(folder, "cws")))
        return Perceptrons(words, POSModel(str(Path(folder, "pos"))) if joint else None)


@contextmanager
def _silence() -> Iterator[None]:
    """Nothing that compiled code prints in this block is seen: LTP writes a line an epoch, whatever it is asked."""
    sys.stdout.flush()
    before = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        os.dup2(before, 1)
        os.close(before)
        os.close(nowhere)


def _line(sentence: Sentence, *, tags: bool) -> str:
    """A sentence as LTP reads it: words between spaces, each with its tag after a slash; spaces inside words go."""
    words = ((word.form.replace(" ", ""), word.pos) for word in sentence.words)
    return " ".join(f"{form}/{tag}" if tags else form for form, tag in words) + "\n"


def score_ltp(data: object, *, epochs: int) -> str:
    """Train LTP's perceptrons on train, and say their F1 on dev. Raises UsageError for data of another kind than words
    of one standard."""
    if not isinstance(data, TaggingData) or data.scheme.outside or data.corpus.standards:
        raise UsageError("expected words of one standard for baseline=ltp, got other data; leave it out")
    train, dev = (data.corpus.read(split) for split in ("train", "dev"))
    joint, started = data.corpus.task == "joint", time.process_time()
    perceptrons = train_perceptrons(train, dev, epochs=epochs, joint=joint)
    seconds = time.process_time() - started
    found = total(count(gold, perceptrons.tag(gold.text)) for gold in dev)
    line = f"LTP's perceptron, trained on the same sentences in {seconds:.0f} s: dev word F1 {100 * found.words.f1:.2f}"
    return line + (f", joint F1 {100 * found.joint.f1:.2f}" if joint else "")

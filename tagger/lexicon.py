"""`python -m tagger.lexicon model=A.onnx raw=FOLDER output=LEXICON.npz`: the words that a model finds in raw text.

A net that trains with `data.lexicon=LEXICON.npz` is told at every character which of these words may begin or end
there: what the model found over all its text, in place of what one sentence shows (Wang et al. 2011, "Improving Chinese
Word Segmentation and POS Tagging with Semi-supervised Methods Using Large Auto-Analyzed Data").
"""

import logging
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

import hydra
import numpy as np
from omegaconf import DictConfig

from .corpus.raw import RawText, ngrams, sentences
from .errors import CorpusError, TaggerError
from .files.atomic import publishing
from .learning.resources.lexicon import SHARES, WordList
from .tagging.tagger import load
from .text.characters import folding
from .text.sentence import Sentence

log = logging.getLogger(__name__)

SHORTEST, LONGEST = 2, 4  # characters of a word: one says nothing, five are rare


def find(tagged: Iterable[Sentence], pos: Sequence[str], *, min_count: int) -> WordList:
    """The words of two to four characters that are found at least `min_count` times, the most frequent first."""
    fold = folding()
    found, texts = Counter[tuple[str, str | None]](), list[str]()
    for sentence in tagged:
        texts.append(sentence.text.translate(fold))
        found.update((word.form.translate(fold), word.pos) for word in sentence.words)
    total, likeliest = Counter[str](), dict[str, tuple[int, int]]()
    for (form, tag), n in found.items():
        if SHORTEST <= len(form) <= LONGEST:
            total[form] += n
            likeliest[form] = max(likeliest.get(form, (0, 0)), (n, -pos.index(tag) if tag else 0))
    kept = sorted((form for form, n in total.items() if n >= min_count), key=lambda form: (-total[form], form))
    seen = occurrences(texts, kept)
    shares = np.array([total[form] / seen[form] for form in kept])
    tags = np.array([-likeliest[form][1] for form in kept], np.int64)
    return WordList(kept, 1 + len(SHARES) * tags + np.searchsorted(SHARES, shares, side="right") - 1)


def occurrences(texts: Iterable[str], forms: Collection[str]) -> Counter[str]:
    """How often each string occurs in texts, whether a word or not."""
    known, lengths = frozenset(forms), sorted({len(form) for form in forms})
    return Counter(run for text in texts for length in lengths for run in ngrams(text, length) if run in known)


def log_progress(tagged: Iterable[Sentence], n: int) -> Iterator[Sentence]:
    """The same sentences, of which there are `n`; the log says after every twentieth part how far they are."""
    for number, sentence in enumerate(tagged, 1):
        yield sentence
        if number * 20 // n > (number - 1) * 20 // n:
            log.info("%d of %d sentences", number, n)


def build(cfg: DictConfig) -> None:
    """Tag the raw text that the config names. Raises CorpusError and ModelError."""
    tagger = load(cfg.model)
    text = RawText.of(cfg.raw, cfg.held_out, overlap=cfg.overlap)
    texts = dict.fromkeys(sentences(text, shortest=1, longest=cfg.longest))
    if not texts:
        raise CorpusError(f"{cfg.raw}: expected sentences of at most {cfg.longest} characters, found none")
    log.info("%d sentences; %d lines left out that overlap held-out text", len(texts), text.dropped)
    words = find(log_progress(tagger.tag(texts), len(texts)), tagger.model.scheme.pos, min_count=cfg.min_count)
    if not words.forms:
        raise CorpusError(
            f"{cfg.raw}: expected words of {SHORTEST} to {LONGEST} characters that occur {cfg.min_count} times, found "
            "none; give more text, or a smaller min_count"
        )
    output = Path(cfg.output)
    output.parent.mkdir(parents=True, exist_ok=True)
    with publishing(output) as temporary:
        words.save(temporary)
    log.info("%d words", len(words.forms))
    print(output)


@hydra.main(config_path="../conf", config_name="lexicon", version_base="1.3")
def main(cfg: DictConfig) -> None:
    try:
        build(cfg)
    except (TaggerError, OSError) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()

"""`python -m tagger.pretrain`: vectors of characters and bigrams from raw text, to begin training with.

Skip-gram with negative sampling (Mikolov et al. 2013), by gensim: each character predicts those around it, and
each pair of neighbours the pairs around it. Text that shares a run of characters with a dev or test sentence is
left out, and so are repeated lines.
"""

import hashlib
import logging
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import hydra
import numpy as np
from numpy.typing import NDArray
from omegaconf import DictConfig

from . import corpus
from .alphabet import folding
from .errors import CorpusError, TaggerError
from .files import publishing
from .stream import lines
from .vectors import Vectors

log = logging.getLogger(__name__)


class RawText:
    """Lines of raw text files, folded, each once, none that shares `overlap` characters with a held-out text.

    Can be read again and again; `dropped` and `repeated` count the lines left out in the last reading.
    """

    def __init__(self, paths: Sequence[Path], held_out: Iterable[str], *, overlap: int = 16) -> None:
        self.paths, self.overlap = paths, overlap
        self.dropped = self.repeated = self.n_lines = self.n_chars = 0
        self.fold = folding()
        self.held_out = {run for text in held_out for run in _runs(text.translate(self.fold), overlap)}

    def __iter__(self) -> Iterator[str]:
        seen: set[bytes] = set()
        self.dropped = self.repeated = self.n_lines = self.n_chars = 0
        for path in self.paths:
            for line in lines(path):
                text = line.text.strip().translate(self.fold)
                key = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
                if not text or key in seen:
                    self.repeated += bool(text)
                elif not self.held_out.isdisjoint(_runs(text, self.overlap)):
                    self.dropped += 1
                else:
                    seen.add(key)
                    self.n_lines += 1
                    self.n_chars += len(text)
                    yield text


def _runs(text: str, length: int) -> Iterator[str]:
    return (text[i : i + length] for i in range(len(text) - length + 1))


class _Tokens:
    """Characters (`width` 1) or pairs of neighbours (2) of every line, as gensim wants them."""

    def __init__(self, text: RawText, width: int) -> None:
        self.text, self.width = text, width

    def __iter__(self) -> Iterator[list[str]]:
        for line in self.text:
            yield list(_runs(line, self.width))


def skipgram(
    text: RawText, width: int, *, size: int, window: int, negative: int, epochs: int, min_count: int, limit: int,
    seed: int, workers: int,
) -> tuple[list[str], NDArray[np.float32]]:  # fmt: skip
    """The tokens of `width` characters seen at least `min_count` times, most frequent first, `limit` of them at
    most, and their vectors `[n_tokens, size]`."""
    try:
        from gensim.models import Word2Vec
    except ImportError:
        raise CorpusError("expected gensim to be installed, it is not; pip install 'tagger[pretrain]'") from None
    model: Any = Word2Vec(
        _Tokens(text, width), vector_size=size, window=window, negative=negative, epochs=epochs, sg=1,
        min_count=min_count, max_final_vocab=limit, seed=seed, workers=workers,
    )  # fmt: skip
    return list(model.wv.index_to_key), np.asarray(model.wv.vectors, np.float32)


def pretrain(cfg: DictConfig) -> None:
    """Vectors of the raw text that the config names, as one file. Raises CorpusError."""
    source = Path(cfg.raw)
    paths = sorted(p for p in source.rglob("*") if p.is_file() and p.suffix != ".md") if source.is_dir() else [source]
    if not paths:
        raise CorpusError(f"{source}: expected files of raw text, found none; give raw=FOLDER")
    held_out = [s.text for path in cfg.held_out for s in corpus.read(path, tag="none")]
    text = RawText(paths, held_out, overlap=cfg.overlap)
    common = {name: cfg[name] for name in ("epochs", "negative", "seed", "workers")}
    tables = {}
    for name, width in (("char", 1), ("bigram", 2)):
        tables[name] = skipgram(text, width, **cfg[name], **common)
        log.info(
            "%s: %d vectors, from %d lines of %d characters; %d repeated and %d that overlap held-out text left out",
            name, len(tables[name][0]), text.n_lines, text.n_chars, text.repeated, text.dropped,
        )  # fmt: skip
    output = Path(cfg.output)
    output.parent.mkdir(parents=True, exist_ok=True)
    with publishing(output) as temporary:
        Vectors(*tables["char"], *tables["bigram"]).save(temporary)
    print(output)


@hydra.main(config_path="../conf", config_name="pretrain", version_base="1.3")
def main(cfg: DictConfig) -> None:
    try:
        pretrain(cfg)
    except (TaggerError, OSError) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()

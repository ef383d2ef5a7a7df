"""`python -m tagger.distill teachers=[A.onnx,…] raw=FOLDER output=TAUGHT.npz`: raw text as its teachers tag it.

A student learns from that file and from a gold corpus together: `python -m tagger.train data.taught=TAUGHT.npz …`.
For every character the file holds the teachers' probabilities of its tags (Hinton et al. 2015), averaged over the
teachers, and the legal sequence that is best by their logarithms.
"""

import logging
import sys
from collections.abc import Sequence
from pathlib import Path

import hydra
import numpy as np
from numpy.typing import NDArray
from omegaconf import DictConfig

from . import corpus
from .corpus.raw import RawText, sentences
from .corpus.selection import differences
from .decoding.marginals import Table
from .decoding.masks import join
from .decoding.posterior import tag_probabilities
from .decoding.transitions import FORBIDDEN, Transitions
from .decoding.viterbi import viterbi
from .errors import CorpusError, ModelError, TaggerError
from .files.atomic import publishing
from .learning.resources.soft_labels import SoftLabels
from .tagging.tagger import Tagger, load
from .text.characters import code_points

log = logging.getLogger(__name__)

_LEAST = 1e-3  # a probability below it is not kept


def sample_texts(texts: Sequence[str], n_chars: int, *, seed: int) -> list[str]:
    """Texts drawn at random until there are `n_chars` characters, longest first."""
    chosen, size = [], 0
    for i in np.random.default_rng(seed).permutation(len(texts)):
        if size >= n_chars:
            break
        chosen.append(texts[i])
        size += len(texts[i])
    return sorted(chosen, key=len, reverse=True)


def select_similar(texts: Sequence[str], n_chars: int, like: Sequence[str], *, seed: int) -> list[str]:
    """The texts most like those of a corpus, beside a sample of all that is as large, until there are `n_chars`
    characters; longest first. Raises CorpusError for an empty corpus."""
    if not like:
        raise CorpusError("expected sentences that the raw text should be like, got none; name a corpus that has some")
    other = sample_texts(texts, sum(map(len, like)), seed=seed)
    order = np.argsort(differences(texts, like, other), kind="stable")
    sizes = np.cumsum([len(texts[i]) for i in order])
    chosen = [texts[i] for i in order[: np.searchsorted(sizes, n_chars) + 1]]
    return sorted(chosen, key=len, reverse=True)


def posterior(tagger: Tagger, codes: NDArray[np.int32], lengths: NDArray[np.int32]) -> list[Table]:
    """A teacher's probability of every tag at every character, `[length, n_tags]` for each row, the longest first."""
    model, decoder = tagger.model, tagger.model.decoder
    scores = model.scores(codes, lengths, tagger.standard)
    joined = np.zeros(codes.shape, bool)
    for row, length in enumerate(lengths):
        joined[row, :length] = tagger.presegmenter.joined_mask("".join(map(chr, codes[row, :length])))
    join(scores, joined, decoder.n_pos)
    return tag_probabilities(decoder, [scores], lengths, least=_LEAST / 10)


def label(teachers: Sequence[Tagger], texts: Sequence[str], *, n_likeliest: int = 4, batch: int = 2048) -> SoftLabels:
    """What the teachers together say of texts, none empty, the longest first. Raises ModelError when their
    tags are not the same."""
    schemes = [teacher.model.scheme for teacher in teachers]
    if not teachers or any(scheme != schemes[0] for scheme in schemes):
        raise ModelError(
            f"expected one or more teachers with the same tags, got {[scheme.to_dict() for scheme in schemes]}; "
            "train them on the same corpus"
        )
    tags, likeliest, probabilities = [], [], []
    none, at, told = Transitions.zeros(schemes[0].n_pos), 0, 0
    while at < len(texts):
        part = texts[at : at + max(1, batch // len(texts[at]))]
        at += len(part)
        lengths = np.array([len(text) for text in part], np.int32)
        codes = np.zeros((len(part), lengths.max()), np.int32)
        for row, text in enumerate(part):
            codes[row, : lengths[row]] = code_points(text)
        soft_targets = np.zeros((len(part), lengths[0], schemes[0].n_tags), np.float32)
        for row, each in enumerate(zip(*(posterior(teacher, codes, lengths) for teacher in teachers), strict=True)):
            soft_targets[row, : lengths[row]] = np.mean(each, 0)
        best = viterbi(
            np.log(soft_targets, where=soft_targets > 0, out=np.full_like(soft_targets, FORBIDDEN)), lengths, none
        )
        for row, length in enumerate(lengths):
            top = np.argsort(-soft_targets[row, :length], 1, kind="stable")[:, :n_likeliest]
            kept = np.take_along_axis(soft_targets[row, :length], top, 1)
            kept[kept < _LEAST] = 0
            tags.append(best[row, :length].astype(np.uint16))
            likeliest.append(top.astype(np.uint16))
            probabilities.append((kept / kept.sum(1, keepdims=True)).astype(np.float16))
        if at * 20 // len(texts) > told:
            told = at * 20 // len(texts)
            log.info("%d of %d sentences", at, len(texts))
    return SoftLabels(schemes[0], list(texts), *(np.concatenate(part) for part in (tags, likeliest, probabilities)))


def distill(cfg: DictConfig) -> None:
    """Label the raw text that the config names. Raises CorpusError and ModelError."""
    teachers = [load(path) for path in cfg.teachers]
    text = RawText.of(cfg.raw, cfg.held_out, overlap=cfg.overlap)
    found = list(dict.fromkeys(sentences(text, shortest=cfg.shortest, longest=cfg.longest)))
    if not found:
        raise CorpusError(f"{cfg.raw}: expected sentences of {cfg.shortest} to {cfg.longest} characters, found none")
    if cfg.like is None:
        texts = sample_texts(found, cfg.n_chars, seed=cfg.seed)
    else:
        like = [sentence.text for sentence in corpus.read(cfg.like, tag="none")]
        texts = select_similar(found, cfg.n_chars, like, seed=cfg.seed)
    log.info(
        "%d sentences of %d characters, of %d; %d lines left out that overlap held-out text",
        len(texts), sum(map(len, texts)), len(found), text.dropped,
    )  # fmt: skip
    output = Path(cfg.output)
    output.parent.mkdir(parents=True, exist_ok=True)
    soft_labels = label(teachers, texts, n_likeliest=cfg.n_likeliest)
    with publishing(output) as temporary:
        soft_labels.save(temporary)
    print(output)


@hydra.main(config_path="../conf", config_name="distill", version_base="1.3")
def main(cfg: DictConfig) -> None:
    try:
        distill(cfg)
    except (TaggerError, OSError) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()

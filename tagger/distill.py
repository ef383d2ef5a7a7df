"""`python -m tagger.distill teachers=[A.onnx,…] raw=FOLDER output=TAUGHT.npz`: raw text as its teachers tag it.

A student learns from that file and from a gold corpus together: `python -m tagger.train data.taught=TAUGHT.npz …`.
For every character the file holds the teachers' probabilities of its tags (Hinton et al. 2015), averaged over the
teachers, and the legal sequence that is best by their logarithms.
"""

import logging
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import hydra
import numpy as np
import torch
from numpy.typing import NDArray
from omegaconf import DictConfig

from .alphabet import code_points
from .crf import log_partition
from .decoding import FORBIDDEN, ChainDecoder, FactoredDecoder, Transitions, join, viterbi
from .errors import CorpusError, ModelError, TaggerError
from .files import publishing
from .inference import Tagger, load
from .rawtext import RawText
from .taught import Taught

log = logging.getLogger(__name__)

_END = re.compile("(?<=[。！？!?；;])(?![”’」』）)])")
_LEAST = 1e-3  # a probability below it is not kept


def sentences(lines: Iterable[str], *, shortest: int, longest: int) -> Iterator[str]:
    """The sentences in lines of text, without those that are shorter or longer."""
    for line in lines:
        for part in _END.split(line):
            text = part.strip()
            if shortest <= len(text) <= longest:
                yield text


def drawn(texts: Sequence[str], n_chars: int, *, seed: int) -> list[str]:
    """Texts drawn at random until there are `n_chars` characters, longest first."""
    chosen, size = [], 0
    for i in np.random.default_rng(seed).permutation(len(texts)):
        if size >= n_chars:
            break
        chosen.append(texts[i])
        size += len(texts[i])
    return sorted(chosen, key=len, reverse=True)


def _chain(scores: NDArray[np.float32], lengths: NDArray[np.int32], tables: Transitions) -> NDArray[np.float32]:
    """Marginal probabilities of a chain's tags, `[batch, time, n_tags]`: the gradient of its log partition."""
    emitted = torch.from_numpy(scores).requires_grad_()
    chain = (torch.from_numpy(table) for table in (tables.boundary, tables.inside, tables.start, tables.end))
    total = log_partition(emitted, torch.from_numpy(lengths.astype(np.int64)), *chain)
    (gradient,) = torch.autograd.grad(total.sum(), emitted)
    return gradient.numpy()


def posterior(tagger: Tagger, codes: NDArray[np.int32], lengths: NDArray[np.int32]) -> NDArray[np.float32]:
    """A teacher's probability of every tag at every character, `[batch, time, n_tags]`.

    A factored teacher gives its letters', and those of the POS of the best word that holds the character.
    """
    model, decoder = tagger.model, tagger.model.decoder
    scores = model.scores(codes, lengths)
    goes_on = np.zeros(codes.shape, bool)
    for row, length in enumerate(lengths):
        goes_on[row, :length] = tagger.runs.joined("".join(map(chr, codes[row, :length])))
    join(scores, goes_on, decoder.n_pos)
    if isinstance(decoder, ChainDecoder):
        return _chain(scores, lengths, decoder.transitions)
    if not isinstance(decoder, FactoredDecoder):
        raise ModelError(f"expected a teacher with a head crf, softmax or factored, got {type(decoder).__name__}")
    n = model.scheme.n_pos
    letters = _chain(np.ascontiguousarray(scores[:, :, :5]), lengths, decoder.transitions)
    tags = decoder(scores, lengths)
    of_pos = np.zeros((*codes.shape, n), np.float32)
    for row, length in enumerate(lengths):
        starts, ends, _ = model.scheme.spans(tags[row, :length])
        of_word = scores[row, starts, 5 : 5 + n] + scores[row, ends - 1, 5 + n :]
        of_word = np.exp(of_word - of_word.max(1, keepdims=True))
        of_word /= of_word.sum(1, keepdims=True)
        for word, (start, end) in enumerate(zip(starts, ends, strict=True)):
            of_pos[row, start:end] = of_word[word]
        of_pos[row, :length][of_pos[row, :length].sum(1) == 0] = 1 / n  # whitespace, if it may be inside words
    joint = (letters[:, :, 1:, None] * of_pos[:, :, None, :]).reshape(*codes.shape, 4 * n)
    return np.concatenate([letters[:, :, :1], joint], 2)


def label(teachers: Sequence[Tagger], texts: Sequence[str], *, n_likeliest: int = 4, batch: int = 2048) -> Taught:
    """What the teachers together say of texts, none empty, best given longest first. Raises ModelError when their
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
        shares = np.mean([posterior(teacher, codes, lengths) for teacher in teachers], 0)
        best = viterbi(np.log(shares, where=shares > 0, out=np.full_like(shares, FORBIDDEN)), lengths, none)
        for row, length in enumerate(lengths):
            top = np.argsort(-shares[row, :length], 1, kind="stable")[:, :n_likeliest]
            kept = np.take_along_axis(shares[row, :length], top, 1)
            kept[kept < _LEAST] = 0
            tags.append(best[row, :length].astype(np.uint16))
            likeliest.append(top.astype(np.uint16))
            probabilities.append((kept / kept.sum(1, keepdims=True)).astype(np.float16))
        if at * 20 // len(texts) > told:
            told = at * 20 // len(texts)
            log.info("%d of %d sentences", at, len(texts))
    return Taught(schemes[0], list(texts), *(np.concatenate(part) for part in (tags, likeliest, probabilities)))


def distill(cfg: DictConfig) -> None:
    """Label the raw text that the config names. Raises CorpusError and ModelError."""
    if cfg.threads:
        torch.set_num_threads(cfg.threads)
    teachers = [load(path) for path in cfg.teachers]
    text = RawText.of(cfg.raw, cfg.held_out, overlap=cfg.overlap)
    found = list(dict.fromkeys(sentences(text, shortest=cfg.shortest, longest=cfg.longest)))
    texts = drawn(found, cfg.n_chars, seed=cfg.seed)
    if not texts:
        raise CorpusError(f"{cfg.raw}: expected sentences of {cfg.shortest} to {cfg.longest} characters, found none")
    log.info(
        "%d sentences of %d characters, of %d; %d lines left out that overlap held-out text",
        len(texts), sum(map(len, texts)), len(found), text.dropped,
    )  # fmt: skip
    output = Path(cfg.output)
    output.parent.mkdir(parents=True, exist_ok=True)
    taught = label(teachers, texts, n_likeliest=cfg.n_likeliest)
    with publishing(output) as temporary:
        taught.save(temporary)
    print(output)


@hydra.main(config_path="../conf", config_name="distill", version_base="1.3")
def main(cfg: DictConfig) -> None:
    try:
        distill(cfg)
    except (TaggerError, OSError) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()

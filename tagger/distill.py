"""`tagger distill RAW -m A.onnx [-m RUN/best.ckpt] -o LABELS.npz`: raw text with the tag probabilities of its teachers.

A student learns from that file and from a gold corpus together: `tagger train data.soft_labels=LABELS.npz …`. For
every character the file holds the teachers' probabilities of its tags (Hinton et al. 2015), averaged over the teachers,
and the legal sequence that is best by their logarithms.
"""

import argparse
import logging
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from . import cli, corpus
from .corpus.raw import RawText, sentences
from .corpus.selection import differences
from .decoding.transitions import FORBIDDEN, Table, Transitions
from .decoding.viterbi import viterbi
from .errors import CorpusError, ModelError
from .files.atomic import publishing
from .files.output import file_to_write
from .learning.resources.soft_labels import SoftLabels
from .tagging.marginals import read_tags
from .tagging.marginals import tag_probabilities as block_tag_probabilities
from .tagging.tagger import Tagger, load
from .text.block import Block
from .text.padding import batches, pad
from .usage import whole_number

if TYPE_CHECKING:
    from .learning.teacher import Precision

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


def tag_probabilities(tagger: Tagger, texts: Sequence[str]) -> Table:
    """A teacher's probability of every tag at every character of some texts, one after the other, `[n_chars, n_tags]`;
    its temperature is not applied."""
    read = read_tags(tagger.model.decoder, 1.0, _LEAST / 10)
    bare, scheme = tagger.bare(Block.of(texts)), tagger.model.scheme
    return bare.restore_tags(block_tag_probabilities(tagger.decode(bare, read), scheme), scheme)


def load_teacher(name: str, *, standard: str | None = None, precision: "Precision" = "fp32") -> Tagger:
    """The tagger of a model file, of a checkpoint, or of the best checkpoint of a run's folder, which follows that
    standard. Raises ModelError when it cannot be used, InputError for a standard that it does not have."""
    path = Path(name, "best.ckpt") if Path(name).is_dir() else Path(name)
    if path.suffix != ".ckpt":
        return load(name, standard=standard)
    from .learning.teacher import open_checkpoint  # torch

    return Tagger(open_checkpoint(path, precision=precision), standard=standard)


def label(
    teachers: Sequence[Tagger],
    texts: Sequence[str],
    *,
    weights: Sequence[float] | None = None,
    n_likeliest: int = 4,
    batch: int = 2048,
) -> SoftLabels:
    """The labels that the teachers together give to texts, none empty, the longest first; about `batch` padded
    characters go through the models at once. `weights` say how much each teacher counts, all the same by default.
    Raises ModelError when the teachers' tags are not the same."""
    schemes = [teacher.model.scheme for teacher in teachers]
    if not teachers or any(scheme != schemes[0] for scheme in schemes):
        raise ModelError(
            f"expected one or more teachers with the same tags, got {[scheme.to_dict() for scheme in schemes]}; "
            "train them on the same corpus"
        )
    labels, logged = [], 0
    for first, last in batches(np.array([len(text) for text in texts]), batch):
        labels.append(_label_batch(teachers, texts[first:last], weights, n_likeliest))
        if last * 20 // len(texts) > logged:
            logged = last * 20 // len(texts)
            log.info("%d of %d sentences", last, len(texts))
    return SoftLabels(schemes[0], list(texts), *(np.concatenate(column) for column in zip(*labels, strict=True)))


def _label_batch(
    teachers: Sequence[Tagger], texts: Sequence[str], weights: Sequence[float] | None, n_likeliest: int
) -> tuple[NDArray[np.uint16], NDArray[np.uint16], NDArray[np.float16]]:
    """For the characters of texts, one after the other: the best legal tags by the logarithms of the teachers' mean
    probabilities `[n_chars]`, the likeliest tags `[n_chars, n_likeliest]`, and their probabilities."""
    each = [tag_probabilities(teacher, texts) for teacher in teachers]
    mean = np.average(each, 0, weights).astype(np.float32)
    logs = np.log(mean, where=mean > 0, out=np.full_like(mean, FORBIDDEN))
    lengths = np.array([len(text) for text in texts])
    scores = pad(np.split(logs, np.cumsum(lengths)[:-1]))
    best = viterbi(scores, lengths, Transitions.zeros(teachers[0].model.scheme.n_pos))
    likeliest = np.argsort(-mean, 1, kind="stable")[:, :n_likeliest]
    kept = np.take_along_axis(mean, likeliest, 1)
    kept[kept < _LEAST] = 0
    shares = (kept / kept.sum(1, keepdims=True)).astype(np.float16)
    tags = best[np.arange(scores.shape[1]) < lengths[:, None]]
    return tags.astype(np.uint16), likeliest.astype(np.uint16), shares


def parser() -> cli.Parser:
    p = cli.parser(
        "distill",
        "Label raw text with the probabilities of trained models (teachers). A student is then trained on these soft "
        "labels and a gold corpus together: tagger train data.soft_labels=LABELS.npz …",
    )
    cli.add_raw_text(p)
    p.add_argument(
        "-m",
        "--model",
        action="append",
        required=True,
        metavar="NAME",
        help="a teacher: a model file, a checkpoint, or a run's folder with best.ckpt; given again, teachers with the "
        "same tags whose probabilities are averaged; the same one twice counts twice",
    )
    p.add_argument("-o", "--output", type=file_to_write, required=True, metavar="LABELS.npz", help="the file to write")
    p.add_argument(
        "--like",
        action="append",
        metavar="GOLD",
        help="choose the text most like this corpus; given again, like all of them; default: draw at random",
    )
    p.add_argument(
        "--n-chars",
        type=whole_number(),
        default=3_000_000,
        metavar="N",
        help="characters to label; default %(default)s",
    )
    p.add_argument(
        "--per-file",
        type=whole_number(),
        metavar="N",
        help="draw at most so many characters of each file first, so that no large file outweighs the others",
    )
    p.add_argument(
        "--shortest", type=whole_number(0), default=5, metavar="N", help="leave out shorter sentences; %(default)s"
    )
    p.add_argument(
        "--longest", type=whole_number(), default=120, metavar="N", help="leave out longer sentences; %(default)s"
    )
    p.add_argument(
        "--n-likeliest",
        type=whole_number(),
        default=4,
        metavar="N",
        help="tags kept for each character; default %(default)s",
    )
    p.add_argument("--standard", metavar="NAME", help="of teachers of several standards; default: their first")
    p.add_argument(
        "--precision",
        choices=("fp32", "bf16"),
        default="fp32",
        help="of a checkpoint's net; bf16 is faster where the processor has it; default %(default)s",
    )
    p.add_argument("--seed", type=whole_number(0), default=1, metavar="N", help="of the drawing; default %(default)s")
    return p


# `key=value` words of version 0.1.
WORDS = {"teachers": "-m", "raw": "", "output": "-o"} | {
    name: "--" + name.replace("_", "-")
    for name in ("held_out", "overlap", "like", "n_chars", "shortest", "longest", "n_likeliest", "seed")
}


def find_candidates(text: RawText, options: argparse.Namespace) -> tuple[list[str], int]:
    """The sentences of the raw text, each once, and the number of lines that overlap held-out text. With `per_file`
    those of each file are a sample of so many characters."""
    found: dict[str, None] = {}
    n_dropped = 0
    for part in text.files() if options.per_file else (text,):
        of_part = list(dict.fromkeys(sentences(part, shortest=options.shortest, longest=options.longest)))
        chosen = sample_texts(of_part, options.per_file, seed=options.seed) if options.per_file else of_part
        found |= dict.fromkeys(chosen)
        n_dropped += part.dropped
    return list(found), n_dropped


def distill(options: argparse.Namespace) -> None:
    """Label the raw text that the command line names. Raises CorpusError and ModelError."""
    weights = Counter(options.model)
    teachers = [load_teacher(name, standard=options.standard, precision=options.precision) for name in weights]
    text = RawText.of(options.raw, options.held_out, overlap=options.overlap, encoding=options.encoding)
    candidates, n_dropped = find_candidates(text, options)
    if not candidates:
        raise CorpusError(
            f"{options.raw}: expected sentences of {options.shortest} to {options.longest} characters, found none"
        )
    if options.like is None:
        texts = sample_texts(candidates, options.n_chars, seed=options.seed)
    else:
        like = [text for name in options.like for text in corpus.read_texts(name)]
        texts = select_similar(candidates, options.n_chars, like, seed=options.seed)
    log.info(
        "%d sentences of %d characters, of %d; %d lines left out that overlap held-out text",
        len(texts), sum(map(len, texts)), len(candidates), n_dropped,
    )  # fmt: skip
    output = Path(options.output)
    output.parent.mkdir(parents=True, exist_ok=True)
    soft_labels = label(teachers, texts, weights=list(weights.values()), n_likeliest=options.n_likeliest)
    with publishing(output) as temporary:
        soft_labels.save(temporary)
    print(output)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    options = parser().parse(cli.flags_of_words(arguments, WORDS))
    cli.log_to_stderr()
    return cli.run(lambda: distill(options), output=options.output, phrase=cli.in_flags("encoding"))


if __name__ == "__main__":
    sys.exit(main())

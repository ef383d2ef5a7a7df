"""What a step of training and a call of tagging cost: time and memory by tags, length of sentences and batch.

The net is that of the default configuration with a joint CRF, on one thread; each row is a process of its own, whose
memory is what it takes beyond that of a process which has imported torch. Times are CPU seconds.
"""

import argparse
import multiprocessing
import resource
import time
from datetime import UTC, datetime
from typing import NamedTuple

import torch
from nets import char_tagger

from tagger.learning.nets import CharTagger
from tagger.text.alphabet import Alphabet
from tagger.text.scheme import Scheme

FIRST, N_CHARS = 0x4E00, 3000


class Shape(NamedTuple):
    """Sentences of equal length in a batch, and the number of POS (0: segmentation alone)."""

    n_pos: int
    length: int
    batch: int


class Cost(NamedTuple):
    """CPU seconds of a training step and of tagging a batch, and megabytes that each takes."""

    step: float
    tagging: float
    step_mb: float
    tagging_mb: float


def make_net(n_pos: int) -> CharTagger:
    torch.manual_seed(0)
    alphabet = Alphabet.fit(["".join(map(chr, range(FIRST, FIRST + N_CHARS)))], bigram_min_count=1)
    scheme = Scheme(tuple(f"T{number:03}" for number in range(n_pos)))
    return char_tagger(alphabet, scheme, head="crf", hidden_sizes=[200], char_size=64, bigram_size=64)


def memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def step(net: CharTagger, shape: Shape) -> None:
    """Forward, loss, backward."""
    chars = torch.randint(FIRST, FIRST + N_CHARS, (shape.batch, shape.length))
    lengths = torch.full((shape.batch,), shape.length)
    single = net.scheme.blocks.single
    tags = torch.randint(single.start, single.stop, chars.shape)
    scores = net.head.join(net(chars, lengths), torch.zeros(chars.shape, dtype=torch.bool))
    torch.autograd.backward(net.head.loss(scores, tags, lengths).sum() / lengths.sum())


@torch.inference_mode()
def tag(net: CharTagger, shape: Shape) -> None:
    """Scores and the best legal tags."""
    chars = torch.randint(FIRST, FIRST + N_CHARS, (shape.batch, shape.length))
    lengths = torch.full((shape.batch,), shape.length)
    net.head.decoder()(net(chars, lengths).numpy(), lengths.numpy())


def measure(shape: Shape, rounds: int) -> Cost:
    """The cheapest of some rounds; the first one also shows the memory."""
    net, found = make_net(shape.n_pos), list[float]()
    before, peaks = memory(), list[float]()
    for work in (tag, step):  # the larger one last: a peak is never taken back
        net.train(work is step)
        seconds = []
        for _ in range(rounds):
            start = time.process_time()
            work(net, shape)
            seconds.append(time.process_time() - start)
        found.append(min(seconds))
        peaks.append(memory() - before)
    return Cost(found[1], found[0], peaks[1], peaks[0])


def row(shape: Shape, cost: Cost) -> str:
    n_tags = 1 + 4 * max(1, shape.n_pos)
    return (
        f"| {shape.n_pos} ({n_tags}) | {shape.length:,} × {shape.batch} | {cost.step:.3g} | {cost.step_mb:.0f} "
        f"| {cost.tagging:.3g} | {cost.tagging_mb:.0f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pos", type=int, nargs="+", default=[0, 15, 42, 100], help="default %(default)s")
    parser.add_argument("--shapes", nargs="+", default=["40x32", "1000x1", "5000x1"], help="default %(default)s")
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    sizes = [tuple(map(int, text.split("x"))) for text in options.shapes]
    shapes = [Shape(n_pos, length, batch) for n_pos in options.pos for length, batch in sizes]
    torch.set_num_threads(1)
    net = "joint CRF, one LSTM of 200 in both directions"
    print(f"{datetime.now(UTC):%Y-%m-%d} {net}, torch {torch.__version__}, 1 thread\n")
    print("| POS (tags) | characters × sentences | training step, s | MB | tagging, s | MB |\n" + "|---" * 6 + "|")
    with multiprocessing.get_context("fork").Pool(1, torch.set_num_threads, (1,), maxtasksperchild=1) as pool:
        for shape in shapes:
            print(row(shape, pool.apply(measure, (shape, options.rounds))), flush=True)


if __name__ == "__main__":
    main()

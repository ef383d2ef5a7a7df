"""`python -m tagger.memory`: over which distance a cell remembers, shown on a copy task.

A sequence begins with one of a few symbols; then come as many fillers, which mean nothing, as the distance says, and
then a question mark, at which the net must name the symbol. A cell in one direction has nothing but its state to carry
the symbol there (Hochreiter and Schmidhuber 1997 have many such tasks). One net learns all distances up to `trained`.
"""

import csv
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from omegaconf import DictConfig
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn

from ..bulk.progress import duration
from ..errors import ModelError
from ..evaluation.comparison import cell_name
from ..files.atomic import publishing
from ..learning.nets.recurrent import CELLS, Cell, Recurrent
from ..visual.plots import draw_accuracy_over_distance, require_matplotlib, save_figure
from .composition import refused


class Recall(nn.Module):
    """Sequences `[batch, time]` to a score for each symbol after the last step `[batch, n_symbols]`.

    Symbols are 0 to `n_symbols - 1`, as many fillers follow, and the question mark is the id after those.
    """

    def __init__(self, cell: Cell, *, n_symbols: int, hidden_size: int, forget_bias: float = 1.0) -> None:
        super().__init__()
        self.embedding = nn.Embedding(2 * n_symbols + 1, hidden_size)
        self.layer = Recurrent(cell, hidden_size, hidden_size, bidirectional=False, forget_bias=forget_bias)
        self.linear = nn.Linear(hidden_size, n_symbols)

    def forward(self, sequences: Tensor) -> Tensor:
        hidden = self.layer(self.embedding(sequences), sequences)  # nothing is reversed in one direction
        scores: Tensor = self.linear(hidden[:, -1])
        return scores


def sequences(n: int, distance: int, n_symbols: int, generator: torch.Generator) -> Tensor:
    """`[n, distance + 2]`: a symbol, `distance` fillers, the question mark."""
    symbols = torch.randint(n_symbols, (n, 1), generator=generator)
    fillers = torch.randint(n_symbols, 2 * n_symbols, (n, distance), generator=generator)
    return torch.cat([symbols, fillers, torch.full((n, 1), 2 * n_symbols)], 1)


def learn(net: Recall, *, trained: int, steps: int, batch: int, lr: float, clip: float | None, seed: int) -> None:
    """Train on distances of 1 to `trained`, another one in every step; in the first half the longer ones join in."""
    generator = torch.Generator().manual_seed(seed)
    n_symbols = net.linear.out_features
    optimizer = torch.optim.Adam(net.parameters(), lr)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, steps)
    for step in range(steps):
        longest = max(1, min(trained, round(trained * 2 * step / steps)))
        distance = int(torch.randint(1, longest + 1, (1,), generator=generator))
        given = sequences(batch, distance, n_symbols, generator)
        optimizer.zero_grad()
        torch.autograd.backward(nn.functional.cross_entropy(net(given), given[:, 0]))
        if clip:
            nn.utils.clip_grad_norm_(net.parameters(), clip)
        optimizer.step()
        schedule.step()


@torch.inference_mode()
def recall_rates(net: Recall, distances: Sequence[int], *, n: int, seed: int) -> list[float]:
    """Of `n` new sequences for each distance the share whose symbol is named."""
    generator = torch.Generator().manual_seed(seed)
    shares = []
    for distance in distances:
        given = sequences(n, distance, net.linear.out_features, generator)
        shares.append(float((net(given).argmax(1) == given[:, 0]).float().mean()))
    return shares


def runs(cfg: DictConfig) -> Iterator[tuple[Cell, int, list[float]]]:
    """Every cell and seed, trained, and the shares it recalls. Raises ModelError for unknown cells."""
    unknown = [cell for cell in cfg.cells if cell not in CELLS]
    if unknown or not cfg.cells or not cfg.distances or min(*cfg.distances, cfg.trained, cfg.n_symbols - 1) < 1:
        raise ModelError(
            f"expected cells out of {', '.join(CELLS)}, distances and trained of 1 or more and n_symbols of 2 or more, "
            f"got cells={list(cfg.cells)}, distances={list(cfg.distances)}, trained={cfg.trained} and "
            f"n_symbols={cfg.n_symbols}"
        )
    for cell in cfg.cells:
        for seed in cfg.seeds:
            torch.manual_seed(seed)
            net = Recall(cell, n_symbols=cfg.n_symbols, hidden_size=cfg.hidden_size, forget_bias=cfg.forget_bias)
            learn(net, trained=cfg.trained, steps=cfg.steps, batch=cfg.batch, lr=cfg.lr, clip=cfg.clip, seed=seed)
            # Other sequences than in training: their generator begins elsewhere.
            yield cell, seed, recall_rates(net.eval(), cfg.distances, n=cfg.scored, seed=1_000_000 + seed)


def forgetting_distance(shares: Sequence[float], distances: Sequence[int], chance: float) -> int | None:
    """The first distance at which a net recalls less than halfway between chance and all; None where it never does."""
    return next((d for d, share in zip(distances, shares, strict=True) if share < (1 + chance) / 2), None)


def memory(cfg: DictConfig) -> None:
    """Train and score every cell; a table on stdout, `memory.csv` and pictures in the output folder."""
    if cfg.plots:
        require_matplotlib()
    with refused(f"threads={cfg.threads}"):
        torch.set_num_threads(cfg.threads)
    folder, chance = Path(cfg.output), 1 / cfg.n_symbols
    folder.mkdir(parents=True, exist_ok=True)
    table = Table(
        "cell", "seed", *map(str, cfg.distances), "forgets at", title="symbols recalled, %, by distance in steps"
    )
    shares: dict[str, list[list[float]]] = {}
    lines = []
    started, n_nets = time.monotonic(), len(cfg.cells) * len(cfg.seeds)
    for n_done, (cell, seed, found) in enumerate(runs(cfg), start=1):
        left = (time.monotonic() - started) / n_done * (n_nets - n_done)
        about = f", about {duration(left)} left" if n_done < n_nets else ""
        print(f"{cell_name(cell)}, seed {seed}: {n_done} of {n_nets} nets done{about}", file=sys.stderr)
        shares.setdefault(cell_name(cell), []).append(found)
        lines.append([cell, seed, *(round(share, 4) for share in found)])
        lost = forgetting_distance(found, cfg.distances, chance)
        table.add_row(cell_name(cell), str(seed), *(f"{100 * s:.0f}" for s in found), str(lost) if lost else "never")
    with publishing(folder / "memory.csv") as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([["cell", "seed", *cfg.distances], *lines])
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    paths = [folder / "memory.csv"]
    if cfg.plots:
        figure = draw_accuracy_over_distance(shares, list(cfg.distances), trained=cfg.trained, chance=chance)
        paths += save_figure(figure, folder / "memory")
    for path in paths:
        print(path)

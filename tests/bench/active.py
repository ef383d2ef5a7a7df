"""Active learning: F1 over the number of annotated sentences, chosen by `tagger.suggest` or at random.

The gold annotation of UD Chinese GSD's train plays the annotator. Both ways begin with the same random sentences and
double them; at every size a small net is trained anew. Scores on test, the mean over seeds; one thread. Points are
written as they come; a curve whose last one is there already is not drawn again.
"""

import argparse
import json
import random
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from typing import Any, Literal

import onnx
import torch
from nets import char_tagger

from tagger import corpus
from tagger.learning.checkpoint import Trained
from tagger.learning.data.batching import BucketSampler
from tagger.learning.data.sentences import Part, SentenceDataset, gold_row
from tagger.learning.export import build, describe
from tagger.learning.systems.schedule import linear
from tagger.scores.words import count, total
from tagger.suggest import suggest
from tagger.tagging.tagger import Tagger, load
from tagger.text.alphabet import Alphabet
from tagger.text.presegment import Presegmenter
from tagger.text.scheme import Scheme
from tagger.text.sentence import Sentence

Way = Literal["suggested", "random"]
WAYS: tuple[Way, ...] = ("suggested", "random")


def fit(sentences: Sequence[Sentence], seed: int, steps_per_root: float) -> Tagger:
    """A tagger trained on the sentences; the number of steps grows with the square root of their number."""
    torch.manual_seed(seed)
    scheme, presegmenter = Scheme.fit(sentences, joint=True), Presegmenter.fit(sentences)
    alphabet = Alphabet.fit(sentence.text for sentence in sentences)
    net = char_tagger(
        alphabet, scheme, head="factored", hidden_sizes=[64], char_size=32, bigram_size=32, variational_dropout=0.3,
        unknown_dropout=0.1,
    )  # fmt: skip
    dataset = SentenceDataset([Part.of_rows([gold_row(sentence, scheme, presegmenter) for sentence in sentences])])
    sampler = BucketSampler(dataset.lengths, max_chars=800, max_sentences=16, shuffle=True, seed=seed)
    steps = round(steps_per_root * len(sentences) ** 0.5)
    optimizer = torch.optim.Adam(net.parameters(), lr=2e-3, betas=(0.9, 0.9))
    scheduler = linear(optimizer, steps, warmup=0.02)
    done = 0
    while done < steps:
        for indices in sampler.batches(done)[: steps - done]:
            batch = dataset[indices]
            scores = net.head.join(net(batch.chars, batch.lengths), batch.joined)
            loss = net.head.loss(scores, batch.tags, batch.lengths).sum() / batch.lengths.sum()
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            scheduler.step()
            done += 1
    with TemporaryDirectory() as folder:
        path = Path(folder, "model.onnx")
        onnx.save(build(net.eval(), describe(Trained(net, presegmenter, {}))), path)
        return load(path)


def curve(
    way: Way,
    pool: Sequence[Sentence],
    test: Sequence[Sentence],
    sizes: Sequence[int],
    seed: int,
    points: Path,
    steps_per_root: float,
) -> None:
    """Write a point for every size. The first one is the same both ways, and so is measured once."""
    order = random.Random(seed).sample(range(len(pool)), len(pool))
    gold = {sentence.text: sentence for sentence in pool}
    texts = list(dict.fromkeys(pool[i].text for i in order))
    chosen = texts[: sizes[0]]
    for size, following in zip(sizes, [*sizes[1:], 0], strict=True):
        start = time.process_time()
        known = [p for p in read(points) if way == "random" and (p["seed"], p["sentences"]) == (seed, sizes[0])]
        if known and size == sizes[0]:
            point = known[0] | {"way": way}
        else:
            tagger = fit([gold[text] for text in chosen], seed, steps_per_root)
            scores = total(map(count, test, tagger.tag([sentence.text for sentence in test])))
            point = {"way": way, "seed": seed, "sentences": size, "characters": sum(map(len, chosen))}
            point |= {"word_f1": round(scores.words.f1, 4), "joint_f1": round(scores.joint.f1, 4)}
        if following and way == "suggested":
            chosen += [found.sentence.text for found in suggest(tagger, texts, following - size, known=chosen)]
        elif following:
            chosen = texts[:following]
        with points.open("a") as file:
            file.write(json.dumps(point | {"seconds": round(time.process_time() - start, 1)}) + "\n")


def read(points: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in points.read_text().splitlines()]


def draw(points: Sequence[dict[str, Any]]) -> str:
    """Word and joint F1 over sentences as an SVG, light and dark."""
    left, top, width, height = 60, 40, 300, 220
    sizes = sorted({point["sentences"] for point in points})
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 330" font-family="sans-serif">',
        "<style>text{fill:#333;font-size:13px}.grid{stroke:#ddd}"
        "@media(prefers-color-scheme:dark){text{fill:#ddd}.grid{stroke:#444}}</style>",
    ]
    for column, (name, title) in enumerate((("word_f1", "word F1"), ("joint_f1", "joint F1"))):
        means = {
            way: [100 * mean(p[name] for p in points if p["way"] == way and p["sentences"] == n) for n in sizes]
            for way in WAYS
        }
        low = 5 * int(min(map(min, means.values())) // 5)
        high = 5 * int(max(map(max, means.values())) // 5 + 1)
        x = [left + column * 390 + width * i / (len(sizes) - 1) for i in range(len(sizes))]
        parts.append(f'<text x="{x[0]}" y="{top - 14}" font-weight="bold">{title} on test</text>')
        for tick in range(low, high + 1, 5):
            y = top + height * (high - tick) / (high - low)
            parts.append(f'<path class="grid" d="M{x[0]} {y:.1f}H{x[-1]}"/>')
            parts.append(f'<text x="{x[0] - 8}" y="{y + 4:.1f}" text-anchor="end">{tick}</text>')
        for at, size in zip(x, sizes, strict=True):
            parts.append(f'<text x="{at:.1f}" y="{top + height + 20}" text-anchor="middle">{size}</text>')
        parts.append(f'<text x="{sum(x) / len(x)}" y="{top + height + 42}" text-anchor="middle">sentences</text>')
        for way, colour, dash in zip(WAYS, ("#2f6fd0", "#e08a1e"), ("", ' stroke-dasharray="5 4"'), strict=True):
            places = [
                (at, top + height * (high - value) / (high - low)) for at, value in zip(x, means[way], strict=True)
            ]
            path = "L".join(f"{a:.1f} {b:.1f}" for a, b in places)
            parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>')
            parts += (f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{colour}"/>' for a, b in places)
            y = top + height - (40 if way == "suggested" else 18)
            parts.append(f'<path d="M{x[-1] - 110} {y}h28" stroke="{colour}" stroke-width="2"{dash}/>')
            parts.append(f'<text x="{x[-1] - 76}" y="{y + 4}">{way}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def table(points: Sequence[dict[str, Any]]) -> str:
    rows = ["| sentences | chosen | characters | word F1 | joint F1 |", "|---|---|---|---|---|"]
    for size in sorted({point["sentences"] for point in points}):
        for way in WAYS:
            found = [point for point in points if point["way"] == way and point["sentences"] == size]
            cells = (f"{mean(point[name] for point in found):,.0f}" for name in ("characters",))
            scores = (" ± ".join(_spread([100 * point[name] for point in found])) for name in ("word_f1", "joint_f1"))
            rows.append(f"| {size} | {way} | {' | '.join((*cells, *scores))} |")
    return "\n".join(rows)


def _spread(values: Sequence[float]) -> list[str]:
    """The mean, and half the distance from the lowest to the highest of several."""
    return [f"{mean(values):.1f}", *([f"{(max(values) - min(values)) / 2:.1f}"] if len(values) > 1 else [])]


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--root", type=Path, required=True, help="the folder of UD Chinese GSDSimp")
    p.add_argument("--points", type=Path, default=Path("runs/active.jsonl"))
    p.add_argument("--sizes", type=int, nargs="+", default=[100, 200, 400, 800])
    p.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    p.add_argument("--steps", type=float, default=30, help="of training, times the root of the number of sentences")
    p.add_argument("--svg", type=Path)
    options = p.parse_args()
    torch.set_num_threads(1)
    splits = (options.root / f"zh_gsdsimp-ud-{split}.conllu" for split in ("train", "test"))
    pool, test = (list(corpus.read(path)) for path in splits)
    options.points.parent.mkdir(parents=True, exist_ok=True)
    options.points.touch()
    for seed in options.seeds:
        for way in WAYS:
            last = {"seed": seed, "way": way, "sentences": options.sizes[-1]}
            if not any(last.items() <= point.items() for point in read(options.points)):
                curve(way, pool, test, options.sizes, seed, options.points, options.steps)
    points = read(options.points)
    print(table(points))
    if options.svg:
        options.svg.write_text(draw(points), encoding="utf-8")


if __name__ == "__main__":
    main()

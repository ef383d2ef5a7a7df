"""`tagger generate -m RUN/best.ckpt`: writes text with a character model, or says how well it predicts a text."""

import argparse
import sys
from collections.abc import Sequence
from math import inf
from pathlib import Path

from . import cli
from .usage import real_number, whole_number


def parser() -> cli.Parser:
    p = cli.parser(
        "generate",
        "Write text with a character model (tagger train experiment=next_char), character by character, each drawn "
        "from those that the model finds likely after what is there.",
    )
    p.add_argument(
        "-m", "--model", "-c", "--checkpoint", required=True, metavar="NAME.ckpt", help="of a character model"
    )
    p.add_argument("--prompt", default="", help="what the text begins with; default: nothing")
    p.add_argument(
        "--length", type=whole_number(0), default=200, metavar="N", help="characters to write; default %(default)s"
    )
    p.add_argument(
        "--temperature",
        type=real_number("a number of 0 or more", lambda value: 0 <= value < inf),
        default=0.8,
        metavar="T",
        help="1: as likely as the model says; lower: the likelier ones more often; 0: always the likeliest; "
        "default %(default)s",
    )
    p.add_argument(
        "--seed", type=whole_number(0), default=1, metavar="N", help="the same seed, the same text; default %(default)s"
    )
    p.add_argument("--samples", type=whole_number(), default=1, metavar="N", help="texts to write; default %(default)s")
    p.add_argument("--line", action="store_true", help="end at the end of a line")
    p.add_argument("--score", metavar="FILE", help="write no text: give the perplexity of this one")
    return p


def generate(options: argparse.Namespace) -> None:
    """What the command line asks for, on stdout. Raises TaggerError."""
    cli.announce_loading()
    import torch

    from .corpus.texts import texts
    from .learning.checkpoint import load_char_lm
    from .learning.generation import describe_score, score, write

    trained = load_char_lm(options.model)
    if options.score:
        text = "".join(f"{line}\n" for line in texts(Path(options.score)))
        print(f"note: reading {len(text):,} characters of {options.score} …", file=sys.stderr)
        print(f"{options.score}, {describe_score(score(trained, text))}")
        return
    torch.set_num_threads(1)  # a step of one character is so short that several threads wait for each other
    how = f"temperature {options.temperature:g}, seed {options.seed}"
    print(f"note: writing up to {options.length:,} characters, {how} …", file=sys.stderr)
    for number in range(options.samples):
        parts = write(
            trained,
            options.prompt,
            length=options.length,
            temperature=options.temperature,
            seed=options.seed + number,
            line=options.line,
        )
        for part in parts:
            print(part, end="", flush=True)
        print()


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    options = parser().parse(arguments)
    return cli.run(lambda: generate(options), phrase=cli.without_encoding)


if __name__ == "__main__":
    sys.exit(main())

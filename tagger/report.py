"""`tagger report RUN [GOLD]`: what a run learnt and where it goes wrong, as one HTML file that stands alone."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from . import cli
from .experiment import gold
from .files.atomic import publishing
from .files.output import file_to_write
from .usage import whole_number


def parser() -> cli.Parser:
    p = cli.parser(
        "report",
        "Write one HTML file about a run: its configuration, learning curves, and, on its dev set or on GOLD, scores "
        "by tag, word and sentence, confusions, the worst sentences, and whether probabilities can be trusted. Of a "
        "run that trained no tagger: its configuration and learning curves.",
    )
    p.add_argument("run", type=Path, metavar="RUN", help="the folder of a run of tagger train")
    gold.add_gold(p, default="the corpus of the run")
    p.add_argument("-o", "--output", type=file_to_write, metavar="FILE.html", help="default: RUN/report.html")
    p.add_argument("--split", choices=("dev", "test"), help="what it is scored on; default: dev, with GOLD test")
    p.add_argument(
        "--worst", type=whole_number(0), default=20, metavar="N", help="how many sentences to show; default %(default)s"
    )
    return p


def report(options: argparse.Namespace) -> None:
    """What the command line asks for. Raises TaggerError."""
    from .experiment.runs import report as report_on

    split = options.split or ("test" if gold.is_given(options) else "dev")
    scored = gold.gold_options(options, [split]) if gold.is_given(options) else None
    text = report_on(options.run, split=split, n_worst=options.worst, gold=scored)
    with publishing(options.output) as temporary:
        temporary.write_text(text, encoding="utf-8", errors="replace")
    print(options.output)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    options = parser().parse(arguments)
    options.output = options.output or options.run / "report.html"
    return cli.run(lambda: report(options), output=options.output, phrase=gold.in_flags)


if __name__ == "__main__":
    sys.exit(main())

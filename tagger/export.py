"""`tagger export RUN/best.ckpt -o NAME.onnx`: a checkpoint becomes one model file, if that answers the same.

`tagger export NAME.onnx --verify RUNTIME` runs the self-test of a model file in a runtime."""

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from . import cli, corpus
from .errors import ModelError, UsageError
from .files.output import file_to_write
from .modelfile.runtimes import RUNTIMES
from .modelfile.shipped import find
from .usage import whole_number

BEST = "best.ckpt"  # of a run, as training names it
# `key=value` words of version 0.1.
WORDS = {"checkpoint": "", "output": "-o", "dev": "--dev", "format": "--format"}


def parser() -> cli.Parser:
    p = cli.parser(
        "export",
        "Turn a checkpoint of tagger train into one model file, which is published only if it gives the same answers "
        "as the checkpoint; or verify that a runtime gives the same answers to a model file.",
    )
    p.add_argument(
        "checkpoint",
        metavar="RUN/best.ckpt",
        help="the checkpoint, or the folder of its run; with --verify alone, a model file",
    )
    p.add_argument("-o", "--output", type=file_to_write, metavar="NAME.onnx", help="the model file to write")
    p.add_argument(
        "--verify",
        choices=RUNTIMES,
        metavar="RUNTIME",
        help=f"compare the scores of the model file in a runtime with its self-test: {', '.join(RUNTIMES)}",
    )
    smaller = p.add_mutually_exclusive_group()
    smaller.add_argument(
        "--round", action="store_true", help="smaller weights; an answer still depends on its text alone"
    )
    smaller.add_argument(
        "--quantize",
        action="store_true",
        help="int8 weights: smaller and faster; an answer may depend on what else is in a batch",
    )
    p.add_argument("--dev", metavar="GOLD", help="gold sentences to measure on what --round or --quantize changes")
    p.add_argument("--format", metavar="NAME", help="of GOLD; default: by its name")
    p.add_argument(
        "--model-version",
        type=whole_number(),
        default=1,
        metavar="N",
        help="of the model, as in zh-small@2; default %(default)s",
    )
    return p


def export(options: argparse.Namespace) -> None:
    """What the command line asks for. Raises TaggerError."""
    if options.output is None and (options.verify is None or options.round or options.quantize or options.dev):
        raise UsageError("expected -o NAME.onnx, got none; name the model file to write")
    if options.output is not None:
        write_file(options)
    if options.verify is not None:
        verify_file(options.output or options.checkpoint, options.verify)


def verify_file(model: str, runtime: str) -> None:
    """Print that the scores of a runtime are those of a file's self-test. Raises ModelError where they differ."""
    from .modelfile.verification import verify

    verified = verify(find(model), runtime)
    print(f"{model}: equal in {verified.runtime}, scores within {verified.difference:.1e} of its self-test's")


def write_file(options: argparse.Namespace) -> None:
    """Write the model file of a checkpoint and print what it is like. Raises TaggerError."""
    if (options.round or options.quantize) != bool(options.dev):
        raise UsageError("expected --dev GOLD with --round or --quantize, and with those alone; add or remove it")
    checkpoint = find_checkpoint(options.checkpoint)
    if options.dev:
        export_smaller(checkpoint, options)
        return
    announce(checkpoint)
    from .learning.checkpoint import read
    from .learning.export import export as export_model

    output = Path(options.output)
    difference = export_model(checkpoint, output, model_version=options.model_version)
    size, equal = output.stat().st_size / 1e6, ", tags equal" if read(checkpoint)[0].kind == "tagger" else ""
    print(f"{output}: {size:.1f} MB, scores within {difference:.1e} of the checkpoint's{equal}")


def find_checkpoint(name: str) -> Path:
    """A checkpoint, or the best one in the folder of a run. Raises ModelError where there is none, before torch is
    imported, which takes seconds."""
    best = Path(name, BEST)
    if best.is_file():
        return best
    if Path(name).is_dir():
        others = " or ".join(str(path) for path in sorted(Path(name).glob("*.ckpt")))
        remedy = f"give {others}" if others else "train first, or name the folder of a run"
        raise ModelError(f"{name}: expected {BEST} in the folder of a run, found none; {remedy}")
    if not Path(name).is_file():
        raise ModelError(f"{name}: expected a checkpoint, found no file; train first, or correct the path")
    return Path(name)


def announce(checkpoint: Path) -> None:
    """Say on stderr what export is about to do, which takes a while."""
    note = f"note: a model file of {checkpoint} is made and its answers are compared with the checkpoint's …"
    print(note, file=sys.stderr, flush=True)


def export_smaller(checkpoint: Path, options: argparse.Namespace) -> None:
    """Write a file of rounded weights and print what the rounding changes on gold sentences. Raises TaggerError."""
    gold = list(corpus.read(options.dev, format=options.format))
    announce(checkpoint)
    from .experiment.publication import publish_measured
    from .learning.export import export as export_model
    from .learning.export import export_rounded, quantize

    output = Path(options.output)
    with TemporaryDirectory() as folder:
        version = options.model_version
        export_model(checkpoint, exact := Path(folder, output.name), model_version=version)
        rounded = partial(export_rounded, checkpoint, model_version=version)
        write = rounded if options.round else partial(quantize, exact)
        effect = publish_measured(exact, output, gold, write)
    lost = ", ".join(f"{name} {value:.2%}" for name, value in vars(effect).items() if isinstance(value, float))
    print(f"{output}: {output.stat().st_size / 1e6:.1f} MB, rounded; on {options.dev}: {lost}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    words = cli.flags_of_words(arguments, WORDS | {"round=tables": "--round", "quantize=int8": "--quantize"})
    options = parser().parse(words)
    return cli.run(lambda: export(options), output=options.output, phrase=cli.in_flags("format"))


if __name__ == "__main__":
    sys.exit(main())

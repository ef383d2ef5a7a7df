"""`python -m tagger.tag -m NAME.onnx [FILE…]`: words of every text, in order, from a pipe to a cluster."""

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Any

from . import __version__
from .bulk.chunks import KINDS
from .bulk.job import SUFFIXES, Counts, Input, inputs, outputs, plain, tag_to_folder, tag_to_one
from .bulk.pool import pool
from .bulk.progress import Progress, clock
from .bulk.worker import FileTagger
from .errors import InputError, TaggerError
from .files.atomic import publishing
from .files.lines import COMPRESSED
from .modelfile import shipped
from .tagging.alternatives import DISTINCT
from .tagging.dictionary import STRENGTHS
from .tagging.output import OutputOptions
from .text.block import UNITS

FORMATS = tuple(SUFFIXES)
_BY_SUFFIX = {suffix: format for format, suffix in SUFFIXES.items()}


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        prog="python -m tagger.tag",
        description="Find the words of every text, and their parts of speech if the model knows them. A line is a "
        "text; in JSONL an object, in Parquet a row. jsonl, conllu and parquet keep the text exactly; slash and "
        "segmented write a space between words and, after it, the whitespace that was there. A model of given "
        "words tags what lies between spaces, a sentence to a line.",
        epilog="exit status: 0 all tagged, 1 an error (named on stderr), 2 wrong usage, 130 or 143 interrupted",
    )
    p.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        default=["-"],
        help="files, folders, patterns (plain, .gz, .xz, .zst; .jsonl and .parquet by name); - is stdin",
    )
    p.add_argument(
        "-m",
        "--model",
        metavar="NAME",
        help=f"a model file from tagger.export, or a model of the package: {', '.join(shipped.names())} (default: "
        f"{shipped.DEFAULT})",
    )
    p.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        help="a file (.gz, .xz, .zst: compressed), or a folder (OUT/) that gets a file per input, each whole or "
        "not there; default stdout",
    )
    p.add_argument("--format", choices=FORMATS, help="default: by the name of OUT, else slash")
    p.add_argument("--input", choices=KINDS, help="what the files hold; default: by their names, else text")
    p.add_argument("--field", default="text", help="the field or column of the text; default %(default)s")
    p.add_argument(
        "--offsets", choices=UNITS, default="codepoint", help="what start and end count; default %(default)s"
    )
    p.add_argument("--workers", type=int, default=1, metavar="N", help="processes; default %(default)s")
    p.add_argument("--resume", action="store_true", help="leave what is done in OUT/ and go on")
    p.add_argument(
        "--errors",
        choices=("strict", "replace", "skip"),
        default="strict",
        help="bad UTF-8 and bad rows: stop, read as U+FFFD or empty, or leave out; default %(default)s",
    )
    p.add_argument("--rejects", metavar="FILE", help="rows replaced or left out, as JSONL; default stderr")
    p.add_argument("--compress", choices=[s[1:] for s in COMPRESSED], help="compress the files in OUT/")
    p.add_argument(
        "--confidence", action="store_true", help="write every word's probability; jsonl, conllu and parquet can"
    )
    p.add_argument(
        "--min-confidence", type=float, default=0.0, metavar="P", help="mark words with a lower probability as doubtful"
    )
    p.add_argument("--search", type=float, default=0.0, metavar="P", help="all words at least so likely: they overlap")
    p.add_argument("--nbest", type=int, default=0, metavar="N", help="the N best readings of every text")
    p.add_argument(
        "--distinct", choices=DISTINCT, default="words", help="what those differ in at least; default %(default)s"
    )
    p.add_argument("--standard", metavar="NAME", help="of a model of several standards; default: its first")
    p.add_argument("--no-runs", action="store_true", help="let words be cut inside URLs, numbers, Latin words, …")
    p.add_argument(
        "--dictionary",
        action="append",
        default=[],
        metavar="FILE",
        help="words that come out wherever they match, as `word [frequency] [tag]` (jieba's) or "
        "`word<TAB>strength[=weight][<TAB>tag]`, strength force, prefer, forbid, join or cut; may be given again",
    )
    p.add_argument(
        "--strength", choices=STRENGTHS[:3], default="force", help="of lines that name none; default %(default)s"
    )
    p.add_argument("--fold", action="store_true", help="let full-width and half-width forms match in dictionaries")
    p.add_argument(
        "--given",
        default="",
        metavar="FIELD",
        help="the field of a JSON object with known words and boundaries: [{start, end, pos}, {at, cut}, …]",
    )
    p.add_argument("--engine", choices=("local", "ray"), default="local", help="ray: a cluster; default %(default)s")
    p.add_argument("--dry-run", action="store_true", help="say what would be tagged and how long that may take")
    p.add_argument("--quiet", action="store_true", help="no progress, no summary")
    p.add_argument("--version", action="version", version=__version__)
    return p


class Interrupted(BaseException):
    """A signal asked to stop."""

    def __init__(self, number: int) -> None:
        self.number = number


def _stop(number: int, frame: FrameType | None) -> None:
    for signal_number in (signal.SIGINT, signal.SIGTERM):  # cleaning up is not interrupted
        signal.signal(signal_number, signal.SIG_IGN)
    raise Interrupted(number)


def _is_folder(output: str | None) -> bool:
    return output is not None and (output.endswith(os.sep) or Path(output).is_dir())


def _check(options: argparse.Namespace, sources: Sequence[Input]) -> None:
    """Raises InputError for options that do not go together."""
    output = options.output
    if options.workers < 1:
        raise InputError(f"expected --workers of 1 or more, got {options.workers}")
    if (options.resume or options.compress) and not _is_folder(output):
        raise InputError("expected a folder (-o OUT/) for --resume and --compress, got none; name one")
    if options.format == "parquet" and not output:
        raise InputError("expected a file or folder (-o) for the format parquet, got stdout; name one")
    for name in filter(None, (output, options.rejects)):
        parent = Path(name).resolve().parent
        if not parent.is_dir():
            raise InputError(f"{name}: cannot write there: no folder {parent}; make it first")
    if output is None:
        return
    target = Path(output)
    for source in sources:
        if source.path != "-" and target.exists() and target.is_file() and target.samefile(source.path):
            raise InputError(f"{output}: expected an output that is no input, got the input itself; name another file")
    for name in options.files:
        if _is_folder(output) and Path(name).is_dir() and target.resolve().is_relative_to(Path(name).resolve()):
            raise InputError(
                f"{output}: expected a folder outside the input {name}, got one inside: its files would be "
                "inputs of the next run; name another folder"
            )


def _format(options: argparse.Namespace) -> str:
    if options.format:
        return str(options.format)
    suffix = Path(plain(options.output or "")).suffix
    return _BY_SUFFIX.get(suffix, "slash") if not _is_folder(options.output) else "slash"


def _dry_run(work: FileTagger, sources: Sequence[Input], workers: int) -> None:
    """Tag the first chunk of the first input, for the speed, and multiply."""
    from .bulk.chunks import chunks
    from .bulk.job import opened

    n_bytes = sum(source.size for source in sources)
    for source in sources:
        print(f"{source.size:>14,} bytes  {source.kind:8} {source.path}")
    first = next((source for source in sources if source.size), None)
    estimate = ""
    if first:
        with opened(first) as stream:
            chunk = next(chunks(stream, first.path, first.kind, strict=False), None)
        start = time.perf_counter()
        if chunk:
            work(first.path, chunk)
        rate = len(chunk.data if chunk else b" ") / (time.perf_counter() - start) * workers
        estimate = f", about {clock(n_bytes / rate)} with {workers} workers"
        if any(Path(source.path).suffix in COMPRESSED for source in sources):
            estimate += " (more: compressed files grow)"
    print(f"{len(sources)} files, {n_bytes:,} bytes{estimate}")


def _rejects(counts: Counts, path: str | None) -> None:
    rows = [json.dumps(reject._asdict(), ensure_ascii=False) + "\n" for reject in counts.rejects]
    if path:
        with publishing(path) as temporary:  # the name of an input may not be UTF-8
            temporary.write_text("".join(rows), encoding="utf-8", errors="surrogateescape")
    else:
        sys.stderr.writelines(rows)


def tag(options: argparse.Namespace) -> None:
    """All that the command line asks for. Raises TaggerError, and OSError when the output cannot be written."""
    if options.engine == "ray":
        from .bulk import cluster

        if not options.output:
            raise InputError("expected a folder (-o OUT/) for --engine ray, got none; name one")
        sources = cluster.inputs(options.files, options.input)
    else:
        sources = inputs(options.files or ["-"], options.input)
        _check(options, sources)
    work = FileTagger(
        str(shipped.find(options.model)),
        _format(options),
        options.field,
        options.offsets,
        options.errors,
        presegment=not options.no_runs,
        view=OutputOptions(options.confidence, options.min_confidence, options.search, options.nbest, options.distinct),
        dictionaries=tuple(options.dictionary),
        strength=options.strength,
        fold=options.fold,
        known=options.given,
        standard=options.standard,
    )
    # A model or dictionary that cannot be used is an error before anything is written.
    if not work.word_tagger and (unknown := work.tagger.unknown_tags) and not options.quiet:
        names = ", ".join(unknown[:8]) + (", …" if len(unknown) > 8 else "")
        print(f"note: the model has no tags {names}: it chooses those of their words itself", file=sys.stderr)
    if options.dry_run:
        _dry_run(work, sources, options.workers)
        return
    progress = Progress(len(sources), 0 if options.engine == "ray" else sum(source.size for source in sources))
    shown = not options.quiet and (options.output is not None or (progress.live and not sys.stdout.isatty()))
    report: Callable[[Counts], None] = progress if shown else lambda counts: None
    compression = f".{options.compress}" if options.compress else ""
    with ExitStack() as stack:
        if options.engine == "ray":
            from .bulk.cluster import tag_on_ray

            counts = tag_on_ray(
                work, sources, options.output, options.workers, compression=compression, resume=options.resume
            )
        else:
            workers = stack.enter_context(pool(work, options.workers))
            if _is_folder(options.output):
                folder = Path(options.output)
                outputs(sources, work.format, compression)
                folder.mkdir(exist_ok=True)
                counts = tag_to_folder(
                    workers, work, sources, folder, report, compression=compression, resume=options.resume
                )
            elif options.output:
                path = stack.enter_context(publishing(options.output))
                with path.open("wb") as file:
                    counts, _ = tag_to_one(workers, work, sources, file, options.output, report)
            else:
                out = sys.stdout.buffer

                def flushed(counts: Counts) -> None:
                    out.flush()
                    report(counts)

                counts, _ = tag_to_one(workers, work, sources, out, "", flushed)
                out.flush()
        if counts.rejects:
            _rejects(counts, options.rejects)
    if shown:
        progress.close(counts)


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    handlers: dict[int, Any] = {}
    if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:  # a program that imports this has its own
        handlers = {number: signal.signal(number, _stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        tag(options)
    except BrokenPipeError:  # the reader had enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Interrupted as stop:
        again = "; go on with the same command and --resume" if _is_folder(options.output) else ""
        print(f"interrupted: nothing half-written{again}", file=sys.stderr)
        return 128 + stop.number
    except TaggerError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: cannot write {options.output or 'stdout'}: {error}", file=sys.stderr)
        return 1
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    return 0


if __name__ == "__main__":
    sys.exit(main())

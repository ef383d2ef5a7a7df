"""`tagger tag -m NAME.onnx [FILE…]`: words of every text, in order, from a pipe to a cluster."""

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from . import cli
from .bulk import flags
from .bulk.counts import ReportProgress, RunCounts, no_report
from .bulk.dictionary_notes import describe_dictionaries, describe_unmatched
from .bulk.estimate import estimate
from .bulk.formats import FORMATS
from .bulk.inputs import BINARY, TABLES, Input, Inputs, describe_left_out, find_inputs, without_compression
from .bulk.job import Job, tag_to_file, tag_to_folder
from .bulk.pool import open_pool
from .bulk.progress import Progress
from .bulk.rejects import describe_lost, write_rejects
from .bulk.worker import FileTagger
from .errors import InputError
from .files.atomic import publishing
from .modelfile import shipped
from .tagging.dictionary import DictionaryOptions
from .tagging.output import OptionError, OutputOptions
from .tagging.word_filter import read_filter


def parser() -> cli.Parser:
    p = cli.parser(
        "tag",
        "Find the words of every text, and their parts of speech if the model knows them. A line is a text; in JSONL "
        "an object, in CSV, TSV and Parquet a row. jsonl, conllu and parquet keep the text exactly; slash and "
        "segmented write a space between words and, after it, the whitespace that was there. A model of given words "
        "tags what lies between spaces, a sentence to a line. A model of entities marks them in the text as "
        "[form/TYPE] (inline), or writes them as spans in jsonl and parquet, or as IOB2 columns.",
        epilog=f"{cli.EXIT_STATUS}, 130 or 143 interrupted",
    )
    p.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        default=["-"],
        help="files, folders, wildcards (plain, .gz, .xz, .zst; .jsonl, .csv, .tsv, .parquet by name); - is stdin",
    )
    p.add_argument(
        "-m",
        "--model",
        metavar="NAME",
        help=f"a model file from tagger export, or a model of the package: {', '.join(shipped.names())} (default: "
        f"{shipped.DEFAULT})",
    )
    p.add_argument("--standard", metavar="NAME", help="of a model of several standards; default: its first")
    cli.add_no_presegment(p)
    flags.add_files(p.add_argument_group("files"))
    flags.add_answers(p.add_argument_group("what is written of the words"))
    flags.add_constraints(p.add_argument_group("known words"))
    flags.add_running(p.add_argument_group("running"))
    return p


def _is_folder(output: str | None) -> bool:
    return output is not None and (output.endswith(("/", os.sep)) or Path(output).is_dir())


def _check(options: argparse.Namespace, sources: Sequence[Input]) -> None:
    """Raises InputError for options that do not go together."""
    output = options.output
    if options.resume and options.overwrite:
        raise InputError("expected --resume or --overwrite, got both; leave one out")
    if (options.resume or options.overwrite or options.compress) and not _is_folder(output):
        got = f"the file {output}; a slash at its end makes it a folder" if output else "none; name one"
        raise InputError(f"expected a folder (-o OUT/) for --resume, --overwrite and --compress, got {got}")
    if options.format == "parquet" and not output:
        raise InputError("expected a file or folder (-o) for the format parquet, got stdout; name one")
    for name in filter(None, (output, options.rejects)):
        parent = Path(name).resolve().parent
        if not parent.is_dir():
            raise InputError(f"{name}: cannot write there: no folder {parent}; make it first")
        if Path(name).is_file() and any(source.is_file(Path(name)) for source in sources):
            raise InputError(f"{name}: expected an output that is no input, got the input itself; name another file")
    if output is None:
        return
    _check_suffix(options)
    target = Path(output)
    if options.rejects and target.resolve() == Path(options.rejects).resolve():
        raise InputError(f"{output}: expected two files for -o and --rejects, got one; name another file")
    for name in options.files:
        if _is_folder(output) and Path(name).is_dir() and target.resolve().is_relative_to(Path(name).resolve()):
            raise InputError(
                f"{output}: expected a folder outside the input {name}, got one inside: its files would be "
                "inputs of the next run; name another folder"
            )


def _check_suffix(options: argparse.Namespace) -> None:
    """Raises InputError for an output whose name says a kind of file that no format is, and that its reader could not
    open."""
    suffix = _suffix(options.output).lower()
    if options.format and suffix in (".csv", ".tsv", ".json"):  # text, which the format that was asked for is too
        return
    names = ", ".join(format.suffix for format in FORMATS.values())
    if suffix in TABLES:
        raise InputError(
            f"{options.output}: expected a name that ends in {names}, got {suffix}, which no format is; for a "
            "spreadsheet name it NAME.conllu (entities: NAME.iob2), and open its columns as text that tabs part"
        )
    if suffix in BINARY:
        raise InputError(
            f"{options.output}: expected a name that ends in {names} or .txt, got {suffix}, which no format is; "
            f"name it NAME.{'jsonl' if suffix == '.json' else 'txt'}"
        )


def _format(options: argparse.Namespace) -> str:
    """The format of the output: the one asked for, or by the name of the output file, else slash."""
    if options.format:
        return str(options.format)
    suffix = _suffix(options.output)
    return next((format.name for format in FORMATS.values() if format.suffix == suffix), "slash")


def _suffix(output: str | None) -> str:
    return "" if _is_folder(output) else Path(without_compression(output or "")).suffix


def _describe_file(options: argparse.Namespace, n_inputs: int) -> Iterable[str]:
    """A note about one file for several inputs, whose name may be meant as that of a folder."""
    output = options.output
    if not output or _is_folder(output) or options.engine == "ray" or n_inputs < 2:
        return
    if not (Path(output).suffix or Path(output).exists()):
        yield f"{output}: one file for all {n_inputs} inputs; a slash at its end ({output}/) makes it a folder"


def _describe_format(options: argparse.Namespace) -> Iterable[str]:
    """A note about an output whose name says another format than it gets."""
    suffix = _suffix(options.output)
    if not options.format and suffix not in ("", ".txt", *(format.suffix for format in FORMATS.values())):
        yield f"{options.output}: no format is known by the suffix {suffix}, so it is slash; choose one with --format"


def _file_tagger(options: argparse.Namespace) -> FileTagger:
    output = OutputOptions(
        options.confidence,
        options.min_confidence,
        options.search,
        options.nbest,
        options.distinct,
        options.sentences,
    )
    try:
        return FileTagger(
            str(shipped.find(options.model)),
            _format(options),
            options.field,
            options.offsets,
            options.errors,
            presegment=not options.no_presegment,
            output=output,
            dictionaries=tuple(options.dictionary),
            dictionary_options=DictionaryOptions(
                options.strength, options.dictionary_format, options.dictionary_encoding, options.fold, options.exact
            ),
            known_field=options.given,
            standard=options.standard,
            encoding=options.encoding,
            patterns=tuple(options.patterns),
            clean=options.clean,
            word_filter=read_filter(options.pos, options.stop_words, encoding=options.dictionary_encoding),
        )
    except OptionError as error:
        raise InputError(error.describe(lambda option: "--" + option.replace("_", "-"))) from None


def _choose_format(tagger: FileTagger, options: argparse.Namespace) -> FileTagger:
    """The tagger with the format `inline` in place of `slash`, if no format was asked for and its model finds
    entities."""
    if options.format or tagger.format != "slash" or Path(options.output or "").suffix == ".slash":
        return tagger
    return replace(tagger, format="inline") if tagger.model_file.scheme.outside else tagger


def _note(notes: Iterable[str], *, quiet: bool) -> None:
    """Writes notes to stderr, unless `quiet`."""
    for note in notes:
        if not quiet:
            print(f"note: {note}", file=sys.stderr)


def _find_sources(options: argparse.Namespace) -> Inputs:
    """The inputs. Raises InputError for options that do not go together."""
    if options.engine == "ray":
        from .bulk.cluster import find_remote_inputs

        if not options.output:
            raise InputError("expected a folder (-o OUT/) for --engine ray, got none; name one")
        return Inputs(find_remote_inputs(options.files, options.input), [])
    sources = find_inputs(options.files or ["-"], options.input)
    _check(options, sources.files)
    return sources


def _tag_here(options: argparse.Namespace, job: Job, report: ReportProgress) -> RunCounts:
    """Tags the inputs on this machine, to a folder, a file or stdout."""
    with open_pool(job.tagger, options.workers) as pool:
        if _is_folder(options.output):
            return tag_to_folder(job, pool, Path(options.output), report)
        if options.output:
            with publishing(options.output) as path:
                with path.open("wb") as file:
                    counts = tag_to_file(job, pool, file, options.output, report)
                if len(counts.left_out) == len(job.sources) and not counts.texts and path.is_file():
                    path.unlink()  # so that an earlier output stays
            return counts
        return tag_to_file(job, pool, sys.stdout.buffer, report=report, flush=True)


def tag(options: argparse.Namespace) -> int:
    """Does all that the command line asks for, and returns 1 if every row of an input was left out, else 0. Raises
    TaggerError, and OSError when the output cannot be written."""
    sources, left_out = _find_sources(options)
    compression = f".{options.compress}" if options.compress else ""
    job = Job(_choose_format(_file_tagger(options), options), sources, compression, options.resume, options.overwrite)
    _note(describe_dictionaries(job.tagger), quiet=options.quiet)  # opens the model before anything is written
    notes = [*describe_left_out(left_out), *_describe_format(options), *_describe_file(options, len(sources))]
    _note(notes, quiet=options.quiet)
    if options.dry_run:
        print(*estimate(job, options.workers), sep="\n")
        return 0
    on_ray = options.engine == "ray"
    if not options.quiet:
        cli.announce_terminal([source.path for source in sources])
    progress = Progress(len(sources), 0 if on_ray else sum(source.size for source in sources))
    is_shown = not options.quiet and (options.output is not None or (progress.is_live and not sys.stdout.isatty()))
    if on_ray:
        from .bulk.cluster import tag_on_ray

        counts = tag_on_ray(job, options.output, options.workers)
    else:
        counts = _tag_here(options, job, progress if is_shown else no_report)
    return _finish(options, job, counts, progress if is_shown else None)


def _finish(options: argparse.Namespace, job: Job, counts: RunCounts, progress: Progress | None) -> int:
    """Says what came of a run; returns its exit status."""
    if counts.rejects:
        write_rejects(counts.rejects, options.rejects)
    if progress:
        progress.close(counts)
    is_counted = options.engine != "ray" and not counts.skipped  # actors and earlier runs do not say what matched
    if is_counted and not job.tagger.word_tagger:
        _note(describe_unmatched(job.tagger, names_entries=options.verbose), quiet=options.quiet)
    for line in describe_lost(counts.lost):
        if counts.left_out or not options.quiet:
            print(line, file=sys.stderr)
    return 1 if counts.left_out else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    options = parser().parse(arguments)
    resume = "run the same command with --resume to continue" if _is_folder(options.output) else ""
    return cli.run(lambda: tag(options), output=options.output, resume=resume)


if __name__ == "__main__":
    sys.exit(main())

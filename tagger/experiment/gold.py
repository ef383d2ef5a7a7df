"""The gold corpus that a command line names: a file, or a corpus of `conf/data` and its settings."""

from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .. import cli
from ..corpus.corpora import TASKS
from ..corpus.layers import JOINT_SPANS
from ..corpus.spans import SPANS
from ..errors import CorpusError, UsageError
from ..tagging.word_tagger import AnyTagger

FLAGS = ("format", "tag", "encoding", "task", "train")


in_flags = cli.in_flags(*FLAGS)  # what writes settings of a corpus in a refusal as these flags


def add_gold(p: cli.Parser, *, default: str = "the sample corpus") -> None:
    """Adds the arguments that `gold_options` reads; `default` says what is scored without them."""
    p.takes_words = True  # those of a corpus of conf/data
    p.add_argument(
        "gold",
        nargs="*",
        metavar="GOLD",
        help="a gold file; or a corpus of conf/data and its settings, as in `ud_zh_gsdsimp data.root=FOLDER`; default: "
        f"{default}",
    )
    p.add_argument("--format", metavar="NAME", help="of the file; default: by its name")
    p.add_argument("--tag", metavar="NAME", help="which tags to read, upos or xpos, or the number of a column")
    p.add_argument("--encoding", metavar="NAME", help="of the file, as gb18030 or utf-16; default: utf-8")
    p.add_argument(
        "--task", choices=TASKS, help="words and tags, words alone, or entities; default: what the model finds"
    )
    p.add_argument("--train", metavar="FILE", help="what the model learnt from, to tell words that it has not seen")
    p.add_argument("--config-dir", metavar="FOLDER", help="a folder with more configurations, as conf/ has them")


def add_genres(p: cli.Parser) -> None:
    """Adds `--genre`, whose places `corpus.genres` reads."""
    p.add_argument(
        "--genre",
        action="append",
        default=[],
        metavar="[NAME=]GOLD",
        help="figures of a genre: NAME=FILE, or NAME=FILE#PREFIX and NAME=FILE#1-650, which select by sent_id; of "
        "several: a folder with a file for each, or a CoNLL-U file with sent_ids such as dialogue-010; may be repeated",
    )


def check_resamples(options: Namespace, *, least: int = 0) -> None:
    """Raises UsageError when `--resamples` is smaller."""
    if options.resamples < least:
        raise UsageError(f"expected {least} or more for --resamples, got {options.resamples}; give another number")


def is_given(options: Namespace) -> bool:
    """Whether a command line names gold. Raises UsageError for options of gold without it."""
    given = [name for name in FLAGS if getattr(options, name) is not None]
    if given and not options.gold:
        raise UsageError(f"expected a gold file for --{given[0]}, got none; name it, or leave --{given[0]} out")
    return bool(options.gold)


def gold_file(options: Namespace) -> str | None:
    """The gold file, or folder of files, that a command line names; None when it names a corpus of `conf/data`, or
    settings of one. A folder that has the name of a corpus needs a slash: sample/."""
    folders = [word for word in options.gold if Path(word).is_dir() and word not in _names(options.config_dir)]
    files = [word for word in options.gold if Path(word).is_file() or word in folders]
    if files and len(options.gold) > 1:
        others = list(options.gold)
        others.remove(files[0])
        raise UsageError(_describe_others(files[0], others))
    return files[0] if files else None


def _describe_others(file: str, others: Sequence[str]) -> str:
    """What is wrong with words beside a gold file: an option, a setting of a corpus, or another file."""
    settings = [word.removeprefix("data.").partition("=") for word in others if "=" in word]
    for name, _, value in settings:
        if name in FLAGS:
            return f"expected --{name} {value} beside the gold file {file}, got it as a setting; write --{name} {value}"
    if settings:
        name, _, value = settings[0]
        return f"expected a gold file or the settings of a corpus, got {file} and data.{name}={value}; leave one out"
    return f"expected one gold file and nothing else, got {' '.join([file, *others])}; score them one by one"


def gold_options(options: Namespace, splits: Sequence[str]) -> dict[str, Any]:
    """The options of a corpus, as a node of `conf/data` has them, that the command line names.

    A file is the first of `splits`. Raises TaggerError for what is neither a file nor a corpus.
    """
    described = {name: getattr(options, name) for name in FLAGS if getattr(options, name) is not None}
    if file := gold_file(options):
        return {"name": file, splits[0]: file} | described
    named = [word for word in options.gold if "=" not in word]
    settings = [f"data={word}" for word in named] + [word for word in options.gold if "=" in word]
    for word in named:
        _check_name(word, options.config_dir)
    return _composed(settings, splits, options.config_dir) | described


def with_task(options: Mapping[str, Any], tagger: AnyTagger) -> Mapping[str, Any]:
    """The options of a corpus for what a tagger finds: for one of words and entities all that a file has of them.
    Raises CorpusError for a corpus of words for a tagger of entities, or the other way round."""
    task = options.get("task")
    if tagger.model.entities:
        return {**options, "task": JOINT_SPANS} if task is None else options
    finds_entities = tagger.model.scheme.outside
    if task is not None and (task == SPANS) != finds_entities and not (task == JOINT_SPANS and finds_entities):
        wanted, remedy = ("entities", "data.task=spans") if finds_entities else ("words", "another model")
        raise CorpusError(f"expected a corpus of {wanted} for {tagger.model.name}, got data.task={task}; give {remedy}")
    return {**options, "task": SPANS} if finds_entities and task is None else options


def _names(config_dir: str | None) -> list[str]:
    """Of the corpora of `conf/data`, and of the user's own folder."""
    folders = [Path(folder, "data") for folder in (config_dir, cli.CONF) if folder]
    return sorted(path.stem for folder in folders for path in folder.glob("*.yaml"))


def _check_name(name: str, config_dir: str | None) -> None:
    if name not in (names := _names(config_dir)):
        raise CorpusError(
            f"{name}: expected a gold file or one of the corpora {', '.join(names)}, found neither; correct the path"
        )


def _composed(settings: Sequence[str], splits: Sequence[str], config_dir: str | None) -> dict[str, Any]:
    """With the file of a split but without a name the given settings alone: what else the default corpus has, its
    train file above all, does not belong to the file."""
    from omegaconf import OmegaConf

    from .composition import compose

    cfg = compose("gold", settings, config_dir=config_dir)
    composed: Any = OmegaConf.to_container(cfg.data, resolve=True)
    given = [word.partition("=")[0].removeprefix("data.") for word in settings if word.startswith("data.")]
    file = next((composed[split] for split in splits if split in given), None)
    if file is None or any(word.startswith("data=") for word in settings):
        return dict(composed)
    return {"name": file} | {name: composed[name] for name in given if name in composed}

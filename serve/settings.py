"""The settings of the service. Each has a flag, a `TAGGER_*` variable, a default and the values that it may have."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from tagger import __version__
from tagger.cli import Parser, did_you_mean
from tagger.errors import ModelError
from tagger.extras import describe_module, is_installed
from tagger.modelfile import shipped

from .charsets import GROWTH
from .cores import available_cores
from .setting_fields import SettingsError as SettingsError
from .setting_fields import add_flag, flag_of, read_value, variable_of
from .setting_fields import setting_field as _setting
from .variables import variables_of_settings

if TYPE_CHECKING:
    from tagger.tagging.dictionary import DictionaryOptions
    from tagger.tagging.dictionary_formats import Format
    from tagger.tagging.entries import Strength

# What settings need that the extra `serve` does not bring. Another package may have brought a part of OpenTelemetry.
_MODULES = (
    ("grpc_port", "grpc"),
    ("grpc_port", "google.protobuf"),
    ("traces", "opentelemetry.sdk.trace"),
    ("traces", "opentelemetry.exporter.otlp.proto.http.trace_exporter"),
)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Settings:
    """Checked settings; sizes in bytes or characters (code points), times in seconds."""

    model: tuple[str, ...] = _setting(
        (),
        "models: PATH, NAME=PATH or a name in the package; the first of a kind is its default; without any: zh-small",
    )
    dictionary: tuple[str, ...] = _setting((), "dictionary files, as PATH or NAME=PATH, that requests may name")
    dictionary_format: str = _setting(
        "guess",
        "of the dictionaries; guess: what each looks like",
        choices=("guess", "tagger", "jieba", "hanlp", "lac", "plain"),
    )
    dictionary_encoding: str = _setting("utf-8", "of dictionaries and patterns, such as gb18030")
    dictionary_strength: str = _setting("force", "of lines that name none", choices=("force", "prefer", "forbid"))
    dictionary_fold: bool = _setting(False, "let full-width and half-width forms match in dictionaries: yes or no")
    dictionary_exact: bool = _setting(
        False, "let no entry in traditional characters match simplified text, or vice versa: yes or no"
    )
    patterns: tuple[str, ...] = _setting((), "pattern files, as PATH or NAME=PATH, that requests may name")
    host: str = _setting("127.0.0.1", "address to listen on; 0.0.0.0 for every one")
    port: int = _setting(8000, "port; 0 lets the system choose", least=0)
    grpc_port: int = _setting(
        0, "port for the Open Inference Protocol over gRPC; 0: none; needs hantagger[grpc]", least=0
    )
    uds: str = _setting("", "path of a Unix socket to listen on, in place of --host and --port")
    fd: int = _setting(-1, "number of an open socket to listen on; -1: none, or what systemd passes", least=-1)
    metrics_port: int = _setting(0, "port for /metrics and health alone; 0: /metrics is beside the API", least=0)
    processes: int = _setting(0, "processes that answer; 0: one per available core and --workers", least=0)
    workers: int = _setting(
        0, "threads that tag in a process; 0: one, or one per available core in a single process", least=0
    )
    batch_chars: int = _setting(3072, "padded characters in a batch, at most", least=1)
    queue_share: float = _setting(
        0.9, "share of the deadline that the work in the queue may take, by the pace measured; beyond, 429", least=0
    )
    deadline: float = _setting(
        10.0, "seconds from a request to its answer, of a document for each of its pieces; beyond, 504", least=0.001
    )
    retry_delay: float = _setting(
        0.2, "seconds that a 429 is held back, so that refusals do not starve inference", least=0
    )
    max_body: int = _setting(1 << 20, "bytes of a JSON body", least=1)
    max_document: int = _setting(16 << 20, "bytes of a text/plain or NDJSON body", least=1)
    max_held: int = _setting(
        64 << 20,
        "bytes of all bodies in memory, over all processes, each of which may hold the largest body; beyond, 503",
        least=1,
    )
    max_unsent: int = _setting(
        24 << 20,
        "bytes of answers that are not sent yet, over all processes, each of which may hold as many as --max-document; "
        "beyond, 503",
        least=1,
    )
    max_texts: int = _setting(1024, "texts in a JSON request", least=1)
    max_chars: int = _setting(20000, "characters in a text", least=1)
    max_nbest: int = _setting(10, "alternatives of a text", least=1)
    max_nbest_chars: int = _setting(500, "characters in a text whose alternatives are asked for", least=1)
    max_entries: int = _setting(1000, "dictionary entries in a request; 0 for none", least=0)
    max_entry_chars: int = _setting(64, "characters in such an entry", least=1)
    max_given: int = _setting(40000, "known words and boundaries in a request", least=0)
    max_matches: int = _setting(
        64,
        "how densely entries of dictionaries may match, per character of a text: a match counts 2, to prefer also its "
        "length, to forbid 4 times its length",
        least=1,
    )
    max_inspect: int = _setting(100, "characters in a sentence to inspect, 256 at most", least=1)
    max_header: int = _setting(16384, "bytes of a request's headers", least=256)
    max_connections: int = _setting(4096, "connections at a time, over all processes; beyond, 503", least=1)
    header_seconds: float = _setting(10.0, "seconds for a request's headers to arrive", least=0.001)
    body_seconds: float = _setting(20.0, "seconds for a body to arrive", least=0.001)
    write_seconds: float = _setting(20.0, "seconds that a caller may leave its answer unread", least=0.001)
    idle_seconds: float = _setting(75.0, "seconds that a connection may be idle between requests", least=0.001)
    drain_seconds: float = _setting(
        0.5, "seconds after SIGTERM, with readiness false, before connections close", least=0
    )
    grace_seconds: float = _setting(30.0, "seconds after that for requests under way", least=0)
    api_keys: tuple[str, ...] = _setting((), "keys that callers must show; better in the environment than in a flag")
    api_keys_file: str = _setting("", "file of lines NAME KEY [REQUESTS A SECOND], which SIGHUP reads again")
    cors_origins: tuple[str, ...] = _setting((), "origins whose pages may call the service")
    traces: str = _setting("", "URL of an OTLP collector to send traces to; needs hantagger[otel]")
    local: bool = _setting(True, "give the default model away, for /local: yes or no")
    log_level: str = _setting("info", "least level to log", choices=("debug", "info", "warning", "error"))
    access_log: bool = _setting(True, "one log line per request: yes or no")

    def __post_init__(self) -> None:
        _ = self.models, self.dictionaries, self.pattern_files  # raises SettingsError for names that cannot be used

    @property
    def models(self) -> dict[str, Path]:
        """Paths of the model files by name."""
        paths = _named(self.model or (shipped.DEFAULT,), "model")
        try:
            return {name: shipped.find(path) for name, path in paths.items()}
        except ModelError as error:
            raise SettingsError(f"--model: {error}") from error

    @property
    def dictionaries(self) -> dict[str, Path]:
        """Paths of the dictionary files by name."""
        return {name: Path(path) for name, path in _named(self.dictionary, "dictionary").items()}

    @property
    def pattern_files(self) -> dict[str, Path]:
        """Paths of the files of patterns by name."""
        return {name: Path(path) for name, path in _named(self.patterns, "patterns").items()}

    @property
    def dictionary_options(self) -> "DictionaryOptions":
        """How the dictionary files are read and matched."""
        from tagger.tagging.dictionary import DictionaryOptions  # imported late: --help needs no numpy

        return DictionaryOptions(
            cast("Strength", self.dictionary_strength),  # one of the choices
            None if self.dictionary_format == "guess" else cast("Format", self.dictionary_format),
            self.dictionary_encoding,
            self.dictionary_fold,
            self.dictionary_exact,
        )

    @property
    def has_keys(self) -> bool:
        """Whether callers must show a key."""
        return bool(self.api_keys or self.api_keys_file)

    @property
    def n_processes(self) -> int:
        """The number of processes that answer."""
        return self.processes or max(1, available_cores() // max(1, self.workers))

    @property
    def n_workers(self) -> int:
        """The number of threads that tag in a process."""
        return self.workers or (available_cores() if self.n_processes == 1 else 1)

    @property
    def public(self) -> dict[str, Any]:
        """All settings as they may be printed: the number of keys in place of the keys."""
        shown = {setting.name: getattr(self, setting.name) for setting in fields(self)}
        return shown | {
            "api_keys": len(self.api_keys),
            "processes": self.n_processes,
            "workers": self.n_workers,
        }


def _named(items: Sequence[str], kind: str) -> dict[str, str]:
    """Paths by name, from PATH or NAME=PATH."""
    named: dict[str, str] = {}
    for item in items:
        name, equals, path = item.partition("=")
        path = path if equals else item
        stem = Path(item).stem
        name = name if equals else stem.partition("@")[0] if shipped.is_shipped(stem) else stem
        if not _NAME.fullmatch(name):
            raise SettingsError(
                f"--{kind}: expected a name of letters, digits, dots, dashes and underscores, got {name!r}; "
                f"give one: --{kind} NAME=PATH"
            )
        if name in named:
            raise SettingsError(f"--{kind}: two of them are called {name!r}; give one another name: NAME=PATH")
        named[name] = path
    return named


def divide(settings: Settings) -> Settings:
    """The settings of one of several processes, which share connections and memory evenly.

    Each may hold the largest body, in whatever charset it comes, and at least as many bytes of answers as the largest
    document has. The queue is as long in each as in a single process, because its limit stands for the time that a
    request waits.
    """
    n = settings.n_processes
    return replace(
        settings,
        max_connections=-(-settings.max_connections // n),
        max_held=max(settings.max_held // n, GROWTH * settings.max_document, settings.max_body),
        max_unsent=max(settings.max_unsent // n, min(settings.max_unsent, settings.max_document)),
    )


def parser() -> Parser:
    """The command line. A flag that is not given has the value of its variable, or else its default."""
    p = Parser(
        prog="tagger serve",
        description="Serve model files over HTTP. Every flag has a variable: --max-body is TAGGER_MAX_BODY. "
        "SIGTERM drains and ends; SIGHUP reads the model files again.",
        epilog="exit status: 0 after SIGTERM or Ctrl-C, 1 when the service cannot start, 2 for wrong settings",
    )
    for setting in fields(Settings):
        add_flag(p, setting)
    p.add_argument("--version", action="version", version=__version__)
    return p


def read(arguments: Sequence[str] | None = None, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings from flags and variables. Raises SettingsError for a value that cannot be used."""
    flags = vars(parser().parse_args(arguments))
    environment = variables_of_settings(environment)
    _check_variables(environment)
    values = {}
    for setting in fields(Settings):
        flag, variable = flag_of(setting.name), variable_of(setting.name)
        if flags[setting.name] is not None:
            values[setting.name] = read_value(setting, flags[setting.name], flag)
        elif (text := environment.get(variable)) is not None:
            parts = [part for part in text.split(",") if part] if isinstance(setting.default, tuple) else text
            values[setting.name] = read_value(setting, parts, variable)
    settings = Settings(**values)
    _check(settings)
    return settings


def _check_variables(environment: Mapping[str, str]) -> None:
    """Raises SettingsError for a `TAGGER_` variable that is no setting, such as a misspelt one."""
    known = {variable_of(setting.name) for setting in fields(Settings)}
    for name in sorted(environment.keys() - known):
        raise SettingsError(
            f"expected variables that tagger serve --help names, got {name}; correct or unset it"
            f"{did_you_mean(name, known)}"
        )


def _check(settings: Settings) -> None:
    """Raises SettingsError for values that the service cannot use, alone or together."""
    from tagger.text.windows import WINDOW  # imported late: --help needs no numpy

    for name in ("port", "grpc_port", "metrics_port"):
        if getattr(settings, name) > 65535:
            raise SettingsError(f"{flag_of(name)}: expected at most 65535, got {getattr(settings, name)}")
    if settings.uds and settings.fd >= 0:
        raise SettingsError("--uds and --fd: expected one of them, got both; leave one out")
    if settings.max_inspect > WINDOW:
        raise SettingsError(f"--max-inspect: expected at most {WINDOW}, got {settings.max_inspect}")
    if any(len(key) < 16 or not key.isascii() for key in settings.api_keys):
        raise SettingsError(
            "--api-keys: expected keys of at least 16 ASCII characters; make one with: openssl rand -hex 16"
        )
    for name, module in _MODULES:
        if getattr(settings, name) and not is_installed(module):
            raise SettingsError(f"{flag_of(name)}: {describe_module(module)}")
    if "*" in settings.cors_origins and settings.has_keys:
        raise SettingsError("--cors-origins: expected origins by name beside --api-keys, got *; list them")

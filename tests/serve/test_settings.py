import logging
import os
import re
import select
from pathlib import Path

import pytest
from service import ROOT

from serve.log import UnblockedHandler
from serve.metrics import Metrics
from serve.settings import Settings, SettingsError, parser, read
from tagger.modelfile import shipped
from tagger.modelfile.shipped import versioned_names
from tagger.tagging.dictionary import FORCED, DictionaryOptions
from tagger.tagging.dictionary_formats import FORMATS

MODEL = {"TAGGER_MODEL": "a.onnx"}


def test_flags_come_before_variables_and_variables_before_defaults() -> None:
    settings = read(["--port", "1", "--model", "x=b.onnx"], MODEL | {"TAGGER_PORT": "2", "TAGGER_MAX_BODY": "3"})
    assert (settings.port, settings.max_body, settings.max_texts) == (1, 3, Settings().max_texts)
    assert settings.models == {"x": Path("b.onnx")}
    assert read([], {"TAGGER_MODEL": "a.onnx,n=d/b.onnx"}).models == {"a": Path("a.onnx"), "n": Path("d/b.onnx")}


def test_variables_of_the_package_are_no_settings() -> None:
    others = {"TAGGER_DATA": "/corpora", "TAGGER_RUNTIME": "onnxruntime"}
    assert read([], MODEL | others) == read([], MODEL)


@pytest.mark.parametrize("service", ["TAGGER", "TAGGER_GRPC", "TAGGER_METRICS", "TAGGER_MAX_BODY"])
def test_the_variables_that_kubernetes_sets_for_services_are_no_settings(service: str) -> None:
    links = {
        "SERVICE_HOST": "10.0.0.1",
        "SERVICE_PORT": "80",
        "SERVICE_PORT_HTTP": "80",
        "PORT": "tcp://10.0.0.1:80",
        "PORT_80_TCP": "tcp://10.0.0.1:80",
        "PORT_80_TCP_PROTO": "tcp",
        "PORT_80_TCP_PORT": "80",
        "PORT_80_TCP_ADDR": "10.0.0.1",
    }
    named = {f"{service}_{name}": value for name, value in links.items()}
    assert read([], MODEL | named) == read([], MODEL)


def test_every_setting_has_a_flag_with_help() -> None:
    text = parser().format_help()
    for name in Settings.__dataclass_fields__:
        assert "--" + name.replace("_", "-") in text


def test_the_command_line_is_that_of_other_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert read(["-m", "zh-base"], {}).model == ("zh-base",)
    with pytest.raises(SystemExit):
        parser().parse_args(["--modle", "zh-base"])
    message = "expected known options and no more files, got --modle; did you mean --model?; see tagger serve --help"
    assert capsys.readouterr().err == f"error: {message}\n"


def test_dictionaries_are_read_as_told() -> None:
    assert read([], MODEL).dictionary_options == FORCED
    flags = ["--dictionary-format", "hanlp", "--dictionary-strength", "prefer", "--dictionary-fold", "yes"]
    wanted = DictionaryOptions("prefer", "hanlp", "gb18030", fold=True, exact=True)
    given = MODEL | {"TAGGER_DICTIONARY_ENCODING": "gb18030", "TAGGER_DICTIONARY_EXACT": "yes"}
    assert read(flags, given).dictionary_options == wanted
    for format in FORMATS:
        assert read(["--dictionary-format", format], MODEL).dictionary_options.format == format
    with pytest.raises(SettingsError, match=r"--dictionary-format: expected one of guess, tagger, .*, got 'csv'"):
        read(["--dictionary-format", "csv"], MODEL)


def test_a_model_of_the_package_may_have_its_version() -> None:
    [plain] = versioned_names()[-1:]
    assert read(["--model", plain], {}).models == {"zh-small": shipped.find("zh-small")}
    with pytest.raises(SettingsError, match="--model: zh-small@99: expected version"):
        read(["--model", "zh-small@99"], {})


def test_safe_unless_told_otherwise() -> None:
    settings = read([], MODEL)
    assert settings.host == "127.0.0.1"
    assert settings.cors_origins == ()
    assert settings.n_workers >= 1


def test_keys_are_counted_not_shown() -> None:
    settings = read([], MODEL | {"TAGGER_API_KEYS": "0123456789abcdef,fedcba9876543210"})
    assert settings.api_keys == ("0123456789abcdef", "fedcba9876543210")
    assert settings.public["api_keys"] == 2
    assert "0123456789abcdef" not in str(settings.public)


@pytest.mark.parametrize(
    ("arguments", "environment", "message"),
    [
        (["--model", "a/x.onnx", "--model", "b/x.onnx"], {}, "two of them are called 'x'"),
        (["--model", "我=a.onnx"], {}, "got '我'"),
        (["--dictionary", "a.txt", "--dictionary", "b/a.txt"], MODEL, "--dictionary: two of them are called 'a'"),
        (["--patterns", "a.tsv", "--patterns", "b/a.tsv"], MODEL, "--patterns: two of them are called 'a'"),
        (
            ["--port", "x"],
            MODEL,
            "a whole number of 0 or more, got 'x'; correct it, or leave it out for 8000",
        ),
        (["--port", "70000"], MODEL, "at most 65535"),
        (["--deadline", "nan"], MODEL, "--deadline: expected a number of 0.001 or more, got 'nan'; correct it"),
        (["--deadline", "inf"], MODEL, "got 'inf'"),
        (["--deadline", "0"], MODEL, "got '0'"),
        (["--max-texts", "-1"], MODEL, "expected a whole number of 1 or more, got '-1'"),
        (["--log-level", "loud"], MODEL, "expected one of debug, info, warning, error, got 'loud'"),
        ([], MODEL | {"TAGGER_ACCESS_LOG": "maybe"}, "TAGGER_ACCESS_LOG: expected yes or no, got 'maybe'"),
        ([], MODEL | {"TAGGER_PORT": "tcp"}, "TAGGER_PORT: expected a whole number"),
        (
            [],
            MODEL | {"TAGGER_GRP_PORT": "8001"},
            "got TAGGER_GRP_PORT; correct or unset it; did you mean TAGGER_GRPC_PORT?",
        ),
        ([], MODEL | {"TAGGER_MAX_TEXT": "1"}, "or unset it; did you mean TAGGER_MAX_TEXTS?"),
        ([], MODEL | {"TAGGER_MAXBODY": "1"}, "got TAGGER_MAXBODY; correct or unset it; did you mean TAGGER_MAX_BODY?"),
        ([], MODEL | {"TAGGER_API_KEYS": "short"}, "at least 16 ASCII characters"),
        (["--cors-origins", "*", "--api-keys", "0123456789abcdef"], MODEL, "got *; list them"),
    ],
)
def test_what_is_refused(arguments: list[str], environment: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(arguments, environment)
    assert message in str(caught.value)


def test_a_misspelt_flag_is_told_which_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read(["--prot", "8471"], MODEL)
    assert "got --prot; did you mean --port?" in capsys.readouterr().err


def test_a_log_that_nobody_reads_loses_lines_and_says_how_many() -> None:
    """Lines longer than the room that is left are cut, and count as lost; other users of the pipe still wait."""
    reading, writing = os.pipe()
    lost: list[int] = []
    with os.fdopen(reading) as reader, os.fdopen(writing, "w") as writer:
        handler = UnblockedHandler(writer)
        handler.count_lost(lambda: lost.append(1))
        for size in (1000, 100_000) * 50:
            handler.emit(logging.makeLogRecord({"msg": "好" * size}))
        assert os.get_blocking(writing)
        seen = b""
        while select.select([reader], [], [], 0)[0]:
            seen += os.read(reading, 1 << 20)
        handler.emit(logging.makeLogRecord({"msg": "again"}))
        handler.emit(logging.makeLogRecord({"msg": "and again"}))
        assert os.read(reading, 100).decode().split() == ["log", "lost", "again", "and", "again"]
    whole = seen.count(("好" * 1000 + "\n").encode())
    assert 0 < whole < 50
    assert len(lost) == 100 - whole


@pytest.mark.parametrize("name", ["grafana.json", "alerts.yaml", "adapter.yaml"])
def test_what_watches_the_service_asks_for_figures_that_exist(name: str) -> None:
    known = set(re.findall(r"# TYPE (\w+)", Metrics().render().decode()))
    asked = set(re.findall(r"\b(?:tagger|process)_[a-z_]+", (ROOT / "deploy" / name).read_text()))
    asked -= {"tagger_queue_wait_mean_seconds"}  # which the adapter makes
    suffix = re.compile(r"_(bucket|sum|count)$")
    assert {figure for figure in asked if figure not in known and suffix.sub("", figure) not in known} == set()

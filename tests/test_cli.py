"""Commands are found by name; refusals are one line on stderr; options and words mean what they say."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import tagger
from tagger import __main__ as names
from tagger import __version__, cli
from tagger.errors import InputError, UsageError
from tagger.modelfile.native.runtime import installed_runtime
from tagger.modelfile.shipped import versioned_names

PACKAGE = Path(tagger.__file__).parent
NO_COMMANDS = {"__init__", "__main__", "cli", "completion", "errors", "extras", "interrupts", "usage"}


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False, timeout=120)


def test_every_module_at_the_top_is_a_command() -> None:
    modules = {path.stem for path in PACKAGE.glob("*.py")} - NO_COMMANDS
    assert names.COMMANDS.keys() == modules | {"serve"}


@pytest.mark.parametrize("arguments", [[], ["--help"]])
def test_the_commands_are_listed(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert names.main(arguments) == 0
    out = capsys.readouterr().out
    assert all(f"  {name} " in out for name in names.COMMANDS)


def test_a_command_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert names.main(["evalute", "-m", "x"]) == 2
    assert capsys.readouterr().err.startswith("error: expected a command, got 'evalute'; did you mean evaluate?")
    assert names.main([__file__]) == 2
    assert f"; did you mean tagger tag {__file__}?" in capsys.readouterr().err


BASH = """
source "$1"; shift
COMP_WORDS=(tagger "$@"); COMP_CWORD=$#; COMPREPLY=()
$(complete -p tagger | sed 's/.*-F \\([^ ]*\\).*/\\1/')
echo "${COMPREPLY[*]}"
"""


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_a_shell_completes_commands_options_choices_and_files(tmp_path: Path) -> None:
    script = tmp_path / "tagger.bash"
    script.write_text(python("-m", "tagger", "--print-completion", "bash").stdout, encoding="utf-8")
    (tmp_path / "mine.onnx").touch()
    for typed, wanted in {
        "t": "tag train",
        "tag --format s": "slash segmented",
        "tag --form": "--format",
        "evaluate -m mi": "mine.onnx",
        "tag mi": "mine.onnx",
        "serve --model mi": "mine.onnx",
        "train --config-d": "--config-dir",
    }.items():
        done = subprocess.run(
            ["bash", "-c", BASH, "bash", script, *typed.split()],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        assert (typed, done.stdout.strip()) == (typed, wanted)


def test_a_shell_that_is_not_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert names.main(["--print-completion", "fish"]) == 2
    assert capsys.readouterr().err == (
        "error: --print-completion: expected one of bash, zsh, tcsh, got 'fish'; name the shell\n"
    )


def test_a_command_by_name_is_its_module() -> None:
    for start in (["-m", "tagger", "restandard"], ["-m", "tagger.restandard"]):
        done = python(*start, "finer", "no.slash", "out.slash")
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("error: no.slash: expected a ")


def test_the_package_loads_nothing() -> None:
    code = "import sys, tagger; print(sorted({'numpy', 'onnxruntime', 'argparse', 'torch'} & sys.modules.keys()))"
    assert python("-c", code).stdout == "[]\n"


# A process in which what is heavy cannot be imported runs a command as `python -m` does.
LIGHT = """
import sys, runpy
for name in ("torch", "lightning", "hydra", "omegaconf", "onnx", "onnxruntime", "matplotlib", "rich", "gensim"):
    sys.modules[name] = None
module, *sys.argv[1:] = sys.argv[1:]
runpy.run_module(module, run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize("name", names.COMMANDS)
def test_help_is_on_stdout_and_needs_nothing_heavy(name: str) -> None:
    done = python("-c", LIGHT, "serve" if name == "serve" else f"tagger.{name}", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: ")
    assert "exit status" in done.stdout or name == "serve"


def failing(error: BaseException) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (InputError("a\n  b"), 1, "error: a b\n"),
        (UsageError("a"), 2, "error: a\n"),
        (FileNotFoundError(2, "No such file or directory", "in"), 1, "error: in: No such file or directory\n"),
        (PermissionError(13, "Not permitted", "o"), 1, "error: cannot write o: Not permitted; choose another place\n"),
        (OSError("no such place"), 1, "error: no such place\n"),
        (OSError(28, "No space left"), 1, "error: cannot write o: [Errno 28] No space left\n"),
        (
            ModuleNotFoundError("No module named 'gensim'", name="gensim"),
            1,
            "error: expected gensim, which is not installed; pip install 'hantagger[pretrain]' adds it to this "
            "installation\n",
        ),
    ],
)
def test_a_refusal_is_one_line(error: Exception, status: int, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(failing(error), output="o") == status
    err = capsys.readouterr().err
    assert err.startswith(message)
    assert err.count("\n") == 1


@pytest.mark.parametrize("error", [KeyError("x"), ModuleNotFoundError("no x", name="x"), ZeroDivisionError()])
def test_a_bug_keeps_its_traceback(error: Exception) -> None:
    with pytest.raises(type(error)):
        cli.run(failing(error))


@pytest.fixture
def default_signals() -> Iterator[None]:
    """Signals as a process begins with them: libraries that other tests use have handlers of their own."""
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_a_command(
    number: signal.Signals, capsys: pytest.CaptureFixture[str], default_signals: None
) -> None:
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    assert cli.run(lambda: os.kill(os.getpid(), number), resume="run it again") == 128 + number
    assert capsys.readouterr().err == "interrupted: nothing half-written; run it again\n"
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == before


@pytest.mark.parametrize("error", [ImportError("initialization failed"), InputError("x"), SystemExit(3), OSError("x")])
def test_a_signal_stops_a_command_though_a_library_makes_another_error_of_it(
    error: BaseException, capsys: pytest.CaptureFixture[str], default_signals: None
) -> None:
    def body() -> None:
        try:
            os.kill(os.getpid(), signal.SIGINT)
        except cli.Interrupted:
            raise error from None

    assert cli.run(body) == 130
    assert capsys.readouterr().err == "interrupted: nothing half-written\n"


def test_an_interrupt_is_handled_as_before_when_a_command_has_run(capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGINT)
    assert names.main(["--help"]) == 0
    assert signal.getsignal(signal.SIGINT) is before


def test_the_status_of_a_command() -> None:
    assert cli.run(lambda: None) == cli.run(lambda: "text") == 0
    assert cli.run(lambda: 3) == 3


def test_wrong_usage_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    parser = cli.parser("try", "Tries.")
    parser.add_argument("files", nargs="*")
    parser.add_argument("-m", "--model")
    parser.add_argument("--top", type=int)
    assert parser.parse(["a", "-m", "x", "b=c"]).files == ["a", "b=c"]
    for arguments, message in (
        (["--modle", "x"], "expected known options and no more files, got --modle; did you mean --model?"),
        (["--top", "x"], "argument --top: invalid int value: 'x'"),
    ):
        with pytest.raises(SystemExit) as end:
            parser.parse(arguments)
        assert end.value.code == 2
        assert capsys.readouterr().err == f"error: {message}; see tagger try --help\n"


def test_words_of_version_0_1_are_flags(capsys: pytest.CaptureFixture[str]) -> None:
    flags = {"model": "-m", "dev": "", "teachers": "-m", "standard": "--standard", "small=yes": "--small"}
    words = ["model=a=b.onnx", "dev=x y", "-o", "out=1"]
    assert cli.flags_of_words(words, flags) == ["-m", "a=b.onnx", "x y", "-o", "out=1"]
    assert capsys.readouterr().err == "note: KEY=VALUE words end with version 0.3; write -m a=b.onnx 'x y'\n"
    assert cli.flags_of_words(["teachers=[a, b]", "standard=null"], flags) == ["-m", "a", "-m", "b"]
    assert cli.flags_of_words(["small=yes", "small=no"], flags) == ["--small", "small=no"]
    capsys.readouterr()
    assert cli.flags_of_words(["model"], flags) == ["model"]
    assert capsys.readouterr().err == ""


def test_the_version_names_the_models_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert names.main(["--version"]) == 0
    version, held, runtime = capsys.readouterr().out.splitlines()
    assert version == __version__
    assert held == f"models: {', '.join(versioned_names())}"
    assert runtime == f"runtime: {installed_runtime()}"

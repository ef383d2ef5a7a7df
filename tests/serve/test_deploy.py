"""What ships the service names settings, files and a version that exist."""

import re
import shlex
import tomllib
from dataclasses import fields

import pytest
from service import ROOT

from serve.settings import Settings, read
from tagger import __version__

FILES = ["Dockerfile", "compose.yaml", *(f"deploy/{path.name}" for path in sorted((ROOT / "deploy").glob("*.*")))]
SETTINGS = {f"TAGGER_{setting.name.upper()}" for setting in fields(Settings)}


@pytest.mark.parametrize("name", FILES)
def test_settings_exist(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert set(re.findall(r"\bTAGGER_[A-Z_]+\b", text)) <= SETTINGS
    for arguments in re.findall(r"^ *args: \[(.*)\]", text, re.MULTILINE):
        read(shlex.split(arguments.replace(",", " ")), {})


def test_the_manifest_names_the_image_of_this_version() -> None:
    text = (ROOT / "deploy" / "kubernetes.yaml").read_text(encoding="utf-8")
    assert re.findall(r"image: \S+:(\S+)", text) == [__version__]


def test_the_context_of_the_image_holds_what_it_copies() -> None:
    copies = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    shown = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    for source in " ".join(copies).split():
        assert f"!{source}" in shown
        assert (ROOT / source).exists()


@pytest.mark.parametrize("name", ["serve", "grpc", "otel", "zstd", "build"])
def test_the_image_installs_the_versions_of_the_checks_with_their_hashes(name: str) -> None:
    folder = ROOT / "deploy" / "requirements"
    lines = (folder / f"{name}.txt").read_text(encoding="utf-8").splitlines()[1:]
    pins = [re.fullmatch(r"(\S+==\S+) --hash=sha256:[0-9a-f]{64}", line) for line in lines]
    pinned = {pin[1] for pin in pins if pin}
    assert len(pinned) == len(lines) > 0
    assert pinned <= set((ROOT / "constraints.txt").read_text(encoding="utf-8").lower().splitlines())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"] | {"build": project["build-system"]["requires"]}
    direct = {wanted.partition(">=")[0] for wanted in extras[name] if not wanted.startswith("hantagger")}
    installed = "\n".join(pinned) + ("" if name == "build" else (folder / "serve.txt").read_text(encoding="utf-8"))
    assert [wanted for wanted in direct if f"{wanted}==" not in installed] == []


def test_the_image_has_the_runtime_of_the_page_that_make_page_installs() -> None:
    makefile, dockerfile = ((ROOT / name).read_text(encoding="utf-8") for name in ("Makefile", "Dockerfile"))
    for name in ("ORT", "ORT_SHA256"):
        [value] = re.findall(rf"^{name} = (\S+)$", makefile, re.MULTILINE)
        assert re.findall(rf"^ARG {name}=(\S+)$", dockerfile, re.MULTILINE) == [value]
    assert set(re.findall(r"package/dist/\S+", dockerfile)) == set(re.findall(r"package/dist/\S+", makefile))

"""What ships the service names settings, files and a version that exist."""

import re
import shlex
from dataclasses import fields

import pytest
from service import ROOT

from serve.settings import Settings, read
from tagger import __version__

FILES = ["Dockerfile", "compose.yaml", *(f"deploy/{path.name}" for path in sorted((ROOT / "deploy").iterdir()))]
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

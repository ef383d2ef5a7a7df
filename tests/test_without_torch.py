"""The tagging half where the learning half's libraries are not installed: `make test-tagging` runs this there."""

import os
import pkgutil
from importlib import import_module
from importlib.util import find_spec

import pytest

import serve
import tagger

ABSENT = ("torch", "lightning", "torchmetrics", "onnx", "hydra", "omegaconf")
ROOMS = ("files", "text", "corpus", "scores", "decoding", "modelfile", "tagging", "bulk", "evaluation", "jieba")
COMMANDS = (
    "tag",
    "classify",
    "inspect",
    "keywords",
    "suggest",
    "annotate",
    "restandard",
    "calibrate",
    "evaluate",
    "export",
    "card",
    "report",
)

pytestmark = pytest.mark.skipif(
    "TESTS_WITHOUT_TORCH" not in os.environ, reason="for the environment without torch: make test-tagging"
)


@pytest.mark.parametrize("name", ABSENT)
def test_the_library_is_not_there(name: str) -> None:
    assert find_spec(name) is None


def modules() -> list[str]:
    """Every module of the tagging half and of the service."""
    rooms = [f"{folder}/{room}" for folder in tagger.__path__ for room in ROOMS]
    inside = [
        *(f"tagger.{room}" for room in ROOMS),
        *(
            module.name
            for room, path in zip(ROOMS, rooms, strict=True)
            for module in pkgutil.walk_packages([path], f"tagger.{room}.")
        ),
        *(module.name for module in pkgutil.walk_packages(serve.__path__, "serve.")),
    ]
    return ["tagger", "tagger.__main__", "tagger.cli", *inside, *(f"tagger.{command}" for command in COMMANDS)]


@pytest.mark.parametrize("name", modules())
def test_the_module_can_be_imported(name: str) -> None:
    import_module(name)

"""What is not installed is named together with the extra that brings it, in commands and in programs."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import tagger
from serve import settings
from tagger.errors import MissingExtraError, TaggerError
from tagger.extras import EXTRAS, describe_missing
from tagger.files.lines import open_text

ROOT = Path(__file__).parents[1]
CODE = [*(ROOT / "tagger").rglob("*.py"), *(ROOT / "serve").rglob("*.py")]
# The core's two, and what no extra brings: an error names these packages itself.
OTHERS = {"numpy", "onnxruntime", "spacy", "openvino", "ltp_extension"}


def read_settings(flag: str, value: str) -> Callable[[], object]:
    return lambda: settings.read([flag, value], {})


CASES: list[tuple[str, Callable[[], object], str]] = [
    ("pyarrow", lambda: tagger.tag_batch, "pyarrow for tagger.tag_batch, which … 'hantagger[parquet]'"),
    ("daachorse", lambda: tagger.Dictionary(["a"]), "daachorse for dictionaries, which … 'hantagger[dictionary]'"),
    ("re2", lambda: tagger.Patterns(["a"]), "google-re2 for patterns, which … 'hantagger[patterns]'"),
    ("zstandard", lambda: open_text(Path("a.zst")).__enter__(), "zstandard for a.zst, which … 'hantagger[zstd]'"),
    ("grpc", read_settings("--grpc-port", "1"), "grpcio, which … 'hantagger[grpc]'"),
    ("google.protobuf", read_settings("--grpc-port", "1"), "protobuf, which … 'hantagger[grpc]'"),
    *(
        (missing, read_settings("--traces", "http://a"), "opentelemetry-exporter-otlp-proto-http, … 'hantagger[otel]'")
        for missing in (
            "opentelemetry",
            "opentelemetry.sdk",
            "opentelemetry.exporter",
            "opentelemetry.exporter.otlp.proto.http",
        )
    ),
]


@pytest.mark.parametrize(("missing", "use", "answer"), CASES, ids=[missing for missing, *_ in CASES])
def test_the_extra_is_named(
    missing: str, use: Callable[[], object], answer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for loaded in [name for name in sys.modules if name.startswith(f"{missing}.") or name == "tagger.bulk.arrow"]:
        monkeypatch.delitem(sys.modules, loaded)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(TaggerError) as caught:
        use()
    wanted = ".*".join(map(re.escape, f"expected {answer} adds it to this installation".split("…")))
    assert re.fullmatch(f"(--[a-z-]+: )?{wanted}", str(caught.value))


def test_a_program_may_ask_whether_a_name_can_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "tagger.bulk.arrow", raising=False)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ImportError, match=r"hantagger\[parquet\]"):
        from tagger import tag_batches  # noqa: F401
    assert issubclass(MissingExtraError, ModuleNotFoundError)


def test_a_module_that_no_extra_brings_is_a_bug() -> None:
    assert [describe_missing(ModuleNotFoundError(name=name)) for name in ("orjson.none", "tagger.none")] == [None, None]


def test_every_package_that_the_code_imports_has_its_extra() -> None:
    imported = re.compile(r"^ *(?:import|from) ([a-z_0-9]+)(?:\.[\w.]+)? *(?:import |as |$)", re.MULTILINE)
    found = {name for file in CODE for name in imported.findall(file.read_text(encoding="utf-8"))}
    tops = {name.partition(".")[0] for name in EXTRAS}
    assert {"google", "pyarrow"} <= found
    assert found - sys.stdlib_module_names - tops - OTHERS - {"tagger", "serve"} == set()

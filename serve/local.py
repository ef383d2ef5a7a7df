"""The model in the browser: its description as JSON, and a folder that any web server can host.

python -m serve.local --model NAME.onnx --output site/
"""

import argparse
import json
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tagger.decoding.decoders import ChainDecoder
from tagger.errors import ModelError
from tagger.text import windows
from tagger.text.presegment import PATTERNS

from .models import ServedModel

PAGE = Path(__file__).parent / "page"
RUNTIME = PAGE / "ort"
# What `str.isspace` and so Python's \s accept; JavaScript's \s is another set.
_SPACE = r"[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"


def pattern(source: str) -> str:
    """A regular expression of Python's as JavaScript's, flag u; \\w has to be within a class, \\s outside of one."""
    source = re.sub(r"\(\?P<\w+>", "(?:", source)
    source = re.sub(r"\\U([0-9a-fA-F]{8})", lambda match: rf"\u{{{int(match[1], 16):x}}}", source)
    return source.replace(r"\w", r"\p{L}\p{N}_").replace(r"\s", _SPACE)


def description(served: ServedModel) -> dict[str, Any]:
    """What `decoder.js` needs to know beside the model file."""
    tagger = served.tagger
    decoder = dict(tagger.model.metadata["decoder"])
    if isinstance(tagger.model.decoder, ChainDecoder):  # a softmax has no tables of its own
        decoder["parameters"] = tagger.model.decoder.transitions.to_dict()
    kinds = [f"(?:{PATTERNS[kind]})" for kind in PATTERNS if kind in tagger.presegmenter.kinds]
    return {
        "model": served.label,
        "file": f"{served.version}.onnx",
        "pos": list(tagger.model.scheme.pos),
        "decoder": decoder,
        "runs": pattern("|".join(kinds)) if kinds else None,
        "sentence_end": pattern(windows.SENTENCE_END.pattern),
        "limits": {"section": windows.SECTION, "window": windows.WINDOW, "context": windows.CONTEXT},
    }


def write(served: ServedModel, folder: Path) -> None:
    """The page, the runtime and the model as files. Raises ModelError when the runtime is not installed."""
    if not RUNTIME.is_dir():
        raise ModelError(f"{RUNTIME}: expected onnxruntime-web, found none; install it: make page")
    (folder / "model").mkdir(parents=True, exist_ok=True)
    shutil.copytree(PAGE, folder / "page", dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.html"))
    page = (PAGE / "local.html").read_text(encoding="utf-8")
    # No service is there to link to.
    page = re.sub(r'^.*id="(?:other|api)".*\n', "", page, flags=re.MULTILINE)
    (folder / "index.html").write_text(page, encoding="utf-8")
    shutil.copyfile(served.path, folder / "model" / f"{served.version}.onnx")
    text = json.dumps(description(served), ensure_ascii=False)
    (folder / "model" / "model.json").write_text(text, encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the folder. Returns the exit status."""
    p = argparse.ArgumentParser(prog="python -m serve.local", description="A static site that tags in the browser.")
    p.add_argument("--model", type=Path, required=True, metavar="NAME.onnx", help="the model file to publish")
    p.add_argument("--output", type=Path, required=True, metavar="FOLDER", help="where the site is written")
    options = p.parse_args(arguments)
    try:
        write(ServedModel.open(options.model.stem, options.model), options.output)
    except (ModelError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

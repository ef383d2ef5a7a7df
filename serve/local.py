"""Tagging in the browser alone: the description of a model that `decoder.js` reads, and a site without a service.

`python -m serve.local --model NAME.onnx --output site/` writes a folder that any web server can host.
"""

import argparse
import json
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tagger.errors import ModelError
from tagger.text import windows
from tagger.text.presegment import PATTERNS

from .models import ServedModel

PAGE = Path(__file__).parent / "page"
RUNTIME = PAGE / "ort"
# The characters of Python's \s, which are those of `str.isspace`; JavaScript's \s has others.
_SPACE = r"[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"


def to_javascript(source: str) -> str:
    """A regular expression of Python as one of JavaScript with the flag u.

    In `source`, \\w may occur inside character classes only, and \\s outside of them only.
    """
    source = re.sub(r"\(\?P<\w+>", "(?:", source)
    source = re.sub(r"\\U([0-9a-fA-F]{8})", lambda match: rf"\u{{{int(match[1], 16):x}}}", source)
    return source.replace(r"\w", r"\p{L}\p{N}_").replace(r"\s", _SPACE)


def describe_model(served: ServedModel) -> dict[str, Any]:
    """The values that `decoder.js` needs besides the model file."""
    tagger = served.tagger
    # The tables of the decoder, not those of the file: a softmax has none there.
    decoder = {"kind": tagger.model.metadata.decoder.kind, "parameters": tagger.model.decoder.transitions.to_dict()}
    kinds = [f"(?:{PATTERNS[kind]})" for kind in PATTERNS if kind in tagger.presegmenter.kinds]
    return {
        "model": served.label,
        "file": f"{served.version}.onnx",
        "pos": list(tagger.model.scheme.pos),
        "decoder": decoder,
        "runs": to_javascript("|".join(kinds)) if kinds else None,
        "sentence_end": to_javascript(windows.SENTENCE_END.pattern),
        "limits": {"section": windows.SECTION, "window": windows.WINDOW, "context": windows.CONTEXT},
    }


def write_site(served: ServedModel, folder: Path) -> None:
    """Write the page, the runtime and the model. Raises ModelError when the runtime is not installed."""
    if not RUNTIME.is_dir():
        raise ModelError(f"{RUNTIME}: expected onnxruntime-web, found none; install it: make page")
    (folder / "model").mkdir(parents=True, exist_ok=True)
    shutil.copytree(PAGE, folder / "page", dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.html"))
    page = (PAGE / "local.html").read_text(encoding="utf-8")
    # The site has no service that it could link to.
    page = re.sub(r'^.*id="(?:other|api)".*\n', "", page, flags=re.MULTILINE)
    (folder / "index.html").write_text(page, encoding="utf-8")
    shutil.copyfile(served.path, folder / "model" / f"{served.version}.onnx")
    text = json.dumps(describe_model(served), ensure_ascii=False)
    (folder / "model" / "model.json").write_text(text, encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the site. Returns the exit status."""
    p = argparse.ArgumentParser(prog="python -m serve.local", description="A static site that tags in the browser.")
    p.add_argument("--model", type=Path, required=True, metavar="NAME.onnx", help="the model file to publish")
    p.add_argument("--output", type=Path, required=True, metavar="FOLDER", help="where the site is written")
    options = p.parse_args(arguments)
    try:
        write_site(ServedModel.open(options.model.stem, options.model), options.output)
    except (ModelError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

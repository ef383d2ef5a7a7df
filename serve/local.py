"""`python -m serve.local --model NAME.onnx --output site/`: a site that tags in the browser alone, without a service.

Any web server can host the folder.
"""

import argparse
import json
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from tagger import cli
from tagger.errors import ModelError


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m serve.local", description="A static site that tags in the browser.")
    p.add_argument("--model", type=Path, required=True, metavar="NAME.onnx", help="the model file to publish")
    p.add_argument("--output", type=Path, required=True, metavar="FOLDER", help="where the site is written")
    return p


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the site. Returns the exit status."""
    options = parser().parse_args(arguments)
    return cli.run(lambda: write_site(options.model, options.output), output=options.output)


def write_site(model: Path, folder: Path) -> None:
    """Write the page, the runtime and the model. Raises ModelError when the model or the runtime cannot be used."""
    # Imported late, so that --help comes at once.
    from .browser import PAGE, RUNTIME, describe_model
    from .models import ServedModel

    served = ServedModel.open(model.stem, model)
    if not RUNTIME.is_dir():
        raise ModelError(f"{RUNTIME}: expected onnxruntime-web, found none; install it: make page")
    (folder / "model").mkdir(parents=True, exist_ok=True)
    shutil.copytree(PAGE, folder / "page", dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.html"))
    page = (PAGE / "local.html").read_text(encoding="utf-8")
    # The site has no service that it could link to.
    page = re.sub(r'^.*id="(?:other|api)".*\n', "", page, flags=re.MULTILINE)
    (folder / "index.html").write_text(page, encoding="utf-8")
    shutil.copyfile(served.path, folder / "model" / f"{served.version}.onnx")
    description = json.dumps(describe_model(served), ensure_ascii=False)
    (folder / "model" / "model.json").write_text(description, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())

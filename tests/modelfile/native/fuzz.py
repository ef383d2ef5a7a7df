"""`python fuzz.py LIBRARY N`: N times random rows, or wrong ones, of all lengths through a library that checks itself.

Prints how many calls were answered, and how many refused. An error in the library ends the process.
"""

import sys
from pathlib import Path
from typing import Any

import models
import numpy as np
from native_rows import Rows, damaged

from tagger.modelfile.native.arrays import NetArrays
from tagger.modelfile.native.graph import UnknownGraphError
from tagger.modelfile.native.kernel import Kernel
from tagger.modelfile.native.library import Library
from tagger.modelfile.tagger import Model

FILES = (models.DEEP, models.FORWARD, models.SUM, models.head_model("crf"))


def spoil(generator: np.random.Generator, arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments of which one array has a value that is somewhat or wholly wrong."""
    name = generator.choice(["codes", "starts", "lengths", "places"])
    values = np.array(arguments[name], np.int64)
    wrong = generator.choice([-1, 0, 5, 0x110000, 2**31 - 1, -(2**31)])
    values.reshape(-1)[generator.integers(values.size)] += wrong
    return arguments | {name: values.astype(np.int32) if name == "codes" else values}


def main() -> None:
    library = Library.open(Path(sys.argv[1]))
    generator, n_answered, n_refused = np.random.default_rng(3), 0, 0
    opened = []
    for file in FILES:
        model, arrays = Model.open(file), NetArrays.read(file.read_bytes())
        opened.append((model, Kernel(library, library.paths[0], arrays, model.decoder)))
        for wrong in damaged(arrays).values() if file == models.DEEP else ():
            try:
                Kernel(library, library.paths[0], wrong, model.decoder)
            except UnknownGraphError:
                n_refused += 1
    for _ in range(int(sys.argv[2])):
        model, kernel = opened[generator.integers(len(opened))]
        n, longest = int(generator.integers(1, 20)), int(generator.choice([1, 2, 5, 40, 120]))
        rows = Rows.random(generator, n, longest, model.scheme.n_pos)
        arguments = rows.arguments()
        try:
            kernel.tags(**(spoil(generator, arguments) if generator.random() < 0.3 else arguments))
            kernel.scores(rows.codes, rows.lengths)
            n_answered += 1
        except ValueError:
            n_refused += 1
    print(n_answered, n_refused)


if __name__ == "__main__":
    main()

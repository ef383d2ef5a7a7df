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
from tagger.modelfile.native.writing import WrittenWords
from tagger.modelfile.tagger import Model

FILES = (models.DEEP, models.FORWARD, models.SUM, models.head_model("crf"), models.ENTITIES)


def spoil(generator: np.random.Generator, arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments of which one array has a value that is somewhat or wholly wrong."""
    name = generator.choice(["codes", "starts", "lengths", "places"])
    values = np.array(arguments[name], np.int64)
    wrong = generator.choice([-1, 0, 5, 0x110000, 2**31 - 1, -(2**31)])
    values.reshape(-1)[generator.integers(values.size)] += wrong
    return arguments | {name: values.astype(np.int32) if name == "codes" else values}


def write(generator: np.random.Generator, library: Library) -> bool:
    """Writes random words, which may be wrong; says whether they were written. Raises ValueError for ends that lie
    before starts."""
    codes = generator.integers(0, generator.choice([0x80, 0x3000, 0x110002]), 50).astype(np.int32)
    places = generator.integers(0, 51, 2 * int(generator.integers(0, 12)))
    places = np.sort(places) if generator.random() < 0.8 else places
    kinds = generator.integers(-1 if generator.random() < 0.1 else 0, 3, len(places) // 2)
    words = WrittenWords(codes, places[::2], places[1::2], kinds, ["", "/动词", " "])
    left_out = generator.random(50) < 0.1 if generator.random() < 0.5 else None
    lines, objects = words.lines(library, left_out), words.objects(library, (words.starts, words.ends))
    return lines is not None and objects is not None


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
            n_refused += not write(generator, library)
        except ValueError:
            n_refused += 1
    print(n_answered, n_refused)


if __name__ == "__main__":
    main()

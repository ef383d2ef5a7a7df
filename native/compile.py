"""Compiles the library: `python native/compile.py FOLDER` writes it there and prints its path.

The compiler is $CC, by default cc, and the target the one that it names (`-dumpmachine`): $CC may cross-compile.
GCC 12 or Clang is needed, whose vectors the source is written in. `--sanitize` adds checks of addresses and undefined
behaviour, and compiles the portable code path alone.
"""

import argparse
import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SOURCES = Path(__file__).with_name("src")
PLAIN = ("check.c", "open.c", "dispatch.c", "memory.c", "render.c")
# The name of a code path, the lanes of its vectors, units with sums in registers at once, and options.
PATHS = {
    "x86_64": (
        ("avx512", 16, 2, ("-march=x86-64-v4", "-mprefer-vector-width=512")),
        ("avx2", 8, 1, ("-march=x86-64-v3",)),
        ("portable", 4, 1, ()),
    ),
    "": (("portable", 4, 2, ()),),
}
OPTIONS = ("-std=c11", "-fPIC", "-fvisibility=hidden", "-Wall", "-Wextra", "-Wno-psabi", "-Wno-unknown-pragmas")
FAST = ("-O3", "-ffp-contract=fast", "-fno-math-errno", "-fno-trapping-math")
# One path is enough to check the source, which is the same for all. Each array has a block of its own, so that reading
# beyond its end is seen.
CHECKED = (
    *("-DONLY_PORTABLE", "-DLARGE_PAGE=64", "-DBLOCK=64", "-O1", "-g1"),
    *("-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"),
)


def compile_library(folder: Path, *, sanitize: bool = False) -> Path:
    """The library, in a folder. Raises CalledProcessError when the compiler refuses, FileNotFoundError without one."""
    compiler = shlex.split(os.environ.get("CC", "cc"))
    target = subprocess.run([*compiler, "-dumpmachine"], check=True, capture_output=True, text=True).stdout
    options = (*OPTIONS, *(CHECKED if sanitize else FAST))
    jobs = [(SOURCES / name, folder / f"{name}.o", options) for name in PLAIN]
    paths = PATHS[""] if sanitize else PATHS.get(target.partition("-")[0], PATHS[""])
    for name, lanes, units, more in paths:
        defined = (f"-DPATH={name}", f"-DLANES={lanes}", f"-DUNITS={units}")
        jobs.append((SOURCES / "path.c", folder / f"{name}.o", (*options, *more, *defined)))

    def compile_object(job: tuple[Path, Path, Sequence[str]]) -> None:
        source, target, options = job
        subprocess.run([*compiler, *options, "-c", str(source), "-o", str(target)], check=True)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(compile_object, jobs))
    library = folder / ("libtagger_native.dll" if "mingw" in target else "libtagger_native.so")
    objects = [str(target) for _, target, _ in jobs]
    subprocess.run([*compiler, *options, "-shared", *objects, "-lm", "-o", str(library)], check=True)
    for name in objects:
        Path(name).unlink()
    return library


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sanitize", action="store_true")
    arguments = parser.parse_args()
    try:
        print(compile_library(arguments.folder, sanitize=arguments.sanitize))
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        print(f"expected a C compiler (GCC 12 or Clang), {error}; install one, or name it in CC", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

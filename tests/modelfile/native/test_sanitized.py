"""The library with checks of addresses and undefined behaviour, which end the process at an error."""

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parents[2]
CALLS = "60"


def test_no_row_and_no_file_makes_the_library_err(sanitized_library: Path) -> None:
    compiler = os.environ.get("CC", "cc").split()
    runtime = subprocess.run([*compiler, "-print-file-name=libasan.so"], capture_output=True, text=True, check=True)
    # Python must load the checks before all else, and is not free of leaks itself.
    checks = {"LD_PRELOAD": runtime.stdout.strip(), "ASAN_OPTIONS": "detect_leaks=0"}
    paths = os.pathsep.join([str(TESTS), str(TESTS.parent), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("fuzz.py"), sanitized_library, CALLS],
        env=os.environ | checks | {"PYTHONPATH": paths, "TAGGER_RUNTIME": "onnxruntime"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answered, refused = map(int, done.stdout.split())
    assert answered + refused > int(CALLS)
    assert answered > 20

"""What tagging leaves behind on a user's machine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TAG = "import tagger; print(tagger.load()('我们走吧').words[0].form)"
SERVE = "import serve.metrics, serve.server, onnxruntime"


@pytest.mark.parametrize("program", [TAG, SERVE])
def test_nothing_is_written_to_the_users_home(tmp_path: Path, program: str) -> None:
    """onnxruntime 1.31 keeps an id of its telemetry there, as soon as it is imported."""
    environment = {
        name: value for name, value in os.environ.items() if name not in ("ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME")
    }
    environment |= {"HOME": str(tmp_path), "TAGGER_RUNTIME": "onnxruntime"}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True, capture_output=True, timeout=60)
    assert list(tmp_path.rglob("*")) == []

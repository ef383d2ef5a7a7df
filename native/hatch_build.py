"""The build hook of the wheel `tagger-native`: compiles the library, and names the platform that it is for.

$TAGGER_NATIVE_PLATFORM is the wheel's platform, by default that of this machine: a cross compiler's, or manylinux.
"""

import os
import runpy
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class LibraryHook(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        compile_library = runpy.run_path(str(Path(self.root, "compile.py")))["compile_library"]
        self._folder = tempfile.TemporaryDirectory()
        library = compile_library(Path(self._folder.name))
        platform = os.environ.get("TAGGER_NATIVE_PLATFORM", sysconfig.get_platform())
        build_data["force_include"][str(library)] = f"tagger_native/{library.name}"
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform.replace('-', '_').replace('.', '_')}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        self._folder.cleanup()

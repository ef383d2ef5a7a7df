"""`python -m serve --model NAME.onnx` reads the settings and starts the service."""

import sys
from collections.abc import Sequence

from .settings import SettingsError, read


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the settings and serve. Returns the exit status."""
    try:
        settings = read(arguments)
    except SettingsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    # Imported late, so that --help and errors of settings come at once.
    from tagger.errors import TaggerError

    from .log import configure
    from .server import run

    configure(settings.log_level)
    try:
        return run(settings)
    except TaggerError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        problem = f"expected to listen on {settings.host} port {settings.port}, got: {error}"
        print(f"error: {problem}; choose another with --host and --port", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())

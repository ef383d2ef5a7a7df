"""`python -m serve --model NAME.onnx` reads the settings and starts the service."""

import sys
from collections.abc import Sequence

from tagger import cli

from .settings import read


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until a signal ends the process. Returns the exit status."""
    return cli.run(lambda: serve(arguments))


def serve(arguments: Sequence[str] | None) -> int:
    """Raises TaggerError for settings, models and addresses that cannot be used."""
    settings = read(arguments)
    # Imported late, so that --help and errors of settings come at once.
    from .log import configure
    from .startup import check_files

    configure(settings.log_level)
    check_files(settings)
    if settings.n_processes == 1:
        from .server import run

        return run(settings)
    from .supervisor import supervise

    return supervise(settings, sys.argv[1:] if arguments is None else arguments)


if __name__ == "__main__":
    sys.exit(main())

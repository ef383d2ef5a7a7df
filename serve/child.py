"""One of the processes of a service: `python -m serve.child` is started by the supervisor, and by nobody else."""

import os
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from tagger import cli
from tagger.errors import TaggerError

from .agreement import Agreement
from .assembly import assembled
from .copies import Copies
from .listener import Listener
from .log import configure
from .memory import return_large_blocks
from .parent import Parent
from .server import Server
from .settings import Settings, divide, read
from .shared_metrics import VARIABLE, explain_end, identify


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until the parent says so or ends. Returns the exit status.

    The first arguments are the number of the process, the descriptors of the listening socket and of the connection to
    the parent, and whether the socket ends with the service; the others are those of the service.
    """
    for number in (signal.SIGINT, signal.SIGHUP):  # the parent gives orders
        signal.signal(number, signal.SIG_IGN)
    index, listener, parent, is_ours, *others = sys.argv[1:] if arguments is None else arguments
    return cli.run(
        lambda: _serve(
            int(index),
            Listener(socket.socket(fileno=int(listener)), is_ours == "ours"),
            Parent(socket.socket(fileno=int(parent))),
            read(others),
        )
    )


def _serve(index: int, listener: Listener, parent: Parent, settings: Settings) -> int:
    configure(settings.log_level, index)
    identify(index)
    return_large_blocks()
    try:
        folder = Path(os.environ[VARIABLE])
        agreement = Agreement(folder, index)
        with assembled(divide(settings), Copies(folder / "files"), agreement, says_loaded=index == 0) as service:
            Server(service, listener, parent).run([])
    except TaggerError as error:
        explain_end(index, str(error))
        raise
    return 0


if __name__ == "__main__":
    sys.exit(main())

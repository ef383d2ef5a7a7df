"""Log lines on stderr, for `conf/hydra/job_logging`."""

import logging
import sys


class StderrHandler(logging.Handler):
    """Writes to what is `sys.stderr` at that time: a progress bar and `redirect_stderr` replace it for a while."""

    def emit(self, record: logging.LogRecord) -> None:
        print(self.format(record), file=sys.stderr, flush=True)

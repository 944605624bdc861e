"""From an exception or a signal to the exit status that scripts rely on.

0 done; 2 the user can mend it; 1 our fault, with its traceback; 130 and 143 after Ctrl-C and
SIGTERM.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

from kansoku.errors import KansokuError


class Interruption:
    """Turns Ctrl-C and SIGTERM into one exception, and remembers which of them it was.

    A stage that is interrupted may save its best answer and return in peace; the exit status
    still tells the caller's script what happened.
    """

    def __init__(self) -> None:
        self.signal_number: int | None = None
        self._process = os.getpid()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        if os.getpid() != self._process:  # a forked worker ends without a word
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
            return
        self.signal_number = number
        raise KeyboardInterrupt


def main() -> NoReturn:
    """Run the command line, and leave with its exit status."""
    interruption = Interruption()
    status = _run()
    if interruption.signal_number is not None:
        status = 128 + interruption.signal_number
    sys.exit(status)


def _run() -> int:
    try:
        from kansoku.cli.app import app  # here, as Ctrl-C may come while it is imported

        app()
    except SystemExit as leaving:  # typer leaves so after success, help and usage errors
        return leaving.code if isinstance(leaving.code, int) else 0
    except KeyboardInterrupt:
        return 130
    except KansokuError as failure:
        print(failure, file=sys.stderr)
        return 2
    except MemoryError as failure:  # of a GPU too: CuPy's is one
        print(
            f"not enough memory ({failure or 'none is free'}); ask for fewer targets, sensors or "
            "hours at a time, or close what else takes memory",
            file=sys.stderr,
        )
        return 2
    except OSError as failure:
        if failure.errno != errno.ENOSPC:
            raise
        where = failure.filename or "standard output or a temporary file"
        print(f"{where}: no space is left there; free some, or write elsewhere", file=sys.stderr)
        return 2
    return 0

"""MediaPipe's own log lines, kept off standard error.

The library writes them to file descriptor 2 while a landmarker is made (none later), and while a
face detector is made, used and closed; the variables that people name against it
(``GLOG_minloglevel``, ``TF_CPP_MIN_LOG_LEVEL``, ``GOOGLE_STDERRTHRESHOLD``) change nothing in
MediaPipe 1.x.
"""

import os
import re
import sys
import tempfile
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

# Notes and warnings; errors are let through.
_NOTE: Final = re.compile(
    rb"[IW]\d{4} [\d:.]+ +\d+ \S+:\d+\] "
    rb"|INFO: (Created TensorFlow Lite|\[\S+:\d+\] )"
    rb"|WARNING: (Logging before InitGoogle|All log messages before absl::InitializeLog)"
)
_ONE_AT_A_TIME: Final = threading.Lock()  # there is one file descriptor 2


@contextmanager
def native_notes_dropped() -> Generator[None]:
    """Drop MediaPipe's notes and warnings from standard error during the block.

    Everything else that is written meanwhile, by whichever thread, comes out when the block ends.
    """
    with _ONE_AT_A_TIME:
        try:
            terminal = os.dup(2)
        except OSError:  # standard error is closed: nothing to protect
            yield
            return
        try:
            with tempfile.TemporaryFile() as caught:
                _point_stderr_to(caught.fileno())
                try:
                    yield
                finally:
                    _point_stderr_to(terminal)
                    caught.seek(0)
                    for line in caught:
                        if not _NOTE.match(line):
                            os.write(terminal, line)
        finally:
            os.close(terminal)


def _point_stderr_to(descriptor: int) -> None:
    if sys.stderr is not None:  # None where there is no console
        sys.stderr.flush()
    os.dup2(descriptor, 2)

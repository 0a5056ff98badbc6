"""Signals that end a run as exceptions, also where Python would swallow them.

What a handler raises while the callback of a weak reference or a ``__del__`` runs is printed and
dropped, and the run goes on. Here it is raised again a moment later, until it gets through.
"""

import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

_AGAIN_S: Final = 0.01  # until the callback that swallowed it is over


def end_with(error: BaseException) -> NoReturn:
    """Raise `error` out of a signal handler; takes ``SIGALRM`` where it has to be raised again."""
    others = sys.unraisablehook

    def hear(swallowed: "UnraisableHookArgs") -> None:
        if swallowed.exc_value is not error:
            others(swallowed)
            return
        signal.signal(signal.SIGALRM, again)
        signal.setitimer(signal.ITIMER_REAL, _AGAIN_S)

    def again(_signum: int, _frame: FrameType | None) -> None:
        raise error

    sys.unraisablehook = hear
    raise error

"""Portraits whose eyes mean something: a label in, a physiologically possible portrait video out.

>>> import cogportrait
>>> cogportrait.animate("me.jpg", "drowsiness", "me.mp4")  # doctest: +SKIP
"""

from typing import TYPE_CHECKING

from cogportrait.errors import CogPortraitError
from cogportrait.version import __version__

if TYPE_CHECKING:
    from cogportrait.pipeline import Animated, Rendered, animate, load_portrait, plan, render
    from cogportrait.request import Request, Setting
    from cogportrait.types import (
        Brief,
        CompiledBrief,
        ControlSequence,
        FaceTrack,
        KeypointSequence,
        Portrait,
    )

__all__ = [
    "Animated",
    "Brief",
    "CogPortraitError",
    "CompiledBrief",
    "ControlSequence",
    "FaceTrack",
    "KeypointSequence",
    "Portrait",
    "Rendered",
    "Request",
    "Setting",
    "__version__",
    "animate",
    "load_portrait",
    "plan",
    "render",
]

_TYPES = frozenset(
    {"Brief", "CompiledBrief", "ControlSequence", "FaceTrack", "KeypointSequence", "Portrait"}
)


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that ``import cogportrait`` is quick."""
    if name not in __all__:
        raise AttributeError(f"module 'cogportrait' has no attribute {name!r}")
    from importlib import import_module

    home = "cogportrait.types" if name in _TYPES else "cogportrait.pipeline"
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__

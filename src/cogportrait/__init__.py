"""Portraits whose eyes mean something: a label in, a physiologically possible portrait video out.

>>> import cogportrait
>>> cogportrait.animate("me.jpg", "drowsiness", "me.mp4")  # doctest: +SKIP
"""

from typing import TYPE_CHECKING

from cogportrait.errors import CogPortraitError
from cogportrait.version import __version__

if TYPE_CHECKING:
    from cogportrait.agents.loop import CompiledBrief
    from cogportrait.pipeline import (
        Animated,
        Rendered,
        Request,
        Setting,
        animate,
        load_portrait,
        plan,
        render,
    )
    from cogportrait.types import Brief, ControlSequence, FaceTrack, KeypointSequence, Portrait

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

_HOME = {
    "CompiledBrief": "cogportrait.agents.loop",
    **dict.fromkeys(
        ("Brief", "ControlSequence", "FaceTrack", "KeypointSequence", "Portrait"),
        "cogportrait.types",
    ),
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that ``import cogportrait`` is quick."""
    if name not in __all__:
        raise AttributeError(f"module 'cogportrait' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOME.get(name, "cogportrait.pipeline")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__

"""Portraits whose eyes mean something: a label in, a physiologically possible portrait video out.

>>> import cogportrait
>>> cogportrait.animate("me.jpg", "drowsiness", "me.mp4")  # doctest: +SKIP
"""

import sys
from types import ModuleType
from typing import TYPE_CHECKING

from cogportrait.errors import CogPortraitError
from cogportrait.version import __version__

if TYPE_CHECKING:
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


class _Package(ModuleType):
    """Keeps ``cogportrait.render`` the function.

    Importing the package of that name, for the renderers in it, would put it in its place.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in __all__ and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package

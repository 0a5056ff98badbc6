"""Portraits whose eyes mean something: a label in, a physiologically possible portrait video out."""

from cogportrait.version import __version__

__all__ = ["__version__"]

"""The CPU renderer: layered eyes and mouth on a warped portrait."""

from cogportrait.renderers.warp.renderer import WarpRenderer

__all__ = ["WarpRenderer"]

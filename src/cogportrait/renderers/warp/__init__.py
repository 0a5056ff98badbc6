"""The CPU renderer: layered eyes and mouth on a warped portrait."""

from cogportrait.render.warp.renderer import WarpRenderer

__all__ = ["WarpRenderer"]

"""Eyes and mouth laid over the head: nothing of their rectangles shows beside it."""

from dataclasses import replace

import numpy as np
import pytest
from tests.renderers.motions import both, controls

from cogportrait.face.rig import map_to_keypoints
from cogportrait.renderers.warp import scene as drawing
from cogportrait.renderers.warp.backdrop import Layers
from cogportrait.renderers.warp.patches import Drawn, feather_in
from cogportrait.renderers.warp.scene import Scene, draw_frames
from cogportrait.types import Frame

MOVED = both("AU43", 0.6) | both("AU12", 0.8) | {"AU26": 0.4}  # eyes and mouth are drawn


def before(scene: Scene, level: int, row: dict[str, float]) -> Frame:
    """Return a frame of the scene before a wall of one gray level."""
    wall = np.full_like(scene.layers.still, level)
    walled = replace(scene, layers=Layers(scene.layers.person, wall, wall))
    (frame,) = draw_frames(walled, map_to_keypoints(scene.portrait, controls(row)))
    return frame


def nothing(*_: object) -> None:
    """Draw neither eye nor mouth."""


@pytest.mark.parametrize("yaw", [-20.0, 20.0])
@pytest.mark.parametrize("pitch", [-10.0, 10.0])
@pytest.mark.parametrize("solid", [True, False])
def test_beside_a_turned_head_shows_the_background_alone(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, yaw: float, pitch: float, solid: bool
) -> None:
    """The rectangles of eyes and mouth reach past the far cheek; the light there is not drawn."""
    scene = replace(scene, solid=solid)
    row = MOVED | {"head_yaw": yaw, "head_pitch": pitch}
    whole = before(scene, 255, row)
    monkeypatch.setattr(drawing, "_draw_eye", nothing)
    monkeypatch.setattr(drawing, "_draw_mouth", nothing)
    bare = before(scene, 255, row)
    through = bare.astype(int) - before(scene, 0, row)
    beside = through.min(-1) > 250
    assert beside.mean() > 0.1
    assert (whole != bare).any()
    np.testing.assert_array_equal(whole[beside], bare[beside])


def test_a_region_is_laid_on_the_opaque_head_alone() -> None:
    opacity = np.zeros((40, 60), np.uint8)
    opacity[:, 30:] = 255
    drawn = Drawn(np.full((40, 60, 3), 200, np.uint8), opacity)
    feather_in(drawn, (slice(0, 40), slice(10, 50)), np.zeros((40, 40, 3), np.float32), 1.0)
    assert (drawn.frame[:, :30] == 200).all()
    assert (drawn.frame[10:30, 30:40] == 0).all()

"""One scene for all tests of the renderer: the NASA portrait's head, 512 pixels square."""

from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest
from tests.renderers.motions import controls

from bench.fidelity.readings import PixelTracker, Readings, stack
from cogportrait.face.landmarker import track_portrait
from cogportrait.face.rig import map_to_keypoints
from cogportrait.renderers.warp.scene import Scene, build_scene, draw_frames
from cogportrait.types import ControlSequence, Frame, Portrait

Draw = Callable[..., list[Frame]]
See = Callable[..., Readings]


@pytest.fixture(scope="session")
def closeup(astronaut: Frame) -> Portrait:
    """Return the head and shoulders through the real tracker."""
    part = cv2.resize(astronaut[:260, 90:350], (512, 512), interpolation=cv2.INTER_CUBIC)
    image = np.asarray(part, np.uint8)
    portrait = track_portrait(image, name="close-up")
    image.setflags(write=False)
    return portrait


@pytest.fixture(scope="session")
def scene(closeup: Portrait) -> Scene:
    return build_scene(closeup)


@pytest.fixture(scope="session")
def draw(scene: Scene) -> Draw:
    """Return a function that draws one frame per row of channel values."""

    def frames(*rows: dict[str, float], neutralize: float = 0.0) -> list[Frame]:
        sequence: ControlSequence = controls(*rows)
        motion = map_to_keypoints(scene.portrait, sequence, neutralize=neutralize)
        return list(draw_frames(scene, motion))

    return frames


@pytest.fixture(scope="session")
def see(closeup: Portrait, draw: Draw) -> Iterator[See]:
    """Return a function that draws like `draw` and reads the pixels with the tracker."""
    with PixelTracker(closeup.landmarks_px[:468, :2].mean(0).astype(np.float64)) as tracker:

        def read(*rows: dict[str, float], neutralize: float = 0.0) -> Readings:
            return stack([tracker.read(f) for f in draw(*rows, neutralize=neutralize)])

        yield read

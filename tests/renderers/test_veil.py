"""Hair in front of an eye is found, and stays in front of lids and eyeball."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from tests.renderers.motions import both, controls

from cogportrait.face.rig import map_to_keypoints
from cogportrait.renderers.warp.eye_layer import build_eye
from cogportrait.renderers.warp.scene import build_scene, draw_frames
from cogportrait.renderers.warp.veil import veil_at
from cogportrait.types import Frame, Portrait

HAIR = (60, 40, 25)
COVERED = (0.28, 0.80)  # of the left eye, outward of its middle, eye widths


@pytest.fixture(scope="module")
def curtained(closeup: Portrait) -> Portrait:
    """Return a portrait with strands of hair drawn over the outer half of the left eye."""
    rest = build_eye(closeup, 0).rest
    image = closeup.image.copy()
    rng = np.random.default_rng(0)
    for u in np.arange(*COVERED, 0.02):
        top, bottom = (rest.origin + rest.width * ((u + lean) * rest.across + v * rest.down)
                       for v, lean in ((-0.9, -0.03), (0.9, 0.03)))  # fmt: skip
        color = tuple(int(c * rng.uniform(0.6, 1.5)) for c in HAIR)
        width = max(1, round(0.022 * rest.width))
        cv2.line(image, top.round().astype(int).tolist(), bottom.round().astype(int).tolist(),
                 color, width)  # fmt: skip
    return replace(closeup, image=image)


def opacity(portrait: Portrait, u: float, v: float) -> float:
    eye = build_eye(portrait, 0)
    at = np.full((1, 1), u, np.float32), np.full((1, 1), v, np.float32)
    return float(veil_at(eye.veil.opacity, *at)[0, 0])


def test_a_bare_eye_has_no_veil(closeup: Portrait) -> None:
    for side in (0, 1):
        eye = build_eye(closeup, side)
        inner = eye.veil.opacity[
            :, eye.veil.opacity.shape[1] // 4 : -eye.veil.opacity.shape[1] // 4
        ]
        assert inner.max() < 0.05
        assert eye.plates.seen > 0.98


def test_hair_is_found_where_it_hangs_and_not_beside_it(curtained: Portrait) -> None:
    assert opacity(curtained, 0.45, 0.0) > 0.9
    assert opacity(curtained, 0.05, 0.0) < 0.1
    assert build_eye(curtained, 0).plates.seen < 0.95


def test_dark_make_up_and_a_shadow_are_no_hair(closeup: Portrait) -> None:
    rest = build_eye(closeup, 0).rest
    shaded = closeup.image.copy()
    x = int((rest.origin + 0.3 * rest.width * rest.across)[0])
    shaded[:, x:] = (shaded[:, x:] * 0.6).astype(np.uint8)
    assert opacity(replace(closeup, image=shaded), 0.45, 0.0) < 0.5


def test_lids_close_and_eyes_turn_behind_hair(curtained: Portrait) -> None:
    scene = build_scene(curtained)
    motion = map_to_keypoints(curtained, controls({}, both("AU43", 1.0), both("gaze_yaw", 25.0)))
    still, shut, turned = (f.copy() for f in draw_frames(scene, motion))
    rest = scene.eyes[0].rest

    def strip(frame: Frame, u: float) -> np.ndarray:
        v = np.linspace(-0.12, 0.12, 9)[:, None]
        at = (rest.origin + rest.width * (u * rest.across + v * rest.down)).round().astype(int)
        return frame[at[:, 1], at[:, 0]].astype(int)

    # The hair is as photographed while the eye moves behind it, and hair when the eye is shut.
    assert np.abs(strip(turned, 0.5) - strip(still, 0.5)).mean() < 4
    assert strip(shut, 0.5).mean() < 1.6 * np.mean(HAIR)
    # Beside it the lid is down.
    assert np.abs(strip(shut, 0.05) - strip(still, 0.05)).mean() > 15

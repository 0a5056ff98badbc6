"""Footage that nobody filmed: a bright iris that wanders between drawn lids."""

import numpy as np

from cogportrait.face import landmarks as lm
from cogportrait.renderers.dit.codec import FrameCodec
from cogportrait.train.codec_fit import normalized
from cogportrait.train.footage import FORMAT, Footage, Origin
from cogportrait.train.samples import Prepared, prepare

SIZE = 32


def footage(
    name: str = "a", frames: int = 14, seed: int = 0, person: str = "", face: int | None = None
) -> Footage:
    """Return a clip whose pictures follow its keypoints; those of a `face` rest where they are."""
    rng = np.random.default_rng(seed if face is None else face)
    points = np.tile(rng.uniform(4, SIZE - 4, (1, 478, 2)), (frames, 1, 1)).astype(np.float32)
    x = SIZE / 2 + 5 * np.sin(np.linspace(0, 6, frames) + seed)
    for side, sign in ((0, 1), (1, -1)):
        middle = np.stack([x + sign * 6, np.full(frames, SIZE / 2)], -1)
        points[:, lm.IRIS_CENTER[side]] = middle
        points[:, lm.OUTER_CANTHUS[side]] = (SIZE / 2 + sign * 10, SIZE / 2)
        points[:, lm.INNER_CANTHUS[side]] = (SIZE / 2 + sign * 2, SIZE / 2)
    pictures = np.full((frames, SIZE, SIZE, 3), 90, np.uint8)
    for t in range(frames):
        for side in (0, 1):
            u, v = np.rint(points[t, lm.IRIS_CENTER[side]]).astype(int)
            pictures[t, v - 2 : v + 3, u - 2 : u + 3] = (230, 200, 40 + 10 * seed)
    origin = Origin(FORMAT, name, person or name, "0" * 64, 25.0, 0, SIZE)
    inside = np.ones(frames, np.bool_)
    sound = rng.standard_normal((frames, 4, 64)).astype(np.float32)
    return Footage(origin, pictures, pictures // 2, points, inside, sound)


def codec(channels: int = 4) -> FrameCodec:
    """Return a small codec that was fitted to nothing."""
    return normalized(FrameCodec(channels, 8).eval(), [footage()])


def prepared(count: int = 2, frames: int = 14) -> list[Prepared]:
    one = codec()
    return [prepare(footage(f"clip_{k}", frames, k), one) for k in range(count)]

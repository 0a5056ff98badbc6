"""A portrait taken apart, and how its layers make a frame.

Per frame: the head's pose and the expression are two smooth fields on a coarse grid; one cubic
resampling of the photograph follows both; the person is laid over the still, filled background;
eyes and mouth are drawn at full resolution from their layers. What does not move is copied.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cogportrait.renderers.warp.creases import Crease, build_creases, crease_picture
from cogportrait.renderers.warp.eye import draw_eye, eye_box, eye_motion
from cogportrait.renderers.warp.eye_layer import EyeLayer, build_eye
from cogportrait.renderers.warp.field import (
    EXPRESSION_ITERATIONS,
    POSE_ITERATIONS,
    ExpressionField,
    Grid,
    PoseField,
    expression_field,
    head_grid,
    invert,
    pose_field,
)
from cogportrait.renderers.warp.matte import fill_background, person_matte
from cogportrait.renderers.warp.mouth import (
    MouthLayer,
    MouthMotion,
    build_mouth,
    draw_interior,
    draw_seam,
    lower_share,
    mouth_box,
    mouth_motion,
)
from cogportrait.renderers.warp.sampling import Floats, remap, resize
from cogportrait.types import Frame, KeypointSequence, Portrait

BATCH: Final = 25  # frames whose expression fields are computed together
REVEAL_PX: Final = 1.5  # motion at which the filled background replaces the photographed one


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A portrait taken apart: everything that frames share."""

    portrait: Portrait
    grid: Grid
    nodes: Floats  # [rows, cols, 2]
    expression: ExpressionField
    pose: PoseField
    layered: NDArray[np.uint8]  # [H, W, 4] picture and person's opacity
    background: Frame  # [H, W, 3] with the person painted over
    eyes: tuple[EyeLayer, EyeLayer]
    mouth: MouthLayer
    creases: tuple[Crease, ...]


def build_scene(portrait: Portrait) -> Scene:
    """Return the layers of a portrait; the slow part (about a second), done once."""
    grid = head_grid(portrait)
    alpha = person_matte(portrait)
    layered = np.dstack([portrait.image, (alpha * 255).round().astype(np.uint8)])
    return Scene(
        portrait, grid, grid.nodes(), expression_field(portrait, grid), pose_field(portrait, grid),
        layered, fill_background(portrait.image, alpha, 2 * grid.step),
        (build_eye(portrait, 0), build_eye(portrait, 1)), build_mouth(portrait),
        build_creases(portrait),
    )  # fmt: skip


def draw_frames(scene: Scene, motion: KeypointSequence) -> Iterator[Frame]:
    """Yield the frames of `motion`, [H, W, 3] each.

    The expression fields of up to ``BATCH`` frames are computed at once: one large matrix product
    is several times as fast as many thin ones.
    """
    for start in range(0, len(motion), BATCH):
        faces = motion.face_px[start : start + BATCH]
        shifts = (faces - scene.portrait.landmarks_px)[..., :2]
        upper, lower = scene.expression.displacement(shifts)
        for i in range(len(faces)):
            yield _draw_frame(scene, motion, start + i, (upper[i], lower[i]))


def _draw_frame(
    scene: Scene, motion: KeypointSequence, i: int, expression: tuple[Floats, Floats]
) -> Frame:
    frame = scene.portrait.image.copy()
    mouth = mouth_motion(scene.mouth, motion.face_px[i])
    pose = scene.pose.displacement(motion.head_deg[i], motion.head_shift_iod[i])
    q = invert(scene.grid, pose, scene.nodes, POSE_ITERATIONS)
    s_up, s_low = (invert(scene.grid, f, q, EXPRESSION_ITERATIONS) for f in expression)
    share = lower_share(scene.mouth, mouth, q, 1.2 * scene.grid.step)[..., None]
    s = s_up + share * (s_low - s_up)
    picture = crease_picture(scene.layered, scene.creases, motion.aus[i])
    _draw_head(scene, frame, picture, q, s)
    _draw_mouth(scene, frame, picture, mouth, (motion.points_px[i], q, s_up, s_low))
    for side in (0, 1):
        _draw_eye(scene, frame, picture, (motion, i, side), (q, s))
    return frame


def _draw_head(scene: Scene, frame: Frame, picture: Frame, q: Floats, s: Floats) -> None:
    grid = scene.grid
    h, w = frame.shape[:2]
    box = (
        slice(grid.y0, min(grid.y0 + grid.height, h)),
        slice(grid.x0, min(grid.x0 + grid.width, w)),
    )
    if picture is scene.layered and not np.abs(s - scene.nodes).max() > 1e-4:
        return
    size = (box[0].stop - box[0].start, box[1].stop - box[1].start)
    at = grid.upsample_places(s)[: size[0], : size[1]]
    warped = remap(picture, at[..., 0], at[..., 1], cv2.INTER_CUBIC)
    patch = cv2.cvtColor(warped, cv2.COLOR_RGBA2RGB)
    moved = np.abs(scene.nodes - q).max(-1) * np.float32(255 / REVEAL_PX)
    if moved.any():
        reveal = grid.upsample(np.clip(moved, 0, 255).astype(np.uint8))[: size[0], : size[1]]
        absent = cv2.bitwise_not(cv2.extractChannel(warped, 3))
        share = np.asarray(cv2.multiply(absent, reveal, scale=1 / 255), np.uint8)
        patch = _blend(np.asarray(patch, np.uint8), scene.background[box], share)
    frame[box] = patch


def _blend(front: Frame, back: Frame, share: NDArray[np.uint8]) -> Frame:
    """Return ``front + share / 255 (back - front)``; exact where `share` [h, w] is 0."""
    weight = cv2.merge((share, share, share))
    kept = cv2.multiply(front, cv2.bitwise_not(weight), scale=1 / 255)
    return np.asarray(cv2.add(kept, cv2.multiply(back, weight, scale=1 / 255)), np.uint8)


def _upsample_box(
    grid: Grid, fields: tuple[Floats, ...], box: tuple[int, int, int, int], frame: Frame
) -> tuple[tuple[slice, slice], list[Floats]] | None:
    """Return a region of the frame and `fields` at its pixels, or None where it is empty."""
    h, w = frame.shape[:2]
    x0, y0 = max(box[0], grid.x0, 0), max(box[1], grid.y0, 0)
    x1 = min(box[2], grid.x0 + grid.width, w)
    y1 = min(box[3], grid.y0 + grid.height, h)
    if x1 - x0 < 2 or y1 - y0 < 2:
        return None
    step = grid.step
    c0, c1 = max((x0 - grid.x0) // step - 1, 0), min((x1 - grid.x0) // step + 2, grid.cols)
    r0, r1 = max((y0 - grid.y0) // step - 1, 0), min((y1 - grid.y0) // step + 2, grid.rows)
    ox, oy = x0 - grid.x0 - c0 * step, y0 - grid.y0 - r0 * step
    out: list[Floats] = []
    for field in fields:
        part = np.ascontiguousarray(field[r0:r1, c0:c1])
        big = resize(part, (c1 - c0) * step, (r1 - r0) * step, cv2.INTER_LINEAR)
        out.append(big[oy : oy + y1 - y0, ox : ox + x1 - x0])
    return (slice(y0, y1), slice(x0, x1)), out


def _draw_mouth(
    scene: Scene,
    frame: Frame,
    picture: Frame,
    mouth: MouthMotion,
    maps: tuple[Floats, Floats, Floats, Floats],
) -> None:
    if mouth.active <= 0:
        return
    region = _upsample_box(scene.grid, maps[1:], mouth_box(maps[0]), frame)
    if region is None:
        return
    box, (q, s_up, s_low) = region
    fine = lower_share(scene.mouth, mouth, q, 0.7)[..., None]
    at = s_up + fine * (s_low - s_up)
    color = remap(picture, at[..., 0], at[..., 1], cv2.INTER_CUBIC)[..., :3].astype(np.float32)
    draw_interior(scene.mouth, mouth, color, q)
    draw_seam(scene.mouth, mouth, color, q)
    _feather_in(frame, box, color, mouth.active)


def _draw_eye(
    scene: Scene,
    frame: Frame,
    picture: Frame,
    at: tuple[KeypointSequence, int, int],
    maps: tuple[Floats, Floats],
) -> None:
    motion, i, side = at
    layer = scene.eyes[side]
    eye = eye_motion(layer, motion.face_px[i], float(motion.closure[i, side]))
    if eye.active <= 0:
        return
    region = _upsample_box(scene.grid, maps, eye_box(layer, motion.points_px[i]), frame)
    if region is None:
        return
    box, (q, s) = region
    color = draw_eye(layer, eye, picture, q, s)
    _feather_in(frame, box, color, eye.active)


def _feather_in(frame: Frame, box: tuple[slice, slice], color: Floats, amount: float) -> None:
    """Lay `color` over a region of the frame, faded along the region's border."""
    h, w = color.shape[:2]
    band = max(2, min(h, w) // 12)
    y = np.minimum(np.arange(h) + 1, np.arange(h)[::-1] + 1) / band
    x = np.minimum(np.arange(w) + 1, np.arange(w)[::-1] + 1) / band
    share = np.float32(amount) * np.minimum.outer(np.minimum(y, 1), np.minimum(x, 1)).astype(
        np.float32
    )
    under = frame[box].astype(np.float32)
    under += share[..., None] * (color - under)
    frame[box] = np.clip(np.rint(under), 0, 255).astype(np.uint8)

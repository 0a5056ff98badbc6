"""A portrait taken apart, and how its layers make a frame.

Per frame: the head's pose and the expression are two smooth fields on a coarse grid; one cubic
resampling of the photograph follows both; the person is laid over the still, filled background;
eyes and mouth are drawn at full resolution from their layers. What does not move is copied.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cogportrait.renderers.warp.backdrop import Layers, shown_through, take_apart
from cogportrait.renderers.warp.creases import Crease, build_creases, crease_picture
from cogportrait.renderers.warp.eye import draw_eye, eye_box, eye_motion
from cogportrait.renderers.warp.eye_layer import EyeLayer, build_eyes
from cogportrait.renderers.warp.field import (
    EXPRESSION_ITERATIONS,
    POSE_ITERATIONS,
    ExpressionField,
    PoseField,
    expression_field,
    eyes_moved,
    invert,
    landed,
    pose_field,
)
from cogportrait.renderers.warp.grid import Cells, Grid, head_grid
from cogportrait.renderers.warp.matte import (
    head_outline,
    hold_shoulders,
    person_matte,
    sure_background,
)
from cogportrait.renderers.warp.mouth import (
    MouthLayer,
    MouthMotion,
    build_mouth,
    draw_interior,
    draw_seam,
    lip_corners,
    lower_share,
    mouth_box,
    mouth_motion,
)
from cogportrait.renderers.warp.overlap import Overlap, find_overlap
from cogportrait.renderers.warp.patches import Drawn, bounds, feather_in, landing
from cogportrait.renderers.warp.release import build_releases
from cogportrait.renderers.warp.rims import Rims, along_arms, plane_near, without_rims
from cogportrait.renderers.warp.sampling import (
    Floats,
    longer_side,
    merged,
    remap,
    remap_at,
    resize,
    rise,
    scaled_down,
    smoothstep,
    without_opacity,
)
from cogportrait.types import Frame, KeypointSequence, Portrait

CUT_PX: Final = 1600  # longest side at which person and background are told apart
BATCH: Final = 25  # frames whose expression fields are computed together
REVEAL_IOD: Final = 0.04  # motion at which the filled background has replaced the photographed one
STILL_PX: Final = 0.01  # motion that is not worth drawing
HIDES_DEG: Final = (2.0, 8.0)  # turns from which hair past the outline is hidden, and all of it
HIDDEN_PX: Final = 3.0  # motion past the outline at which hair is hidden


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A portrait taken apart: everything that frames share."""

    portrait: Portrait
    grid: Grid
    nodes: Floats  # [rows, cols, 2]
    expression: ExpressionField
    pose: PoseField
    layers: Layers
    reach: Floats  # [rows, cols] 1 where the person is
    outline: NDArray[np.uint8]  # [H, W] 255 inside the head's outline, ears left out
    solid: bool  # nothing shows through the person at eyes and mouth
    eyes: tuple[EyeLayer, EyeLayer]
    mouth: MouthLayer
    creases: tuple[Crease, ...]
    rims: Rims | None  # the frame of the glasses; the portrait is without it


@dataclass(frozen=True, slots=True, eq=False)
class Turned:
    """The head's pose in one frame."""

    delta: Floats  # [3, 3] rotation in the picture's frame
    shift_iod: NDArray[np.floating]  # [3]
    q: Floats  # [rows, cols, 2] where nodes came from
    over: Overlap | None  # pixels where the head covers what is behind it


def build_scene(portrait: Portrait) -> Scene:
    """Return the layers of a portrait; the slow part (about a second), done once."""
    portrait, rims = without_rims(portrait)
    grid = head_grid(portrait)
    with ThreadPoolExecutor(1) as pool:  # the matte takes as long as all the rest
        cut = pool.submit(_cut_out, portrait, grid)
        eyes = build_eyes(portrait)
        mouth = build_mouth(portrait)
        creases = build_creases(portrait) + build_releases(portrait)
        expression = expression_field(portrait, grid)
        layers, outline = cut.result()
    pose = pose_field(portrait, grid, outline.astype(np.float32) / 255)
    return Scene(
        portrait, grid, grid.nodes(), expression, pose, layers, _reach(grid, layers.person),
        outline, _solid(portrait, eyes, layers.person[..., 3]), eyes, mouth, creases, rims,
    )  # fmt: skip


def _cut_out(portrait: Portrait, grid: Grid) -> tuple[Layers, NDArray[np.uint8]]:
    """Return person and background, and the head's outline."""
    small, k = scaled_down(portrait, CUT_PX)
    margin_px = round(2 * grid.step * k)
    alpha, solid = person_matte(small)
    beside = sure_background(small, alpha, margin_px)
    alpha = hold_shoulders(small, alpha)
    layers = take_apart(portrait.image, alpha, beside, margin_px, solid)
    return layers, head_outline(portrait, layers.person[..., 3])


def draw_frames(scene: Scene, motion: KeypointSequence) -> Iterator[Frame]:
    """Yield the frames of `motion`, [H, W, 3] each.

    The expression fields of up to ``BATCH`` frames are computed at once: one large matrix product
    is several times as fast as many thin ones.
    """
    for start in range(0, len(motion), BATCH):
        faces = motion.face_px[start : start + BATCH]
        shifts = (faces - scene.portrait.landmarks_px)[..., :2]
        upper, lower = scene.expression.displacement(shifts)
        delta = scene.pose.rotations(motion.head_deg[start : start + BATCH])
        for i in range(len(faces)):
            yield _draw_frame(scene, motion, start + i, (delta[i], upper[i], lower[i]))


def _draw_frame(
    scene: Scene, motion: KeypointSequence, i: int, fields: tuple[Floats, Floats, Floats]
) -> Frame:
    delta = fields[0]
    expression = [np.ascontiguousarray(f[scene.expression.cells]) for f in fields[1:]]
    mouth = mouth_motion(scene.mouth, motion.face_px[i])
    pose = scene.pose.displacement(delta, motion.head_shift_iod[i])
    eyes = eyes_moved(scene.portrait, motion.points_px[i])
    shift_iod = landed(scene.pose, scene.grid, pose, eyes, motion.head_shift_iod[i])
    q = invert(scene.grid, pose, scene.nodes, POSE_ITERATIONS)
    s, s_up, s_low = _before_expression(scene, mouth, expression, q)
    person = crease_picture(scene.layers.person, scene.creases, motion.aus[i])
    over = find_overlap(
        scene.grid, pose, q, scene.pose,
        lambda at: _before_expression(scene, mouth, expression, at)[0],
    )  # fmt: skip
    turned = Turned(delta, shift_iod, q, over)
    drawn = _draw_head(scene, person, turned, s)
    picture = person  # the same as the photograph where nothing shows through
    if not scene.solid:
        picture = crease_picture(scene.portrait.image, scene.creases, motion.aus[i])
    _draw_mouth(scene, drawn, picture, (mouth, motion.face_px[i]), (turned, s_up, s_low))
    for side in (0, 1):
        _draw_eye(scene, drawn, picture, (motion, i, side), (q, s))
    if scene.rims is not None:
        _draw_rims(scene, scene.rims, drawn.frame, turned)
    return drawn.frame


def _before_expression(
    scene: Scene, mouth: MouthMotion, expression: Sequence[Floats], at: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return where places [h, w, 2] were before the expression, and of either lip's field alone.

    `expression` are the fields on the grid's part that moves; everywhere else nothing does.
    """
    part = scene.expression.part
    cells = bounds(part.holds(at))
    if cells is None:
        return at, at, at
    there = np.ascontiguousarray(at[cells])
    s_up, s_low = (invert(part, f, there, EXPRESSION_ITERATIONS) for f in expression)
    share = lower_share(scene.mouth, mouth, there, 1.2 * scene.grid.step)
    between = s_up + merged(share, share) * (s_low - s_up)
    out = at.copy(), at.copy(), at.copy()
    for whole, moved in zip(out, (between, s_up, s_low), strict=True):
        whole[cells] = moved
    return out


def _reach(grid: Grid, person: Frame) -> Floats:
    """Return 1 for nodes with some of the person in or next to their cells, [rows, cols]."""
    opacity = np.zeros((grid.rows * grid.step, grid.cols * grid.step), np.uint8)
    part = person[grid.y0 :, grid.x0 :, 3][: opacity.shape[0], : opacity.shape[1]]
    opacity[: part.shape[0], : part.shape[1]] = part
    cells = opacity.reshape(grid.rows, grid.step, grid.cols, grid.step).max((1, 3)) > 0
    near = cv2.dilate(cells.astype(np.uint8), np.ones((7, 7), np.uint8))
    return np.asarray(near, np.float32)


def _solid(portrait: Portrait, eyes: tuple[EyeLayer, EyeLayer], opacity: NDArray[np.uint8]) -> bool:
    """Return whether the person is opaque wherever eyes and mouth are drawn."""
    points = portrait.landmarks_px
    for x0, y0, x1, y1 in (*(eye_box(eye, points) for eye in eyes), mouth_box(points)):
        if (opacity[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)] < 255).any():
            return False
    return True


def _draw_head(scene: Scene, person: Frame, turned: Turned, s: Floats) -> Drawn:
    """Lay the person over the background; what has turned past the head's outline is hidden."""
    grid, frame = scene.grid, scene.portrait.image.copy()
    drawn = Drawn(frame, np.asarray(cv2.extractChannel(person, 3), np.uint8))
    here = longer_side(s - scene.nodes) > STILL_PX
    if person is not scene.layers.person:
        here |= scene.pose.surface.jutting > 0  # creases lie on the face
    here &= (scene.reach > 0) | (grid.sample(scene.reach, s) > 0)
    cells = bounds(here)
    if cells is None:
        return drawn
    for inner, outer in grid.bands(cells):
        box, wider = grid.pixels(inner, frame), grid.pixels(outer, frame)
        top = box[0].start - wider[0].start
        rows = slice(top, top + box[0].stop - box[0].start)
        color, opacity = _head_part(scene, person, turned, s, (outer, wider))
        frame[box], drawn.opacity[box] = color[rows], opacity[rows]
    return drawn


def _head_part(
    scene: Scene, person: Frame, turned: Turned, s: Floats, part: tuple[Cells, Cells]
) -> tuple[Frame, NDArray[np.uint8]]:
    """Return some rows of the head over the background, and its opacity.

    `part` is in cells and in pixels.
    """
    grid, (cells, box) = scene.grid, part
    size = (box[0].stop - box[0].start, box[1].stop - box[1].start)
    at = grid.upsample_places(s, cells)[: size[0], : size[1]]
    if turned.over is not None:
        turned.over.put(at, (cells[0].start * grid.step, cells[1].start * grid.step))
    warped = remap_at(person, at, cv2.INTER_CUBIC)
    _hide_behind(scene, warped, turned, cells)
    opacity = np.asarray(cv2.extractChannel(warped, 3), np.uint8)
    absent = cv2.bitwise_not(opacity)
    reveal_px = max(1.5, REVEAL_IOD * scene.pose.iod)
    moved = longer_side(scene.nodes[cells] - turned.q[cells]) * np.float32(255 / reveal_px)
    light = np.asarray(cv2.cvtColor(warped, cv2.COLOR_RGBA2RGB), np.uint8)
    if moved.any():
        share = grid.upsample(np.clip(moved, 0, 255).astype(np.uint8))[: size[0], : size[1]]
        revealed = np.asarray(cv2.multiply(absent, share, scale=1 / 255), np.uint8)
        light = cv2.add(light, shown_through(scene.layers.filled[box], revealed))
        absent = cv2.subtract(absent, revealed)
    under = shown_through(scene.layers.still[box], np.asarray(absent, np.uint8))
    return np.asarray(cv2.add(light, under), np.uint8), opacity


def _draw_rims(scene: Scene, rims: Rims, frame: Frame, turned: Turned) -> None:
    """Lay the frame of the glasses over the face; it follows the head alone, and keeps straight."""
    grid, (h, w) = scene.grid, rims.light.shape[:2]
    x, y = np.moveaxis(turned.q, -1, 0) - np.array([[[rims.x0]], [[rims.y0]]], np.float32)
    there = (x > 0) & (x < w) & (y > 0) & (y < h)
    cells = bounds(there)
    if cells is None:
        return
    on = there & (remap(rims.light[..., 3], x, y) > 0)
    box = grid.pixels(cells, frame)
    size = (box[0].stop - box[0].start, box[1].stop - box[1].start)
    along = along_arms(rims, turned.q)
    straight = scene.nodes + plane_near(scene.nodes, turned.q - scene.nodes, on & (along <= 0))
    back = smoothstep(along)[..., None]  # the arms end on the head
    straight += back * (turned.q - straight)
    fine = grid.upsample_places(straight, cells)[: size[0], : size[1]]
    fine -= np.array([rims.x0, rims.y0], np.float32)
    light = remap_at(rims.light, fine, cv2.INTER_CUBIC, border=cv2.BORDER_CONSTANT)
    _hide_behind(scene, light, turned, cells)
    through = cv2.bitwise_not(cv2.extractChannel(light, 3))
    frame[box] = cv2.add(
        np.ascontiguousarray(light[..., :3]),
        shown_through(frame[box], np.asarray(through, np.uint8)),
    )


def _hide_behind(scene: Scene, warped: Frame, turned: Turned, cells: tuple[slice, slice]) -> None:
    """Take out of `warped` [h, w, 4] what the turn has carried past the head's outline."""
    turn = np.rad2deg(np.arcsin(min(float(np.hypot(*turned.delta[:2, 2])), 1.0)))
    amount = rise((turn - HIDES_DEG[0]) / (HIDES_DEG[1] - HIDES_DEG[0]))
    if amount == 0:
        return
    step, q = scene.grid.step, turned.q
    p = scene.pose.outline_place(turned.delta, turned.shift_iod)
    p += scene.grid.sample(scene.pose.surface.jutting, q)[..., None] * (q - p)
    hides = np.clip(longer_side(q - p) / np.float32(HIDDEN_PX) - 0.2, 0, 1)
    # A neck bends and no more; what follows by half or more is hidden whole, or a ghost is left.
    hides *= amount * smoothstep(2 * scene.grid.sample(scene.pose.follow[..., 0], q))
    part = bounds(hides[cells] > 0)
    if part is None:
        return
    fields = np.dstack([p, hides])[cells][part]
    fine = resize(fields, fields.shape[1] * step, fields.shape[0] * step, cv2.INTER_LINEAR)
    into = warped[part[0].start * step : part[0].stop * step]
    into = into[:, part[1].start * step : part[1].stop * step]
    fine = fine[: into.shape[0], : into.shape[1]]
    outside = cv2.bitwise_not(remap_at(scene.outline, fine[..., :2]))
    hidden = np.asarray(cv2.multiply(outside, fine[..., 2], dtype=cv2.CV_8U), np.uint8)
    if turned.over is not None:
        first = [(cells[k].start + part[k].start) * step for k in (0, 1)]
        turned.over.bare_face(hidden, (first[0], first[1]))
    seen = cv2.bitwise_not(hidden)
    into[:] = cv2.multiply(into, cv2.merge((seen, seen, seen, seen)), scale=1 / 255)


def _draw_mouth(
    scene: Scene,
    drawn: Drawn,
    picture: Frame,
    moved: tuple[MouthMotion, NDArray[np.floating]],
    maps: tuple[Turned, Floats, Floats],
) -> None:
    (mouth, face_px), (turned, *lips) = moved, maps
    if mouth.active <= 0:
        return
    box = landing(scene.grid, turned.q, mouth_box(face_px))
    region = scene.grid.upsample_box((turned.q, *lips), box, drawn.frame)
    if region is None:
        return
    box, (q, s_up, s_low) = region
    fine = lower_share(scene.mouth, mouth, q, 0.7)
    at = s_up + merged(fine, fine) * (s_low - s_up)
    if turned.over is not None:
        corner = box[0].start - scene.grid.y0, box[1].start - scene.grid.x0
        turned.over.put(at, corner, lip_corners(face_px))  # lips part finer than cells
    color = without_opacity(remap_at(picture, at, cv2.INTER_CUBIC)).astype(np.float32)
    draw_interior(scene.mouth, mouth, color, q)
    draw_seam(scene.mouth, mouth, color, q)
    feather_in(drawn, box, color, mouth.active)


def _draw_eye(
    scene: Scene,
    drawn: Drawn,
    picture: Frame,
    at: tuple[KeypointSequence, int, int],
    maps: tuple[Floats, Floats],
) -> None:
    motion, i, side = at
    layer = scene.eyes[side]
    eye = eye_motion(layer, motion.face_px[i], float(motion.closure[i, side]))
    if eye.active <= 0:
        return
    box = landing(scene.grid, maps[0], eye_box(layer, motion.face_px[i]))
    region = scene.grid.upsample_box(maps, box, drawn.frame)
    if region is None:
        return
    box, (q, s) = region
    color = draw_eye(layer, eye, picture, q, s)
    feather_in(drawn, box, color, eye.active)

"""What a model with eyes is shown: the portrait, a film strip of keypoints, the curves."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cogportrait.face import landmarks as lm
from cogportrait.face.rig import map_to_keypoints
from cogportrait.io.plots import controls_png
from cogportrait.types import ControlSequence, Frame, Portrait

PORTRAIT_PX: Final = 512  # longer side
TILE_PX: Final = 256
TILES: Final = 12
PLOTTED_S: Final = 30.0  # longer clips are plotted up to here
_INK: Final = (235, 235, 235)
_IRIS: Final = (90, 200, 255)


def portrait_png(portrait: Portrait) -> bytes:
    """Return the portrait, no larger than a model needs."""
    height, width = portrait.image.shape[:2]
    k = min(1.0, PORTRAIT_PX / max(height, width))
    size = (max(1, round(width * k)), max(1, round(height * k)))
    return _png(
        np.asarray(cv2.resize(portrait.image, size, interpolation=cv2.INTER_AREA), np.uint8)
    )


def curves_png(controls: ControlSequence) -> bytes:
    """Return a plot of the curves."""
    return controls_png(controls.rows(0, max(1, round(PLOTTED_S * controls.fps))))


def film_strip_png(portrait: Portrait, controls: ControlSequence) -> bytes:
    """Return drawn keypoints at even times, in rows of four, each with its time in seconds."""
    n = min(TILES, len(controls))
    at = np.linspace(0, len(controls) - 1, n).round().astype(int)
    rows = ControlSequence(
        controls.fps, controls.aus[at], controls.gaze_deg[at], controls.head_deg[at],
        controls.head_shift_iod[at],
    )  # fmt: skip
    points = map_to_keypoints(portrait, rows, neutralize=1.0).points_px[..., :2]
    low, high = points.min((0, 1)), points.max((0, 1))
    scale = 0.9 * TILE_PX / float((high - low).max())
    tiles = [
        _tile((p - (low + high) / 2) * scale + TILE_PX / 2, i / controls.fps)
        for p, i in zip(points, at, strict=True)
    ]
    while len(tiles) % 4:
        tiles.append(np.zeros_like(tiles[0]))
    strips = [np.hstack(tiles[i : i + 4]) for i in range(0, len(tiles), 4)]
    return _png(np.vstack(strips))


def _tile(points: NDArray[np.floating], seconds: float) -> Frame:
    tile = np.zeros((TILE_PX, TILE_PX, 3), np.uint8)
    for side in (0, 1):
        upper, lower = points[lm.UPPER_LID[side]], points[lm.LOWER_LID[side]]
        _line(tile, np.concatenate([upper, lower[::-1]]), closed=True)
        _line(tile, points[lm.BROW_UPPER[side]])
        _line(tile, points[lm.BROW_LOWER[side]])
        lids = np.linalg.norm(upper - lower, axis=1).max()
        if lids > 1.5:  # px: of a shut eye no iris is seen
            _line(tile, points[lm.IRIS_RING[side]], closed=True, color=_IRIS)
    _line(tile, points[lm.FACE_OVAL], closed=True)
    _line(tile, points[lm.LIP_UPPER_INNER])
    _line(tile, points[lm.LIP_LOWER_INNER])
    cv2.putText(tile, f"{seconds:.1f} s", (6, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.45, _INK, 1)
    return tile


def _line(
    tile: Frame,
    points: NDArray[np.floating],
    *,
    closed: bool = False,
    color: tuple[int, int, int] = _INK,
) -> None:
    cv2.polylines(tile, [(points * 16).round().astype(np.int32)], closed, color, 1, cv2.LINE_AA, 4)


def _png(image: Frame) -> bytes:
    return cv2.imencode(".png", np.ascontiguousarray(image[..., ::-1]))[1].tobytes()

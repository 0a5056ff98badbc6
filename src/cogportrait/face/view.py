"""The square part of a picture around a face, in which a network draws."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cogportrait.errors import InputError
from cogportrait.face import landmarks as lm
from cogportrait.types import FloatArray, Frame

# A view's side in larger sides of the face's box: room for turns, and for hair and neck around it.
ROOM: Final = 1.34


@dataclass(frozen=True, slots=True)
class View:
    """A square of whole pixels of a picture; it may reach past the picture's border."""

    left: int
    top: int
    side_px: int  # in the picture
    size_px: int  # of what is drawn

    def __post_init__(self) -> None:
        if self.side_px < 1 or self.size_px < 1:
            raise InputError(
                f"view: expected sides of 1 px or more, got {self.side_px}, {self.size_px}"
            )

    def placed(self, points_px: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return where points [..., 2] of the picture lie in the view, in its pixels."""
        k = self.size_px / self.side_px
        return (points_px.astype(np.float64) - (self.left, self.top) + 0.5) * k - 0.5

    def cut(self, picture: Frame) -> Frame:
        """Return the view of a picture [H, W, 3]; past the border its edge goes on."""
        height, width = picture.shape[:2]
        x0, y0, n = self.left, self.top, self.side_px
        pad = max(0, -x0, -y0, x0 + n - width, y0 + n - height)
        if pad:
            picture = np.pad(picture, ((pad, pad), (pad, pad), (0, 0)), mode="edge")
        part = picture[y0 + pad : y0 + pad + n, x0 + pad : x0 + pad + n]
        how = cv2.INTER_AREA if n > self.size_px else cv2.INTER_CUBIC
        return np.asarray(cv2.resize(part, (self.size_px,) * 2, interpolation=how), np.uint8)


def view_of(landmarks_px: FloatArray, size_px: int) -> View:
    """Return the view of a face, [478, 2 or 3] in pixels, as large as it is and :data:`ROOM`."""
    oval = landmarks_px[lm.FACE_OVAL, :2].astype(np.float64)
    low, high = oval.min(0), oval.max(0)
    side = max(1, round(ROOM * float((high - low).max())))
    left, top = np.rint((low + high + 1) / 2 - side / 2).astype(int)
    return View(int(left), int(top), side, size_px)

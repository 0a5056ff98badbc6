"""What the warp renderer makes of a motion, frame by frame, beside the keypoints it follows."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import tee

from cogportrait.face.view import View
from cogportrait.renderers.warp import WarpRenderer
from cogportrait.types import FloatArray, Frame, KeypointSequence, Portrait


@dataclass(frozen=True, slots=True, eq=False)
class WarpedView:
    """A frame on its way."""

    points_px: FloatArray  # [478, 2] in the picture
    warped: Frame  # the whole picture
    seen: Frame  # [S, S, 3] the face's view of it


def warped_frames(
    portrait: Portrait, motion: Iterable[KeypointSequence]
) -> Iterator[tuple[FloatArray, Frame]]:
    """Yield keypoints [478, 2] and the warped picture of each frame."""
    told, drawn = tee(motion)
    frames = WarpRenderer().render(portrait, drawn)
    for piece in told:
        for points in piece.points_px:
            yield points[:, :2], next(frames)


def warped_views(
    portrait: Portrait, motion: Iterable[KeypointSequence], view: View
) -> Iterator[WarpedView]:
    """Yield each frame with its part that a view shows."""
    for points, warped in warped_frames(portrait, motion):
        yield WarpedView(points, warped, view.cut(warped))

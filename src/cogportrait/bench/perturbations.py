"""What is done to a clip that has been read, so that a score of it against itself has to fall.

Each function returns the clip with its controls changed, and its landmarks where they can be
changed alike. Times, sides and order are exchanged frame by frame, so nothing is read again; what
is done to pixels is in :mod:`cogportrait.bench.perturbed_frames`.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.behavior.segment.events import segment
from cogportrait.bench.reading import Reading
from cogportrait.face import landmarks as lm
from cogportrait.face.measure import Measurement
from cogportrait.face.rig import rig_data
from cogportrait.facs.channels import AU_CHANNELS, AU_INDEX, SIDES, au_channel
from cogportrait.metrics.blink_f1 import BLINKS
from cogportrait.types import ControlSequence

_TURNED: Final = np.array([-1, 1, -1], np.float32)  # yaw, pitch, roll of the mirror image
_ACROSS: Final = np.array([-1, 1], np.float32)  # of gaze
_ASIDE: Final = np.array([-1, 1, 1], np.float32)  # of the head's shift
_EDGE_FRAMES: Final = 2  # beyond a blink's edges, where its foot still shows


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A clip that has been read, and what it was measured as."""

    reading: Reading
    measured: Measurement

    @property
    def pair(self) -> tuple[Reading, Measurement]:
        """As :func:`cogportrait.bench.score.compare` takes it."""
        return self.reading, self.measured

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.reading.rows)


def taken(seen: Seen, at: NDArray[np.intp]) -> Seen:
    """Return the frames `at` of a clip, in their order."""
    controls = seen.measured.controls
    matrix = controls.to_matrix()[at]
    measured = replace(
        seen.measured, controls=ControlSequence.from_matrix(matrix, controls.fps),
        found=seen.measured.found[at],
    )  # fmt: skip
    return Seen(replace(seen.reading, rows=seen.reading.rows[at]), measured)


def delayed(seen: Seen, delay_s: float) -> Seen:
    """Return a clip that begins later by so much; its first frame is held until then."""
    return taken(seen, delayed_places(len(seen), delay_s, seen.reading.fps))


def delayed_places(n: int, delay_s: float, fps: float) -> NDArray[np.intp]:
    """Return which of n frames is shown when, [n], if all come `delay_s` late."""
    return np.maximum(np.arange(n) - round(delay_s * fps), 0)


def shuffled(seen: Seen, seed: int) -> Seen:
    """Return the same frames in an order of chance."""
    return taken(seen, shuffled_places(len(seen), seed))


def shuffled_places(n: int, seed: int) -> NDArray[np.intp]:
    """Return n numbers of frames in an order of chance, [n]."""
    return np.random.default_rng(seed).permutation(n)


def scaled(seen: Seen, factor: float) -> Seen:
    """Return a clip in which all moves `factor` times as far; action units end at 1.

    Landmarks move so much farther from where they are most of the time.
    """
    c = seen.measured.controls
    controls = ControlSequence(
        c.fps, (c.aus * factor).clip(max=1).astype(np.float32), c.gaze_deg * np.float32(factor),
        c.head_deg * np.float32(factor), c.head_shift_iod * np.float32(factor),
    )  # fmt: skip
    rows = seen.reading.rows
    rest = np.median(rows.eyes_px[rows.found], axis=0)
    eyes = (rest + factor * (rows.eyes_px - rest)).astype(np.float32)
    return _with(seen, controls, eyes)


def without_blinks(seen: Seen, share: float, seed: int) -> Seen:
    """Return a clip in which some blinks do not happen; their share is rounded to whole ones.

    Lids are led straight from before a blink to after it. Which ones is chance; those left out of a
    smaller share are among those of a larger one. Landmarks stay as they are.
    """
    c = seen.measured.controls
    blinks = [event for event in segment(c) if event.kind in BLINKS]
    order = np.random.default_rng(seed).permutation(len(blinks))
    aus = c.aus.copy()
    for i in order[: round(share * len(blinks))]:
        first = max(0, int(blinks[i].onset_s * c.fps) - _EDGE_FRAMES)
        last = min(len(c) - 1, int(np.ceil(blinks[i].offset_s * c.fps)) + _EDGE_FRAMES)
        for side in SIDES:
            lid = aus[:, AU_INDEX[au_channel(43, side)]]
            straight = np.linspace(lid[first], lid[last], last - first + 1)
            lid[first : last + 1] = np.minimum(lid[first : last + 1], straight)
    return _with(seen, replace(c, aus=aus))


def sides_swapped(seen: Seen) -> Seen:
    """Return a clip in which the left half of the face does what the right one did.

    Gaze and head keep their directions. Landmarks stay as they are.
    """
    c = seen.measured.controls
    return _with(seen, replace(c, aus=c.aus[:, _other_side()], gaze_deg=c.gaze_deg[:, ::-1]))


def mirrored(seen: Seen) -> Seen:
    """Return the mirror image of a clip: sides, directions and landmarks."""
    c = seen.measured.controls
    controls = ControlSequence(
        c.fps, c.aus[:, _other_side()], c.gaze_deg[:, ::-1] * _ACROSS, c.head_deg * _TURNED,
        c.head_shift_iod * _ASIDE,
    )  # fmt: skip
    mirror = rig_data().mirror[lm.EYE_REGION]
    eyes = seen.reading.rows.eyes_px[:, np.searchsorted(lm.EYE_REGION, mirror)].copy()
    eyes[..., 0] = seen.reading.size_px[0] - 1 - eyes[..., 0]
    return _with(seen, controls, eyes)


def _other_side() -> list[int]:
    """Return for each action unit the column of the same one of the other side."""
    other = {"L": "R", "R": "L"}
    return [
        AU_INDEX[f"{name[:-1]}{other[name[-1]]}"] if name[-2:] in ("_L", "_R") else i
        for i, name in enumerate(AU_CHANNELS)
    ]


def _with(
    seen: Seen, controls: ControlSequence, eyes_px: NDArray[np.float32] | None = None
) -> Seen:
    reading = seen.reading
    if eyes_px is not None:
        reading = replace(reading, rows=replace(reading.rows, eyes_px=eyes_px))
    return Seen(reading, replace(seen.measured, controls=controls))

"""A person's neutral face, estimated from whatever frames there are.

No expression is known to be absent, so the calmest frames are taken: those in which the tracker's
scores of lids, brows, cheeks and mouth add up to least. Gaze and pose of these frames are a second
question: a person can look aside with a calm face. See ``docs/measure.md``.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.errors import FaceError
from cogportrait.face.features import FaceRows, Neutral, held_still
from cogportrait.face.landmarker import BLENDSHAPE_INDEX

CALM_SHARE: Final = 0.10  # of all frames; 0.15 in the rig's fit, where clips are long
LEAST_FRAMES: Final = 5
_LOOKS: Final = [i for name, i in BLENDSHAPE_INDEX.items() if name.startswith("eyeLook")]


def calm_frames(rows: FaceRows) -> NDArray[np.intp]:
    """Return the numbers of the calmest frames that have a face."""
    seen = np.flatnonzero(rows.found)
    energy = np.delete(rows.scores[seen].astype(np.float64), _LOOKS, axis=1).sum(1)
    count = min(len(seen), max(LEAST_FRAMES, round(CALM_SHARE * len(seen))))
    return seen[np.argsort(energy, kind="stable")[:count]]


def estimate_neutral(rows: FaceRows) -> Neutral:
    """Return the neutral face of the person in some frames.

    Raises
    ------
    FaceError
        No frame has a face.
    """
    calm = rows[calm_frames(rows)]
    if len(calm) == 0:
        raise FaceError("measuring: expected a face in at least one frame, got none")
    first = neutral_of(calm)
    still = held_still(calm.shape, first)
    return replace(first, shape=np.median(still, axis=0))


def neutral_of(rows: FaceRows) -> Neutral:
    """Return the median of frames that are all neutral."""
    u, _, vt = np.linalg.svd(rows.turn.astype(np.float64).mean(0))
    return Neutral(
        np.median(rows.shape.astype(np.float64), axis=0),
        np.median(rows.scores.astype(np.float64), axis=0),
        u @ vt,
        np.median(rows.pivot_px.astype(np.float64), axis=0),
        float(np.median(rows.iod_px)),
        np.median(rows.seen_iris.astype(np.float64), axis=0),
    )

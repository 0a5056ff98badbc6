"""Blink F1: whether the real clip's blinks are there, and no others.

Blinks (full, partial, double) of both clips are found by the segmenter; one of the generated clip
is a hit if its apex lies within ``TOLERANCE_S`` of that of a real one that has no hit yet, nearest
pairs first. F1 over blinks; NaN where neither clip has one. Higher is better. Event-based F1 is
what blink detectors are scored by (e.g. Fogelton & Benesova 2018, who ask for an overlap; the
tolerance on the apex is our choice, as drawn and real blinks may differ in length).

References
----------
Fogelton, A. & Benesova, W. (2018). Eye blink completeness detection. CVIU 176-177.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from cogportrait.behavior.segment.events import segment
from cogportrait.behavior.segment.face_event import EventType
from cogportrait.types import ControlSequence

BLINKS: Final = (EventType.BLINK, EventType.PARTIAL_BLINK, EventType.DOUBLE_BLINK)
TOLERANCE_S: Final = 0.2


def blinks_s(controls: ControlSequence) -> list[float]:
    """Return the apexes of all blinks, seconds."""
    return [event.apex_s for event in segment(controls) if event.kind in BLINKS]


def blink_f1(real_s: Sequence[float], generated_s: Sequence[float]) -> float:
    """Return the F1 score of blinks given by their apexes, seconds (:func:`blinks_s`)."""
    total = len(real_s) + len(generated_s)
    if not total:
        return float("nan")
    off = np.abs(np.subtract.outer(np.asarray(real_s), np.asarray(generated_s)))
    hits = 0
    while off.size and off.min() <= TOLERANCE_S:
        row, column = np.unravel_index(off.argmin(), off.shape)
        off = np.delete(np.delete(off, row, 0), column, 1)
        hits += 1
    return 2 * hits / total

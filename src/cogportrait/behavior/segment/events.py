"""Controls to events: all that a face did, in order."""

import numpy as np
from numpy.typing import NDArray

from cogportrait.behavior.segment.face_event import EventType, FaceEvent
from cogportrait.behavior.segment.face_units import unit_events
from cogportrait.behavior.segment.gaze_shifts import gaze_events
from cogportrait.behavior.segment.head import head_events
from cogportrait.behavior.segment.lids import lid_events
from cogportrait.facs.channels import SIDES, au_channel
from cogportrait.types import ControlSequence

__all__ = ["EventType", "FaceEvent", "segment"]


def segment(controls: ControlSequence, found: NDArray[np.bool_] | None = None) -> list[FaceEvent]:
    """Return the events in controls, by onset.

    Parameters
    ----------
    controls : ControlSequence
        T frames, measured or planned.
    found : array of bool, shape [T], or None
        Frames in which a face was seen. Events that reach into others are left out.
    """
    fps = controls.fps
    closure = np.stack([controls.au(au_channel(43, side)) for side in SIDES], axis=1)
    events = [
        *lid_events(closure, fps),
        *gaze_events(controls.gaze_deg, controls.head_deg, fps),
        *unit_events(controls.aus, fps),
        *head_events(controls.head_deg, fps),
    ]
    if found is not None and not found.all():
        events = [event for event in events if _seen(event, found, fps)]
    return sorted(events, key=lambda event: (event.onset_s, event.kind))


def _seen(event: FaceEvent, found: NDArray[np.bool_], fps: float) -> bool:
    first, last = int(event.onset_s * fps), int(np.ceil(event.offset_s * fps))
    return bool(found[first : last + 1].all())

"""Event plan -> control curves, on the fine time grid.

`fit_to_frames` moves what must be seen onto frames, `compose` draws. Both are pure: the same plan,
frame rate and seed give the same curves.
"""

import numpy as np

from cogportrait.behavior.face_track import Grid, draw_face
from cogportrait.behavior.gaze_track import draw_gaze, settle_gaze
from cogportrait.behavior.head_track import draw_head
from cogportrait.behavior.sampling import fine_steps, snap_blinks
from cogportrait.types import ControlSequence, EventPlan


def frame_count(duration_s: float, fps: float) -> int:
    """Return how many frames a clip has: round(duration * fps), at least one."""
    return max(1, round(duration_s * fps))


def fit_to_frames(plan: EventPlan, fps: float) -> EventPlan:
    """Return the plan re-timed for a video of `fps`: blinks on frames, fixations long enough."""
    return snap_blinks(settle_gaze(plan, fps), fps)


def compose(plan: EventPlan, fps: float, seed: int) -> ControlSequence:
    """Draw the curves of a fitted plan at the smallest multiple of `fps` at or above 240 Hz.

    Parameters
    ----------
    plan : EventPlan
        As `fit_to_frames` returns it.
    fps : float
        Frame rate of the video for which it will be sampled.
    seed : int
        Decides sway, the waver of held expressions and the asymmetry of the face.

    Returns
    -------
    ControlSequence
        ``frame_count(plan.duration_s, fps) * fine_steps(fps)`` rows.
    """
    steps = fine_steps(fps)
    grid = Grid(frame_count(plan.duration_s, fps) * steps, fps * steps)
    streams = np.random.SeedSequence(seed).spawn(2)
    head = draw_head(plan, grid, np.random.default_rng(streams[0]))
    return ControlSequence(
        fps=grid.rate_hz,
        aus=draw_face(plan, grid, np.random.default_rng(streams[1])),
        gaze_deg=draw_gaze(plan, grid, head).astype(np.float32),
        head_deg=head[:, :3].astype(np.float32),
        head_shift_iod=head[:, 3:].astype(np.float32),
    )

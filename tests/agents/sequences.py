"""Small control sequences, most of them impossible, for the critic."""

from dataclasses import replace

import numpy as np

from cogportrait.behavior.kinematics import blink_pulse, min_jerk
from cogportrait.facs.channels import au_columns
from cogportrait.types import (
    ControlSequence,
)

FPS = 25.0
N = 100


def still(n: int = N, fps: float = FPS) -> ControlSequence:
    return ControlSequence.zeros(n, fps)


def with_au(
    controls: ControlSequence, number: int, values: object, side: int | None = None
) -> ControlSequence:
    aus = controls.aus.copy()
    columns = au_columns(number) if side is None else (au_columns(number)[side],)
    for column in columns:
        aus[:, column] = values
    return replace(controls, aus=aus)


def with_gaze(controls: ControlSequence, yaw: object, pitch: object = 0.0) -> ControlSequence:
    gaze = controls.gaze_deg.copy()
    gaze[:, :, 0] = np.broadcast_to(np.asarray(yaw), len(controls))[:, None]
    gaze[:, :, 1] = np.broadcast_to(np.asarray(pitch), len(controls))[:, None]
    return replace(controls, gaze_deg=gaze)


def with_head(controls: ControlSequence, yaw: object) -> ControlSequence:
    head = controls.head_deg.copy()
    head[:, 0] = yaw
    gaze = controls.gaze_deg.copy()
    gaze[:, :, 0] -= head[:, None, 0]
    return replace(controls, head_deg=head, gaze_deg=gaze)


def step(at: int, size: float, n: int = N) -> np.ndarray:
    return np.where(np.arange(n) >= at, size, 0.0)


def pulse(start: int, *values: float, n: int = N) -> np.ndarray:
    track = np.zeros(n)
    track[start : start + len(values)] = values
    return track


def glide() -> ControlSequence:
    return with_gaze(still(), 15 * min_jerk((np.arange(N) - 20) / 30))


def eye_too_far() -> ControlSequence:
    return with_gaze(still(), step(30, 50.0))


def eye_too_fast() -> ControlSequence:
    return with_gaze(still(), step(30, 40.0) - 35 * (np.arange(N) < 30))


def fast_gaps() -> ControlSequence:
    n, fps = 960, 240.0
    t = np.arange(n) / fps
    first, second = min_jerk((t - 1.0) / 0.05), min_jerk((t - 1.07) / 0.05)
    return with_gaze(still(n, fps), 8 * first - 8 * second)


def no_vor() -> ControlSequence:
    controls = still()
    head = controls.head_deg.copy()
    head[:, 0] = 20 * min_jerk((np.arange(N) - 20) / 20)
    return replace(controls, head_deg=head)


def eyes_apart() -> ControlSequence:
    gaze = still().gaze_deg.copy()
    gaze[30:, 0, 1] = 6.0
    return replace(still(), gaze_deg=gaze)


def diverged() -> ControlSequence:
    gaze = still().gaze_deg.copy()
    gaze[:, 0, 0] = np.linspace(0, 8, N)
    return replace(still(), gaze_deg=gaze)


def head_too_far() -> ControlSequence:
    return with_head(still(200), 85 * min_jerk((np.arange(200) - 10) / 150))


def head_jumps() -> ControlSequence:
    return with_head(still(), step(30, 30.0))


def au_jumps() -> ControlSequence:
    return with_au(still(), 1, step(30, 0.9))


def au_out_of_range() -> ControlSequence:
    return with_au(still(), 12, 1.4)


def wide_and_closed() -> ControlSequence:
    ramp = 0.6 * min_jerk((np.arange(N) - 10) / 25)
    return with_au(with_au(still(), 5, ramp), 43, ramp)


def one_sided() -> ControlSequence:
    return with_au(still(), 4, 0.7 * min_jerk((np.arange(N) - 10) / 25), side=0)


def one_frame_blink() -> ControlSequence:
    return with_au(still(), 43, pulse(40, 1.0))


def blink_opens_faster() -> ControlSequence:
    return with_au(still(), 43, pulse(40, 0.12, 0.3, 0.45, 0.6, 0.8, 1.0))


def lid_too_fast() -> ControlSequence:
    n, fps = 960, 240.0
    t = np.arange(n) / fps - 1
    return with_au(still(n, fps), 43, blink_pulse(t, 0.008, 0.01, 0.1))


def one_lid() -> ControlSequence:
    return with_au(still(), 43, pulse(40, 0.5, 1.0, 0.7, 0.3, 0.1), side=1)


def head_late() -> ControlSequence:
    t = np.arange(N) / FPS
    return look_and_turn(25 * (t >= 1.0), 15 * min_jerk((t - 1.48) / 0.5))


def head_early() -> ControlSequence:
    t = np.arange(N) / FPS
    return look_and_turn(25 * (t >= 1.44), 15 * min_jerk((t - 1.0) / 0.5))


def look_and_turn(space: np.ndarray, head: np.ndarray) -> ControlSequence:
    controls = with_gaze(still(), space - head)
    turned = controls.head_deg.copy()
    turned[:, 0] = head
    return replace(controls, head_deg=turned)


def two_peaks() -> ControlSequence:
    track = pulse(40, 0.5, 1.0, 0.65, 0.3, 0.6, 0.9, 0.6, 0.3, 0.1, 0.05)
    return with_au(still(), 43, track)


def never_blinks() -> ControlSequence:
    return still(1600)

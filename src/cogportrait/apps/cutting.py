"""Clips and recordings to prototypes: what ``library build`` does with each of them."""

from dataclasses import replace
from typing import Final

import numpy as np

from cogportrait.apps.console import Console
from cogportrait.apps.exchange import check_rate
from cogportrait.apps.measuring import rows_of_video
from cogportrait.apps.sources import Recording, RecordingKind
from cogportrait.behavior.library.cut import Origin, cut_controls, cut_gaze
from cogportrait.behavior.library.prototype import Prototype
from cogportrait.errors import CogPortraitError, FaceError, InputError, plain
from cogportrait.face.clips import Clip
from cogportrait.face.features import FaceRows
from cogportrait.face.measure import measure
from cogportrait.io.documents import FPS
from cogportrait.io.gaze_tables import read_gaze_table
from cogportrait.io.livelink import read_livelink
from cogportrait.io.openface import read_openface

LEAST_FPS: Final = 19.0  # below it a blink is a frame or two
LEAST_FACE_IOD_PX: Final = 40.0
LEAST_SEEN: Final = 0.7  # share of frames with a face


def from_clip(clip: Clip, console: Console) -> list[Prototype]:
    """Return the prototypes in a clip; of one that says too little none, with a warning."""
    try:
        rows, fps = rows_of_video(clip.path, None, console)
    except FaceError as error:
        console.warn(f"left out: {error}")
        return []
    if poor := unfit(rows, fps):
        console.warn(f"left out: {clip.name}: {poor}")
        return []
    measured = measure(rows, fps)
    origin = Origin(clip.person, plain(clip.name), clip.licence, clip.labels, clip.speaking)
    return cut_controls(measured.controls, origin, measured.found)


def unfit(rows: FaceRows, fps: float) -> str:
    """Return why a clip says too little to be counted; empty if it does not."""
    iod, seen = float(np.nanmedian(rows.iod_px)), float(rows.found.mean())
    if fps < LEAST_FPS:
        return f"{fps:g} frames a second"
    if iod < LEAST_FACE_IOD_PX:
        return f"eyes {iod:.0f} px apart"
    return f"a face in {seen:.0%} of its frames" if seen < LEAST_SEEN else ""


def from_recording(recording: Recording, console: Console) -> list[Prototype]:
    """Return the prototypes in a recording; of a damaged one none, with a warning."""
    try:
        return _cut(recording)
    except CogPortraitError as error:
        text, name = str(error), str(recording.path)
        console.warn(f"left out: {text if name in text else f'{name}: {text}'}")
        return []


def _cut(r: Recording) -> list[Prototype]:
    origin = Origin(r.person, plain(r.path.name), r.licence, r.labels, r.speaking)
    if r.kind is RecordingKind.GAZE:
        gaze = read_gaze_table(r.path)
        return cut_gaze(gaze.gaze_deg, gaze.rate_hz, origin)
    if r.kind is RecordingKind.LIVELINK:
        controls, found = read_livelink(r.path), None
    else:
        controls, found = read_openface(r.path)
        controls = replace(controls, aus=controls.aus.clip(0, 1))
    if r.rate_hz is not None and not FPS[0] <= controls.fps <= FPS[1]:
        controls = replace(controls, fps=r.rate_hz)
    check_rate(r.path, controls.fps)
    if controls.fps < LEAST_FPS:
        raise InputError(f"expected at least {LEAST_FPS:g} frames a second, got {controls.fps:g}")
    return cut_controls(controls, origin, found)

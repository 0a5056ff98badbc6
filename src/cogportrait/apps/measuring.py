"""``cogportrait measure``: a face in a video to controls."""

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np

from cogportrait.apps.console import Console, counted
from cogportrait.apps.tracks import PICTURES
from cogportrait.errors import FaceError
from cogportrait.face.detector import detect_faces
from cogportrait.face.features import FaceRows, Neutral
from cogportrait.face.measure import GAZE_DEG, Measurement, face_rows, measure
from cogportrait.face.neutral import calm_frames, estimate_neutral, looks_aside
from cogportrait.face.pose import angles_deg
from cogportrait.io.atomic import check_distinct, check_output
from cogportrait.io.controls import write_controls
from cogportrait.io.documents import JsonValue
from cogportrait.io.images import read_image
from cogportrait.io.openface import write_openface
from cogportrait.io.plots import plot_controls
from cogportrait.io.reader import read_video
from cogportrait.spans import runs

FEW: Final = 5  # frames with gaze at its bound that may be a slip of the tracker
LOOKED_AT: Final = 10  # frames in which faces are counted


@dataclass(frozen=True, slots=True)
class Wanted:
    """What measuring writes."""

    controls: Path
    csv: Path | None = None
    plot: Path | None = None

    def check(self) -> list[Path]:
        """Return the paths; raise :class:`OutputError` for one that cannot be written."""
        check_output(self.controls, ".json")
        if self.csv is not None:
            check_output(self.csv, ".csv")
        if self.plot is not None:
            check_output(self.plot, ".png")
        return [path for path in (self.controls, self.csv, self.plot) if path is not None]


def run_measure(
    video: Path, wanted: Wanted, console: Console, *, face: int | None, neutral: Path | None
) -> None:
    """Write the controls of a face in a video and say where they are."""
    check_distinct([p for p in (video, neutral) if p is not None], wanted.check())
    calm = None if neutral is None else _neutral_in(neutral, console)
    rows, fps = rows_of_video(video, face, console)
    measured = measure(rows, fps, neutral=calm)
    warn_about_gaze(measured, rows, video.name, console, given=neutral is not None)
    write_controls(wanted.controls, measured.controls, meta=about(measured, video.name))
    if wanted.csv is not None:
        write_openface(measured.controls, measured.found, wanted.csv)
    if wanted.plot is not None:
        title = f"measured from {video.name}"
        plot_controls(measured.controls, wanted.plot, title=title)
    seen = int(measured.found.sum())
    console.result(wanted.controls, {"frames": len(rows), "found": seen, "fps": fps})


def warn_about_gaze(
    measured: Measurement, rows: FaceRows, name: str, console: Console, *, given: bool
) -> None:
    """Say when gaze cannot be right: at its bound for long, or against a face that looks aside."""
    n = len(rows)
    gaze = np.abs(measured.controls.gaze_deg).reshape(n, -1).max(axis=1)
    stuck = int(((gaze >= GAZE_DEG) & measured.found).sum())
    advice = f"give {'another ' if given else ''}--neutral PICTURE, of a look at the camera"
    if stuck > FEW:
        console.warn(
            f"{name}: gaze is read as {GAZE_DEG:g} degrees, the most there is, in {stuck} of {n} "
            f"frames: the neutral face it is measured against may look away; {advice}"
        )
    elif looks_aside(measured.neutral):
        of = "" if given else f", taken from the {len(calm_frames(rows))} calmest of {n} frames,"
        console.warn(f"{name}: the neutral face{of} looks aside, so all gaze is off; {advice}")


def about(measured: Measurement, name: str) -> dict[str, JsonValue]:
    """Return what a controls file says about how it was measured."""
    head = angles_deg(measured.neutral.turn).round(2).tolist()
    return {
        "measured_from": name,
        "missing_frames": [[first, stop - 1] for first, stop in runs(~measured.found)],
        "neutral_head_deg": head,  # yaw, pitch, roll in the camera's frame: zero of head channels
    }


def _neutral_in(path: Path, console: Console) -> Neutral:
    """Return the neutral face in a picture or a video of the same person."""
    if path.suffix.lower() in PICTURES:
        return estimate_neutral(face_rows([read_image(path)], 1.0))
    return estimate_neutral(rows_of_video(path, None, console)[0])


def rows_of_video(video: Path, face: int | None, console: Console) -> tuple[FaceRows, float]:
    """Return what measuring needs of a face in a video, and its frame rate.

    Raises
    ------
    FaceError
        No frame has a face, or none so many as the number of `face`.
    """
    source = read_video(video, quick=True)
    with console.progress("measuring", source.n_frames) as advance:
        rows = face_rows(counted(source, advance), source.fps, face=face)
    seen = int(rows.found.sum())
    if seen == 0:
        raise FaceError(_unseen(video, face, len(rows)))
    if seen < len(rows):
        console.warn(f"{video.name}: no face in {len(rows) - seen} of {len(rows)} frames")
    return rows, source.fps


def _unseen(video: Path, face: int | None, n_frames: int) -> str:
    """Return what is said of a video without the face that was asked for: how many there are."""
    if face is not None and face > 1:
        step = max(1, n_frames // LOOKED_AT)
        looked = islice(read_video(video), 0, None, step)
        most = max(len(detect_faces(frame)) for frame in looked)
        if most:
            return (
                f"{video.name}: expected at least {face} faces, got {most} at most in any frame "
                f"looked at; give --face 1{f' to {most}' if most > 1 else ''}"
            )
    return f"{video.name}: no face found in any of {n_frames} frames"

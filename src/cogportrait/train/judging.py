"""Samples of boundary cases judged: by what is measured of them, and by a person who fills a table.

A sample is measured as any clip is: action units of the upper face, gaze and head against what is
measured of the same movement as the warp renderer draws it, so that what the reader of faces gets
wrong of turned and of small ones does not count; identity against the portrait (dlib, where the
extra ``bench`` is installed). A sample is good if every error is below its threshold, or, so that
every case has both kinds, if its errors in units of their thresholds add up to less than the median
of the case's samples. Our definition.
"""

import csv
import hashlib
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from cogportrait.errors import FaceError, InputError, shown
from cogportrait.face.measure import FaceRows, face_rows, measure
from cogportrait.face.neutral import estimated_from
from cogportrait.facs.channels import AU_INDEX, UPPER_CHANNELS
from cogportrait.io.atomic import write_text
from cogportrait.metrics.standard.dlib_identity import open_dlib
from cogportrait.metrics.standard.files import NOTHING
from cogportrait.metrics.standard.identity import IdentityOfClip
from cogportrait.metrics.standard.measure import ClipStart, FramePair
from cogportrait.train.boundary import Boundary
from cogportrait.types import ControlSequence, FloatArray, Frame

LARGER: Final = 3  # times the view's size, at which faces are followed
MEASURED_FPS: Final = 25.0
SHUT: Final = 0.5  # closure of a lid above which nobody sees where the eye looks
COLUMNS: Final = (
    "sample", "portrait", "case", "seed", "au", "gaze_deg", "head_deg", "identity", "latents",
    "good", "person",
)  # fmt: skip
YES, NO = "yes", "no"


class By(StrEnum):
    """What makes a sample good."""

    MEDIAN = "median"  # it is better than the median of its case
    THRESHOLDS = "thresholds"  # no error is above its threshold
    PERSON = "person"  # the column `person` says so


@dataclass(frozen=True, slots=True)
class Errors:
    """How far a sample is from what was asked; NaN where no face, or nothing of it, was seen."""

    au: float  # mean absolute error of the upper face's action units, 0..1
    gaze_deg: float  # mean absolute error of gaze angles, of eyes that should be open
    head_deg: float
    identity: float  # 1 - ID-Sim (dlib); NaN without dlib


# Above these a sample is bad. Our definition: half of what a clear movement of the kind has, and
# twice what dlib's similarity of one person's clips is short of 1.
THRESHOLDS: Final = Errors(0.12, 5.0, 5.0, 0.07)


@dataclass(frozen=True, slots=True)
class Judged:
    """A sample, and what was found."""

    sample: str
    portrait: str
    case: str
    seed: int
    errors: Errors
    person: str = ""  # yes, no, or nothing
    latents: str = ""  # what tells what was drawn from others: see :func:`mark_of`

    @property
    def total(self) -> float:
        """Errors in units of their thresholds; infinite where no face was seen."""
        parts = [
            getattr(self.errors, one.name) / getattr(THRESHOLDS, one.name)
            for one in fields(Errors)
        ]  # fmt: skip
        if math.isnan(parts[0]):
            return math.inf
        return sum(part for part in parts if not math.isnan(part))


class Judge:
    """Measures samples of one boundary case."""

    def __init__(self, boundary: Boundary) -> None:
        self.boundary = boundary
        opened = open_dlib(NOTHING)
        self._identity = opened if isinstance(opened, IdentityOfClip) else None
        self._still, self._points = followed(boundary.reference[None])
        self._wanted = self._read(boundary.warped)

    def errors(self, frames: NDArray[np.uint8]) -> Errors:
        """Return the errors of a sample's frames [L, S, S, 3]."""
        found = self._read(frames)
        if found is None or self._wanted is None:
            return Errors(math.nan, math.nan, math.nan, math.nan)
        (seen, points), (wanted, _) = found, self._wanted
        upper = slice(0, len(UPPER_CHANNELS))
        return Errors(
            float(np.abs(seen.aus[:, upper] - wanted.aus[:, upper]).mean()),
            self._gaze_error(seen, wanted),
            float(np.abs(seen.head_deg - wanted.head_deg).mean()),
            self._unlike(frames, points),
        )

    def _read(
        self, frames: NDArray[np.uint8]
    ) -> tuple[ControlSequence, list[FloatArray | None]] | None:
        """Return what is measured of frames, and the landmarks; None where no face is seen."""
        if not self._still.found.any():
            return None
        try:
            rows, points = followed(frames)
            found = measure(rows, MEASURED_FPS, neutral=estimated_from(self._still))
        except FaceError:
            return None
        return found.controls, points

    def _gaze_error(self, seen: ControlSequence, wanted: ControlSequence) -> float:
        """Return the mean absolute error in degrees where an eye should be open, else NaN."""
        asked = self.boundary.controls.aus[:, [AU_INDEX["AU43_L"], AU_INDEX["AU43_R"]]]
        shut = asked > SHUT
        off = np.abs(seen.gaze_deg - wanted.gaze_deg)
        return float(off[~shut].mean()) if not shut.all() else math.nan

    def _unlike(self, frames: NDArray[np.uint8], points: list[FloatArray | None]) -> float:
        first = self._points[0]
        if self._identity is None or first is None:
            return math.nan
        portrait = larger(self.boundary.reference)
        self._identity.begin(ClipStart(self.boundary.name, MEASURED_FPS, portrait, first))
        for frame, at in zip(frames, points, strict=True):
            if at is not None:
                large = larger(frame)
                self._identity.update(FramePair(large, large, at, at))
        return 1 - self._identity.compute()


def verdicts(samples: Sequence[Judged], by: By) -> dict[str, bool]:
    """Return which samples are good, by name; of `PERSON` only those that a person judged.

    Raises
    ------
    InputError
        A person is to judge, and has judged none.
    """
    if by is By.PERSON:
        told = {s.sample: s.person == YES for s in samples if s.person}
        if not told:
            raise InputError("person: expected yes or no in some rows of the table, found none")
        return told
    if by is By.THRESHOLDS:
        return {s.sample: _within(s.errors) for s in samples}
    out: dict[str, bool] = {}
    for key in {(s.portrait, s.case) for s in samples}:
        case = [s for s in samples if (s.portrait, s.case) == key]
        middle = float(np.median([s.total for s in case]))
        out.update({s.sample: s.total < middle for s in case})
    return out


def _within(errors: Errors) -> bool:
    values = [(getattr(errors, f.name), getattr(THRESHOLDS, f.name)) for f in fields(Errors)]
    return not math.isnan(errors.au) and not any(value > most for value, most in values)


def write_table(path: Path, samples: Sequence[Judged], by: By) -> None:
    """Write the table; a person may fill its last column with yes and no."""
    good = verdicts(samples, By.MEDIAN if by is By.PERSON else by)
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(COLUMNS)
    for s in samples:
        numbers = [_told(getattr(s.errors, f.name)) for f in fields(Errors)]
        verdict = YES if good[s.sample] else NO
        out.writerow([s.sample, s.portrait, s.case, s.seed, *numbers, s.latents, verdict, s.person])
    write_text(path, text.getvalue())


def read_table(path: Path) -> list[Judged]:
    """Return the samples of a table.

    Raises
    ------
    InputError
        It is no such table, names a sample twice, or a person said neither yes nor no.
    """
    try:
        rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: expected a table of samples: {shown(str(error))}") from error
    out: list[Judged] = []
    for line, row in enumerate(rows, 2):
        person = (row.get("person") or "").strip().lower()
        if person not in (YES, NO, ""):
            raise InputError(f"{path}: row {line}: person: expected yes or no, got {shown(person)}")
        try:
            errors = Errors(*(float(row[f.name] or "nan") for f in fields(Errors)))
            one = Judged(
                row["sample"], row["portrait"], row["case"], int(row["seed"]), errors, person,
                row.get("latents") or "",
            )  # fmt: skip
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"{path}: row {line}: expected {', '.join(COLUMNS)}: {shown(str(error))}"
            ) from error
        if any(one.sample == other.sample for other in out):
            raise InputError(
                f"{path}: row {line}: expected a sample once, got {shown(one.sample)} again; "
                "remove one of both rows"
            )
        out.append(one)
    return out


def mark_of(latents: Tensor) -> str:
    """Return what tells a sample's latents from others, as its file keeps them."""
    kept = latents.detach().half().cpu().contiguous().numpy()
    return hashlib.sha256(kept.tobytes()).hexdigest()[:12]


def _told(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.5f}"


def followed(frames: NDArray[np.uint8]) -> tuple[FaceRows, list[FloatArray | None]]:
    """Return what is read of the face in frames of a view [T, S, S, 3], and its landmarks.

    They are in pixels of :func:`larger` frames; None where there is no face.
    """
    points: list[FloatArray | None] = []
    large = (larger(frame) for frame in frames)
    rows = face_rows(large, MEASURED_FPS, watch=lambda _, at: points.append(at))
    return rows, points


def larger(frame: Frame) -> Frame:
    """Return a view at the size at which its face is followed."""
    side = (frame.shape[1] * LARGER, frame.shape[0] * LARGER)
    return np.asarray(cv2.resize(frame, side, interpolation=cv2.INTER_CUBIC), np.uint8)

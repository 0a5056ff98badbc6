"""Controls written down in FACS notation, which ``notation`` reads: courses point by point."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from heapq import heappop, heappush, heappushpop
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import grey_opening, median_filter

from cogportrait.facs.channels import AU_INDEX, AU_NAMES, MOUTH_CHANNELS, SIDES, au_columns
from cogportrait.spans import runs
from cogportrait.types import ControlSequence

# Our definitions (docs/assumptions.md).
FINEST: Final = 0.03  # of an action unit: how far a course may run beside its points
FINEST_HEAD_DEG: Final = 0.5
FINEST_GAZE_DEG: Final = 1.5
FINEST_SHIFT_IOD: Final = 0.01  # sideways, up and down
DEPTH_COARSER: Final = 5.0  # times as coarse, nearer and farther, which moves eyes the least
SHIFT_SHARE: Final = 0.05  # of a text that is too long, for which action units make room
COARSER: Final = 1.05  # by which all that grows until the text is short enough
MOUTH_COARSER: Final = 2.0  # mouths are told so much less finely
LEAST: Final = 0.1  # an action unit that stays below is not told
BLINK_LEAST: Final = 0.25  # of the way from the held closure to shut
BLINK_WINDOW_S: Final = 0.6  # narrower closures are blinks (``evidence``)
ALIKE: Final = 2.5  # times the tolerance, within which both sides are told as one
SHORTEST_FRAMES: Final = 2  # of a fixation
LONGEST_SACCADE_FRAMES: Final = 4  # what goes on for longer is no saccade
ONSET_FRAMES: Final = 0.6  # before the frame in which gaze has moved, a saccade begins

_NOTHING: Final = "Nothing else."

_Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Blink:
    at_s: float  # when lids are lowest
    lasts_s: float
    depth: float
    side: str  # "both", "L" or "R"


def in_notation(
    controls: ControlSequence, found: NDArray[np.bool_] | None = None, most: int = 5000
) -> str:
    """Return controls as an instruction that ``read_notation`` reads, of at most `most` characters.

    Parameters
    ----------
    controls : ControlSequence
        T frames, two at least.
    found : array of bool, shape [T], or None
        Frames in which a face was seen; others are bridged.
    most : int
        The longer the clip, the coarser its courses.
    """
    seen = np.ones(len(controls), np.bool_) if found is None else found
    rows, times = _rows(controls, seen), np.flatnonzero(seen) / controls.fps
    shift = partial(_shift, rows, times)
    least = min(len(" ".join(shift(1.0))), round(SHIFT_SHARE * most))
    face = _within(partial(_sentences, rows, times), most - least - len(f"  {_NOTHING}"))
    moved = _within(shift, most - len(f"{face}  {_NOTHING}"))
    return " ".join(part for part in (face, moved, _NOTHING) if part)


def _within(write: Callable[[float], Iterator[str]], most: int) -> str:
    """Return sentences written as finely as they fit into so many characters."""
    scale = 1.0
    while len(text := " ".join(write(scale))) > most:
        scale *= COARSER
    return text


def _rows(controls: ControlSequence, seen: NDArray[np.bool_]) -> ControlSequence:
    return ControlSequence.from_matrix(controls.to_matrix()[seen], controls.fps)


def _sentences(controls: ControlSequence, times: _Array, scale: float) -> Iterator[str]:
    if not len(controls):
        return
    closure = controls.aus[:, list(au_columns(43))].astype(np.float64)
    held, blinks = _blinks(closure, times, controls.fps)
    for number in AU_NAMES:
        columns = au_columns(number) if _is_channel(number) else ()
        courses = controls.aus[:, list(columns)].astype(np.float64)
        if number == 43:
            courses = held
        mouth = any(number == int(name[2:4]) for name in MOUTH_CHANNELS)
        yield from _levels(number, courses, times, scale * FINEST * (MOUTH_COARSER if mouth else 1))
    for side, name in (("both", "AU45"), ("L", "AU46L"), ("R", "AU46R")):
        own = [b for b in blinks if b.side == side]
        if own:
            yield _sentence(name, [_blink_words(b) for b in own])
    yield from _gaze(controls, times, scale * FINEST_GAZE_DEG)
    yield from _head(controls, times, scale * FINEST_HEAD_DEG)


def _is_channel(number: int) -> bool:
    return any(int(name[2:4]) == number for name in AU_INDEX)


def _sentence(name: str, points: Sequence[str]) -> str:
    return f"{name}: {', '.join(points)}."


def _number(value: float, digits: int = 2) -> str:
    return f"{value:.{digits}f}".rstrip("0").rstrip(".") or "0"


def _levels(number: int, courses: _Array, times: _Array, finest: float) -> Iterator[str]:
    """Yield the sentences of an action unit, one if both sides are alike."""
    if not courses.size:
        return
    if courses.shape[1] == 2:
        if np.abs(np.diff(courses, axis=1)).max() > ALIKE * finest:
            for k, side in enumerate(SIDES):
                yield from _levels_of(f"AU{number}{side}", courses[:, k], times, finest)
            return
        courses = courses.mean(1, keepdims=True)
    yield from _levels_of(f"AU{number}", courses[:, 0], times, finest)


def _levels_of(name: str, values: _Array, times: _Array, finest: float) -> Iterator[str]:
    if values.max() < LEAST:
        return
    kept = corners(values[:, None], times, finest)
    yield _sentence(name, [f"{100 * values[i]:.0f}% at {_number(times[i])} s" for i in kept])


def corners(values: _Array, times: _Array, finest: float) -> list[int]:
    """Return the rows whose straight connection no value [T, K] is farther from than `finest`.

    Ramer 1972, Douglas and Peucker 1973, with distances along the value.
    """
    kept, stack = {0, len(values) - 1}, [(0, len(values) - 1)]
    while stack:
        first, last = stack.pop()
        if last - first < 2:
            continue
        share = (times[first + 1 : last] - times[first]) / (times[last] - times[first])
        line = values[first] + share[:, None] * (values[last] - values[first])
        away = np.abs(values[first + 1 : last] - line).max(1)
        if away.max() > finest:
            middle = first + 1 + int(away.argmax())
            kept.add(middle)
            stack += [(first, middle), (middle, last)]
    return sorted(kept)


def _blinks(closure: _Array, times: _Array, fps: float) -> tuple[_Array, list[_Blink]]:
    """Return the closure that lids keep, [T, 2], and the blinks on top of it."""
    size = max(3, round(BLINK_WINDOW_S * fps))
    opened = grey_opening(closure, size=(size, 1), mode="nearest")
    part = (closure - opened) / np.maximum(1 - opened, 0.05)
    held, found = closure.copy(), list[_Blink]()
    for first, stop in runs(part.max(1) > 0.1):
        depths = part[first:stop].max(0)
        if depths.max() < BLINK_LEAST:
            continue
        side = "both"
        if depths.min() < 0.4 * depths.max():
            side = SIDES[int(depths.argmax())]
        course = part[first:stop].max(1)
        at = first + int(course.argmax())
        lasts = times[min(stop, len(times) - 1)] - times[max(first - 1, 0)]
        depth = float(depths.max() if side != "both" else depths.mean())
        found.append(_Blink(float(times[at]), float(lasts), depth, side))
        held[first:stop] = opened[first:stop]
    return held, found


def _blink_words(blink: _Blink) -> str:
    return f"{100 * blink.depth:.0f}% at {_number(blink.at_s)} s for {_number(blink.lasts_s)} s"


def _gaze(controls: ControlSequence, times: _Array, finest: float) -> Iterator[str]:
    """Yield the fixations: directions in space, each from when the eyes go there."""
    eye = controls.gaze_deg.astype(np.float64).mean(1)
    space = eye + controls.head_deg[:, :2].astype(np.float64)
    shut = controls.aus[:, list(au_columns(43))].min(1) > 0.6
    if shut.any() and not shut.all():  # what lids hide is not read
        for k in (0, 1):
            space[:, k] = np.interp(times, times[~shut], space[~shut, k])
    points: list[str] = []
    at = np.zeros(2)
    for left, first, stop in fixations(space, finest):
        goal = np.median(space[first:stop], axis=0)
        if np.linalg.norm(goal - at) >= finest or not points:
            at_s = max(float(times[left]) - ONSET_FRAMES / controls.fps, 0.0)
            points.append(f"{_way(goal)} at {_number(at_s)} s")
            at = goal
    if len(points) > 1 or np.linalg.norm(at) >= finest:
        yield _sentence("Gaze", points)


def fixations(gaze: _Array, finest: float) -> list[tuple[int, int, int]]:
    """Return where gaze [T, 2] stays within about `finest` degrees.

    Of each fixation the row in which the eyes had left the one before, its first row, and the row
    after its last. A row leaves the fixation when it is farther from the median of the rows so far;
    the time is that of T log T steps.
    """
    smooth = median_filter(gaze, size=(3, 1), mode="nearest")
    spans: list[tuple[int, int, int]] = []
    left, first, i = 0, 0, 1
    held = _Medians(smooth[first:i])
    while i < len(smooth):
        away = np.linalg.norm(smooth[i] - held.of_all())
        if away <= finest or i - first < SHORTEST_FRAMES:
            held.add(smooth[i])
            i += 1
            continue
        settled = i
        while settled + 1 < min(len(smooth), i + LONGEST_SACCADE_FRAMES) and (
            np.linalg.norm(smooth[settled + 1] - smooth[settled]) > finest
        ):
            settled += 1
        spans.append((left, first, i))
        left, first, i = i, settled, settled + 1
        held = _Medians(smooth[first:i])
    return [*spans, (left, first, len(smooth))]


class _Medians:
    """The medians of columns to which rows are added, one at a time."""

    def __init__(self, rows: _Array) -> None:
        # Of each column the lower half, negated, and the upper one, as heaps: their tops are the
        # middle, and the lower half may have one more.
        self._halves: list[tuple[list[float], list[float]]] = [
            ([], []) for _ in range(rows.shape[1])
        ]
        for row in rows:
            self.add(row)

    def add(self, row: _Array) -> None:
        """Take in a row [K]."""
        for (low, high), value in zip(self._halves, row.tolist(), strict=True):
            heappush(high, -heappushpop(low, -value))
            if len(high) > len(low):
                heappush(low, -heappop(high))

    def of_all(self) -> _Array:
        """Return the median of all rows so far, [K]."""
        return np.array([
            -low[0] if len(low) > len(high) else (high[0] - low[0]) / 2
            for low, high in self._halves
        ])  # fmt: skip


def _way(goal: _Array) -> str:
    yaw, pitch = (round(float(v)) for v in goal)
    parts = [f"{abs(yaw)} {'left' if yaw > 0 else 'right'}"] * (yaw != 0)
    parts += [f"{abs(pitch)} {'up' if pitch > 0 else 'down'}"] * (pitch != 0)
    return " ".join(parts) or "ahead"


def _head(controls: ControlSequence, times: _Array, finest: float) -> Iterator[str]:
    pose = controls.head_deg.astype(np.float64)
    if np.abs(pose).max() < 2 * finest:
        return
    kept = corners(pose, times, finest)
    yield _sentence("Head", [f"{_turned(pose[i])} at {_number(times[i])} s" for i in kept])


def _shift(controls: ControlSequence, times: _Array, scale: float) -> Iterator[str]:
    if not len(controls):
        return
    finest = scale * FINEST_SHIFT_IOD
    shift = controls.head_shift_iod.astype(np.float64)
    fine = shift / (1.0, 1.0, DEPTH_COARSER)
    size = np.abs(fine).max()
    if size < max(2 * FINEST_SHIFT_IOD, finest / 3):  # two points are too many
        return
    kept = corners(fine, times, finest)
    ways = ("left", "right"), ("up", "down"), ("nearer", "farther")
    said = [_posed(shift[i], ways, 2) or "none" for i in kept]
    yield _sentence(
        "Shift", [f"{way} at {_number(times[i])} s" for way, i in zip(said, kept, strict=True)]
    )


def _turned(pose: _Array) -> str:
    ways = ("left", "right"), ("up", "down"), ("tilted left", "tilted right")
    return _posed(pose, ways, 1) or "straight"


def _posed(pose: _Array, ways: Sequence[tuple[str, str]], digits: int) -> str:
    """Return how far it is each way, of so many digits; nothing if it is nowhere."""
    parts = [
        f"{_number(abs(float(v)), digits)} {way[0] if v > 0 else way[1]}"
        for v, way in zip(pose, ways, strict=True)
        if round(abs(float(v)), digits)
    ]
    return " ".join(parts)

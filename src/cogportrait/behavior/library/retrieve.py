"""Finding the recorded movement that fits a wish best.

A prototype may be played 0.7 to 1.4 times as long as it was recorded, and 0.6 to 1.6 times as
large; beyond that it no longer looks like what it was, and the next one is taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.behavior.library.prototype import Prototype
from cogportrait.behavior.segment.face_event import EventType

TIME_RANGE: Final = (0.7, 1.4)
GAIN_RANGE: Final = (0.6, 1.6)
# What a mismatch costs, in the unit of a doubling of time or size (our definition).
_COSTS: Final = {
    "time": 1.0, "gain": 0.8, "label": 1.3, "speaking": 0.55, "person": 0.7, "quality": 0.3,
    "opposite": 0.6,
}  # fmt: skip
_ANGLE: Final = {
    "left": 0, "up-left": 45, "up": 90, "up-right": 135, "right": 180, "down-right": 225,
    "down": 270, "down-left": 315,
}  # fmt: skip

_Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Edition:
    """Which library it is: what tells it from others in a trace."""

    name: str = "made in memory"
    format: str = ""
    sha256: str = ""  # of its file


@dataclass(frozen=True, slots=True)
class Query:
    """What is wished for; None and empty texts mean that it does not matter."""

    kind: EventType
    duration_s: float | None = None
    amplitude: float | None = None
    side: str = ""
    direction: str = ""
    label: str = ""
    speaking: bool | None = None
    person: str = ""  # whose other movements are used already


@dataclass(frozen=True, slots=True)
class Match:
    """A prototype that can serve, and why."""

    prototype: Prototype
    cost: float
    time_factor: float  # how much longer it is played than recorded
    gain: float  # how much larger
    mirrored: bool  # played for the other side or the other direction
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Columns:
    """Prototypes of one kind as arrays."""

    at: NDArray[np.intp]  # their places in the library
    log_time: _Array
    log_size: _Array
    side: NDArray[np.int8]  # 0 both, 1 left, -1 right
    angle: _Array  # degrees; NaN without a direction
    quality: _Array
    speaking: NDArray[np.int8]  # 1, 0, -1 unknown
    person: NDArray[np.str_]


_SIDE: Final = {"both": 0, "": 0, "L": 1, "R": -1}
SIDES_OF: Final = ("both", "L", "R")  # of a prototype
DIRECTIONS: Final = ("", *_ANGLE)


class Library:
    """Prototypes, ready to be searched."""

    def __init__(self, prototypes: Sequence[Prototype], edition: Edition = Edition()) -> None:
        self.prototypes = tuple(prototypes)
        self.edition = edition
        by_kind: dict[EventType, list[int]] = {}
        for i, p in enumerate(self.prototypes):
            by_kind.setdefault(p.kind, []).append(i)
        self._columns = {kind: self._column(rows) for kind, rows in by_kind.items()}
        self._labelled: dict[tuple[EventType, str], NDArray[np.bool_]] = {}

    def __len__(self) -> int:
        """Return the number of prototypes."""
        return len(self.prototypes)

    def kinds(self) -> dict[EventType, int]:
        """Return how many prototypes there are of each kind."""
        return {kind: len(columns.at) for kind, columns in self._columns.items()}

    def _column(self, rows: list[int]) -> _Columns:
        some = [self.prototypes[i] for i in rows]
        return _Columns(
            np.array(rows, np.intp),
            np.log2([max(p.duration_s, 1e-3) for p in some]),
            np.log2([max(p.amplitude, 1e-3) for p in some]),
            np.array([_SIDE.get(p.side, 0) for p in some], np.int8),
            np.array([_ANGLE.get(p.direction, np.nan) for p in some], np.float64),
            np.array([p.quality for p in some]),
            np.array([-1 if p.speaking is None else int(p.speaking) for p in some], np.int8),
            np.array([p.person for p in some], np.str_),
        )  # fmt: skip

    def find(self, query: Query, count: int = 5) -> list[Match]:
        """Return the prototypes that fit best, the best first; none if none can be bent to fit."""
        columns = self._columns.get(query.kind)
        if columns is None:
            return []
        bent = _bent(query, columns)
        fits, time, size, mirrored = bent.fits, bent.log_time, bent.log_size, bent.mirrored
        cost = _COSTS["quality"] * (1 - columns.quality)
        cost = cost + _COSTS["time"] * np.abs(time) + _COSTS["gain"] * np.abs(size)
        cost = cost + _COSTS["opposite"] * mirrored * 0.25
        if query.label:
            cost = cost + _COSTS["label"] * ~self._with_label(query.kind, query.label)
        if query.speaking is not None:
            cost = cost + _COSTS["speaking"] * (columns.speaking == int(not query.speaking))
        if query.person:
            cost = cost + _COSTS["person"] * (columns.person != query.person)
        usable = np.flatnonzero(fits)
        if len(usable) == 0:
            return []
        if len(usable) > count:
            usable = usable[np.argpartition(cost[usable], count - 1)[:count]]
        usable = usable[np.lexsort((columns.at[usable], cost[usable]))]
        ways = [(float(time[i]), float(size[i]), bool(mirrored[i])) for i in usable]
        return [
            self._match(columns, int(i), float(cost[i]), way, query)
            for i, way in zip(usable, ways, strict=True)
        ]

    def people(self, query: Query) -> dict[str, bool]:
        """Return who has a prototype that fits, and whether one of theirs shows the label."""
        columns = self._columns.get(query.kind)
        if columns is None:
            return {}
        fits = _bent(query, columns).fits
        found = dict.fromkeys(np.unique(columns.person[fits]).tolist(), False)
        if query.label:
            shows = fits & self._with_label(query.kind, query.label)
            found |= dict.fromkeys(np.unique(columns.person[shows]).tolist(), True)
        return found

    def _with_label(self, kind: EventType, label: str) -> NDArray[np.bool_]:
        key = kind, label
        if key not in self._labelled:
            rows = self._columns[kind].at
            self._labelled[key] = np.array([label in self.prototypes[i].labels for i in rows])
        return self._labelled[key]

    def _match(
        self, columns: _Columns, i: int, cost: float, bent: tuple[float, float, bool], query: Query
    ) -> Match:
        p = self.prototypes[int(columns.at[i])]
        time, gain = float(2 ** bent[0]), float(2 ** bent[1])
        reasons = [
            f"{p.kind} of {p.duration_s:.2f} s and {p.amplitude:.2f}",
            f"played {time:.2f} times as long, {gain:.2f} times as large",
        ]
        if bent[2]:
            reasons.append("mirrored")
        if query.label and query.label in p.labels:
            reasons.append(f"recorded with {query.label}")
        if query.person and p.person == query.person:
            reasons.append("of the same person")
        return Match(p, cost, time, gain, bool(bent[2]), tuple(reasons))


@dataclass(frozen=True, slots=True, eq=False)
class _Bent:
    """How the prototypes of one kind would be played."""

    fits: NDArray[np.bool_]  # within the ranges, and of the side and direction
    log_time: _Array  # doublings
    log_size: _Array
    mirrored: NDArray[np.bool_]


def _bent(query: Query, columns: _Columns) -> _Bent:
    """Return how each prototype must be bent for a query, and whether it can."""
    time, size = np.zeros(len(columns.at)), np.zeros(len(columns.at))
    mirrored, fits = _placed(query, columns)
    if query.duration_s is not None:
        time = np.log2(max(query.duration_s, 1e-3)) - columns.log_time
        fits = fits & (time >= np.log2(TIME_RANGE[0])) & (time <= np.log2(TIME_RANGE[1]))
    if query.amplitude is not None:
        size = np.log2(max(query.amplitude, 1e-3)) - columns.log_size
        fits = fits & (size >= np.log2(GAIN_RANGE[0])) & (size <= np.log2(GAIN_RANGE[1]))
    return _Bent(fits, time, size, mirrored)


def _placed(query: Query, columns: _Columns) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which prototypes must be mirrored, and which have the side and direction at all."""
    n = len(columns.at)
    mirrored, fits = np.zeros(n, np.bool_), np.ones(n, np.bool_)
    side = _SIDE.get(query.side, 0)
    if query.side == "both":
        fits &= columns.side == 0
    elif side:
        fits &= columns.side != 0
        mirrored |= columns.side == -side
    if query.direction:
        wanted = _ANGLE[query.direction]
        known = ~np.isnan(columns.angle)
        near = _apart(columns.angle, wanted) <= 50
        flipped = _apart(180 - columns.angle, wanted) <= 50
        fits &= ~known | near | flipped
        mirrored |= known & ~near & flipped
    return mirrored, fits


def _apart(angle: _Array, wanted: float) -> _Array:
    return np.abs((np.nan_to_num(angle) - wanted + 180) % 360 - 180)

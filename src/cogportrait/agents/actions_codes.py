"""Action units by their numbers, as those write them who code faces: "AU1+2, then AU12C".

Numbers, sides and the five letters of intensity are those of FACS; AU43, 45 and 46 close lids, 51
to 56 move the head, 61 to 64 the eyes.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from cogportrait.agents.action_patterns import SHOW, SIDED, Action
from cogportrait.types import EventKind

_CODE: Final = re.compile(r"\bau((?:\d+[lr]?[a-e]?)(?:\+\d+[lr]?[a-e]?)*)\b")
_UNIT: Final = re.compile(r"(\d+)([lr]?)([a-e]?)")
_GROUPS: Final[Mapping[str, tuple[int, ...]]] = {
    "brows": (1, 2, 4),
    "lids": (5, 6, 7),
    "mouth": (10, 12, 14, 15, 17, 18, 20, 22, 23, 24, 25, 26, 27, 28),
}
_USUAL: Final[Mapping[str, float]] = {
    "": 0.6,
    "a": 0.2,
    "b": 0.4,
    "c": 0.6,
    "d": 0.8,
    "e": 0.95,
}  # of the range of an action unit
_POSES: Final[Mapping[int, tuple[str, float]]] = {
    51: ("head_yaw", 18.0), 52: ("head_yaw", -18.0), 53: ("head_pitch", 12.0),
    54: ("head_pitch", -12.0), 55: ("head_roll", 11.0), 56: ("head_roll", -11.0),
    61: ("gaze_yaw", 20.0), 62: ("gaze_yaw", -20.0), 63: ("gaze_pitch", 14.0),
    64: ("gaze_pitch", -14.0),
}  # fmt: skip
_LIDS: Final[Mapping[int, tuple[str, EventKind, bool]]] = {
    43: ("lids", EventKind.CLOSURE, True), 45: ("blink", EventKind.BLINK, False),
    46: ("blink", EventKind.WINK, False),
}  # fmt: skip


def coded_actions(part: str) -> list[tuple[Action, str]]:
    """Return the movements of the codes in a part of a text, with their sides."""
    return [pair for match in _CODE.finditer(part) for pair in _actions(match[1])]


@lru_cache(maxsize=256)
def _actions(code: str) -> tuple[tuple[Action, str], ...]:
    pattern = rf"\bau{re.escape(code)}"
    found: list[tuple[Action, str]] = []
    sizes: dict[str, dict[str, float]] = {}
    sides: dict[str, str] = {}
    for number, side, letter in _UNIT.findall(code):
        n = int(number)
        size = _USUAL[letter]
        group = next((g for g, own in _GROUPS.items() if n in own), "")
        if group:
            sizes.setdefault(group, {})[f"AU{n:02d}"] = size
            sides[group] = sides.get(group) or side
        elif n in _POSES:
            channel, value = _POSES[n]
            name = channel.partition("_")[0]
            kind = EventKind.HEAD if name == "head" else EventKind.GAZE
            moved = {channel: value * size / _USUAL[""]}
            found.append((Action(name, pattern, kind, moved, 0.5), ""))
        elif n in _LIDS:
            name, kind, stays = _LIDS[n]
            targets = {"closure": 1.0} if stays else {}
            sided = kind is EventKind.WINK or bool(side)
            action = Action(
                name, pattern, kind, targets, 0.35, SIDED if sided else {}, one_sided=sided,
                sustains=stays,
            )  # fmt: skip
            found.append((action, _side(side) or "left" * sided))
    for group, aus in sizes.items():
        side = sides[group]
        found.append((Action(group, pattern, SHOW, aus, 0.4, SIDED if side else {},
                             one_sided=bool(side)), _side(side)))  # fmt: skip
    return tuple(found)


def _side(letter: str) -> str:
    return {"l": "left", "r": "right"}.get(letter, "")

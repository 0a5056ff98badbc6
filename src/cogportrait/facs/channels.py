"""The control channels: names, sides, order and units.

A channel is a FACS action unit of one side (``AU02_L``) or of the whole face (``AU17``), an angle
of one eye (``gaze_yaw_R``), or a head movement. "Left" is always the subject's own left, as in
FACS. The order below is the column order of every array and file.

Conventions (pinned by ``tests/test_conventions.py``)
------------------------------------------------------
AU intensity 0..1 (FACS A..E is 0.2..1.0); AU43 is lid closure, 0 as photographed, 1 closed.
Yaw + toward the subject's left, pitch + up, roll + toward the subject's left shoulder; degrees.
Head translation in interocular distances: x + subject's left, y + up, z + toward the camera.
Gaze is relative to the head.
"""

from typing import Final, Literal

Side = Literal["L", "R"]
SIDES: Final[tuple[Side, Side]] = ("L", "R")

UPPER_AUS: Final = (1, 2, 4, 5, 6, 7, 43)  # one column per side
MOUTH_AUS_SIDED: Final = (12, 14, 15, 20)
MOUTH_AUS_MID: Final = (10, 17, 18, 22, 23, 24, 25, 26, 27, 28)


def au_channel(number: int, side: Side | None = None) -> str:
    """Return the channel name of an action unit: ``au_channel(1, "L") == "AU01_L"``."""
    return f"AU{number:02d}" + (f"_{side}" if side else "")


def _mouth_channels() -> tuple[str, ...]:
    names: list[str] = []
    for number in sorted(MOUTH_AUS_SIDED + MOUTH_AUS_MID):
        if number in MOUTH_AUS_SIDED:
            names += [au_channel(number, side) for side in SIDES]
        else:
            names.append(au_channel(number))
    return tuple(names)


UPPER_CHANNELS: Final[tuple[str, ...]] = tuple(au_channel(n, s) for n in UPPER_AUS for s in SIDES)
MOUTH_CHANNELS: Final[tuple[str, ...]] = _mouth_channels()
AU_CHANNELS: Final[tuple[str, ...]] = UPPER_CHANNELS + MOUTH_CHANNELS
GAZE_CHANNELS: Final[tuple[str, ...]] = (
    "gaze_yaw_L",
    "gaze_pitch_L",
    "gaze_yaw_R",
    "gaze_pitch_R",
)
HEAD_CHANNELS: Final[tuple[str, ...]] = ("head_yaw", "head_pitch", "head_roll")
SHIFT_CHANNELS: Final[tuple[str, ...]] = ("head_x", "head_y", "head_z")
CHANNELS: Final[tuple[str, ...]] = AU_CHANNELS + GAZE_CHANNELS + HEAD_CHANNELS + SHIFT_CHANNELS

AU_INDEX: Final[dict[str, int]] = {name: i for i, name in enumerate(AU_CHANNELS)}
CHANNEL_INDEX: Final[dict[str, int]] = {name: i for i, name in enumerate(CHANNELS)}


def au_columns(number: int) -> tuple[int, ...]:
    """Return the columns of one action unit in ``AU_CHANNELS`` (left, right; or the one).

    Raises
    ------
    KeyError
        The action unit is not a channel.
    """
    mid = au_channel(number)
    if mid in AU_INDEX:
        return (AU_INDEX[mid],)
    return tuple(AU_INDEX[au_channel(number, side)] for side in SIDES)


AU_NAMES: Final[dict[int, str]] = {
    1: "inner brow raiser",
    2: "outer brow raiser",
    4: "brow lowerer",
    5: "upper lid raiser",
    6: "cheek raiser",
    7: "lid tightener",
    10: "upper lip raiser",
    12: "lip corner puller",
    14: "dimpler",
    15: "lip corner depressor",
    17: "chin raiser",
    18: "lip pucker",
    20: "lip stretcher",
    22: "lip funneler",
    23: "lip tightener",
    24: "lip pressor",
    25: "lips part",
    26: "jaw drop",
    27: "mouth stretch",
    28: "lip suck",
    43: "eyes closed",
}

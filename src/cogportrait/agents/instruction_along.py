"""What goes along unsaid: a head that turns away takes the eyes with it, and back again.

Who only turns the head to a side can go on looking at the viewer; who turns away does not.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from cogportrait.agents.instruction_ellipsis import straight
from cogportrait.agents.instruction_script import Step
from cogportrait.agents.instruction_vocabulary import find_actions
from cogportrait.agents.instruction_words import EITHER_SIDE, STRAIGHT
from cogportrait.types import EventKind

_AWAY: Final = find_actions("looks away")[0]
_AHEAD: Final = straight("gaze")[0]


def with_eyes(steps: Sequence[Step]) -> list[Step]:
    """Return steps with a look away for each turn away, where no words say where the eyes are."""
    made: list[Step] = []
    looks = [s for s in steps if s.action.group == "gaze"]
    away = False  # whether the eyes have gone along
    for step in steps:
        made.append(step)
        here = [s for s in looks if s.place == step.place]
        before = [s for s in looks if s.place < step.place and s.action.sustains]
        away = away and not any(s.place == step.place and s.action.sustains for s in looks)
        if step.action.kind is not EventKind.HEAD or not step.action.needs_side or here:
            continue
        ahead = not before or before[-1].action.sides.get(before[-1].side) == STRAIGHT
        if step.side == _AWAY[1] and step.side in EITHER_SIDE and (ahead or away):
            made.append(
                replace(step, action=_AWAY[0], side=_AWAY[1], angle_deg=None, slanting=None)
            )
            away = True
        elif away and step.action.sides.get(step.side) == STRAIGHT:
            made.append(
                replace(step, action=_AHEAD[0], side=_AHEAD[1], angle_deg=None, slanting=None)
            )
            away = False
    return made

"""What words mean after what was said before: "opens halfway", "raises it", "and left again".

``instruction_ellipsis`` supplies what a clause leaves out; here what it does say is read on from
where lids, head and eyes are.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from cogportrait.agents.action_patterns import Action
from cogportrait.agents.instruction_ellipsis import straight
from cogportrait.agents.instruction_vocabulary import (
    ANGLE,
    degree_in,
    find_actions,
    percent_in,
    side_in,
)
from cogportrait.agents.instruction_words import WHO
from cogportrait.types import EventKind

if TYPE_CHECKING:
    from cogportrait.agents.instruction_script import Step

_AT_REST: Final = replace(find_actions("lowers the head")[0][0], targets={"head_pitch": 0.0})
_BEYOND: Final = re.compile(
    r"\b(?:far|further|farther|high|higher|deep|deeper|low|fully|all the way|ceiling|sky"
    r"|chest|floor|down|back|above|even|more)\b"
)
UPPER_AUS: Final = frozenset({"AU01", "AU02", "AU04", "AU05", "AU06", "AU07"})
Found = list[tuple[Action, str]]
_PARTLY: Final = re.compile(
    r"\b(?:half|half[- ]?way|part(?:ly|ially)|part way|slightly|a (?:little|bit|crack)(?: bit)?)\b"
)
_FORWARD: Final = re.compile(
    rf"\b(?:until|till|to) .*\b(?:forwards?|front|ahead|level|upright|{WHO})\b"
)
_COMES_UP: Final = re.compile(
    r"\b(?:com(?:e|es|ing)|rais\w*|lift\w*|rise\w*|rose|back up)\b"
    r"(?!.*\b(?:ceiling|sky|above|overhead|far|left|right)\b)"
)
_LOOKS_UP: Final = re.compile(
    r"\b(?:look|gaz|glanc|peer)\w*(?: \w+ly)? (?:back up|up(?:wards?)? again)\b"
    r"(?!.*\b(?:ceiling|sky|above|overhead|far|left|right)\b)"
)
WAKES: Final = re.compile(r"\bwak(?:e|es|ing)\b(?: up)?|\bawak(?:e|ens?|es)\b")
WIDE: Final = re.compile(r"\b(?:wide(?:ly)?|big|huge)\b")  # more than open
_HALF_OPEN: Final = 0.5
_SLIGHTLY_OPEN: Final = 0.3
_BARE_WAY: Final = re.compile(
    r"^\W*(?:(?:and|then|back|again|far|[a-z]+ly) )*(?:to |at )?(?:the |his |her )?"
    r"(?:left|right|up|down|away"
    rf"|{WHO})\b(?! (?:eye|lid|brow|eyebrow|eyelid|corner|side of|one|wink|cheek|mouth)s?\b)"
)
_ADDRESSED: Final = re.compile(
    r"\b(?:smil|grin|smirk|beam|wink|nod|frown|scowl|glar|glower|laugh|sneer|squint|star|shak)\w*"
    rf"(?: \w+){{0,2}}? (?:at|to|towards?|into) (?:(?:the |his |her )?(?:{WHO})|me|you|us)\b"
)


def in_context(found: Found, part: str, steps: "Sequence[Step]") -> Found:
    """Return the movements of a part, given the steps before it."""
    found = _head_raised_again([(_of_the_eyes(a, part), s) for a, s in found], part, steps)
    found = _raised_again(_reopened(_levelled(found, part, steps), part, steps), part, steps)
    found = _awake(found, part, steps)
    groups = [action.group for action, _ in found]
    if found and _ADDRESSED.search(part) and "gaze" not in groups:
        found = [*found, *straight("gaze")]
    if found and steps and _BARE_WAY.match(part):
        last = steps[-1].action
        side = side_in(last, part) if last.group in ("gaze", "head") else ""
        if side and last.group not in groups:
            found = [(last, side), *found]
    return found


def _of_the_eyes(action: Action, part: str) -> Action:
    """Return what a feeling does above the mouth, where the eyes alone show it: "sad eyes"."""
    eyes = rf"\beyes (?:stay|are|look) (?:\w+ly )?(?:{action.pattern})|(?:{action.pattern}) eyes\b"
    if action.group != "expression" or not re.search(eyes, part):
        return action
    upper = {c: v for c, v in action.targets.items() if c in UPPER_AUS}
    return replace(action, group="brows", targets=upper)


def _levelled(found: Found, part: str, steps: "Sequence[Step]") -> Found:
    """Return the movements of a part; a tilted head that is raised becomes upright."""
    poses = [s for s in steps if s.action.kind is EventKind.HEAD]
    rolled = poses and "head_roll" in poses[-1].action.targets
    if poses and not ANGLE.search(part) and not _BEYOND.search(part):
        found = [(_AT_REST if _undone(a, s, part, poses) else a, s) for a, s in found]
    if not poses or ANGLE.search(part) or not (rolled or _FORWARD.search(part)):
        return found
    return [
        pair
        for a, s in found
        for pair in (straight("head") if set(a.targets) == {"head_pitch"} and not a.sides
                     and a.kind is EventKind.HEAD and a.targets["head_pitch"] > 0 else [(a, s)])
    ]  # fmt: skip


def _undone(action: Action, side: str, part: str, poses: "Sequence[Step]") -> bool:
    """Return whether the head comes down from where it was raised, or up again to where it was.

    What it did before it does "again": "raises the head, lowers it, raises it again".
    """
    if action.kind is not EventKind.HEAD or set(action.targets) != {"head_pitch"} or side:
        return False
    last, size = poses[-1], action.targets["head_pitch"]
    if size > 0 and not (re.search(r"\bagain\b", part) and action not in [s.action for s in poses]):
        return False
    slant = last.action.sides.get(last.side, (1.0, 1.0))
    return last.action.targets.get("head_pitch", 0.0) * slant[1] * size < 0


def _raised_again(found: Found, part: str, steps: "Sequence[Step]") -> Found:
    """Return the movements of a part; eyes that were cast down come up to where they were."""
    looks = [s for s in steps if s.action.kind is EventKind.GAZE]
    if not looks or not _COMES_UP.search(part) or not any(a.group == "gaze" for a, _ in found):
        return found
    last = looks[-1]
    lowered = last.side.startswith("down") or last.action.targets.get("gaze_pitch", 0.0) < 0
    others = [(a, s) for a, s in found if a.group != "gaze"]
    return [*others, *straight("gaze")] if lowered else found


def _head_raised_again(found: Found, part: str, steps: "Sequence[Step]") -> Found:
    """Return the movements of a part; who lowered the head and looks back up raises it again."""
    moved = [s for s in steps if s.action.kind in (EventKind.HEAD, EventKind.GAZE)]
    last = [s for s in moved if s.place == moved[-1].place]
    lowered = any(
        s.action.targets.get("head_pitch", 0.0) * s.action.sides.get(s.side, (1.0, 1.0))[1] < 0
        for s in last
    )
    if not lowered or not _LOOKS_UP.search(part):
        return found
    eyes = ("gaze",) if any(s.action.kind is EventKind.GAZE for s in last) else ()
    return [
        *((a, s) for a, s in found if a.group not in ("gaze", "head") or a.group in eyes),
        (_AT_REST, ""),
    ]


def _awake(found: Found, part: str, steps: "Sequence[Step]") -> Found:
    """Return the movements of a part; who wakes opens the eyes that were closed or drooped."""
    lids = [s for s in steps if s.action.group == "lids"]
    closed = lids and lids[-1].action.kind is EventKind.CLOSURE and not lids[-1].stops
    if not closed or not WAKES.search(part) or any(a.group == "lids" for a, _ in found):
        return found
    opens, side = find_actions("opens the eyes")[0]
    return [*found, (replace(opens, pattern=rf"{opens.pattern}|{WAKES.pattern}"), side)]


def _reopened(found: Found, part: str, steps: "Sequence[Step]") -> Found:
    """Return the movements of a part; closed lids that open in part stay closed in part."""
    lids = [s for s in steps if s.action.group == "lids"]
    if not lids or lids[-1].stops or lids[-1].action.kind is not EventKind.CLOSURE:
        return found
    share = percent_in(part)
    if share is None and _PARTLY.search(part):
        share = _HALF_OPEN if re.search(r"\b(?:half|part)", part) else _SLIGHTLY_OPEN
    opens = [a for a, _ in found if a.group == "lids" and "AU05" in a.targets]
    opens = opens or (not found and re.search(r"\bopen(?:s|ed|ing)?\b", part))
    if share is None or share >= 1 or not opens or WIDE.search(part):
        return found
    action, side = next((a, s) for a, s in find_actions("half-closed eyes") if a.group == "lids")
    if lids[-1].action.one_sided:
        action, side = lids[-1].action, lids[-1].side
    was = lids[-1].action.targets["closure"] * lids[-1].degree
    left = (1 - share) * min(was, 1.0) / degree_in(part)
    action = replace(action, targets={"closure": left}, pattern=rf"{action.pattern}|\bopen\w*")
    return [(action, side), *((a, s) for a, s in found if a.group != "lids")]

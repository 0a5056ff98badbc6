"""From words to steps: which movements, in which order, how much, how fast, when.

Rules, not a model. Order words split the text into clauses, "and" and "while" into parts; each part
is searched for movements, and the words that no rule used are kept for a report.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from cogportrait.agents.action_patterns import Action
from cogportrait.agents.instruction_actions import ACTIONS
from cogportrait.agents.instruction_times import When, number, read_when
from cogportrait.agents.instruction_words import DEGREES, GLUE, NAMES, SPEEDS
from cogportrait.types import EventKind

_CLAUSE: Final = re.compile(
    r"(\.(?!\d)|[;:!?,\n]|\b(?:and )?(?:then|finally|followed by|afterwards?|next|lastly"
    r"|subsequently|eventually|thereafter|later on)\b"
    r"|\bafter (?:that|this)\b)"
)
_TOGETHER: Final = re.compile(r"\b(?:while|whilst|as|at the same time|simultaneously|and|but)\b")
# "The gaze then shifts" means "then the gaze shifts".
_LATE_THEN: Final = re.compile(
    r"(?:^|(?<=[.,;:!] ))((?:the |his |her |their )?(?:gaze|eyes?|head|(?:eye)?brows?"
    r"|(?:eye)?lids?|mouth)) then\b"
)
_TIMES: Final = re.compile(
    r"\b(once|twice|thrice|double|triple|repeatedly|\d+ ?x(?!\w)|(?:(?:a )?(?:couple(?: of)?|few)"
    r"|\d+|[a-z]+) times)\b"
)
_COUNTS: Final = {"once": 1, "twice": 2, "double": 2, "thrice": 3, "triple": 3, "repeatedly": 3}
_MANY: Final = re.compile(r"\b(?:rapid|rapidly|fast|flutter\w*|bats?|lots?)\b")
_MANY_BLINKS: Final = 3
_PARTICIPLE: Final = re.compile(r"\s*(?:\w+ly )?(?:\w{3,}ing|with)\b")
_PERCENT: Final = re.compile(r"\b(\d+(?:\.\d+)?) ?(?:%|percent\b)")
_ANGLE: Final = re.compile(r"\b(?:by )?(\d+(?:\.\d+)?) ?(?:°|deg(?:rees?)?\b)")
_HELD: Final = re.compile(r"\b(?:keep|hold|stay|remain|leav)(?:s|es|e|ing)?\b")
_STOPPED: Final = re.compile(
    r"\b(?:stop|quit|ceas)(?:s|es|e|ping|ting|ing)?\b|\bno longer\b"
    r"|\b(?:fad|disappear|vanish)(?:s|es|e|ing)?(?: away)?\b"
)
_THE_OTHER: Final = re.compile(r"\bthe other(?: (?:one|side|eye|eyebrow|brow|way))?\b")
_FOLLOWS: Final = re.compile(
    r"\bhead (?:turns? )?(?:to )?follow\w*"
    r"|\bfollow\w* (?:it )?with (?:the |his |her )?(?:whole )?head\b"
)
_EYES_FOLLOW: Final = re.compile(r"\b(?:eyes|gaze) (?:then )?follow\w*")
_WAYS_OF_VERBS: Final = (
    ("down", r"\b(?:fall|drop|sink|lower|dip)s?\b"), ("up", r"\b(?:rise|lift|climb)s?\b"),
)  # fmt: skip
_PLURALS: Final = re.compile(r"\b(eyes|eyelids|eyebrows|brows|lips)\b|\bthem\b")
_SINGULARS: Final = re.compile(r"\b(head|chin|mouth|jaw|gaze|smile)\b|\bit\b")
_WORD: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+(?:\.\d+)?|[^\w\s!-/:-@\[-`{-~°«»“”„…¿¡]+")
_OTHER: Final = {"left": "right", "right": "left"}


@dataclass(frozen=True, slots=True)
class Step:
    """One movement in its place in the order."""

    action: Action
    place: int  # steps of one place happen together
    degree: float
    speed: float  # factor on times; > 1 is slower
    side: str  # "left", "right", "up", "down" ... or ""
    times: int
    when: When
    words: str
    angle_deg: float | None = None
    stops: bool = False  # ends the movement of its group


@dataclass(slots=True)
class Script:
    """The steps of a text, while it is read."""

    duration_s: float
    steps: list[Step] = field(default_factory=list[Step])
    manner: float = 1.0  # of the whole, factor on times
    unknown: list[str] = field(default_factory=list[str])
    place: int = 0
    when: When = field(default_factory=When)  # said alone: of the clause that follows
    waiting: str = ""  # the words of `when`


def words_in(text: str) -> list[str]:
    """Return the words, numbers and pictographs of a text, in order."""
    return _WORD.findall(text)


def _factor(part: str, table: Sequence[tuple[str, float]]) -> float:
    return next((f for pattern, f in table if re.search(rf"\b(?:{pattern})\b", part)), 1.0)


def _degree(part: str) -> float:
    percent = _PERCENT.search(part)
    return float(percent[1]) / 100 if percent else _factor(part, DEGREES)


def _times(part: str, action: Action) -> int:
    found = _TIMES.search(part)
    if not found:
        many = action.kind is EventKind.BLINK and _MANY.search(part)
        return _MANY_BLINKS if many else 1
    words = [w for w in found[1].replace("x", " x").split() if w not in ("a", "of")]
    return max(int(_COUNTS.get(words[0]) or number(words[0]) or 1), 1)


def find_actions(part: str) -> list[tuple[Action, str]]:
    """Return the movements of a part with their direction; one per group, most specific first."""
    found: list[tuple[Action, str]] = []
    for action in ACTIONS:
        if action.group in [a.group for a, _ in found] or not re.search(action.pattern, part):
            continue
        side = _side_in(action, part)
        if side or not action.needs_side:
            found.append((action, side or action.default_side))
    return found


def _side_in(action: Action, part: str) -> str:
    return next((s for s in action.sides if re.search(rf"\b(?:{s})\b", part)), "")


def _elliptic(part: str, steps: Sequence[Step]) -> list[tuple[Action, str]]:
    """Return the movement meant by a bare direction: "looks down, then away", "then the other"."""
    if not steps:
        return []
    action, before = steps[-1].action, steps[-1].side
    meant = _follower(part, steps) or _other_way(part, action)
    if meant:
        return meant
    if _THE_OTHER.search(part) and before in _OTHER:
        return [(action, _OTHER[before])]
    if action.kind is EventKind.CLOSURE and re.search(r"\bopens?\b", part):
        return find_actions("opens eyes")
    side = _side_in(action, part)
    return [(action, side)] if side else []


def _follower(part: str, steps: Sequence[Step]) -> list[tuple[Action, str]]:
    """Return the head that follows the eyes, or the eyes that follow the head."""
    for pattern, leads, words in (
        (_FOLLOWS, "gaze", "turns head {}"),
        (_EYES_FOLLOW, "head", "looks {}"),
    ):
        lead = next((s for s in reversed(steps) if s.action.group == leads and s.side), None)
        if pattern.search(part) and lead is not None:
            found = find_actions(words.format(lead.side))
            return [(a, lead.side) for a, _ in found if a.group != leads]
    return []


def _other_way(part: str, action: Action) -> list[tuple[Action, str]]:
    """Return the look meant by a verb alone: "the gaze rises, then falls"."""
    if action.group != "gaze":
        return []
    for way, verbs in _WAYS_OF_VERBS:
        if re.search(verbs, part):
            return [(a, s) for a, s in find_actions(f"looks {way}") if a.group == "gaze"]
    return []


def unread(part: str, actions: Sequence[tuple[Action, str]], *, names: bool) -> list[str]:
    """Return the words of a part that nothing used; `names`: parts of a face count as used."""
    patterns = [a.pattern for a, _ in actions]
    patterns += [s for a, _ in actions for s in a.sides]
    patterns += (
        [p.pattern for p in (_TIMES, _ANGLE, _STOPPED, _HELD, _THE_OTHER, _FOLLOWS, _EYES_FOLLOW)]
        if actions
        else []
    )
    patterns += [_PERCENT.pattern, *(p for p, _ in (*DEGREES, *SPEEDS))]
    for pattern in patterns:
        part = re.sub(rf"(?<!\w)(?:{pattern})(?!\w)", " ", part)
    known = GLUE | NAMES if names else GLUE
    return [w for w in words_in(part) if w.removesuffix("'s") not in known]


def without_pronouns(text: str) -> str:
    """Return the text with "them" and "it" replaced by the part of the face that they mean."""
    for pattern in (_PLURALS, _SINGULARS):
        last = ""
        out: list[str] = []
        end = 0
        for match in pattern.finditer(text):
            last = match[1] or last
            out += [text[end : match.start()], match[1] or last or match[0]]
            end = match.end()
        text = "".join(out) + text[end:]
    return text


def _undoes(action: Action, part: str, steps: Sequence[Step]) -> bool:
    """Return True for what only ends the step before: "closes the eyes, then opens them"."""
    own = [s for s in steps if s.action.group == action.group]
    if not own or own[-1].stops:
        return False
    before = own[-1].action
    if before.kind is EventKind.CLOSURE:
        return "AU05" in action.targets and _degree(part) <= 1
    return "AU02" in before.targets and set(action.targets) == {"AU04"} and "lower" in part


def _says_again(before: Step, action: Action, side: str, part: str, when: When) -> bool:
    """Return True for a state that lasts already: "drowsy, with heavy eyelids"."""
    same = action.targets == before.action.targets and side == before.side and action.sustains
    lasts = not action.needs_side and not before.stops and not _STOPPED.search(part)
    return same and lasts and not when and not before.when and not re.search(r"\bagain\b", part)


def _add(script: Script, action: Action, side: str, part: str, when: When) -> None:
    """Add one movement to the script, or hold the one before for longer."""
    steps = script.steps
    group = [i for i, s in enumerate(steps) if s.action.group == action.group]
    if _HELD.search(part) and group and steps[group[-1]].action is action:
        steps[group[-1]] = replace(steps[group[-1]], when=steps[group[-1]].when.joined(when))
        return
    if group and _says_again(steps[group[-1]], action, side, part, when):
        return
    again = any(s.place == script.place and s.action.group == action.group for s in steps)
    script.place += int(again)  # "looks left and right": one after the other
    angle = _ANGLE.search(part)
    steps.append(
        Step(
            action=action,
            place=script.place,
            degree=_degree(part),
            speed=_factor(part, SPEEDS),
            side=side,
            times=_times(part, action),
            when=when,
            words=part.strip(),
            angle_deg=float(angle[1]) if angle else None,
            stops=action.stops or _STOPPED.search(part) is not None or _undoes(action, part, steps),
        )
    )


def _modify(script: Script, part: str, first: int) -> bool:
    """Let a part without a movement say how the steps from `first` on, or the whole, are done."""
    degree, speed = _degree(part), _factor(part, SPEEDS)
    if _TIMES.search(part) and script.steps:  # "nods, twice"
        last = script.steps[-1]
        script.steps[-1] = replace(last, times=_times(part, last.action))
        return True
    if (degree, speed) == (1.0, 1.0):
        return _HELD.search(part) is not None and bool(script.steps)
    if first == len(script.steps):
        script.manner *= speed
        return speed != 1.0
    for i in range(first, len(script.steps)):
        step = script.steps[i]
        script.steps[i] = replace(step, degree=step.degree * degree, speed=step.speed * speed)
    return True


def _read_part(script: Script, part: str, when: When, first: int) -> bool:
    """Read one part of a clause; return whether it moved anything."""
    found = find_actions(part) or _elliptic(part, script.steps)
    for action, side in found:
        _add(script, action, side, part, when)
    used = bool(found) or _modify(script, part, first)
    if used and not found:
        part = _TIMES.sub(" ", _HELD.sub(" ", part))
    script.unknown += unread(part, found, names=used)
    return bool(found)


def _shared(whens: Sequence[When], before: When) -> list[When]:
    """Return the time of each part: one start said for the whole clause is that of all parts."""
    said = [w for w in whens if w]
    common = said[0] if len(said) == 1 and (said[0].lasts_s is None) else When()
    common = common.joined(before) if not any(w.start_s is not None for w in said) else common
    return [w.joined(common) if not w or len(said) == 1 else w for w in whens]


def _read_clause(script: Script, clause: str) -> None:
    read = [read_when(part, script.duration_s) for part in _TOGETHER.split(clause)]
    first, moved = len(script.steps), False
    for (own, part), when in zip(read, _shared([w for w, _ in read], script.when), strict=True):
        if moved and own.start_s is not None and own.start_s != script.steps[-1].when.start_s:
            script.place += 1  # "smiles at 2 s and nods at 4 s"
        if moved and own.start_s is not None and not words_in(part):
            again = script.steps[-1]  # "raises the brows at 1 s and at 3 s"
            script.steps.append(replace(again, place=script.place, when=when))
            continue
        moved = _read_part(script, part, when, first) or moved
    said = next((w for w, _ in read if w), When())
    if moved:
        script.place, script.when, script.waiting = script.place + 1, When(), ""
    elif said and said.start_s is None and said.later_s is None and script.steps:
        last = script.steps[-1]  # "closes the eyes, for two seconds"
        script.steps[-1] = replace(last, when=last.when.joined(said))
    elif said:
        script.when, script.waiting = said, clause.strip()


def read_steps(text: str, duration_s: float) -> Script:
    """Return the ordered steps of a text without denials."""
    script = Script(duration_s)
    comma = ""
    for i, clause in enumerate(_CLAUSE.split(without_pronouns(_LATE_THEN.sub(r"then \1", text)))):
        if i % 2:
            comma = clause
            continue
        moving = script.steps and "ing" not in script.steps[-1].words
        if comma == "," and moving and _PARTICIPLE.match(clause):
            script.place = script.steps[-1].place  # "looks up, smiling": at the same time
        _read_clause(script, clause)
    script.unknown += [script.waiting] if script.waiting else []
    return script

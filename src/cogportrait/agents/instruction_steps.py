"""From words to steps: which movements, in which order, how much, how fast, when.

Rules, not a model. Order words split the text into clauses, "and" and "while" into parts; each part
is searched for movements, and the words that no rule used are kept for a report.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from cogportrait.agents.action_patterns import NOTHING, TURN, Action, mood
from cogportrait.agents.instruction_again import (
    AGAIN,
    ONCE_MORE,
    is_made_again,
    made_again,
    more_of_it,
)
from cogportrait.agents.instruction_along import with_eyes
from cogportrait.agents.instruction_back import way_back
from cogportrait.agents.instruction_clauses import ORDER, TOGETHER, Clause, clauses
from cogportrait.agents.instruction_context import in_context
from cogportrait.agents.instruction_denials import Denial, take_marks
from cogportrait.agents.instruction_ellipsis import (
    elliptic,
    with_subjects,
    without_pronouns,
)
from cogportrait.agents.instruction_order import (
    date_the_last,
    hides,
    join_the_last,
    mouth_apart,
    put_between,
    split_brows,
    split_lids,
)
from cogportrait.agents.instruction_pauses import PAUSE
from cogportrait.agents.instruction_repeats import counted, played_again
from cogportrait.agents.instruction_script import (
    GRADUAL,
    Script,
    Step,
    degree,
    in_its_time,
    says_again,
    speed_of,
    stops,
)
from cogportrait.agents.instruction_spans import (
    is_of_what_was_said,
    kept_up,
    one_by_one,
    said_when,
    times_behind,
    whole_first,
)
from cogportrait.agents.instruction_times import WHOLE, When
from cogportrait.agents.instruction_vocabulary import (
    ANGLE,
    GOES_ON,
    HELD,
    TIMES,
    degree_in,
    diagonal_in,
    factor,
    find_actions,
    side_in,
    sized_as_one,
    slant_deg,
    times_in,
    unread,
    words_in,
)
from cogportrait.agents.instruction_words import SPEEDS
from cogportrait.errors import shown
from cogportrait.types import EventKind

MOST_STEPS: Final = 200  # of 3 s fill the longest clip (docs/assumptions.md)
_IN_BETWEEN: Final = re.compile(r"\bin-between\b|\bbefore (?:that|this)\b")
_AT_ONCE: Final = (
    r"(?:(?:both |all )?(?:at (?:exactly )?the same time|at once)|simultaneously|concurrently"
    r"|(?:in the )?meanwhile|(?:in|at) the meantime|all the while|in parallel"
    r"|(?:both|all) together)"
)
_MEANWHILE: Final = re.compile(rf"^\W*(?:and )?(?:{_AT_ONCE})\b,?")
_ADVERB: Final = re.compile(  # within a clause: "tilt it simultaneously 10 degrees right"
    rf",? ?\b(?:{_AT_ONCE})\b(?=\W*$| (?:\d+|to|by|in|at|left|right|up|down|an?|the)\b)"
)
_TOGETHER: Final = re.compile(rf"\b(?:{_AT_ONCE}|while|whilst|as)\b")
_MOVES: Final = re.compile(  # with a part of the face, a movement: not only a manner
    r"\b(?:turn|mov|tilt|rais|lift|lower|shift|rotat|clos|open|shut|look|glanc|lean|drop)\w*"
    r".*\b(?:head|eyes?|gaze|(?:eye)?brows?|(?:eye)?lids?|mouth|lips|chin|jaw|face)\b"
)
_PARTICIPLE: Final = re.compile(r"\s*(?:\w+ly )?(?:\w{3,}ing|with)\b")


def _add(script: Script, action: Action, side: str, part: str, when: When) -> None:
    """Add one movement to the script, or hold the one before for longer."""
    steps = script.steps
    group = [i for i, s in enumerate(steps) if s.action.group == action.group]
    if HELD.search(part) and action.sustains and group:
        last = steps[group[-1]]
        if last.action is action and not last.stops and side_in(action, part) in ("", last.side):
            steps[group[-1]] = kept_up(last, when)
            return
    since = steps[group[-1] + 1 :] if group else []
    over = any(mood(s.action) not in ("", mood(action)) for s in since) and mood(action)
    if group and not over and says_again(steps[group[-1]], action, side, part, when):
        return
    _make_room(script)
    split_lids(script, action, side)
    split_brows(script, action, side, part)
    if action.stops:
        script.steps = mouth_apart(script.steps, action)
    angle = ANGLE.search(part)
    posed = action.kind in (EventKind.GAZE, EventKind.HEAD)
    if posed and "head_roll" in action.targets and diagonal_in(part, action):
        action = replace(action, targets={**action.targets, "head_pitch": TURN["head_pitch"]})
    slanting = diagonal_in(part, action) if posed else None
    size = float(angle[1]) if angle else None
    if angle and slanting and not sized_as_one(part):  # of the way that both make together
        size = slant_deg(action, slanting)
    if not slanting:
        action, side, size = way_back((action, side, size), part, script.steps)
    script.steps.append(
        Step(
            action=action,
            place=script.place,
            degree=1.0 if slanting else degree(action, side, part, script.steps),
            speed=speed_of(action, part),
            side=side,
            times=times_in(part, action),
            when=when,
            words=part.strip(),
            angle_deg=size,
            stops=stops(action, side, part, script.steps),
            slanting=slanting,
            goes_on=GOES_ON.search(part) is not None and not action.sustains,
            rest_s=script.rest_s,
        )
    )
    script.rest_s = 0.0
    if script.steps[-1].stops and script.steps[-1].times > 1:  # what ends is over
        script.unknown += words_in(" ".join(TIMES.findall(part)))


def _make_room(script: Script) -> None:
    """Go on to the next place where a group moves already: "looks left and right".

    What a movement contains is no movement of its own: "opens the mouth and yawns".
    """
    here = [s for s in script.steps if s.place == script.place]
    for action, _ in script.coming:
        whole = [s for s in here if s.action.group == action.group and _contains(action, s.action)]
        script.steps = [s for s in script.steps if s not in whole]
        here = [s for s in here if s not in whole]
    script.place += int(
        any(
            s.action.group == action.group
            and not (script.at_once and s.goes_with(action, side))
            and not (action.sustains and s.action.sustains and s.apart(action, side))
            for s in here
            for action, side in script.coming
        )
    )
    script.coming = ()


def _contains(action: Action, part: Action) -> bool:
    """Return whether one movement opens the mouth as part of what it does."""
    opens = set(part.targets) == {"AU25", "AU26"} and part.sustains
    return opens and action is not part and action.targets.get("AU26", 0.0) > 0


def _modify(script: Script, part: str, first: int, *, comma: bool) -> bool:
    """Let a part without a movement say how the steps from `first` on, or the whole, are done."""
    degree, speed = degree_in(part), factor(part, SPEEDS)
    if TIMES.search(part) and script.steps:  # "nods, twice"
        script.steps = counted(script.steps, script.told, part, comma=comma)
        script.place = max(script.place, 1 + script.steps[-1].place)
        return True
    if _MOVES.search(HELD.sub(" ", part)):
        return False  # "slowly turns the head", but where?
    if (degree, speed) == (1.0, 1.0):
        return HELD.search(part) is not None and bool(script.steps)
    if first == len(script.steps):
        if script.ahead and speed != 1.0 and not comma:
            script.speed *= speed  # "slowly, she looks left"
            script.gradual = GRADUAL.search(part) is not None
            return True
        if not (comma and script.steps):
            script.manner *= speed
            return speed != 1.0
        first -= 1  # "closes the eyes, slowly"
    for i in range(first, len(script.steps)):
        step = script.steps[i]
        script.steps[i] = replace(step, degree=step.degree * degree, speed=step.speed * speed)
    return True


def _names_the_side(script: Script, found: Sequence[tuple[Action, str]], part: str) -> bool:
    """Let a bare noun say of which side the movement before is: "winks, right eye"."""
    last = script.steps[-1]
    (action, side), *more = found
    unsaid = last.action.one_sided and not re.search(r"\b(?:left|right)\b", last.words)
    if more or not unsaid or not side or action.group not in (last.action.group, "lids"):
        return False
    if not last.action.sides or side not in last.action.sides:
        return False
    script.steps[-1] = replace(last, side=side, words=f"{last.words}, {part.strip()}")
    return True


def _read_part(
    script: Script, part: str, when: When, first: int, before: str, *, denied: bool
) -> bool:
    """Read one part of a clause after a delimiter; return whether it moved anything."""
    if len(script.steps) >= MOST_STEPS:
        script.beyond += [part.strip()] if words_in(part) else []
        return False
    rounds = played_again(script.steps, part, script.duration_s, MOST_STEPS)
    if rounds is not None:
        script.steps, lost = rounds
        script.unknown += lost
        script.place = 1 + script.steps[-1].place
        return False
    more = more_of_it(script.steps, part, before, when)
    if more and AGAIN.match(part):
        part = ONCE_MORE.sub(" again ", part)  # "more" is no degree here
    said = find_actions(part)
    found = in_context(said, part, script.steps) or more or elliptic(part, script.steps)
    script.coming = tuple(found)
    if found and not said and before == "," and _names_the_side(script, found, part):
        return True
    for action, side in found:
        _add(script, action, side, part, when)
    comma = before == ","
    used = bool(found) or _modify(script, part, first, comma=comma)
    if used and not found:
        if HELD.search(part) and when and script.steps:  # "and keeps them there until the end"
            script.steps[-1] = kept_up(script.steps[-1], when)
        part = TIMES.sub(" ", HELD.sub(" ", part))
    if more:
        part = re.sub(r"\bmore\b", " ", part)
    script.unknown += unread(part, said or found, names=used or denied)
    return bool(found)


def _denies(denial: Denial, step: Step) -> bool:
    """Return whether a denial forbids the movement of a step, and not only a part of it."""
    most = max(step.action.targets.items(), key=lambda t: abs(t[1]), default=("", 0.0))[0]
    main = step.action.kind is not EventKind.EXPRESSION or most in denial.denied.aus
    return step.action.group in denial.groups and main


def _forbid(script: Script, numbers: Sequence[int], when: When, *, ordered: bool) -> None:
    """Note the denials of a clause; one with a time of its own takes its place in the order."""
    for i in numbers:
        denial = script.denials[i]
        said = denial.when.joined(when)
        before = [s for s in script.steps if _denies(denial, s) and not s.stops]
        timed = said.end_s is not None or said.lasts_s is not None or said.later_s is not None
        if not denial.denied:
            continue
        over = [s for s in before if s.place < script.place and s.action.sustains]
        if over and not ordered and not timed and len(script.steps) > script.since:
            script.steps.append(  # "then looks up without frowning"
                replace(over[-1], place=script.place, when=When(), stops=True)
            )
        elif ordered and (timed or before):
            if before and said.start_s is None:  # "smiles, then does not smile"
                script.steps += [
                    replace(s, place=script.place, when=said, stops=True) for s in before[-1:]
                ]
            nothing = Step(NOTHING, script.place, 1.0, 1.0, "", 1, said, denial.words)
            script.steps.append(replace(nothing, denied=denial.denied))
            script.place += 1
        else:
            script.forbidden.append((denial.denied, said))


def _read_clause(script: Script, clause: str, before: str, after: str) -> None:
    clause, denials = take_marks(clause)
    read = said_when(clause, script.duration_s, before, script.when)
    if any(w.start_s is not None for w, _, part in read if words_in(part)):
        date_the_last(script)  # "a smile, at 1 s, which ends at 4 s"
    first, moved, script.ahead = len(script.steps), False, after == ","
    for own, when, part in read:
        if moved and own.later_s is not None:
            script.place += 1  # "looks left and after two seconds right"
        if moved and own.start_s is not None and own.start_s != script.steps[-1].when.start_s:
            script.place += 1  # "smiles at 2 s and nods at 4 s"
        if own.start_s is not None and is_made_again(script.steps, part, joined=moved):
            script.steps = made_again(script.steps, script.place, part, when)
            moved = True
            continue
        moved = _read_part(script, part, when, first, before, denied=bool(denials)) or moved
    said = next((w for w, _, _ in read if w), When())
    alone = denials and not moved
    in_order = bool(ORDER.search(before) or ORDER.search(after))
    _forbid(script, denials, said.joined(script.when) if alone else When(),
            ordered=bool(alone and in_order))  # fmt: skip
    if alone:
        script.when, script.waiting = When(), ""
    elif moved:
        script.steps[first:] = [in_its_time(replace(s, speed=s.speed * script.speed),
                                            gradual=script.gradual)
                                for s in script.steps[first:]]  # fmt: skip
        script.speed, script.gradual = 1.0, False
        script.place, script.when, script.waiting = script.place + 1, When(), ""
    elif script.steps and is_of_what_was_said(said, before, after):
        first = 0 if re.search(r"\beach\b", clause) else len(script.steps) - 1
        for i in range(first, len(script.steps)):  # "closes the eyes, for two seconds"
            step = script.steps[i]
            several = first < len(script.steps) - 1
            script.steps[i] = replace(kept_up(one_by_one(step, said), said), shares_time=several)
    elif said:
        date_the_last(script)
        script.when, script.waiting = said, clause.strip()


def _read_piece(script: Script, clause: Clause) -> None:
    """Read a clause between its delimiters, in its place in the order."""
    rest = PAUSE.match(clause.text)
    if rest:
        script.rest_s += float(rest[1])
        script.since = len(script.steps)
        return
    text, before = clause.text, clause.before
    moving = script.steps and "ing" not in script.steps[-1].words
    trails = before == "," and moving and _PARTICIPLE.match(text) and not script.rest_s
    one_place = len({s.place for s in script.steps}) == 1
    trails = trails or (before == "," and one_place and WHOLE.search(text) is not None)
    sets = clause.joined and script.since < len(script.steps)
    meanwhile = _MEANWHILE.match(text) or script.meanwhile
    if _ADVERB.search(text) and words_in(_ADVERB.sub(" ", text)):
        text = _ADVERB.sub(" ", text)
        meanwhile = meanwhile or not TOGETHER.search(re.sub(r"^\W*and\b", " ", text))
    meanwhile = meanwhile and not ORDER.search(before)
    joins = bool(script.steps and (trails or sets or meanwhile))
    text, between = _IN_BETWEEN.subn(" ", _MEANWHILE.sub(" ", text))
    if meanwhile and not words_in(text) and not between:
        script.meanwhile = clause.after == ","  # of the clause that follows, else of the last two
        if not script.meanwhile:
            join_the_last(script)
        return
    script.at_once, script.meanwhile = joins or bool(_TOGETHER.search(clause.text)), False
    if joins:
        script.place = script.steps[-1].place  # "looks up, smiling": at the same time
    if script.since < len(script.steps):
        script.told = script.since
    first = script.since = len(script.steps)
    if between and not words_in(text):
        script.between = True  # of the clause that follows: "before that, smiles"
        return
    between = between or script.between
    script.between = False
    _read_clause(script, text, before, clause.after)
    if len(script.steps) == first and script.steps:
        script.place = max(script.place, 1 + max(s.place for s in script.steps))
    if between:
        put_between(script, first)
    elif sets and hides(script.steps, first):
        script.steps[first:] = [replace(s, place=s.place + 1) for s in script.steps[first:]]
        script.place += 1


def read_steps(text: str, duration_s: float, denials: Sequence[Denial] = ()) -> Script:
    """Return the ordered steps of a text in which marks stand for denials."""
    script = Script(duration_s, denials)
    for clause in times_behind(clauses(with_subjects(without_pronouns(text))), duration_s):
        if len(script.steps) < MOST_STEPS:
            _read_piece(script, clause)
        else:
            script.beyond.append(clause.text.strip())
    date_the_last(script)
    script.steps = whole_first(with_eyes(script.steps))
    script.unknown += [script.waiting] if script.waiting else []
    if script.beyond:
        words = shown(", ".join(script.beyond))
        script.unknown.append(f"{words} (more than {MOST_STEPS} movements)")
    return script

"""What holds all the time, whatever happens meanwhile: "nods at 3 s, frowning throughout".

Such a movement begins with the clip and not in the place in which it is said, except behind "then":
"looks left, then smiles the whole time" smiles from then on.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from cogportrait.agents.instruction_clauses import ORDER, TOGETHER, Clause
from cogportrait.agents.instruction_script import Step
from cogportrait.agents.instruction_times import WHOLE, When, read_when, shared
from cogportrait.agents.instruction_vocabulary import HELD, words_in

_MEANWHILE: Final = re.compile(r"\b(?:while|whilst|as)\b")
_WITH: Final = re.compile(rf"(?<=\w) with (?=[^,.;:]*(?:{WHOLE.pattern}))")


def said_when(
    clause: str, duration_s: float, before: str, waiting: When
) -> list[tuple[When, When, str]]:
    """Return the parts of a clause: the time of their own, the time that they have, their words.

    `before`: the order words before the clause; `waiting`: a time that was said ahead of it.
    """
    meanwhile = 0  # the first part behind "while", or of what is kept
    clause = _WITH.sub(" while ", clause, count=1)  # "nods with the eyes closed throughout"
    joints, own, parts = TOGETHER.findall(clause), list[When](), list[str]()
    for n, words in enumerate(TOGETHER.split(clause)):
        when, rest = read_when(words, duration_s)
        apart = n and (_MEANWHILE.search(joints[n - 1]) or (when.whole and HELD.search(words)))
        meanwhile = meanwhile or (n if apart else 0)
        first = not (meanwhile and n >= meanwhile)
        own.append(replace(when, whole=False) if first and ORDER.search(before) else when)
        parts.append(rest)
    waiting = replace(waiting, whole=False) if ORDER.search(before) else waiting
    if meanwhile and any(w.whole for w in own[meanwhile:]):  # not of what is done meanwhile
        had = [*shared(own[:meanwhile], waiting), *shared(own[meanwhile:], When())]
    else:
        had = shared(own, waiting)
    return list(zip(own, had, parts, strict=True))


def _is_time(text: str, duration_s: float) -> bool:
    """Return whether a clause says when or how long, and nothing else."""
    when, rest = read_when(text, duration_s)
    return bool(when) and when.later_s is None and not words_in(rest)


def times_behind(told: Sequence[Clause], duration_s: float) -> list[Clause]:
    """Return clauses, each time behind a movement joined to it: "smiles, 1-3 s, frowns, 4-6 s".

    "Throughout" behind a list is that of all of it. Else a time is that of what follows it.
    """
    if len(told) > 2 and all(c.before in ("", ",") for c in told):
        *listed, last = told
        whole = _is_time(last.text, duration_s) and read_when(last.text, duration_s)[0].whole
        if whole and not any(read_when(c.text, duration_s)[0] for c in listed):
            return [replace(c, text=f"{c.text} {last.text}") for c in listed]
    if len(told) < 4 or len(told) % 2 or any(c.before not in ("", ",") for c in told):
        return list(told)
    times = [_is_time(c.text, duration_s) for c in told]
    if any(times[::2]) or not all(times[1::2]):
        return list(told)
    pairs = zip(told[::2], told[1::2], strict=True)
    return [replace(c, text=f"{c.text} {time.text}", after=time.after) for c, time in pairs]


def is_of_what_was_said(when: When, before: str, after: str) -> bool:
    """Return whether a time alone is that of the last movement: "closes the eyes, for two seconds".

    "Throughout, ..." at the start of a sentence is that of what follows.
    """
    ahead = when.whole and after == "," and before != ","
    return bool(when) and when.start_s is None and when.later_s is None and not ahead


def kept_up(step: Step, when: When) -> Step:
    """Return a step that lasts longer than was said: "and keeps it there throughout"."""
    return replace(step, when=step.when.joined(replace(when, whole=False)))


def one_by_one(step: Step, when: When) -> Step:
    """Return a counted step that is made once each time: "three times, once per second"."""
    if not when.every_s or step.times == 1 or step.when:
        return step
    lasts = when.lasts_s if when.lasts_s is not None else step.times * when.every_s
    return replace(step, times=1, when=When(lasts_s=lasts))


def _spans(step: Step, steps: Sequence[Step]) -> bool:
    """Return whether a step holds for the whole clip; not when its group moved before."""
    when = step.when
    timed = when.start_s is not None or when.later_s is not None or when.lasts_s is not None
    if not when.whole or timed or step.stops or step.denied:
        return False
    return not any(
        s.action.group == step.action.group and s.place < step.place
        and not s.goes_with(step.action, step.side)
        for s in steps
    )  # fmt: skip


def whole_first(steps: Sequence[Step]) -> list[Step]:
    """Return the steps, those that hold all the time in a place of their own before the others.

    What was to follow one of them waits until it has begun.
    """
    whole = [s for s in steps if _spans(s, steps)]
    others = [replace(s, when=replace(s.when, whole=False)) for s in steps if s not in whole]
    first = min((s.place for s in steps), default=0) - 1
    follow = min((s.place for s in others), default=first)
    waits = max((s.action.onset_s for s in whole if s.place < follow), default=0.0)
    rests = max((s.rest_s for s in whole), default=0.0)
    others = [
        replace(s, rest_s=max(s.rest_s, waits, rests)) if s.place == follow else s for s in others
    ]
    return [*(replace(s, place=first, rest_s=0.0) for s in whole), *others]

"""Steps that a later clause moves to another place or time: "at the same time", "before that"."""

from collections.abc import Sequence
from dataclasses import replace

from cogportrait.agents.action_patterns import Action
from cogportrait.agents.instruction_again import made_again
from cogportrait.agents.instruction_script import Script, Step, stops
from cogportrait.agents.instruction_times import When, read_when
from cogportrait.agents.instruction_vocabulary import find_actions, words_in
from cogportrait.types import EventKind


def date_the_last(script: Script) -> None:
    """Let a time that nothing followed be that of the last step: "raises the brows, 1-3 s".

    What has a time is made once more then: "blinks at 1 s, at 3 s".
    """
    last = script.steps[-1] if script.steps else None
    if not script.waiting or last is None or last.stops or last.denied:
        return
    if not last.when:
        script.steps[-1] = replace(last, when=script.when)
    elif None not in (last.when.start_s, script.when.start_s) and not words_in(
        read_when(script.waiting, script.duration_s)[1]
    ):
        script.steps = made_again(script.steps, script.place, "", script.when)
        script.place += 1
    else:
        return
    script.when, script.waiting = When(), ""


def join_the_last(script: Script) -> None:
    """Let the last two steps happen together: "turns left, tilts right, at the same time"."""
    if len(script.steps) < 2:
        return
    before, last = script.steps[-2:]
    if before.action.group != last.action.group or before.goes_with(last.action, last.side):
        script.steps[-1] = replace(last, place=before.place)
        script.place = before.place + 1


def put_between(script: Script, first: int) -> None:
    """Move the steps from `first` on to before the last place that came before them."""
    earlier, late = script.steps[:first], script.steps[first:]
    if not earlier or not late:
        return
    last = max(s.place for s in earlier)
    shift = 1 + max(s.place for s in late) - min(s.place for s in late)
    start = min(s.place for s in late)
    kept = [replace(s, place=s.place + shift) if s.place == last else s for s in earlier]
    moved = [replace(s, place=s.place - start + last) for s in late]
    n = next(i for i, s in enumerate(kept) if s.place == last + shift)
    script.steps = kept[:n] + moved + kept[n:]
    script.place = last + shift + 1


def hides(steps: Sequence[Step], first: int) -> bool:
    """Return whether closed lids would hide a look of the steps from `first` on."""
    looks = [s.place for s in steps[first:] if s.action.kind is EventKind.GAZE]
    return any(s.place in looks and s.shuts for s in steps[:first])


def mouth_apart(steps: Sequence[Step], closing: Action) -> list[Step]:
    """Return the steps, an open mouth of a feeling as one of its own, for it is closed alone.

    "Opens the mouth in surprise, then closes it": the brows stay.
    """
    if closing.group != "mouth":
        return list(steps)
    apart: list[Step] = []
    for step in steps:
        own = {c: v for c, v in step.action.targets.items() if c in closing.targets}
        opens = step.action.group == "expression" and own.get("AU26") and not step.stops
        if not opens:
            apart.append(step)
            continue
        rest = {c: v for c, v in step.action.targets.items() if c not in own}
        apart.append(replace(step, action=replace(step.action, targets=rest)))
        if not any(s.action.group == "mouth" and s.place == step.place for s in steps):
            mouth = replace(step.action, group="mouth", targets=own)
            apart.append(replace(step, action=mouth))
    return apart


def split_lids(script: Script, action: Action, side: str) -> None:
    """Let each eye close for itself where only one of them opens again."""
    last = next((s for s in reversed(script.steps) if s.action.group == action.group), None)
    if last is None or last.stops or not (action.one_sided and "AU05" in action.targets and side):
        return
    if last.action.kind is not EventKind.CLOSURE or last.action.one_sided:
        return
    _split(script, last, "closes left eye")


def split_brows(script: Script, action: Action, side: str, part: str) -> None:
    """Let each brow move for itself where one alone goes back: "the brows rise, the left falls"."""
    last = next((s for s in reversed(script.steps) if s.action.group == action.group), None)
    if last is None or last.stops or last.action.one_sided or not (side and action.one_sided):
        return
    if "AU02" in last.action.targets and stops(action, side, part, script.steps):
        _split(script, last, "raises left brow")


def _split(script: Script, step: Step, words: str) -> None:
    """Put one step of each side in the place of a step of both; `words` are such a movement."""
    own = find_actions(words)[0][0]
    own = replace(own, targets=step.action.targets, onset_s=step.action.onset_s)
    at = script.steps.index(step)
    script.steps[at : at + 1] = [replace(step, action=own, side=side) for side in ("left", "right")]

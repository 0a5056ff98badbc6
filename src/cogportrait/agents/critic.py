"""The critic: whether a plan is physiologically possible, and is the label that was asked for.

Each check is a small pure function of :class:`~cogportrait.agents.evidence.Evidence`; hard findings
must not leave Stage 1, soft ones are reported. Findings carry the names of ``critic_checks`` in
``facs/physiology.json``; of these only `lid_gaze` is not here, since controls hold the lid's own
part and the rig adds what follows the eye (``face.eye_geometry``).

What needs a fine grid (lid velocity, gaps between saccades) is skipped on coarse ones: run the
critic on the plan's curves as well as on the frames.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from cogportrait.agents import checks_face, checks_gaze, checks_head_eye, checks_label, checks_lids
from cogportrait.agents.checks_meaning import check_instruction
from cogportrait.agents.evidence import Evidence
from cogportrait.types import ControlSequence, Critique, EventPlan, Violation

NOTHING: Final = Critique(())
_FRAME_S: Final = 0.1  # the longest frame: as much apart one thing may be seen at two rates
Check = Callable[[Evidence], list[Violation]]

CHECKS: Final[Mapping[str, Check]] = MappingProxyType(
    {
        "au_range": checks_face.au_range,
        "eye_range": checks_gaze.eye_range,
        "head_range": checks_face.head_range,
        "head_kinematics": checks_face.head_kinematics,
        "saccade_duration": checks_gaze.saccade_duration,
        "saccade_step": checks_gaze.saccade_step,
        "fixation_gap": checks_gaze.fixation_gap,
        "vor": checks_head_eye.vor,
        "head_eye_order": checks_head_eye.head_eye_order,
        "conjugacy": checks_gaze.conjugacy,
        "vergence": checks_gaze.vergence,
        "au_exclusive": checks_face.au_exclusive,
        "au_rate": checks_face.au_rate,
        "asymmetry": checks_face.asymmetry,
        "planned_blinks": checks_lids.planned_blinks,
        "blink_shape": checks_lids.blink_shape,
        "lid_main_sequence": checks_lids.lid_main_sequence,
        "lids_alike": checks_lids.lids_alike,
        "blink_rate": checks_lids.blink_rate,
        "gaze_blink": checks_head_eye.gaze_blink,
        "expression_duration": checks_face.expression_duration,
        "label_priors": checks_label.label_priors,
    }
)


def criticize(controls: ControlSequence, plan: EventPlan | None = None) -> Critique:
    """Return everything wrong with a control sequence.

    Parameters
    ----------
    controls : ControlSequence
        At any rate.
    plan : EventPlan, optional
        Excuses what was asked for (a wink, a drift) and adds the checks of planned events.
    """
    if not len(controls):
        return Critique(())
    evidence = Evidence(controls, plan)
    found = [violation for check in CHECKS.values() for violation in check(evidence)]
    return Critique(tuple(found))


def criticize_meaning(
    frames: ControlSequence, plan: EventPlan, *, articulated: bool = False
) -> tuple[Violation, ...]:
    """Return where frames do not mean what was asked for: by the instruction, and by the label.

    Soft findings: what is meant otherwise is possible. ``checks_meaning`` looks for each instructed
    movement, ``checks_label.label_closeness`` for the label; `articulated` says that the mouth is
    that of a speech.
    """
    if not len(frames):
        return ()
    label = checks_label.label_closeness(frames, plan, articulated=articulated)
    return (*check_instruction(frames, plan), *label)


def join(frames: Critique, curves: Critique = NOTHING) -> Critique:
    """Return one critique of the frames and of the curves behind them, each finding once.

    What both show is given as the frames show it, since they are what leaves; `seen_in` says where
    a finding was seen. Findings of the plan's own numbers are the same in both.
    """
    rest = list(curves.violations)
    every: list[Violation] = []
    for found in frames.violations:
        if found in rest:
            rest.remove(found)
            every.append(replace(found, seen_in="plan"))
            continue
        twins = [v for v in rest if _alike(found, v)]
        rest = [v for v in rest if v not in twins]
        every.append(replace(found, seen_in="frames and curves" if twins else "frames"))
    return Critique((*every, *(replace(v, seen_in="curves") for v in rest)))


def _alike(one: Violation, other: Violation) -> bool:
    """Return whether two findings are the same, seen at two rates."""
    same = (one.check, one.severity, one.channel) == (other.check, other.severity, other.channel)
    return same and one.start_s <= other.end_s + _FRAME_S and other.start_s <= one.end_s + _FRAME_S

"""Checks of the label: what it cannot be without is there, and it is this one, not another.

Both are soft and by the same priors. ``label_priors`` asks of the label alone: its action units
appear, and a drowsy minute has its closed eyes. ``label_closeness`` compares it with the other
labels by the whole signature of the frames (``behavior.signature``). What an instruction decides is
no evidence for or against a label, and both leave it out.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from cogportrait.agents.checks_face import perclos
from cogportrait.agents.evidence import Evidence
from cogportrait.agents.findings import violation
from cogportrait.behavior.labels import LABELS, priors
from cogportrait.behavior.segment.face_units import UnitLimits, unit_events
from cogportrait.behavior.segment.lids import lid_events
from cogportrait.behavior.signature import Evidence as Fit
from cogportrait.behavior.signature import label_evidence, measure_signature
from cogportrait.facs.channels import SHIFT_CHANNELS, SIDES, au_channel, au_columns
from cogportrait.facs.limits import AU_SCALE, constant
from cogportrait.types import ControlSequence, EventKind, EventPlan, PlannedEvent, Violation

CLOSER_BY: Final = 3.0  # of log likelihood: another label is 20 times as likely
LEAST_S: Final = 3.0  # shorter clips are no fair sample of rates and shares
REASONS: Final = 3  # features named
_SHOWN: Final = 0.6  # of a prior's lower end, from which an action unit has appeared
_APPEARS_S: Final = 2.0  # in which an action unit of the label has to appear
_SHUT: Final = 0.6  # closure that hides what eyes do
_HIDDEN_SHARE: Final = 0.3  # of a clip, from which the rest is no fair sample of looks
_PERCLOS_WINDOW_S: Final = constant("drowsy.perclos.window").number

_LIDS: Final = frozenset({"resting closure", "closed share", "blinks a minute"})
_MOUTH: Final = frozenset({"AU10", "AU12", "AU14+24", "laugh share"})
# A speaking mouth opens in the rhythm that laughs are told by (``UnitLimits.laugh_hz``).
_SOUNDS: Final = frozenset({"AU10", "AU14+24", "laugh share"})
_UPPER: Final = frozenset({"AU01", "AU02", "AU04", "AU05", "AU06", "AU07"})
_FEATURES: Final = {
    "mouth": _MOUTH,
    "laugh": _MOUTH,
    "closure": _LIDS,
    "blink": frozenset({"blinks a minute"}),
    "gaze": frozenset({"averted share", "gaze pitch"}),
    "head": frozenset({"head yaw", "head pitch", "head roll"}),
}
# Features on which labels do not differ: their expectation is the same for all.
_SHARED: Final = frozenset({"gaze shifts a second"})


def label_priors(evidence: Evidence) -> list[Violation]:
    """Return soft findings: the label's main action units appear, drowsiness closes the eyes."""
    plan = evidence.plan
    if plan is None:
        return []
    found: list[Violation] = []
    whole = (0, len(evidence.controls))
    expected = priors(plan.label)
    excused = excused_features(plan)
    for number, prior in expected.aus.items():
        if number == 9 or prior.low is None or prior.low <= 0:
            continue
        reached = float(evidence.controls.aus[:, list(au_columns(number))].max(initial=0.0))
        bound = prior.low / AU_SCALE * _SHOWN * min(plan.intensity, 1.0)
        asked = features_of(f"AU{number:02d}") <= excused
        if reached < bound and not asked and evidence.controls.duration_s >= _APPEARS_S:
            text = f"{plan.label} reaches {reached:.2f}, expected at least {bound:.2f}"
            found.append(
                violation(evidence, "label_priors", "soft", f"AU{number:02d}", whole,
                          (reached, bound, text))
            )  # fmt: skip
    long = evidence.controls.duration_s >= _PERCLOS_WINDOW_S
    if evidence.drowsy and long and "closed share" not in excused:
        share = perclos(evidence.closure)
        low, high = expected.other("perclos_P80").span
        if not low <= share <= high:
            text = f"PERCLOS {share:.2f}, expected {low:g} to {high:g}"
            found.append(
                violation(evidence, "label_priors", "soft", "AU43", whole, (share, low, text))
            )
    return found


def label_closeness(
    controls: ControlSequence, plan: EventPlan, *, articulated: bool = False
) -> list[Violation]:
    """Return a soft finding if the frames fit another label clearly better than the planned one.

    Parameters
    ----------
    controls : ControlSequence
        Frames. Under `LEAST_S` nothing is found.
    plan : EventPlan
        Gives the label, whose turn it is, the intensity, and what an instruction decided.
    articulated : bool
        The mouth is that of a speech: what sounds move is left out.

    Returns
    -------
    list of Violation
        At most one: by how much the best other label is ahead, in log likelihood, and the features
        that speak most against the planned one.
    """
    if controls.duration_s < LEAST_S:
        return []
    left_out = excused_features(plan) | _SHARED | (_SOUNDS if articulated else frozenset())
    if plan.intensity * priors("laughter").au(12) < UnitLimits().laugh_smile:
        left_out |= {"laugh share"}  # so faint a laugh is segmented as a smile
    fits = _fits(controls, plan, left_out)
    own = fits.pop(plan.label)
    sums = {label: sum(e.fit for e in fit.values()) for label, fit in fits.items()}
    other = max(sums, key=lambda label: sums[label])
    ahead = sums[other] - sum(e.fit for e in own.values())
    if ahead <= CLOSER_BY:
        return []
    message = (
        f"label_closeness: more like {other} than {plan.label} "
        f"({ahead:.1f}, bound {CLOSER_BY:g}): {_reasons(own, fits[other])}"
    )
    return [
        Violation("label_closeness", "soft", "label", 0.0, controls.duration_s, ahead, CLOSER_BY,
                  message)
    ]  # fmt: skip


def _fits(
    controls: ControlSequence, plan: EventPlan, left_out: frozenset[str]
) -> dict[str, dict[str, Fit]]:
    """Return how each feature that is not left out fits each label."""
    closure = np.stack([controls.au(au_channel(43, side)) for side in SIDES], axis=1)
    # Shifts of gaze, slow to find, are the same for all labels: see `_SHARED`.
    events = [*lid_events(closure, controls.fps), *unit_events(controls.aus, controls.fps)]
    signature = measure_signature(controls, events)
    speaking, intensity = plan.speaking, plan.intensity
    evidence = {
        label: label_evidence(signature, label, speaking=speaking, intensity=intensity)
        for label in LABELS
    }
    return {
        label: {e.feature: e for e in every if e.feature not in left_out}
        for label, every in evidence.items()
    }


def _reasons(own: Mapping[str, Fit], other: Mapping[str, Fit]) -> str:
    """Return the features that speak most against the own label, and for the other."""
    lost = {name: other[name].fit - fit.fit for name, fit in own.items()}
    worst = sorted(lost, key=lambda name: -lost[name])[:REASONS]
    return ", ".join(_reason(own[name]) for name in worst if lost[name] > 0)


def _reason(fit: Fit) -> str:
    mean, spread = fit.expected.mean, fit.expected.spread
    return f"{fit.feature} {fit.measured:.2g} (expected {mean:.2g} ± {spread:.2g})"


def excused_features(plan: EventPlan) -> frozenset[str]:
    """Return the features of a signature that an instruction decides, not the label.

    What its events move, what it takes from the label to move it, and what it forbids.
    """
    named = set(plan.withheld)
    if not plan.may_blink:
        named.add("blink")
    for event in plan.events:
        if event.origin == "instruction":
            named |= _moved(event)
    if _shut_share(plan) >= _HIDDEN_SHARE:
        named.add("gaze")  # what eyes do behind lids nobody sees
    return frozenset[str]().union(*map(features_of, named))


def _shut_share(plan: EventPlan) -> float:
    """Return for which share of a plan an instruction keeps the lids shut, 0..1."""
    closures = [
        e for e in plan.of_kind(EventKind.CLOSURE)
        if e.origin == "instruction" and e.value("closure") > _SHUT
    ]  # fmt: skip
    spans = [(e.start_s, min(plan.end_of(e), plan.duration_s)) for e in closures]
    covered = last = 0.0
    for first, end in sorted(spans):
        covered += max(end - max(first, last), 0.0)
        last = max(last, end)
    return covered / plan.duration_s if plan.duration_s > 0 else 0.0


def _moved(event: PlannedEvent) -> set[str]:
    channels = {t.channel for t in event.targets}
    return {"laugh", *channels} if event.kind is EventKind.LAUGH else channels


def features_of(channel: str) -> frozenset[str]:
    """Return the features that a channel of a plan, or a group of channels, is seen in."""
    if channel in _UPPER:
        return frozenset({channel})
    if channel in SHIFT_CHANNELS:
        return frozenset()  # no signature says where a head is
    group = "mouth" if channel.startswith("AU") else channel.partition("_")[0]
    return _LIDS if channel == "AU43" else _FEATURES.get(group, frozenset())

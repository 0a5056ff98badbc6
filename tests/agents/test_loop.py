import json
from dataclasses import replace

import numpy as np
import pytest
from tests.agents.signals import clip, random_brief, random_speech

from cogportrait.agents.critic import criticize, criticize_meaning
from cogportrait.agents.loop import ROUNDS, compile_brief, compile_plan
from cogportrait.agents.planner import plan_events
from cogportrait.agents.reasoner import Drawn, ExpertReasoner, Verdict
from cogportrait.agents.repair_plan import repair_plan
from cogportrait.behavior.labels import LABELS
from cogportrait.errors import LabelError, PlanError
from cogportrait.types import Brief, Critique, EventKind, EventPlan, PlannedEvent, Target


def test_a_thousand_random_briefs_have_no_hard_violation() -> None:
    rng = np.random.default_rng(20261122)
    durations = (0.5, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0)
    for _ in range(1000):
        brief = random_brief(rng, durations)
        compiled = compile_brief(brief)
        assert len(compiled.controls) == max(1, round(brief.duration_s * brief.fps))
        assert not compiled.critique.hard, (brief, compiled.critique.hard[:3])


def test_longer_random_briefs_have_no_hard_violation_either() -> None:
    rng = np.random.default_rng(7)
    for _ in range(40):
        brief = random_brief(rng, (8.0, 20.0, 65.0))
        assert not compile_brief(brief).critique.hard, brief


@pytest.mark.parametrize("label", LABELS)
def test_label_plans_are_possible_at_once_and_need_no_repair(label: str) -> None:
    for seed in range(6):
        compiled = compile_brief(Brief(label, 10.0, seed=seed))
        assert compiled.rounds == 1
        assert compiled.trace["repairs"] == []


@pytest.mark.parametrize("label", LABELS)
def test_the_same_seed_gives_the_same_clip_and_another_seed_another(label: str) -> None:
    first, again, other = clip(label, seed=3), clip(label, seed=3), clip(label, seed=4)
    assert np.array_equal(first.to_matrix(), again.to_matrix())
    assert np.abs(first.to_matrix() - other.to_matrix()).max() > 0.5


@pytest.mark.parametrize("label", LABELS)
def test_a_clip_begins_as_the_portrait_was_photographed(label: str) -> None:
    controls = clip(label)
    start = controls.rows(0, 2)
    assert np.abs(start.aus).max() < 0.05
    assert np.abs(start.gaze_deg).max() < 1
    assert np.abs(start.head_deg).max() < 1


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("intensity", [0.25, 1.5])
def test_intensity_scales_the_face_inside_its_limits(label: str, intensity: float) -> None:
    compiled = compile_brief(Brief(label, 4.0, seed=1, intensity=intensity))
    assert not compiled.critique.hard
    assert compiled.controls.aus.max() <= 1
    plain = clip(label, 4.0, seed=1).aus[:, :12].max()
    if label not in ("neutral", "drowsiness"):
        assert (compiled.controls.aus[:, :12].max() > plain) == (intensity > 1)


def test_ten_minutes_are_alive_and_possible() -> None:
    compiled = compile_brief(Brief("neutral", 600.0, seed=5))
    assert len(compiled.controls) == 15000
    assert not compiled.critique.hard
    for start in range(0, 15000, 750):  # every half minute something happens
        part = compiled.controls.rows(start, start + 750)
        assert part.au("AU43_L").max() > 0.5
        assert np.ptp(part.gaze_deg) > 2
        assert np.ptp(part.head_deg) > 0.5


def test_the_trace_is_json_and_gives_a_reason_for_every_event() -> None:
    compiled = compile_brief(Brief("fear", 5.0, seed=2, instruction="looks left, flabbergasted"))
    trace = json.loads(json.dumps(compiled.trace))
    assert trace["not_understood"] == ["flabbergasted"]
    assert len(trace["events"]) == len(compiled.plan.events)
    assert all(event["reason"] and event["source"] for event in trace["events"])


def test_a_finding_that_frames_and_curves_show_is_listed_once() -> None:
    for label in LABELS:
        found = compile_brief(Brief(label, 8.0, seed=2)).critique.violations
        frames = [v for v in found if v.seen_in in ("frames", "frames and curves")]
        alone = [v for v in found if v.seen_in == "curves"]
        assert len(frames) + len(alone) + sum(v.seen_in == "plan" for v in found) == len(found)
        for one in alone:
            for other in frames:
                apart = max(one.start_s, other.start_s) - min(one.end_s, other.end_s)
                same = (one.check, one.severity, one.channel)
                assert same != (other.check, other.severity, other.channel) or apart > 0.1


def test_a_trace_says_why_its_rounds_ended() -> None:
    assert compile_brief(Brief("fear", 5.0)).trace["ended"] == "accepted"


class Stubborn(ExpertReasoner):
    """One that is never content and never says anything new."""

    def judge(self, drawn: Drawn, brief: Brief) -> Verdict:
        return Verdict(accepted=False, send_to="composer", findings=("no",))


def test_rounds_without_anything_new_are_not_drawn() -> None:
    trace = compile_brief(Brief("neutral", 2.0), Stubborn()).trace
    assert trace["ended"] == "composer: knows nothing better"


def test_a_finding_about_a_side_is_not_one_of_being_unseen() -> None:
    event = PlannedEvent(
        EventKind.EXPRESSION, 1.0, 0.3, 1.0, 0.3, (Target("AU02", 0.6),), "L", origin="instruction"
    )
    plan = EventPlan("neutral", 4.0, (event, replace(event, side="both", origin="label")))
    frames = compile_plan(Brief("neutral", 4.0), plan).controls
    meaning = criticize_meaning(frames, plan)
    assert [v.check for v in meaning] == ["instruction_side"]
    verdict = ExpertReasoner().judge(
        Drawn(plan, frames, Critique(()), meaning), Brief("neutral", 4.0)
    )
    assert verdict.reasoning.startswith("1 of 1 instructed events seen; instruction_side")


def test_a_blink_after_one_lid_was_shut_is_no_other_side() -> None:
    for seed in range(8):
        brief = Brief("neutral", 6.0, seed=seed, instruction="Shuts the right eye.")
        assert not compile_brief(brief).trace["semantic_findings"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"duration_s": 0.4}, "duration"),
        ({"duration_s": 601.0}, "duration"),
        ({"duration_s": float("nan")}, "duration"),
        ({"fps": 5.0}, "fps"),
        ({"fps": 240.0}, "fps"),
        ({"intensity": 2.0}, "intensity"),
    ],
)
def test_impossible_briefs_say_what_is_expected(change: dict[str, float], says: str) -> None:
    with pytest.raises(PlanError, match=f"{says}: expected"):
        compile_brief(replace(Brief("neutral", 2.0), **change))


def test_an_unknown_label_gets_the_nearest_and_an_alias_must_be_resolved_first() -> None:
    with pytest.raises(LabelError, match="nearest"):
        compile_brief(Brief("happines", 2.0))
    with pytest.raises(PlanError, match="canonical"):
        compile_brief(Brief("joy", 2.0))


def test_speech_moves_the_mouth_only_of_the_one_who_speaks() -> None:
    speech = random_speech(np.random.default_rng(1), 4.0)
    speaks = compile_brief(Brief("neutral", 4.0, seed=1, speaking=True, speech=speech)).controls
    listens = compile_brief(Brief("neutral", 4.0, seed=1, speech=speech)).controls
    assert speaks.au("AU26").max() > 0.1
    assert listens.au("AU26").max() == 0


def test_pauses_of_speech_draw_blinks() -> None:
    near, count = 0, 0
    for seed in range(12):
        speech = random_speech(np.random.default_rng(seed), 20.0)
        brief = Brief("neutral", 20.0, seed=seed, speaking=True, speech=speech)
        plan = plan_events(brief)
        blinks = [e.start_s for e in plan.of_kind(EventKind.BLINK)]
        count += len(blinks)
        near += sum(any(0 <= b - p.start_s <= 0.25 for p in speech.pauses) for b in blinks)
    assert near > 0.3 * count


def test_a_wild_plan_is_made_possible() -> None:
    wild = (
        PlannedEvent(EventKind.BLINK, 0.5, 0.01, 2.0, 0.01, (Target("closure", 4.0),)),
        PlannedEvent(EventKind.EXPRESSION, 0.2, 0.0, 60.0, 0.0, (Target("AU04", 9.0),)),
        PlannedEvent(EventKind.HEAD, 0.3, 0.0, 0, 0, (Target("head_yaw", 300.0),)),
        PlannedEvent(EventKind.NOD, 0.4, 0, 0, 0, (Target("head_pitch", -90.0),), rate_hz=40),
        PlannedEvent(EventKind.PULSE, 0.4, 0, 0, 0, (Target("head_roll", -90.0),)),
        PlannedEvent(EventKind.GAZE, 0.6, 0, 0, 0, (Target("gaze_yaw", -170.0),)),
        PlannedEvent(EventKind.CLOSURE, 1.5, 0.0, 0.4, 0.0, (Target("closure", 1.0),)),
        PlannedEvent(EventKind.EXPRESSION, 9.0, 1, 1, 1, (Target("AU99", 1.0),)),
        PlannedEvent(EventKind.SWAY, float("nan"), 1, 1, 1, (Target("head_yaw", 1.0),)),
    )
    once = repair_plan(EventPlan("neutral", 3.0, wild))
    assert repair_plan(once) == once
    assert all(e.kind is not EventKind.SWAY for e in once.events)
    from cogportrait.behavior.compose import compose, fit_to_frames
    from cogportrait.behavior.sampling import fine_steps, sample

    fitted = fit_to_frames(once, 25.0)
    assert not criticize(sample(compose(fitted, 25.0, 0), fine_steps(25.0)), fitted).hard


def _wild_event(rng: np.random.Generator) -> PlannedEvent:
    channels = ("AU01", "AU04", "AU05", "AU12", "AU43", "AU26", "AU99", "closure", "gaze_yaw",
                "gaze_pitch", "head_yaw", "head_pitch", "head_roll", "head_z",
                "other_closure")  # fmt: skip
    scale = {"g": 60.0, "h": 80.0}
    targets = tuple(
        Target(
            str(name), float(rng.normal(0.5, 1) * scale.get(name[0], 1.0)), float(rng.random() / 4)
        )
        for name in rng.choice(channels, size=rng.integers(0, 4), replace=False)
    )
    kind = EventKind(str(rng.choice([k.value for k in EventKind])))
    start, onset, hold, offset = rng.exponential((1.5, 0.15, 0.5, 0.15))
    return PlannedEvent(
        kind, float(start), float(onset), float(hold), float(offset), targets,
        side=str(rng.choice(("both", "both", "L", "R"))),
        rate_hz=float(rng.exponential(4)), cycles=float(rng.integers(0, 6)),
        sustain=bool(rng.random() < 0.1),
    )  # fmt: skip


def test_whatever_is_planned_what_leaves_is_possible() -> None:
    rng = np.random.default_rng(99)
    for i in range(120):
        events = tuple(_wild_event(rng) for _ in range(rng.integers(1, 25)))
        brief = Brief(str(rng.choice(LABELS)), 3.0, fps=float(rng.choice((12, 25, 30, 60))), seed=i)
        compiled = compile_plan(brief, EventPlan(brief.label, 3.0, events))
        assert not compiled.critique.hard, (i, compiled.critique.hard[:3])
        assert len(compiled.controls) == round(3.0 * brief.fps)
        history, repairs = compiled.trace["rounds"], compiled.trace["repairs"]
        assert isinstance(history, list)
        # What the critic still found in the curves after its last round was mended, not forgotten.
        assert 1 <= len(history) <= ROUNDS
        assert bool(repairs) == all(r["hard_findings"] for r in history if isinstance(r, dict))


@pytest.mark.parametrize("label", LABELS)
def test_a_plan_of_the_planner_needs_no_repair(label: str) -> None:
    for seed in range(5):
        plan = plan_events(Brief(label, 12.0, seed=seed))
        repaired = repair_plan(plan)
        moved = sum(a != b for a, b in zip(plan.events, repaired.events, strict=True))
        assert moved == 0, [
            (a, b) for a, b in zip(plan.events, repaired.events, strict=True) if a != b
        ][:2]

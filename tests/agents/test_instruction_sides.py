"""To which side "away" and "aside" go."""

import numpy as np
import pytest

from cogportrait.agents.loop import compile_brief
from cogportrait.agents.planner import plan_events
from cogportrait.behavior.labels import LABELS
from cogportrait.types import Brief, EventKind, EventPlan, PlannedEvent

LOOKS = ("looks down, then away", "looks aside", "averts his gaze", "glances away")


def planned(instruction: str, label: str = "neutral", seed: int = 0) -> EventPlan:
    return plan_events(Brief(label, 5.0, seed=seed, instruction=instruction))


def aside(plan: EventPlan, kind: EventKind = EventKind.GAZE) -> PlannedEvent:
    stem = "gaze" if kind is EventKind.GAZE else "head"
    events = [e for e in plan.of_kind(kind) if e.origin == "instruction"]
    return next(e for e in events if abs(e.value(f"{stem}_yaw")) > 4)


@pytest.mark.parametrize("instruction", LOOKS)
@pytest.mark.parametrize("seed", range(6))
def test_an_evasive_look_goes_where_the_head_turns(instruction: str, seed: int) -> None:
    plan = planned(instruction, "evasive_response", seed)
    look = aside(plan)
    turns = [e for e in plan.of_kind(EventKind.HEAD) if e.start_s < look.start_s + 0.6]
    assert np.sign(look.value("gaze_yaw")) == np.sign(turns[-1].value("head_yaw"))


def test_both_sides_are_looked_to() -> None:
    for label in ("evasive_response", "neutral", "drowsiness"):
        signs = {np.sign(aside(planned("looks away", label, s)).value("gaze_yaw"))
                 for s in range(12)}  # fmt: skip
        assert signs == {-1, 1}


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("way", ["left", "right"])
def test_the_instructed_head_leads(label: str, way: str) -> None:
    sign = 1 if way == "left" else -1
    plan = planned(f"turns the head {way}, then looks away", label)
    assert np.sign(aside(plan).value("gaze_yaw")) == sign
    plan = planned(f"looks {way}, then turns away", label)
    assert np.sign(aside(plan, EventKind.HEAD).value("head_yaw")) == sign


@pytest.mark.parametrize("seed", range(4))
def test_head_and_eyes_turn_away_together(seed: int) -> None:
    plan = planned("averts the gaze, turning the head away", "social_engagement", seed)
    eyes, head = aside(plan), aside(plan, EventKind.HEAD)
    assert np.sign(eyes.value("gaze_yaw")) == np.sign(head.value("head_yaw"))


@pytest.mark.parametrize("seed", range(4))
def test_what_is_said_once_goes_to_one_side(seed: int) -> None:
    looks = planned("looks away twice", "happiness", seed).of_kind(EventKind.GAZE)
    yaws = [e.value("gaze_yaw") for e in looks if e.value("gaze_yaw")]
    assert len(yaws) == 2
    assert yaws[0] == yaws[1]


def test_a_side_that_is_said_is_kept() -> None:
    for seed in range(4):
        plan = planned("looks away to the right", "evasive_response", seed)
        assert aside(plan).value("gaze_yaw") < 0


@pytest.mark.parametrize("label", ["surprise", "evasive_response"])
def test_equal_seeds_look_to_the_same_side(label: str) -> None:
    one, other = (planned("looks away", label, 3) for _ in range(2))
    assert one == other


@pytest.mark.parametrize("seed", range(6))
def test_evasive_eyes_do_not_cross_to_the_far_corner(seed: int) -> None:
    brief = Brief("evasive_response", 3.0, seed=seed, instruction="looks away")
    assert np.abs(compile_brief(brief).controls.gaze_deg[..., 0]).max() < 25

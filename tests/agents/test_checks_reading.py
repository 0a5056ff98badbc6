"""A plan is compared with what its instruction says, by what it moves."""

from dataclasses import replace
from pathlib import Path

import pytest

from cogportrait.agents.checks_reading import CHECKS, check_reading
from cogportrait.agents.planner import plan_events
from cogportrait.types import Brief, EventKind, EventPlan, PlannedEvent, Target

PHRASINGS = Path(__file__).parent / "phrasings.tsv"
TEXTS = [row.partition("\t")[0] for row in PHRASINGS.read_text("utf-8").splitlines()[1:]]


def test_what_the_expert_plans_itself_has_no_finding_whatever_it_is_called() -> None:
    for text in TEXTS[::5]:
        plan = plan_events(Brief("neutral", 6.0, instruction=text, seed=1))
        unnamed = [replace(e, origin="label", reason="so") for e in plan.events]
        assert check_reading(plan, text) == [], text
        assert check_reading(replace(plan, events=tuple(unnamed)), text) == [], text


def event(kind: str, start_s: float, side: str = "both", **moves: float) -> PlannedEvent:
    targets = tuple(Target(name, value) for name, value in moves.items())
    return PlannedEvent(EventKind(kind), start_s, 0.3, 0.5, 0.3, targets, side=side)


def checks(text: str, *events: PlannedEvent, may_blink: bool = True) -> list[str]:
    plan = EventPlan("neutral", 6.0, events, may_blink=may_blink)
    found = check_reading(plan, text)
    assert all(v.severity == "soft" and v.check in CHECKS for v in found)
    assert all(v.message.startswith(v.check) and v.message.isprintable() for v in found)
    return [v.check.removeprefix("instruction_") for v in found]


SMILE = event("expression", 2.0, AU12=0.6, AU06=0.4)
LEFT = event("gaze", 0.5, gaze_yaw=15)


@pytest.mark.parametrize(
    ("text", "events", "found"),
    [
        ("smiles", [SMILE], []),
        ("smiles", [event("laugh", 1.0, AU12=0.7, AU06=0.5, AU25=0.5)], []),
        ("smiles", [event("expression", 1.0, AU04=0.7)], ["planned"]),
        ("smiles", [event("expression", 1.0, AU12=0.1)], ["planned"]),
        ("raises the brows", [event("expression", 1, AU01=0.5), event("expression", 1, AU02=0.5)],
         []),
        # Sides: of what has sides, where one is named.
        ("winks with the right eye", [event("wink", 1.0, "R", closure=1.0)], []),
        ("winks with the right eye", [event("wink", 1.0, "L", closure=1.0)], ["planned_side"]),
        ("winks", [event("wink", 1.0, "R", closure=1.0)], []),
        ("winks", [event("closure", 1.0, closure=1.0)], ["planned_side"]),
        ("closes the eyes", [event("wink", 1.0, "R", closure=1.0)], ["planned_side"]),
        ("raises the left eyebrow", [event("expression", 1.0, AU01=0.6, AU02=0.6)],
         ["planned_side"]),
        ("raises one eyebrow", [event("expression", 1.0, "R", AU01=0.6, AU02=0.6)], []),
        # Ways.
        ("looks left", [LEFT], []),
        ("looks left", [event("drift", 0.5, gaze_yaw=15, gaze_pitch=-4)], []),
        ("looks left", [event("gaze", 0.5, gaze_yaw=-15)], ["planned_way"]),
        ("looks left", [event("gaze", 0.5, gaze_yaw=5, gaze_pitch=-15)], ["planned"]),
        ("looks left", [event("head", 0.5, head_yaw=15)], ["planned"]),
        ("looks away", [event("gaze", 0.5, gaze_yaw=-15)], []),
        ("tilts the head", [event("head", 0.5, head_roll=-9)], []),
        ("tilts the head to the left", [event("head", 0.5, head_roll=-9)], ["planned_way"]),
        ("lowers the head", [event("pulse", 0.5, head_pitch=-9)], []),
        ("nods", [event("nod", 0.5, head_pitch=9)], []),
        ("nods", [event("shake", 0.5, head_yaw=9)], ["planned"]),
        # Sizes, where one is said.
        ("smiles slightly", [event("expression", 1.0, AU12=0.4, AU06=0.2)], []),
        ("smiles slightly", [event("expression", 1.0, AU12=0.9, AU06=0.8)], ["planned_size"]),
        ("turns the head 20 degrees to the left", [event("head", 1.0, head_yaw=6)],
         ["planned_size"]),
        ("turns the head to the left", [event("head", 1.0, head_yaw=6)], []),
        # Order.
        ("looks left, then smiles", [LEFT, SMILE], []),
        ("smiles, then looks left", [LEFT, SMILE], ["planned_order"]),
        ("smiles and looks left", [LEFT, SMILE], []),
        ("looks left, then right, then left",
         [LEFT, event("gaze", 2.0, gaze_yaw=-15), event("gaze", 4.0, gaze_yaw=15)], []),
        ("looks left, then right, then left", [LEFT, event("gaze", 2.0, gaze_yaw=-15)],
         ["planned"]),
        ("looks left, then at the camera", [LEFT, event("gaze", 3.0, gaze_yaw=0)], []),
        ("looks left, then at the camera", [LEFT], ["planned"]),
        # Repetitions.
        ("blinks twice", [event("blink", 1.0, closure=1), event("blink", 2.0, closure=1)], []),
        ("blinks twice", [event("blink", 1.0, closure=1)], ["planned"]),
        ("blinks twice", [replace(event("blink", t, closure=1), origin="life") for t in (1.0, 2.0)],
         ["planned"]),
        # What is forbidden, and what nobody understands or can plan.
        ("does not smile", [SMILE], ["forbidden"]),
        ("without smiling, looks left", [LEFT], []),
        ("the head does not move", [event("head", 1.0, head_yaw=12)], ["forbidden"]),
        ("keeps the eyes on the camera", [event("gaze", 1.0, gaze_yaw=0.0)], []),
        ("smiles, xyzzy", [SMILE], []),
        ("xyzzy", [], []),
        ("leans in", [], []),
        ("", [], []),
    ],
)  # fmt: skip
def test_what_is_found(text: str, events: list[PlannedEvent], found: list[str]) -> None:
    assert checks(text, *events) == found


def test_blinks_are_forbidden_as_a_whole() -> None:
    assert checks("smiles without blinking", SMILE, may_blink=False) == []
    assert checks("smiles without blinking", SMILE) == ["forbidden"]

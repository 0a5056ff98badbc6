"""Everyday sentences that were once read wrongly, or not at all."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from tests.agents.readings import seen

from cogportrait.agents.instruction_steps import MOST_STEPS
from cogportrait.agents.loop import compile_brief
from cogportrait.facs.channels import CHANNELS
from cogportrait.types import Brief, EventKind, PlannedEvent


@pytest.mark.parametrize("word", ["nan", "inf", "infinity", "zillion", "some"])
@pytest.mark.parametrize("do", ["blinks", "look left", "nods"])
def test_a_word_that_is_no_number_counts_nothing_and_is_reported(do: str, word: str) -> None:
    events, reading = seen(f"{do} {word} times")
    assert len(events) == 1
    assert word in reading.not_understood


@pytest.mark.parametrize("calm", ["calm down", "calms down", "slow down", "settle down"])
@pytest.mark.parametrize("do", ["throw the head back", "look left", "raise the brows"])
def test_who_calms_down_goes_nowhere(do: str, calm: str) -> None:
    events, reading = seen(f"{do}, then {calm}")
    assert len(events) == 1
    assert "down" in reading.not_understood


def yaws(events: Sequence[PlannedEvent], kind: EventKind) -> list[float]:
    return [round(e.value(f"{kind}_yaw"), 1) for e in events if e.kind is kind]


@pytest.mark.parametrize(
    "text",
    [
        "Turn away, then glance back.",
        "turns her head to the side, away from the camera, then glances back at it",
        "turns her head away from the viewer, then glances back at them",
    ],
)
def test_a_head_that_turns_away_takes_the_eyes_along(text: str) -> None:
    events, reading = seen(text)
    assert not reading.not_understood
    assert yaws(events, EventKind.HEAD) == [18.0], "it stays away"
    assert yaws(events, EventKind.GAZE) == [20.0, 0.0, 20.0], "away, a glance, away again"
    made = compile_brief(Brief("neutral", 6.0, instruction=text)).controls
    in_space = abs(made.head_deg[:, 0] + made.gaze_deg.mean(axis=1)[:, 0])
    assert in_space[25] > 10, "nobody stares at the viewer out of the corner of an eye"
    assert abs(made.gaze_deg[-10:, :, 0]).max() < 10, "after the glance the eyes are with the head"


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("label", ["neutral", "evasive_response", "fear"])
def test_a_glance_returns_to_the_side_where_the_eyes_were(label: str, seed: int) -> None:
    text = "looks away, then glances at the camera"
    plan = compile_brief(Brief(label, 6.0, seed=seed, instruction=text)).plan
    away, there, back = yaws([e for e in plan.events if e.origin == "instruction"], EventKind.GAZE)
    assert (abs(away), there) == (20.0, 0.0)
    assert back == away


def test_a_head_that_turns_back_brings_the_eyes_back() -> None:
    events, _ = seen("turns away, then turns back")
    assert yaws(events, EventKind.GAZE) == [20.0, 0.0]
    events, _ = seen("turns the head away but keeps looking at the camera")
    assert yaws(events, EventKind.GAZE) == [0.0]
    events, _ = seen("turns the head to the left")
    assert yaws(events, EventKind.GAZE) == []


@pytest.mark.parametrize("length", ["a second", "one second", "1 s"])
@pytest.mark.parametrize("do", ["Blink rapidly", "blinks repeatedly", "flutters the eyelids"])
def test_rapid_blinks_fit_into_their_second(do: str, length: str) -> None:
    events, reading = seen(f"{do} for {length}")
    assert not reading.not_understood
    assert [e.kind for e in events] == [EventKind.BLINK] * 3
    assert events[-1].end_s - events[0].start_s < 1.0
    made = compile_brief(Brief("neutral", 4.0, instruction=f"{do} for {length}")).plan
    own = [e for e in made.events if e.origin == "instruction"]
    assert len(own) == 3
    assert own[-1].end_s - own[0].start_s < 1.1


def test_what_lasts_the_whole_time_begins_with_what_it_goes_along_with() -> None:
    events, reading = seen("shake head slowly while smiling, looking down the whole time")
    assert not reading.not_understood
    assert {e.start_s for e in events} == {events[0].start_s}
    (look,) = (e for e in events if e.kind is EventKind.GAZE)
    assert look.end_s > 9.5


@pytest.mark.parametrize(
    "text",
    ["Lower your head and look back up", "bows the head, then slowly looks up again",
     "lowers the head and looks down, then looks back up"],
)  # fmt: skip
def test_who_looks_back_up_raises_the_head_that_was_lowered(text: str) -> None:
    events, reading = seen(text)
    assert not reading.not_understood
    assert [e.value("head_pitch") for e in events if e.kind is EventKind.HEAD] == [-13.0, 0.0]
    assert all(e.value("gaze_pitch") <= 0 for e in events)


@pytest.mark.parametrize(
    "text",
    ["smile with the mouth only", "smiles only with the mouth", "only the mouth smiles",
     "a smile that does not reach the eyes", "smiles, but it never reaches her eyes"],
)  # fmt: skip
def test_a_smile_of_the_mouth_alone_leaves_the_cheeks(text: str) -> None:
    events, reading = seen(text)
    assert not reading.not_understood
    assert events[0].value("AU12") > 0.5
    assert events[0].value("AU06") == 0
    assert "AU06" in reading.denied.aus, "nor does the label raise them"


@pytest.mark.parametrize(
    "text", ["smile with the mouth only, eyes stay sad", "smiles, but her eyes remain sad"]
)
def test_eyes_that_stay_sad_leave_the_mouth_its_smile(text: str) -> None:
    events, reading = seen(text)
    assert not reading.not_understood
    smile, sad = sorted(events, key=lambda e: -e.value("AU12"))
    assert smile.sustain
    assert smile.value("AU06") == 0
    assert sad.value("AU01") > 0.4
    assert not any(t.channel in ("AU15", "AU17") for t in sad.targets)
    assert sad.start_s == smile.start_s


def test_all_that_came_before_is_repeated() -> None:
    events, reading = seen("Look up. Look down. Look left. Look right. Repeat twice.")
    assert not reading.not_understood
    ways = [(e.value("gaze_yaw"), e.value("gaze_pitch")) for e in events]
    assert ways == [(0, 14), (0, -14), (20, 0), (-20, 0)] * 3


@pytest.mark.parametrize("text", ["Nod. Repeat 99999 times.", "Nod. Repeat. " * 300])
def test_more_than_there_is_room_for_is_not_repeated(text: str) -> None:
    events, reading = seen(text[:4999])
    assert len(events) <= MOST_STEPS
    assert any("fit" in words for words in reading.not_understood)


def test_what_has_its_time_is_not_repeated() -> None:
    events, reading = seen("At 1 s look left. Repeat twice.")
    assert len(events) == 1
    assert reading.not_understood == ("repeat twice",)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("narrows his eyes and shakes his head no, twice", EventKind.SHAKE),
     ("smiles and nods, twice", EventKind.NOD)],
)  # fmt: skip
def test_a_count_is_not_that_of_what_stays(text: str, kind: EventKind) -> None:
    events, reading = seen(text)
    assert not reading.not_understood
    assert [e.cycles for e in events if e.kind is kind] == [2]
    (face,) = (e for e in events if e.kind is EventKind.EXPRESSION)
    assert face.sustain


@pytest.mark.parametrize(
    "text",
    ["eyelids droop, head sinks forward, then jerks back awake at 4 seconds",
     "drowsy, then wakes with a start at 4 s"],
)  # fmt: skip
def test_who_jerks_awake_opens_the_eyes(text: str) -> None:
    events, reading = seen(text)
    assert not reading.not_understood
    lids = next(e for e in events if e.kind is EventKind.CLOSURE)
    assert 4.0 < lids.end_s < 4.6
    assert events[-1].value("head_pitch") == 8.0, "and nothing takes the head back"
    made = compile_brief(Brief("drowsiness", 6.0, instruction=text)).controls
    names = list(CHANNELS)
    closed = made.to_matrix()[:, [names.index("AU43_L"), names.index("AU43_R")]].max(axis=1)
    assert closed[70:98].min() > 0.2
    assert closed[115] < 0.1


def test_a_pose_with_a_time_begins_where_the_head_is() -> None:
    events, _ = seen("turns the head left, then at 4 s turns the head right")
    assert yaws(events, EventKind.HEAD) == [18.0, -18.0]
    events, _ = seen("turns the head left for two seconds, then at 6 s turns the head right")
    assert yaws(events, EventKind.HEAD) == [18.0, 0.0, -18.0]


def test_who_looks_down_the_nose_has_the_chin_up() -> None:
    events, reading = seen("look down your nose at the viewer")
    assert not reading.not_understood
    head, look = sorted(events, key=lambda e: e.kind is EventKind.GAZE)
    assert head.value("head_pitch") > 5
    assert (look.kind, look.value("gaze_pitch")) == (EventKind.GAZE, 0.0)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("roll your eyes", "rolls her eyes"),
        ("bat your eyelashes", "bats her eyelashes"),
        ("dart your eyes left, then right", "darts her eyes left, then right"),
        ("look deep into my eyes", "looks at the camera"),
        ("meet my gaze", "meets the viewer's gaze"),
    ],
)
def test_your_eyes_are_the_own_ones(text: str, same: str) -> None:
    (events, reading), (others, _) = seen(text), seen(same)
    assert not reading.not_understood
    assert events
    assert [(e.kind, e.start_s, e.targets) for e in events] == [
        (e.kind, e.start_s, e.targets) for e in others
    ]


@pytest.mark.parametrize(
    "text", ["Darting eyes: left, right, left, then freeze", "dart your eyes left, right, left",
             "his eyes dart to the left, then to the right, then to the left"],
)  # fmt: skip
def test_eyes_that_dart_are_quick(text: str) -> None:
    events, reading = seen(text)
    assert set(reading.not_understood) <= {"freeze"}
    assert yaws(events, EventKind.GAZE) == [20.0, -20.0, 20.0]
    steps = [b.start_s - a.start_s for a, b in pairwise(events)]
    assert all(0.3 <= s <= 0.6 for s in steps)


@pytest.mark.parametrize("text", ["crying", "she cries", "weeps", "sobbing"])
def test_who_cries_is_sad_and_the_tears_are_reported(text: str) -> None:
    events, reading = seen(text)
    assert reading.not_understood == ("tears",)
    assert events[0].value("AU15") > 0.3
    assert not seen("doesn't cry")[1].not_understood

"""What stays, what ends, what returns, and what waits: lids, faces, looks and pauses."""

import numpy as np
import pytest
from tests.agents.readings import SECONDS, near, seen

from cogportrait.agents.checks_meaning import check_instruction
from cogportrait.agents.loop import compile_brief
from cogportrait.facs.channels import AU_CHANNELS, CHANNEL_INDEX
from cogportrait.facs.limits import channel_limits
from cogportrait.types import Brief, ControlSequence, EventKind, PlannedEvent


def played(text: str, label: str = "neutral") -> ControlSequence:
    compiled = compile_brief(Brief(label, SECONDS, seed=3, instruction=text))
    assert not compiled.critique.hard
    assert compiled.plan.not_understood == ()
    return compiled.controls


def at(controls: ControlSequence, channel: str, time_s: float) -> float:
    return float(controls.au(channel)[round(time_s * controls.fps)])


def of(text: str, kind: EventKind) -> list[PlannedEvent]:
    return [e for e in seen(text)[0] if e.kind is kind]


def test_one_eye_opens_and_the_other_stays_closed() -> None:
    controls = played("closes both eyes, then opens only the left one")
    assert at(controls, "AU43_L", 2.0) > 0.9
    assert at(controls, "AU43_L", 5.0) < 0.1
    right = controls.au("AU43_R")[round(2 * controls.fps) :]
    assert right.min() > 0.9  # not even for a moment


def test_eyes_open_one_after_the_other() -> None:
    left, right = of("closes both eyes, then opens the left, then the right", EventKind.CLOSURE)
    assert not left.sustain and not right.sustain
    assert right.end_s > left.end_s + 2


def test_the_other_eye_that_also_closes_leaves_the_first_closed() -> None:
    left, _ = of("closes the left eye, then also the right", EventKind.CLOSURE)
    assert left.sustain


def test_eyes_that_open_in_part_stay_closed_in_part() -> None:
    almost, half = of("almost closes the eyes and reopens halfway", EventKind.CLOSURE)
    assert almost.value("closure") == pytest.approx(0.9, abs=0.05)
    assert half.value("closure") == pytest.approx(0.45, abs=0.05)
    assert half.sustain and not almost.sustain
    _, slightly = of("closes the eyes, then opens them slightly", EventKind.CLOSURE)
    assert slightly.value("closure") == pytest.approx(0.7, abs=0.05)


def test_half_closed_lids_do_not_open_for_a_look() -> None:
    (lids,) = of("lowers the eyelids halfway, then looks left", EventKind.CLOSURE)
    assert lids.sustain
    (shut,) = of("closes the eyes, then looks left", EventKind.CLOSURE)
    assert not shut.sustain


@pytest.mark.parametrize(
    "text",
    [
        "with eyes shut, smiles and slowly turns left and right",
        "eyes closed, smiling",
        "Smiling, he shuts his eyes.",
    ],
)
def test_what_sets_the_scene_happens_with_what_it_is_said_for(text: str) -> None:
    events, _ = seen(text)
    smile = next(e for e in events if e.value("AU12"))
    lids = next(e for e in events if e.kind is EventKind.CLOSURE)
    assert lids.sustain
    assert smile.start_s == lids.start_s


def test_a_yawn_opens_the_mouth_itself() -> None:
    events, _ = seen("opens the mouth and yawns")
    (mouth,) = (e for e in events if e.value("AU26"))
    (lids,) = (e for e in events if e.kind is EventKind.CLOSURE)
    assert mouth.value("AU27")
    assert mouth.start_s == lids.start_s
    smile, lids, yawn = seen("smiles and yawns")[0]
    assert lids.start_s == yawn.start_s > smile.start_s


@pytest.mark.parametrize(
    "text", ["blinking only once", "looks left, blinking only once", "blinks once, no more"]
)
@pytest.mark.parametrize("label", ["neutral", "anger", "drowsiness"])
def test_once_is_once_in_the_whole_clip(text: str, label: str) -> None:
    plan = compile_brief(Brief(label, SECONDS, seed=3, instruction=text)).plan
    assert [b.origin for b in plan.of_kind(EventKind.BLINK)] == ["instruction"]


@pytest.mark.parametrize(
    ("text", "wait_s"),
    [
        ("smiles, then after a long pause, nods", 2.0),
        ("smiles; a beat; nods", 1.0),
        ("smiles. Short pause. Nods.", 0.5),
        ("smiles, waits three seconds and nods", 3.0),
        ("smiles, pauses for 1.5 s, then nods", 1.5),
    ],
)
def test_a_pause_is_a_wait_before_what_follows(text: str, wait_s: float) -> None:
    (smile, nod), reading = seen(text)
    assert reading.not_understood == ()
    assert nod.start_s - smile.end_s >= wait_s - 0.01
    assert nod.start_s - smile.start_s < wait_s + 2


@pytest.mark.parametrize("text", ["a 3 second smile", "a three-second smile", "smiles 3s"])
def test_a_length_is_no_pause(text: str) -> None:
    (smile,), reading = seen(text)
    assert near(smile.start_s, 0.15)
    assert near(smile.end_s, 3.75, 0.3)
    assert not smile.sustain
    assert reading.not_understood == ()


def test_without_a_pause_nothing_waits() -> None:
    (blink, *_), reading = seen("without a pause, blinks twice")
    assert blink.start_s < 0.5
    assert reading.not_understood == ()


@pytest.mark.parametrize(
    "text",
    [
        "smiles without showing teeth, then the smile fades",
        "smiles, does not show the teeth, then the smile fades",
        "smiles, then the smile fades",
        "A smile that fades after two seconds.",
    ],
)
def test_a_smile_that_fades_does_not_come_back_with_the_label(text: str) -> None:
    controls = played(text, "happiness")
    assert at(controls, "AU12_L", 1.5) > 0.4
    assert controls.au("AU12_L")[round(5 * controls.fps) :].max() < 0.05
    if "teeth" in text:
        assert controls.au("AU25").max() < 0.02


@pytest.mark.parametrize(
    ("text", "ended", "shown"),
    [
        ("frowns, then smiles", "AU04", "AU12"),
        ("smiles, then looks sad", "AU12", "AU15"),
        ("looks surprised, then smiles", "AU02", "AU12"),
    ],
)
def test_a_feeling_ends_where_another_is_shown(text: str, ended: str, shown: str) -> None:
    events, _ = seen(text)
    first = next(e for e in events if e.value(ended))
    second = next(e for e in events if e.value(shown) and e is not first)
    assert not first.sustain
    assert near(first.end_s, second.start_s, 1.0)
    assert second.sustain


def test_the_same_feeling_is_shown_again_after_another() -> None:
    assert len([e for e in seen("smile, frown, smile")[0] if e.value("AU12")]) == 2


@pytest.mark.parametrize(
    "text",
    [
        "closes the right eye, not the left",
        "closes the right eye while the left stays open",
        "closes his right eye only; the left does not close",
        "closes the right eye, the left one unchanged",
    ],
)
def test_what_the_other_eye_does_not_do_is_left_alone(text: str) -> None:
    events, reading = seen(text)
    assert [(e.kind, e.side) for e in events] == [(EventKind.CLOSURE, "R")]
    assert events[0].sustain
    assert reading.not_understood == ()


@pytest.mark.parametrize("text", ["the head does not turn", "Smiles. The head doesn't turn."])
def test_a_denial_may_begin_with_what_does_not_move(text: str) -> None:
    _, reading = seen(text)
    assert EventKind.HEAD in reading.denied.kinds
    assert reading.not_understood == ()


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        ("looks left, then smiles", True),
        ("The gaze shifts to the left, followed by a downward head movement", True),
        ("glances left, then smiles", False),
        ("a quick look to the left, then smiles", False),
        ("looks left for two seconds, then smiles", False),
        ("looks left, then smiles at the camera", False),
        ("looks left, then smiles and looks back", False),
    ],
)
def test_a_look_stays_unless_something_brings_it_back(text: str, stays: bool) -> None:
    looks = of(text, EventKind.GAZE)
    assert looks[0].value("gaze_yaw") > 10
    assert (looks[-1].value("gaze_yaw") > 10) is stays


def test_what_is_said_in_order_begins_in_order_and_does_not_overlap() -> None:
    text = (
        "First opens the eyes wide, then narrows them. The gaze then shifts to the left, followed"
        " by a downward head movement."
    )
    controls = played(text)
    yaw = np.abs(controls.gaze_deg[:, 0, 0] + controls.head_deg[:, 0])
    pitch = np.abs(controls.head_deg[:, 1])
    looked = int(np.argmax(yaw > 15))
    turned = int(np.argmax(pitch > 4))
    assert 0 < looked < turned - controls.fps
    assert channel_limits("head_pitch").soft[0] < -pitch.max() < -8


@pytest.mark.parametrize(
    ("text", "aus"),
    [
        ("AU1+2+5", {"AU01": 0.6, "AU02": 0.6, "AU05": 0.6}),
        ("AU12B", {"AU12": 0.4}),
        ("au4e", {"AU04": 0.95}),
    ],
)
def test_action_units_are_read_by_number(text: str, aus: dict[str, float]) -> None:
    events, reading = seen(text)
    assert {t.channel: t.value for e in events for t in e.targets} == pytest.approx(aus)
    assert reading.not_understood == ()


@pytest.mark.parametrize("text", ["looks left and juggles right", "smiles, then wobbles left"])
def test_a_direction_among_unknown_words_moves_nothing(text: str) -> None:
    events, reading = seen(text)
    assert len(events) == 1
    assert reading.not_understood


def test_lines_of_a_list_are_steps_and_wrapped_lines_are_not() -> None:
    smile, nod, look = seen("- smile\n- nod twice\n- look left")[0]
    assert smile.start_s < nod.start_s < look.start_s
    wrapped = "She slowly turns her head to the left side of the room while she keeps on\nsmiling"
    assert len({e.start_s for e in seen(wrapped)[0]}) == 1


def test_the_critic_finds_nothing_in_eyes_that_close_together_and_open_apart() -> None:
    text = "closes both eyes, then opens only the left one"
    compiled = compile_brief(Brief("neutral", SECONDS, seed=3, instruction=text))
    assert not check_instruction(compiled.controls, compiled.plan)


@pytest.mark.parametrize(
    "text",
    ["nods after she smiles", "After she smiles, she nods.", "As soon as he smiles, he nods."],
)
def test_after_a_clause_means_later_wherever_it_stands(text: str) -> None:
    smile, nod = seen(text)[0]
    assert smile.value("AU12")
    assert nod.kind is EventKind.NOD


def test_a_laugh_with_the_head_held_low_is_seen_by_its_face() -> None:
    """The head of a laugh goes up a little; drawn in degrees it would outweigh the face."""
    brief = Brief("laughter", 8.0, instruction="laughs, then looks down")
    compiled = compile_brief(brief)
    laugh = next(e for e in compiled.plan.of_kind(EventKind.LAUGH) if e.origin == "instruction")
    assert not [v for v in check_instruction(compiled.controls, compiled.plan)
                if v.start_s == laugh.start_s]  # fmt: skip
    bent = compiled.controls.to_matrix()
    bent[:, CHANNEL_INDEX["head_pitch"]] -= 8.0
    low = ControlSequence.from_matrix(bent, compiled.controls.fps)
    assert not [v for v in check_instruction(low, compiled.plan) if "laughs" in v.message]
    bent[:, [CHANNEL_INDEX[name] for name in AU_CHANNELS]] = 0.0
    still = ControlSequence.from_matrix(bent, compiled.controls.fps)
    assert [v for v in check_instruction(still, compiled.plan) if "laughs" in v.message]


@pytest.mark.parametrize(
    "text",
    [
        "opens the mouth wide in surprise, then closes the mouth",
        "looks surprised, then closes the mouth",
    ],
)
def test_a_mouth_that_a_feeling_opens_can_be_closed(text: str) -> None:
    controls = played(text)
    assert max(at(controls, "AU26", t) for t in (1.0, 2.0)) > 0.2
    assert at(controls, "AU26", SECONDS - 1) < 0.05
    assert at(controls, "AU25", SECONDS - 1) < 0.05
    assert at(controls, "AU02_L", SECONDS - 1) > 0.3


def test_a_brow_that_the_other_one_follows_stays_raised() -> None:
    controls = played("The left eyebrow rises, and a moment later the right one follows.")
    assert at(controls, "AU02_R", 0.9) < 0.1
    for channel in ("AU02_L", "AU02_R"):
        assert at(controls, channel, SECONDS - 1) > 0.3

from itertools import pairwise

import numpy as np
import pytest

from cogportrait.agents.instructions import read_instruction
from cogportrait.agents.loop import compile_brief
from cogportrait.types import Brief, EventKind

PAPER = (
    "This person first opens the eyes, then gradually narrows them into a slight squint. The gaze "
    "then shifts to the left, followed by a downward head movement. The overall motion is smooth, "
    "deliberate, and clearly sequential."
)


def test_the_papers_example_gives_four_events_in_order_that_do_not_overlap() -> None:
    reading = read_instruction(PAPER, 5.0)
    wide, squint, left, down = reading.events
    assert wide.value("AU05") > 0.4
    assert 0.2 < squint.value("AU07") < 0.6
    assert left.kind is EventKind.GAZE
    assert left.value("gaze_yaw") > 10
    assert down.kind is EventKind.HEAD
    assert down.value("head_pitch") < -8
    for before, after in pairwise(reading.events):
        assert before.end_s <= after.start_s
    assert reading.not_understood == ()


def test_the_papers_example_happens_in_the_clip() -> None:
    compiled = compile_brief(Brief("neutral", 6.0, seed=1, instruction=PAPER))
    controls = compiled.controls
    assert not compiled.critique.hard
    wide = int(controls.au("AU05_L").argmax())
    squint = int((controls.au("AU07_L") > 0.3).argmax())
    left = int((controls.gaze_deg[:, 0, 0] > 12).argmax())
    down = int((controls.head_deg[:, 1] < -7).argmax())
    assert 0 < wide < squint < left < down


@pytest.mark.parametrize(
    ("text", "channel", "sign"),
    [
        ("looks left", "gaze_yaw", 1),
        ("glances to the right", "gaze_yaw", -1),
        ("gazes upward", "gaze_pitch", 1),
        ("the eyes drop down", "gaze_pitch", -1),
        ("turns the head to the right", "head_yaw", -1),
        ("lowers his head", "head_pitch", -1),
        ("raises the chin", "head_pitch", 1),
        ("tilts her head to the left", "head_roll", 1),
        ("leans forward", "head_z", 1),
        ("smiles broadly", "AU12", 1),
        ("furrows the brows", "AU04", 1),
        ("raises both eyebrows", "AU02", 1),
        ("squints", "AU07", 1),
        ("closes the eyes", "closure", 1),
        ("nods twice", "head_pitch", -1),
        ("shakes the head", "head_yaw", 1),
    ],
)
def test_simple_words_move_the_right_channel_the_right_way(
    text: str, channel: str, sign: int
) -> None:
    (event,) = read_instruction(text, 4.0).events
    assert np.sign(event.value(channel)) == sign


def test_degree_and_speed_words_scale() -> None:
    plain = read_instruction("smiles", 4.0).events[0]
    slight = read_instruction("smiles slightly and slowly", 4.0).events[0]
    assert slight.value("AU12") < plain.value("AU12")
    assert read_instruction("slowly smiles", 4.0).events[0].onset_s > plain.onset_s


def test_a_duration_is_kept() -> None:
    (event,) = read_instruction("closes the eyes for 2 seconds", 6.0).events
    assert event.end_s - event.start_s == pytest.approx(2.6, abs=0.3)
    assert not event.sustain


def test_numbers_and_sides_are_read() -> None:
    assert len(read_instruction("blinks three times", 5.0).events) == 3
    assert read_instruction("nods twice", 5.0).events[0].cycles == 2
    assert read_instruction("winks with the right eye", 5.0).events[0].side == "R"
    assert read_instruction("raises the left eyebrow", 5.0).events[0].side == "L"


def test_what_happens_together_starts_together() -> None:
    smile, nod = sorted(read_instruction("smiles while nodding", 5.0).events, key=lambda e: e.kind)
    assert smile.start_s == nod.start_s


def test_a_bare_direction_means_the_movement_before() -> None:
    down, away = read_instruction("looks down, then away", 6.0).events
    assert down.kind is away.kind is EventKind.GAZE
    assert away.value("gaze_yaw") != 0


def test_without_blinking_means_no_blink() -> None:
    compiled = compile_brief(
        Brief("neutral", 30.0, seed=1, instruction="looks up without blinking")
    )
    assert compiled.controls.au("AU43_L").max() < 0.1
    assert not compiled.critique.hard


def test_unknown_words_are_reported_and_do_no_harm() -> None:
    reading = read_instruction("flabbergasts the zebra, then looks up", 4.0)
    assert reading.not_understood == ("flabbergasts", "zebra")
    assert len(reading.events) == 1


def test_no_instruction_asks_for_nothing() -> None:
    assert read_instruction("  ", 4.0).events == ()


def test_an_instruction_takes_its_channels_from_the_label() -> None:
    compiled = compile_brief(Brief("evasive_response", 4.0, seed=1, instruction="looks left"))
    looks = compiled.plan.of_kind(EventKind.GAZE)
    assert all(e.origin == "instruction" for e in looks)
    assert any("mouth" in e.reason for e in compiled.plan.events)


def test_more_steps_than_time_still_come_in_order() -> None:
    text = "smiles, then frowns, then looks left, then nods, then closes the eyes, then looks up"
    compiled = compile_brief(Brief("neutral", 1.0, seed=1, instruction=text))
    assert not compiled.critique.hard


@pytest.mark.parametrize(
    "text", ["does not smile", "never smiles", "looks left without smiling", "doesn't smile"]
)
def test_what_is_denied_is_reported_and_not_done(text: str) -> None:
    reading = read_instruction(text, 4.0)
    channels = {target.channel for event in reading.events for target in event.targets}
    assert not any(channel.startswith("AU12") for channel in channels)
    assert any("smil" in words for words in reading.not_understood)

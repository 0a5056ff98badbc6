from itertools import pairwise

import numpy as np
import pytest

from cogportrait.agents.instructions import read_instruction
from cogportrait.agents.loop import compile_brief
from cogportrait.facs.channels import CHANNELS
from cogportrait.types import Brief, ControlSequence, EventKind

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
    event = read_instruction(text, 4.0).events[0]
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
    "text", ["does not smile", "never smiles", "looks left without smiling", "don’t smile"]
)
def test_what_is_denied_is_kept_from_the_label_too(text: str) -> None:
    reading = read_instruction(text, 4.0)
    assert reading.not_understood == ()
    assert not any(event.value("AU12") for event in reading.events)
    smiling = compile_brief(Brief("happiness", 4.0, seed=1)).controls
    serious = compile_brief(Brief("happiness", 4.0, seed=1, instruction=text)).controls
    assert smiling.au("AU12_L").max() > 0.4
    assert serious.au("AU12_L").max() == 0


@pytest.mark.parametrize("text", ["not looking at the camera", "does not juggle"])
def test_a_denial_that_cannot_be_kept_is_reported_in_its_own_words(text: str) -> None:
    assert read_instruction(text, 4.0).not_understood == (text,)


def test_a_denial_ends_where_the_next_movement_begins() -> None:
    reading = read_instruction("she doesn't smile and looks left", 4.0)
    assert [e.value("gaze_yaw") for e in reading.events] == [20.0]


def controls_of(text: str, label: str = "neutral", duration_s: float = 6.0) -> ControlSequence:
    compiled = compile_brief(Brief(label, duration_s, seed=1, instruction=text))
    assert not compiled.critique.hard
    assert compiled.plan.not_understood == ()
    return compiled.controls


def at(controls: ControlSequence, channel: str, time_s: float) -> float:
    row = dict(zip(CHANNELS, controls.to_matrix()[round(time_s * controls.fps)], strict=True))
    turned = row[channel[:-2].replace("gaze", "head")] if channel.startswith("gaze") else 0.0
    return float(row[channel] + turned)


# What is asked, and what a channel is at some times of a clip of 6 s; gaze is that in space.
SHOWS = (
    (
        "closes her eyes slowly and keeps them closed",
        "AU43_L",
        ((0.4, "<", 0.5), (1.2, ">", 0.9), (5.9, ">", 0.9)),
    ),
    (
        "closes her eyes for 2 seconds, then opens them",
        "AU43_R",
        ((1.5, ">", 0.9), (4.5, "<", 0.1)),
    ),
    (
        "closes her eyes at 1 s, opens them at 4 s",
        "AU43_L",
        ((0.9, "<", 0.1), (3.8, ">", 0.5), (4.6, "<", 0.1)),
    ),
    ("eyes half closed", "AU43_L", ((2.0, ">", 0.35), (5.0, ">", 0.35), (2.0, "<", 0.7))),
    ("closes her left eye", "AU43_L", ((2.0, ">", 0.9),)),
    ("closes her left eye", "AU43_R", ((2.0, "<", 0.3),)),
    ("closes eyes in the second half", "AU43_L", ((2.9, "<", 0.2), (4.0, ">", 0.9))),
    ("raises one eyebrow", "AU02_L", ((2.0, ">", 0.4),)),
    ("raises one eyebrow", "AU02_R", ((2.0, "<", 0.1),)),
    ("raises eyebrows, then lowers them", "AU02_L", ((1.5, ">", 0.4), (5.0, "<", 0.1))),
    ("raises eyebrows, then lowers them", "AU04_L", ((5.0, "<", 0.1),)),
    ("yawns", "AU27", ((2.0, ">", 0.4), (5.0, "<", 0.1))),
    ("yawns", "AU43_L", ((2.0, ">", 0.7), (5.0, "<", 0.9))),
    ("smirks", "AU12_L", ((2.0, ">", 0.3),)),
    ("smirks", "AU12_R", ((2.0, "<", 0.1),)),
    ("laughs", "AU12_L", ((1.2, ">", 0.4), (4.0, "<", 0.1))),
    ("frowns for two seconds then smiles", "AU04_L", ((1.5, ">", 0.4), (3.5, "<", 0.1))),
    ("frowns for two seconds then smiles", "AU12_L", ((2.0, "<", 0.1), (4.5, ">", 0.5))),
    ("smiles at 2 s", "AU12_R", ((1.9, "<", 0.05), (3.0, ">", 0.5), (5.9, ">", 0.4))),
    ("after 2 seconds, smile", "AU12_R", ((1.9, "<", 0.05), (3.0, ">", 0.5))),
    ("smile for the first 2 seconds", "AU12_L", ((1.0, ">", 0.5), (2.5, "<", 0.05))),
    ("smiles, then the smile fades", "AU12_L", ((2.0, ">", 0.5), (4.0, "<", 0.05))),
    ("smiles, then returns to neutral", "AU12_L", ((2.0, ">", 0.5), (4.0, "<", 0.05))),
    ("50% smile", "AU12_L", ((2.0, ">", 0.25), (2.0, "<", 0.4))),
    (
        "from 1 to 3 seconds looks left",
        "gaze_yaw_L",
        ((0.9, "<", 3), (2.0, ">", 14), (3.6, "<", 3)),
    ),
    ("looks left at 1 s and right at 3 s", "gaze_yaw_L", ((2.0, ">", 14), (4.0, "<", -14.0))),
    (
        "looks away to the left and then back at the camera",
        "gaze_yaw_L",
        ((2.0, ">", 12), (4.5, "<", 3)),
    ),
    ("glances left then down", "gaze_yaw_L", ((0.7, ">", 14), (2.0, "<", 3))),
    ("lowers her gaze", "gaze_pitch_L", ((2.0, "<", -9.0),)),
    ("looks at the floor", "gaze_pitch_L", ((2.0, "<", -9.0),)),
    ("rolls eyes", "gaze_pitch_L", ((0.55, ">", 10), (2.0, "<", 3))),
    ("turns head 25 degrees to the left", "head_yaw", ((3.0, ">", 20), (3.0, "<", 30))),
    ("turns her head left, then faces the camera", "head_yaw", ((2.0, ">", 12), (5.5, "<", 4))),
    ("tilts head left, then right", "head_roll", ((2.0, ">", 6), (5.0, "<", -6))),
    ("eyes closed for the first half, then open", "AU43_L", ((1.5, ">", 0.9), (4.0, "<", 0.1))),
    ("closes eyes halfway", "AU43_L", ((2.0, ">", 0.4), (2.0, "<", 0.75))),
    ("eyes looking up-left", "gaze_pitch_L", ((2.0, ">", 7),)),
    ("mouth agape", "AU26", ((2.0, ">", 0.4),)),
    ("pouts", "AU17", ((2.0, ">", 0.35),)),
    ("purses her lips", "AU18", ((2.0, ">", 0.45),)),
    ("opens and closes her mouth", "AU26", ((1.5, ">", 0.4), (4.0, "<", 0.05))),
    ("looks surprised", "AU02_L", ((2.0, ">", 0.4),)),
    ("looks up, smiling", "AU12_L", ((1.5, ">", 0.4),)),
)


@pytest.mark.parametrize(("text", "channel", "values"), SHOWS)
def test_the_clip_shows_what_the_words_ask_for(
    text: str, channel: str, values: tuple[tuple[float, str, float], ...]
) -> None:
    controls = controls_of(text)
    for time_s, sign, bound in values:
        value = at(controls, channel, time_s)
        assert value > bound if sign == ">" else value < bound, (time_s, value)


def blinks_of(controls: ControlSequence) -> int:
    shut = controls.au("AU43_L") > 0.8
    return int((np.diff(shut.astype(int)) == 1).sum())


@pytest.mark.parametrize(
    ("text", "count"),
    [("blinks twice", 2), ("BLINK 3 TIMES!!", 3), ("double blink", 2), ("blinks 4x", 4),
     ("blinks a few times", 3), ("blinks rapidly", 3)],
)  # fmt: skip
def test_the_number_of_blinks_is_that_asked_for(text: str, count: int) -> None:
    assert len(read_instruction(text, 6.0).events) == count
    assert blinks_of(controls_of(text, duration_s=1.0 + 0.7 * count)) >= count


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("🙂", ("🙂",)),
        ("smile 🙂", ("🙂",)),
        ("微笑", ("微笑",)),
        ("schläft ein", ("schläft", "ein")),
        ("bites her lip", ("bites", "lip")),
        ("looks bored", ("looks", "bored")),
        ("turns the head", ("turns", "head")),
        ("moves", ("moves",)),
        ("slowly", ("slowly",)),
        ("looks left, 7", ("7",)),
        ("looks left and juggles", ("juggles",)),
    ],
)
def test_what_is_not_understood_is_named(text: str, words: tuple[str, ...]) -> None:
    assert read_instruction(text, 6.0).not_understood == words


def test_a_time_after_the_end_is_reported_and_the_rest_is_done() -> None:
    reading = read_instruction("smiles, at 9 s winks", 6.0)
    assert [e.kind for e in reading.events] == [EventKind.EXPRESSION]
    assert reading.not_understood == ("winks (at 9 s of 6 s)",)


def test_a_timed_instruction_leaves_the_label_alone_before_and_after() -> None:
    plan = compile_brief(
        Brief("evasive_response", 8.0, seed=1, instruction="from 3 to 5 s looks at the camera")
    ).plan
    origins = {round(e.start_s): e.origin for e in plan.of_kind(EventKind.GAZE)}
    assert {o for t, o in origins.items() if 3 < t < 5} <= {"instruction"}
    assert "label" in {o for t, o in origins.items() if t < 2}
    assert "label" in {o for t, o in origins.items() if t > 6}


@pytest.mark.parametrize(
    ("instruction", "reported", "events"),
    [
        ("blinks 5000 times", ("blinks 5000 times (8 of 5000 times fit)",), 8),
        ("blink from 3 to 1 seconds", ("blink (from 3 to 1 s: ends before it starts)",), 0),
        ("blinks three times", (), 3),
    ],
)
def test_what_the_clip_has_no_time_for_is_reported(
    instruction: str, reported: tuple[str, ...], events: int
) -> None:
    compiled = compile_brief(Brief("neutral", 4.0, instruction=instruction))
    assert compiled.plan.not_understood == reported
    asked = [e for e in compiled.plan.events if e.origin == "instruction"]
    assert len(asked) == events

"""Whose manner a manner is, how long things take, and what is there again or no longer."""

import numpy as np
import pytest
from tests.agents.readings import Check, near, seen

from cogportrait.agents.instructions import read_instruction
from cogportrait.agents.loop import compile_brief
from cogportrait.types import Brief, EventKind

CLOSINGS: tuple[tuple[str, float, int], ...] = (
    ("a slow blink that takes a full second", 1.0, 1),
    ("blink slowly for 0.8 s", 0.8, 1),
    ("One long blink, 600 ms", 0.6, 1),
    ("one-second blink", 1.0, 1),
    ("winks for 1 s", 1.0, 1),
    ("a 0.3 s blink", 0.3, 1),
    ("three slow blinks of 0.8 s each", 0.8, 3),
    ("blinks for two seconds with the right eye", 2.0, 1),
)
LOOKS: tuple[tuple[str, float], ...] = (
    ("looks left for two seconds", 2.0),
    ("glances up for 1 s", 1.0),
    ("looks left for 1.5 s, then smiles", 1.5),
    ("looks to the right for half a second", 0.5),
    ("looks up for 2 s while smiling for 2 s", 2.0),
)
LEVELS: tuple[tuple[str, str, tuple[float, ...]], ...] = (
    ("raises the brows, lowers them, raise them again", "AU02", (0.6, 0.6)),
    ("raises the brows, lowers them, raise it again", "AU02", (0.6, 0.6)),
    ("raises the left eyebrow, lowers it, raises it again", "AU02", (0.6, 0.6)),
    ("raises the head, lowers it, raise it again", "head_pitch", (11, 0, 11)),
    ("lowers the head, then raises it again", "head_pitch", (-13, 0)),
    ("lowers the head, raises it again, lowers it", "head_pitch", (-13, 0, -13)),
)
MANNERS: tuple[tuple[str, Check], ...] = (
    ("slowly turn the head to the right, then look left quickly",
     lambda e, r: e[0].onset_s > 1 and len(r.events) == 2),
    ("slowly turn the head, then look left quickly",
     lambda e, r: len(r.events) == 1 and r.not_understood == ("turn", "head")),
    ("nods, slowly turning the head",
     lambda e, r: near(e[0].rate_hz, 1.6) and r.not_understood == ("turning", "head")),
    ("gently closes the eyes while smiling",
     lambda e, r: e[0].value("closure") == 1 and e[0].onset_s > 0.5 and e[1].onset_s < 0.6),
    ("softly closes the eyes", lambda e, r: e[0].value("closure") == 1),
    ("gently looks left", lambda e, r: len(r.events) == 1 and near(e[0].value("gaze_yaw"), 20)),
    ("a long look to the left", lambda e, r: len(r.events) == 1),
    ("slowly, she turns the head left, then nods",
     lambda e, r: e[0].onset_s > 1 and near(e[1].rate_hz, 1.6)),
    ("She blinks. Slowly, she turns the head to the left, then nods.",
     lambda e, r: near(e[0].onset_s, 0.08, 0.01) and e[1].onset_s > 1 and near(e[2].rate_hz, 1.6)),
    ("Slowly: turns the head left, nods",
     lambda e, r: e[0].onset_s > 1 and near(e[1].rate_hz, 0.84)),
    ("nod slightly three times over four seconds",
     lambda e, r: e[0].cycles == 3 and near(e[0].cycles / e[0].rate_hz, 4)),
    ("Frown slightly while looking down, then look up without frowning.",
     lambda e, r: not e[0].sustain and near(e[0].end_s, 3.65)),
    ("nods, then once more", lambda e, r: e[0].targets == e[1].targets),
    ("smile at 50% for 2s then at 100% for 2s",
     lambda e, r: near(e[1].value("AU12"), 2 * e[0].value("AU12"), 0.01)),
    ("The smile grows from barely there to a broad grin over 5 seconds.",
     lambda e, r: e[0].value("AU12") > 0.8 and near(e[0].onset_s, 5)),
    ("At 1s raise left brow; at 2s raise right brow; at 3s lower both.",
     lambda e, r: near(e[0].end_s, e[1].end_s) and near(e[0].end_s, 3.4)),
    ("Slowly close the eyes over three seconds, keep them closed for two, then snap them open.",
     lambda e, r: near(e[0].onset_s, 3) and e[0].end_s > 5),
    ("Smiles until 3 s, then frowns until 6 s.",
     lambda e, r: near(e[0].end_s, 3) and near(e[1].end_s, 6)),
    ("look down until 2 s, left until 4 s, right until 6 s",
     lambda e, r: near(e[1].start_s, 2) and near(e[2].start_s, 4) and near(e[3].start_s, 6)),
    ("The brows shoot up and stay up until 5 seconds, then come down slowly over 2 seconds.",
     lambda e, r: near(e[0].offset_s, 2) and near(e[0].end_s, 7)),
    ("Close the eyes for 3 s, then open them slowly", lambda e, r: near(e[0].offset_s, 0.83)),
    ("closes the eyes slowly, then opens them quickly", lambda e, r: e[0].offset_s < 0.3),
    ("glance at the floor for 0.5 s twice",
     lambda e, r: len(e) == 4 and near(e[2].start_s - e[0].start_s, 0.5)),
    ("smiles slowly and looks left", lambda e, r: len(r.events) == 2 and e[0].onset_s > 1),
    ("look slowly to the left", lambda e, r: e[0].start_s > 1 and len(e) == 1),  # "on the way"
)  # fmt: skip
NODS: tuple[tuple[str, int], ...] = (
    ("Nod once slowly, once fast", 2),
    ("two nods, one slow, one fast", 2),
    ("two nods: the first slow, the second fast", 2),
    ("one slow nod and one fast one", 2),
    ("nods, once slowly and once fast", 2),
)
FADES: tuple[tuple[str, str, float], ...] = (  # when it begins to fade
    ("The smile fades gradually", "AU12", 3.1),
    ("The frown disappears after 2 s", "AU04", 2.15),
    ("looks left, then the smile fades", "AU12", 3.15),
    ("at 3 s looks left, then his smile slowly fades", "AU12", 6.0),
    ("let the smile go", "AU12", 3.15),
)


@pytest.mark.parametrize(("text", "length_s", "count"), CLOSINGS)
def test_a_blink_takes_as_long_as_was_said(text: str, length_s: float, count: int) -> None:
    events, reading = seen(text)
    assert len(events) == count
    assert all(near(e.end_s - e.start_s, length_s, 0.01) for e in events)
    shut = EventKind.WINK if "wink" in text else EventKind.BLINK
    assert all(e.kind is (shut if length_s < 0.45 else EventKind.CLOSURE) for e in events)
    assert not reading.not_understood


def test_a_time_of_several_movements_makes_no_closing_of_a_blink() -> None:
    kinds = [e.kind for e in seen("Smile, then blink, then look up, one second each.")[0]]
    assert EventKind.BLINK in kinds


@pytest.mark.parametrize(("text", "length_s"), LOOKS)
def test_a_look_is_away_as_long_as_was_said(text: str, length_s: float) -> None:
    made = compile_brief(Brief("neutral", 6.0, seed=1, instruction=text))
    away = np.hypot(*(made.controls.gaze_deg[:, 0] + made.controls.head_deg[:, :2]).T) > 6
    assert away.sum() / made.controls.fps == pytest.approx(length_s, abs=0.15)


@pytest.mark.parametrize(("text", "channel", "levels"), LEVELS)
def test_again_is_as_far_as_before(text: str, channel: str, levels: tuple[float, ...]) -> None:
    events, reading = seen(text)
    assert [e.value(channel) for e in events] == pytest.approx(levels)
    assert not reading.not_understood


@pytest.mark.parametrize(("text", "check"), MANNERS, ids=[text for text, _ in MANNERS])
def test_a_manner_is_of_its_own_movement(text: str, check: Check) -> None:
    assert check(*seen(text))


@pytest.mark.parametrize(("text", "count"), NODS)
def test_what_is_counted_twice_is_done_both_ways(text: str, count: int) -> None:
    events, reading = seen(text)
    assert [e.cycles for e in events] == [1.0] * count
    assert events[0].rate_hz < events[1].rate_hz / 2
    assert not reading.not_understood


@pytest.mark.parametrize(("text", "unit", "at_s"), FADES)
def test_what_fades_was_there_from_the_start(text: str, unit: str, at_s: float) -> None:
    events, reading = seen(text)
    event = next(e for e in events if e.value(unit))
    assert near(event.start_s, 0.15)
    assert not event.sustain
    assert near(event.end_s - event.offset_s, at_s)
    assert not reading.not_understood


@pytest.mark.parametrize("text", ["stops smiling", "the smile is gone", "no longer smiles"])
def test_what_is_only_over_is_the_labels(text: str) -> None:
    reading = read_instruction(text, 10.0)
    assert not reading.events
    assert "AU12" in reading.denied.aus


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("the eyes move in a circle clockwise", -1),
        ("rolls the eyes in a circle", -1),
        ("look around in a clockwise circle", -1),
        ("moves her eyes counterclockwise", 1),
        ("traces a slow circle with the eyes", -1),
        ("the eyes circle anticlockwise", 1),
    ],
)
def test_eyes_go_round(text: str, way: int) -> None:
    events, reading = seen(text)
    assert {e.kind for e in events} == {EventKind.GAZE}
    assert len(events) == 10
    yaw = [e.value("gaze_yaw") for e in events]
    assert way * min(yaw[:4], key=lambda y: way * -y) > 15  # to that side first
    assert way * yaw[6] < -15
    assert not reading.not_understood


def test_a_head_that_goes_round_is_not_understood() -> None:
    _, reading = seen("the head moves in a circle, then she nods")
    assert "circle" in reading.not_understood
    assert [e.kind for e in reading.events] == [EventKind.NOD]

"""Eyes that are said in a way of their own: one alone, closed ones that open, the viewer's side."""

import pytest
from tests.agents.readings import SECONDS, seen

from cogportrait.agents.loop import compile_brief
from cogportrait.types import Brief, EventKind


@pytest.mark.parametrize(
    ("text", "yaw", "pitch", "eye"),
    [
        ("The left eye looks to the right.", -20, 0, "left"),
        ("Looks to the right with the left eye.", -20, 0, "left"),
        ("Looks with the left eye to the right.", -20, 0, "left"),
        ("With her left eye she looks up.", 0, 14, "left"),
        ("The right eye looks down.", 0, -14, "right"),
        ("Turns the right eye up.", 0, 14, "right"),
        ("The right eye is looking to the left.", 20, 0, "right"),
        ("One eye looks right.", -20, 0, "one"),
    ],
)
def test_the_side_of_an_eye_is_no_direction(text: str, yaw: float, pitch: float, eye: str) -> None:
    (look,), reading = seen(text)
    assert look.kind is EventKind.GAZE
    assert (look.value("gaze_yaw"), look.value("gaze_pitch")) == pytest.approx((yaw, pitch))
    assert reading.not_understood == (f"{eye} eye alone",)


@pytest.mark.parametrize(
    "text",
    [
        "Closes the left eye and looks right with the right eye.",
        "The left and the right eye look up.",
        "Looks left with the right eye closed.",
    ],
)
def test_both_eyes_that_look_are_not_reported(text: str) -> None:
    events, reading = seen(text)
    assert any(e.kind is EventKind.GAZE for e in events)
    assert reading.not_understood == ()


@pytest.mark.parametrize(
    ("text", "yaw", "pitch"),
    [
        ("Looks to the viewer's left and down.", -16, -11.2),
        ("Looks to the viewer's right and up, then smiles.", 16, 11.2),
        ("Looks down and to the viewer's left.", -16, -11.2),
        ("Looks to screen left and up.", -16, 11.2),
    ],
)
def test_a_slanting_way_may_be_as_the_viewer_has_it(text: str, yaw: float, pitch: float) -> None:
    events, reading = seen(text)
    assert reading.not_understood == ()
    ways = (events[0].value("gaze_yaw"), events[0].value("gaze_pitch"))
    assert ways == pytest.approx((yaw, pitch))


@pytest.mark.parametrize(
    "text",
    [
        "Opens her closed eyes slowly.",
        "Her closed eyes open slowly.",
        "Opens eyes slowly from closed.",
        "At 2 s opens her closed eyes.",
        "From closed, the eyes open slowly.",
        "The eyes go from closed to open.",
    ],
)
def test_closed_eyes_that_open_are_closed_at_first(text: str) -> None:
    compiled = compile_brief(Brief("neutral", SECONDS, seed=3, instruction=text))
    assert compiled.plan.not_understood == ()
    shut = compiled.controls.au("AU43_L")
    fps = compiled.controls.fps
    assert shut[round(0.7 * fps)] > 0.9
    assert shut[round(5 * fps)] < 0.5


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Looks down at the viewer.", "down at"),
        ("He looks up at the viewer from below, chin lowered.", "from below"),
    ],
)
def test_from_where_somebody_looks_is_reported(text: str, words: str) -> None:
    assert seen(text)[1].not_understood == (words,)
    assert seen("Looks up, then looks down at the viewer.")[1].not_understood == ()


def test_the_side_of_a_raised_brow_is_no_direction() -> None:
    events, reading = seen("Looks up with the right eyebrow raised.")
    assert reading.not_understood == ()
    (look,) = [e for e in events if e.kind is EventKind.GAZE]
    assert (look.value("gaze_yaw"), look.value("gaze_pitch")) == pytest.approx((0, 14))


@pytest.mark.parametrize(
    "text", ["Opens the eyes from half closed.", "Opens her half-closed eyes."]
)
def test_half_closed_eyes_that_open_are_half_closed_at_first(text: str) -> None:
    (event,), _ = seen(text)
    assert (event.start_s, event.value("closure")) == pytest.approx((0, 0.5), abs=0.1)
    assert event.end_s < 3
    assert not event.sustain

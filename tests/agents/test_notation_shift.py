"""Shifts of the head told point by point: read, drawn, and written down again."""

import re

import numpy as np
import pytest
from tests.agents.told import FPS, QUIET, WILD, compiled, of_others, sequence, still

from cogportrait.agents.checks_label import excused_features
from cogportrait.agents.critic import criticize
from cogportrait.agents.notation import read_notation
from cogportrait.agents.notation_writing import FINEST_SHIFT_IOD, in_notation
from cogportrait.facs.channels import CHANNEL_INDEX, SHIFT_CHANNELS
from cogportrait.facs.limits import HEAD_SHIFT_HARD_IOD, HEAD_SHIFT_SPEED_HARD_IOD_S
from cogportrait.types import TOLD, ControlSequence, EventKind, Target


def shifted(values: np.ndarray) -> ControlSequence:
    """Return controls that do nothing but shift, by values [T, 3]."""
    matrix = still(len(values))
    matrix[:, [CHANNEL_INDEX[name] for name in SHIFT_CHANNELS]] = values
    return sequence(matrix)


def wandering(n: int = 150) -> np.ndarray:
    """Return shifts as of somebody who listens, [n, 3] interocular distances."""
    t = np.arange(n) / FPS
    return np.stack(
        [0.2 * np.sin(0.8 * t), 0.1 * np.sin(1.7 * t + 1), 0.3 * np.sin(0.6 * t + 2)], axis=1
    )


def test_a_head_goes_to_its_places() -> None:
    made = compiled("Shift: 0.12 left 0.05 up 0.1 nearer at 1.2 s, none at 2 s." + QUIET)
    assert made.controls.head_shift_iod[[0, 30, 50, 99]] == pytest.approx(
        np.array([[0.12, 0.05, 0.1], [0.12, 0.05, 0.1], [0, 0, 0], [0, 0, 0]]), abs=0.005
    )
    assert np.abs(made.controls.head_deg).max() < 0.01
    assert made.plan.not_understood == ()
    assert made.trace["semantic_findings"] == []


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("0.1 left", (0.1, 0, 0)), ("0.1 right", (-0.1, 0, 0)), ("0.1 up", (0, 0.1, 0)),
        ("0.1 down", (0, -0.1, 0)), ("0.1 nearer", (0, 0, 0.1)), ("0.1 closer", (0, 0, 0.1)),
        ("0.1 forward", (0, 0, 0.1)), ("0.1 forwards", (0, 0, 0.1)), ("0.1 back", (0, 0, -0.1)),
        ("0.1 backwards", (0, 0, -0.1)), ("0.1 further", (0, 0, -0.1)),
        ("0.1 eye distances to the left and 0.2 farther", (0.1, 0, -0.2)),
        ("0.1 IOD down 0.2 interocular distances right", (-0.2, -0.1, 0)), ("none", (0, 0, 0)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["Shift", "Head shift", "- shift"])
def test_ways_have_many_words(name: str, words: str, place: tuple[float, float, float]) -> None:
    notation = read_notation(f"{name}: {words} at 1 s.", 4.0)
    told = {t.channel: t.value for e in notation.events for t in e.targets}
    assert [told.get(channel, 0) for channel in SHIFT_CHANNELS] == list(place)
    assert {(e.kind, e.prototype) for e in notation.events} <= {(EventKind.PULSE, TOLD)}
    assert (notation.told, notation.rest, notation.not_understood) == ({"shift"}, "", ())


@pytest.mark.parametrize(
    "text",
    ["Shift: slowly to the left.", "Gaze shift: 5 left at 1 s", "Eye shift: 0.1 left at 1 s",
     "The eyes shift: 5 left at 1 s", "Shift: left at 1 s."],
)  # fmt: skip
def test_everyday_sentences_are_left_in_the_text(text: str) -> None:
    assert read_notation(text, 4.0).rest == text
    assert not read_notation(text, 4.0).told


@pytest.mark.parametrize(
    ("points", "note"),
    [
        ("0.9 left", "0.9 left at 1 s (0.5 of 0.9 eye distances)"),
        ("7 left 9 down", "7 left 9 down at 1 s (0.5 of 7 and 0.5 of 9 eye distances)"),
        ("0.1 left 0.1 right", "0.1 left 0.1 right at 1 s"),
        ("0.1 nearer 0.1 back", "0.1 nearer 0.1 back at 1 s"),
        ("0.1 tilted left", "0.1 tilted left at 1 s"), ("5 degrees left", "5 degrees left at 1 s"),
        ("-0.1 left", "-0.1 left at 1 s"), ("straight", "straight at 1 s"),
    ],
)  # fmt: skip
def test_what_there_is_no_room_for_is_told(points: str, note: str) -> None:
    made = compiled(f"Shift: {points} at 1 s, 0.1 up at 2 s.{QUIET}")
    assert made.plan.not_understood == (note,)
    assert made.controls.head_shift_iod[75, 1] == pytest.approx(0.1, abs=0.01)


def test_what_is_told_goes_farther_than_a_label_leans() -> None:
    made = compiled("Shift: 0.4 right 0.4 nearer at 1 s." + QUIET)
    assert made.controls.head_shift_iod[50] == pytest.approx([-0.4, 0, 0.4], abs=0.005)
    most = compiled("Shift: 2 right at 1 s." + QUIET).controls.head_shift_iod[:, 0]
    assert 0.96 * HEAD_SHIFT_HARD_IOD < -most[50] < HEAD_SHIFT_HARD_IOD


@pytest.mark.parametrize("label", ["fear", "anger", "social_engagement"])
def test_a_label_turns_and_does_not_lean_where_shifts_are_told(label: str) -> None:
    alone, told = compiled("", label, 6.0), compiled("Shift: none at 0 s.", label, 6.0)
    assert np.abs(alone.controls.head_shift_iod).max() > 0.02
    assert np.abs(told.controls.head_shift_iod).max() < 0.02  # sway
    turns = [np.ptp(made.controls.head_deg, axis=0) for made in (alone, told)]
    assert turns[1] == pytest.approx(turns[0], abs=0.1)
    for name in SHIFT_CHANNELS:
        assert all(e.prototype == TOLD or not e.value(name) for e in told.plan.events)
    assert excused_features(told.plan) == excused_features(alone.plan)


def test_a_told_head_is_silent_but_for_what_is_told() -> None:
    made = compiled("Head: 8 left at 1 s. Shift: 0.1 left at 1 s.", "fear", 6.0)
    own = [e for e in made.plan.of_kind(EventKind.HEAD, EventKind.PULSE) if e.prototype != TOLD]
    assert own == []
    assert made.controls.head_shift_iod[:, 0] == pytest.approx(0.1, abs=0.02)
    assert made.controls.head_deg[:, 0] == pytest.approx(8, abs=3)


def test_leaning_in_other_words_is_not_done_as_well() -> None:
    made = compiled("Shift: 0.1 left at 1 s. Leans forward. Turns the head left.")
    assert made.controls.head_shift_iod[:, 2] == pytest.approx(0, abs=0.02)
    assert any("leans forward" in words for words in made.plan.not_understood)
    assert made.controls.head_deg[:, 0].max() > 5


@pytest.mark.parametrize("label", ["laughter", "evasive_response"])
def test_nothing_else_keeps_the_label_out(label: str) -> None:
    made = compiled("Shift: 0.1 up at 0 s." + QUIET, label)
    assert made.controls.head_shift_iod == pytest.approx(np.tile([0, 0.1, 0], (100, 1)), abs=1e-3)
    assert np.abs(made.controls.head_deg).max() < 0.01
    assert made.controls.aus.max() < 0.05
    quiet = compiled("AU4: 30% at 0 s." + QUIET, label)
    assert np.abs(quiet.controls.head_shift_iod).max() < 1e-3


@pytest.mark.parametrize("fps", [10.0, 25.0, 60.0])
def test_a_head_that_jumps_is_slowed(fps: float) -> None:
    points = ", ".join(f"9 {'left' if k % 2 else 'right'} at {k / 50} s" for k in range(50, 60))
    text = f"Shift: {points}, 9 up 9 nearer at 1.21 s, 9 down 9 back at 1.22 s."
    for label in ("neutral", "fear"):
        made = compiled(text, label, 3.0, fps)
        assert not criticize(made.controls, made.plan).hard
        assert not made.critique.hard
        shift = made.controls.head_shift_iod
        assert np.abs(shift).max() <= HEAD_SHIFT_HARD_IOD
        assert np.abs(np.diff(shift, axis=0)).max() * fps <= HEAD_SHIFT_SPEED_HARD_IOD_S


@pytest.mark.parametrize("shape", WILD)
def test_wild_courses_of_others_are_made_possible(shape: tuple[float, ...]) -> None:
    targets = tuple(Target(name, -5.0) for name in SHIFT_CHANNELS)
    made = of_others(EventKind.PULSE, targets, shape, times=3)
    assert not criticize(made.controls, made.plan).hard


def test_what_is_written_down_comes_back() -> None:
    place = wandering()
    text = in_notation(shifted(place))
    assert re.fullmatch(r"Shift: 0\.08 up 0\.27 nearer at 0 s, .* Nothing else\.", text)
    again = compiled(text, duration_s=len(place) / FPS)
    away = np.abs(again.controls.head_shift_iod - place)
    assert away[:, :2].max() < 3 * FINEST_SHIFT_IOD
    assert away[:, :2].mean() < FINEST_SHIFT_IOD
    assert away[:, 2].mean() < 3 * FINEST_SHIFT_IOD
    assert again.trace["semantic_findings"] == []


def test_what_keeps_its_place_is_told_in_two_points() -> None:
    place = np.tile([-0.3, 0.0, 0.1], (50, 1))
    assert in_notation(shifted(place)) == (
        "Shift: 0.3 right 0.1 nearer at 0 s, 0.3 right 0.1 nearer at 1.96 s. Nothing else."
    )


def test_small_shifts_are_not_told() -> None:
    assert in_notation(shifted(wandering() * 0.09)) == "Nothing else."


@pytest.mark.parametrize("most", [300, 1000, 3000])
def test_long_clips_are_told_more_coarsely(most: int) -> None:
    rng = np.random.default_rng(0)
    noisy = wandering(1500) + rng.normal(0, 0.03, (1500, 3))
    text = in_notation(shifted(noisy), most=most)
    assert most / 4 < len(text) <= most
    assert text.startswith("Shift: ")


def test_a_face_is_told_before_the_place_of_its_head() -> None:
    """Shifts take what action units leave, and a twentieth of the text if that is more."""
    rng = np.random.default_rng(0)
    noisy = shifted(wandering(1500) + rng.normal(0, 0.03, (1500, 3)))
    noisy.aus[:, :4] = rng.random((1500, 4))
    text = in_notation(noisy, most=3000)
    assert len(text) <= 3000
    assert 100 < len(text[text.index("Shift: ") :]) < 1500

"""Controls to words: what is said, that it plans the same again, and which label is guessed."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from bench.inversion import find_again, round_trip
from cogportrait.agents.describe import as_record, describe
from cogportrait.agents.instructions import read_instruction
from cogportrait.agents.loop import compile_brief
from cogportrait.agents.sayings import Saying, degree, outermost, seconds, sentences
from cogportrait.behavior.labels import LABELS
from cogportrait.behavior.segment.events import EventType, FaceEvent
from cogportrait.errors import ControlsError
from cogportrait.facs.channels import AU_CHANNELS
from cogportrait.types import Brief, ControlSequence, EventKind

INSTRUCTIONS = {
    "At 1 s looks 20 degrees to the left. At 3 s looks at the camera.": EventType.GAZE_SHIFT,
    "From 1 to 3 seconds raises the right eyebrow.": EventType.BROW_RAISE,
    "At 2 s winks with the right eye.": EventType.WINK,
    "From 1 to 3 seconds closes the eyes.": EventType.LONG_CLOSURE,
    "From 1 to 4 seconds tilts the head 12 degrees to the right.": EventType.TILT,
    "From 1 to 3 seconds nods 3 times.": EventType.NOD,
    "From 1 s until the end smiles.": EventType.SMILE,
    "From 1 to 3 seconds widens the eyes.": EventType.WIDENING,
}


def planned(label: str, seed: int = 0, instruction: str = "") -> ControlSequence:
    return compile_brief(Brief(label, 6.0, seed=seed, instruction=instruction)).controls


@pytest.mark.parametrize(("text", "kind"), INSTRUCTIONS.items(), ids=lambda v: str(v)[:30])
def test_one_movement_is_told_and_found_again(text: str, kind: EventType) -> None:
    case = round_trip(text, Brief("neutral", 6.0, seed=1, instruction=text), labelled=False)
    mine = [f for f in case.found if f.event.kind is kind]
    assert mine, case.text
    assert all(f.right for f in mine), case.text
    assert case.unread == ()


@pytest.mark.parametrize("span", ["1 to 3 seconds", "1 to 4 seconds", "2 s until the end"])
def test_a_turned_head_is_turned_again(span: str) -> None:
    """The curves are compared: `segment` calls a quick turn and back a shake, or a turn."""
    text = f"From {span} turns the head 15 degrees to the left."
    first = planned("neutral", instruction=text)
    description = describe(first)
    assert "turns the head 15 degrees to the left" in description.text
    second = planned("neutral", seed=1000, instruction=description.text)
    assert np.abs(first.head_deg[:, 0] - second.head_deg[:, 0]).mean() < 2.5


def test_the_sides_of_the_words_are_the_subjects() -> None:
    text = describe(planned("neutral", instruction="At 1 s looks 20 degrees to the left.")).text
    assert "degrees to the left" in text
    text = describe(planned("neutral", instruction="At 2 s winks with the right eye.")).text
    assert "winks with the right eye" in text


@pytest.mark.parametrize("label", LABELS)
def test_every_label_is_told_in_words_that_are_read(label: str) -> None:
    description = describe(planned(label, seed=7))
    assert read_instruction(description.text, 6.0).not_understood == ()
    assert description.guesses[0].label == label


def test_what_a_label_does_is_mostly_found_again() -> None:
    found = [
        f
        for label in ("anger", "cognitive_effort", "surprise", "sadness")
        for f in round_trip(label, Brief(label, 6.0, seed=7), labelled=True).found
    ]
    assert len(found) >= 15
    assert np.mean([f.right for f in found]) >= 0.75


def test_a_portrait_at_rest_neither_blinks_nor_moves() -> None:
    description = describe(ControlSequence.zeros(150, 25.0))
    assert description.text == "Does not blink. Keeps the head still."
    assert description.told == ()
    reading = read_instruction(description.text, 6.0)
    assert not reading.may_blink
    assert "head" in reading.withheld


def test_a_head_that_stays_turned_is_told_as_a_pose_with_its_side() -> None:
    controls = ControlSequence.zeros(150, 25.0)
    controls.head_deg[20:, 0] = -14.0
    (said,) = [s for s in describe(controls).told if s.group == "head"]
    assert said.words == "turns the head 14 degrees to the right"
    assert said.start_s == pytest.approx(0.45, abs=0.1)
    assert said.end_s == pytest.approx(6.0)


def test_a_droop_is_never_told_as_shut() -> None:
    controls = ControlSequence.zeros(150, 25.0)
    controls.aus[50:, 12:14] = 0.53
    text = describe(controls).text
    assert "droops the eyelids" in text
    assert "strongly" not in text


def test_the_summary_counts_what_is_not_told() -> None:
    summary = describe(planned("neutral", seed=1)).summary
    assert "blinks a minute" in summary
    assert "head moves at" in summary


def test_frames_without_a_face_tell_nothing() -> None:
    controls = planned("neutral", instruction="At 2 s winks with the right eye.")
    found = np.ones(len(controls), np.bool_)
    found[40:80] = False
    assert "winks" not in describe(controls, found).text


def test_controls_without_frames_are_refused() -> None:
    with pytest.raises(ControlsError, match="at least one frame"):
        describe(ControlSequence.zeros(0, 25.0))


@pytest.mark.parametrize("frames", [1, 2, 7, 20])
def test_short_controls_can_be_described(frames: int) -> None:
    record = as_record(describe(ControlSequence.zeros(frames, 25.0)))
    assert record["label"] in LABELS


def test_eyes_shut_all_the_time_leave_aversion_undefined() -> None:
    controls = ControlSequence.zeros(100, 25.0)
    controls.aus[:, 12:14] = 1.0
    record = as_record(describe(controls))
    assert isinstance(record["signature"], dict)
    assert record["signature"]["aversion_share"] is None


@pytest.mark.parametrize(
    ("amplitude", "word"),
    [(0.2, "very slightly "), (0.35, "slightly "), (0.6, ""), (0.9, "strongly ")],
)
def test_words_of_degree_are_those_of_the_reader(amplitude: float, word: str) -> None:
    assert degree(amplitude, 0.6) == word
    (event,) = read_instruction(f"From 1 to 3 s {word}raises the eyebrows.", 6.0).events
    assert event.kind is EventKind.EXPRESSION
    assert event.value("AU01") == pytest.approx(amplitude, rel=0.3)


def test_until_the_end_is_for_the_last_of_a_group() -> None:
    said = [
        Saying("brows", 1.0, 5.96, "raises the eyebrows"),
        Saying("brows", 1.5, 5.96, "furrows the eyebrows"),
        Saying("gaze", 2.0, None, "looks at the camera"),
    ]
    assert sentences(said, 6.0) == [
        "From 1 to 5.96 seconds raises the eyebrows.",
        "From 1.5 s until the end furrows the eyebrows.",
        "At 2 s looks at the camera.",
    ]
    assert seconds(-0.001) == "0"


def test_a_movement_within_a_larger_one_is_not_told_twice() -> None:
    large = FaceEvent(EventType.SMILE, 0.0, 2.0, 4.0, 0.8)
    within = FaceEvent(EventType.SMILE, 1.0, 1.5, 2.0, 0.4)
    other = FaceEvent(EventType.SMILE, 5.0, 5.5, 6.0, 0.4)
    assert outermost([large, within, other]) == [large, other]


def test_events_are_found_again_by_kind_side_direction_and_order() -> None:
    left = FaceEvent(EventType.GAZE_SHIFT, 1.0, 1.1, 1.1, 20.0, direction="left")
    right = FaceEvent(EventType.GAZE_SHIFT, 2.0, 2.1, 2.1, 20.0, direction="right")
    wink = FaceEvent(EventType.WINK, 2.3, 2.4, 2.5, 1.0, side="L")
    assert all(f.right and f.alike for f in find_again([left, right, wink], [left, right, wink]))
    late = FaceEvent(EventType.WINK, 1.85, 1.9, 2.0, 1.0, side="L")
    lost = FaceEvent(EventType.GAZE_SHIFT, 1.0, 1.1, 1.1, 20.0, direction="up")
    first, second, third = find_again([left, right, wink], [lost, right, late])
    assert first.again is lost
    assert not first.right
    assert second.right
    assert third.again is late
    assert not third.in_order
    assert find_again([left], [])[0].again is None


def all_pairs(events: list[FaceEvent]) -> list[FaceEvent]:
    """Return what `outermost` is to return, by comparing each event with each other."""
    return [
        e
        for e in events
        if not any(
            (o.kind, o.side, o.direction) == (e.kind, e.side, e.direction)
            and o.onset_s - 1e-6 <= e.onset_s
            and e.offset_s <= o.offset_s + 1e-6
            and o.duration_s > e.duration_s
            for o in events
        )
    ]


@pytest.mark.parametrize("seed", range(5))
def test_movements_within_others_are_those_that_all_pairs_give(seed: int) -> None:
    """Times lie on a grid, so that many events begin or end together."""
    rng = np.random.default_rng(seed)
    events = [
        FaceEvent(kind, start, start, start + length, 0.5)
        for kind in (EventType.SMILE, EventType.FROWN)
        for start, length in zip(
            rng.integers(0, 400, 120) / 25, rng.integers(0, 60, 120) / 25, strict=True
        )
    ]
    assert outermost(events) == all_pairs(events)


def jittery(n_frames: int) -> ControlSequence:
    """Return controls of random values: an event every frame."""
    rng = np.random.default_rng(0)
    values = np.concatenate(
        [rng.random((n_frames, len(AU_CHANNELS))), rng.uniform(-20, 20, (n_frames, 7)),
         rng.uniform(-0.1, 0.1, (n_frames, 3))], axis=1,
    )  # fmt: skip
    return ControlSequence.from_matrix(values.astype(np.float32), 25.0)


def calls_of_describe(controls: ControlSequence) -> int:
    """Return how many calls and steps of generators a description takes."""
    calls = 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(count)
    try:
        describe(controls)
    finally:
        sys.setprofile(None)
    return calls


def test_the_work_grows_with_the_frames_and_not_with_their_square() -> None:
    calls = [calls_of_describe(jittery(n)) for n in (500, 2000)]
    assert calls[1] < 6 * calls[0]


def test_a_head_is_in_no_two_poses_at_once() -> None:
    told = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        times, poses = np.sort(rng.uniform(0, 60, 7)), rng.normal(0, 5, 7)
        controls = ControlSequence.zeros(60, 25.0)
        head = controls.head_deg.copy()
        head[:, 2] = np.interp(np.arange(60), times, poses)
        sayings = describe(replace(controls, head_deg=head)).told
        starts = [round(s.start_s, 1) for s in sayings if "tilts" in s.words]
        told += len(starts)
        assert len(set(starts)) == len(starts)
    assert told > 50

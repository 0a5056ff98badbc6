"""What holds all the time, what is done at several times, and whose eye a verb is said of."""

from collections.abc import Sequence

import pytest
from tests.agents.readings import SECONDS, near, seen

from cogportrait.agents.loop import compile_brief
from cogportrait.facs.channels import CHANNEL_INDEX
from cogportrait.types import Brief, EventKind, PlannedEvent


def with_channel(events: Sequence[PlannedEvent], channel: str) -> list[PlannedEvent]:
    return [e for e in events if abs(e.value(channel)) > 0.05]


def starts(events: Sequence[PlannedEvent], channel: str) -> list[float]:
    return [round(e.start_s, 2) for e in with_channel(events, channel)]


@pytest.mark.parametrize(
    ("text", "channel"),
    [
        ("nods, then smiles while looking down the whole time", "gaze_pitch"),
        ("blinks at 1 s, then smiles at 4 s, keeps the head tilted left throughout", "head_roll"),
        ("looks left, then smiles, frowning all the time", "AU04"),
        ("smiles at 2 s, nods at 5 s, with the head tilted to the right throughout", "head_roll"),
        ("nods at 3 s with the eyes closed the whole time", "closure"),
        ("blinks, then smiles and keeps the head tilted left throughout", "head_roll"),
        ("She nods at 2 s. Throughout, she keeps her eyes closed.", "closure"),
        ("blinks at 2 s with a slight smile throughout, and nods at 4 s", "AU12"),
        ("looks left while frowning from start to finish", "AU04"),
        ("nods and keeps the mouth open at all times", "AU26"),
    ],
)
def test_what_holds_all_the_time_spans_the_clip(text: str, channel: str) -> None:
    events, reading = seen(text)
    (held,) = with_channel([e for e in events if e.kind is not EventKind.BLINK
                            and e.kind is not EventKind.NOD], channel)  # fmt: skip
    assert not reading.not_understood
    assert near(held.start_s, 0.15, 0.05)
    assert held.sustain or held.end_s > SECONDS - 0.3
    assert not any(e.reason.startswith("back") for e in events)


def test_what_is_held_all_the_time_is_seen_from_the_start() -> None:
    text = "smiles at 2 s, nods at 5 s, with the head tilted to the right throughout"
    controls = compile_brief(Brief("neutral", SECONDS, seed=3, instruction=text)).controls
    roll = controls.to_matrix()[:, CHANNEL_INDEX["head_roll"]]
    assert roll[round(1.5 * controls.fps) :].max() < -5


def test_what_holds_all_the_time_leaves_the_others_their_places() -> None:
    frown, left, right = seen("frowning the whole time, looks left, then right")[0]
    assert frown.sustain
    assert near(left.start_s, 0.15, 0.05)
    assert near(right.start_s, 3.15, 0.1)
    (nod,) = (e for e in seen("nods while looking down the whole time")[0]
              if e.kind is EventKind.NOD)  # fmt: skip
    assert nod.cycles == 1
    smile, nod = seen("smiles throughout, then nods")[0]
    assert smile.start_s < nod.start_s < 2


def test_all_of_a_list_with_throughout_behind_it_is_held() -> None:
    text = "subtle smile, head slightly tilted to the right, eyes half closed, throughout"
    events, reading = seen(text)
    assert not reading.not_understood
    assert [near(e.start_s, 0.15, 0.05) for e in events] == [True] * 3
    assert all(e.end_s > SECONDS - 0.3 for e in events)


@pytest.mark.parametrize(
    "text",
    [
        "looks left, then smiles the whole time",
        "looks left, then smiles and keeps smiling throughout",
        "looks left, then after that smiles all along",
    ],
)
def test_what_then_holds_all_the_time_holds_from_then_on(text: str) -> None:
    look, smile = seen(text)[0]
    assert smile.start_s > look.start_s + 1
    assert smile.sustain


@pytest.mark.parametrize(
    ("text", "channel", "times"),
    [
        ("smiles once at 1 s, once at 4 s", "AU12", [1, 4]),
        ("smiles at 1 s, again at 4 s", "AU12", [1, 4]),
        ("blinks at 1 s and at 4 s", "closure", [1, 4]),
        ("blinks at 1s, 3s, 5s", "closure", [1, 3, 5]),
        ("blinks at 1 s, at 3 s, at 5 s.", "closure", [1, 3, 5]),
        ("a blink at 1 s, 2.5 s and 4 s", "closure", [1, 2.5, 4]),
        ("blink once at the start, once in the middle and once at the end", "closure",
         [0, 5, 8.5]),
        ("blinks three times: at 1 s, at 2 s and at 5 s", "closure", [1, 2, 5]),
        ("blinks twice: once at 1 s and once at 5 s", "closure", [1, 5]),
        ("nods once at 1 s and again at 3 s", "head_pitch", [1, 3]),
        ("smiles from 1 to 2 s, 3 to 4 s and 6 to 7 s", "AU12", [1, 3, 6]),
        ("smiles 1-2 s, 4-5 s", "AU12", [1, 4]),
        ("looks up for a second every 3 seconds", "gaze_pitch", [0.15, 3.15, 6.15, 9.15]),
        ("winks three times, once per second", "closure", [0.15, 1.15, 2.15]),
    ],
)  # fmt: skip
def test_what_is_done_at_several_times_is_done_each_time(
    text: str, channel: str, times: list[float]
) -> None:
    events, reading = seen(text)
    assert not reading.not_understood
    assert starts(events, channel) == pytest.approx(times)


def test_each_time_has_its_count() -> None:
    nods = seen("nods once at 1 s, twice at 3 s and three times at 5 s")[0]
    assert [e.cycles for e in nods] == [1, 2, 3]
    assert [e.cycles for e in seen("shakes head twice at 1 s and once at 5 s")[0]] == [2, 1]
    assert [e.cycles for e in seen("nods twice at 1 s and at 4 s")[0]] == [2, 2]
    blinks = seen("three quick blinks at 1 s and two slow ones at 5 s")[0]
    assert [e.start_s < 3 for e in blinks] == [True] * 3 + [False] * 2
    assert blinks[-1].end_s - blinks[-1].start_s > blinks[0].end_s - blinks[0].start_s + 0.1


def test_each_time_has_its_size() -> None:
    weak, strong = seen("smile 50% at 1 s, 100% at 4 s")[0]
    assert strong.value("AU12") == pytest.approx(2 * weak.value("AU12"), abs=0.01)
    assert (weak.start_s, strong.start_s) == pytest.approx((1, 4))


def test_times_behind_their_movements_are_theirs() -> None:
    smile, frown = seen("smiles, 1-3 s, frowns, 4-6 s")[0]
    assert (smile.start_s, smile.end_s) == pytest.approx((1, 3), abs=0.1)
    assert (frown.start_s, frown.end_s) == pytest.approx((4, 6), abs=0.1)


def test_a_time_of_what_is_not_understood_repeats_nothing() -> None:
    events, reading = seen("smiles at 1 s, juggles at 3 s")
    assert len(events) == 1
    assert "juggles" in reading.not_understood


@pytest.mark.parametrize(
    ("text", "start_s"),
    [
        ("at 25% of the video smiles", 2.5),
        ("smiles 50 percent into the clip", 5),
        ("at the halfway point smiles", 5),
        ("Blinks. Ends with a smile.", 8.5),
    ],
)
def test_shares_of_the_clip_are_times(text: str, start_s: float) -> None:
    events, reading = seen(text)
    assert not reading.not_understood
    assert starts(events, "AU12") == pytest.approx([start_s])


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("left eye looks down, then closes", "L"),
        ("The left eye looks down. Then it closes.", "L"),
        ("her left eye looks down and closes", "L"),
        ("the right eye looks up, then closes slowly", "R"),
        ("right eye looks down for 2 s, closes at 3 s", "R"),
    ],
)
def test_the_eye_that_looks_is_the_one_that_closes(text: str, side: str) -> None:
    events, reading = seen(text)
    (shut,) = [e for e in events if e.kind is EventKind.CLOSURE]
    assert shut.side == side
    assert any(e.kind is EventKind.GAZE for e in events)
    assert reading.not_understood == (f"{'left' if side == 'L' else 'right'} eye alone",)


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("the right eye closes, then opens", "R"),
        ("her left brow rises, then lowers", "L"),
        ("the left eye squints and then closes", "L"),
        ("the right eye closes, then winks", "R"),
    ],
)
def test_the_side_of_a_subject_is_that_of_all_its_verbs(text: str, side: str) -> None:
    events, reading = seen(text)
    assert not reading.not_understood
    assert {e.side for e in events} == {side}


def test_what_somebody_else_does_is_not_of_one_eye() -> None:
    events, _ = seen("left eye half closed the whole time, blink at 3 s")
    assert [(e.kind, e.side) for e in events] == [
        (EventKind.CLOSURE, "L"), (EventKind.BLINK, "both")
    ]  # fmt: skip
    (shut,) = [e for e in seen("left eye looks down, then both eyes close")[0]
               if e.kind is EventKind.CLOSURE]  # fmt: skip
    assert shut.side == "both"


def test_one_brow_comes_down_and_the_other_stays_up() -> None:
    left, right = sorted(seen("both brows rise, then the left one lowers")[0], key=lambda e: e.side)
    assert (left.side, right.side) == ("L", "R")
    assert right.sustain
    assert not left.sustain


def test_a_head_is_straightened_and_a_jaw_closes() -> None:
    _, _, back = seen("tilts the head left while smiling, then straightens it")[0]
    assert (back.kind, back.value("head_roll")) == (EventKind.HEAD, 0)
    (jaw,) = seen("jaw drops at 1 s, closes at 2 s")[0]
    assert near(jaw.end_s, 2.4)


def test_a_smile_fades_for_as_long_as_is_said() -> None:
    (smile,) = seen("smiles at 1 s; the smile fades from 3 to 5 s")[0]
    assert (smile.end_s, smile.offset_s) == pytest.approx((5, 2), abs=0.1)


def test_a_look_with_a_manner_goes_with_the_smile_that_follows() -> None:
    events, _ = seen("looks down for 3 s, then slowly up at the camera with a slight smile")
    look = [e for e in events if e.kind is EventKind.GAZE][-1]
    assert (look.value("gaze_yaw"), look.value("gaze_pitch")) == pytest.approx((0, 0))
    assert look.start_s > 3.2

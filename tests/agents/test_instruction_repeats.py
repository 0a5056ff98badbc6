"""What happens together, how often, and from where a movement comes back."""

from collections.abc import Sequence

import pytest
from tests.agents.readings import near, seen

from cogportrait.agents.loop import compile_brief
from cogportrait.types import Brief, EventKind, PlannedEvent


def reaches(events: Sequence[PlannedEvent], channel: str) -> int:
    """Return how many movements take a channel away from its rest."""
    return sum(abs(e.value(channel)) > 0.1 for e in events)


@pytest.mark.parametrize(
    "text",
    [
        "looks left, while the head turns right",
        "smiles, while looking left",
        "smiles, as she looks left",
        "the eyes close, while the brows rise",
    ],
)
def test_a_comma_before_while_lets_movements_begin_together(text: str) -> None:
    events, reading = seen(text)
    assert not reading.not_understood
    assert near(events[0].start_s, events[1].start_s, 0.01)


def test_while_with_a_time_of_its_own_begins_then() -> None:
    events, _ = seen("smiles, while at 3 s she looks left")
    assert near(events[1].start_s, 3, 0.1)


@pytest.mark.parametrize(
    ("text", "channel", "times"),
    [
        ("glances to the left and back, four times", "gaze_yaw", 4),
        ("raises the brows and lowers them, three times", "AU02", 3),
        ("raises the brows, then lowers them, three times", "AU02", 3),
        ("closes and opens the eyes twice", "closure", 2),
        ("the eyes open and close twice", "closure", 2),
        ("turns the head left and back twice", "head_yaw", 2),
        ("looks down and up again, twice", "gaze_pitch", 2),
        ("looks left, then right, three times", "gaze_yaw", 6),
        ("blinks and nods, twice", "closure", 2),
        ("nods and shakes the head, twice", "head_yaw", 2),
    ],
)
def test_a_count_is_that_of_the_pair_before_it(text: str, channel: str, times: int) -> None:
    events, reading = seen(text)
    assert not reading.not_understood
    assert reaches(events, channel) == times
    assert all("clos the" not in e.reason for e in events)


def test_what_is_read_upward_comes_back_to_where_it_was() -> None:
    events, _ = seen("looks down and up again, twice")
    assert {round(e.value("gaze_pitch")) for e in events} == {-14, 0}
    nod = [e for e in seen("blinks and nods, twice")[0] if e.kind is EventKind.NOD]
    assert [e.cycles for e in nod] == [2]


def test_how_often_something_ends_is_reported() -> None:
    assert "twice" in seen("smiles and stops smiling twice")[1].not_understood


def test_what_stands_behind_with_has_its_own_side_and_size() -> None:
    events, reading = seen("slight left head tilt with raised right eyebrow")
    brow = next(e for e in events if e.kind is EventKind.EXPRESSION)
    assert (brow.side, near(brow.value("AU02"), 0.6, 0.01)) == ("R", True)
    assert near(next(e for e in events if e is not brow).value("head_roll"), 6, 1)
    assert not reading.not_understood
    nod, brows = seen("nods twice with raised brows for 3 s")[0]
    assert nod.cycles >= 2
    assert (reaches([brows], "AU02"), brows.sustain) == (1, False)


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("blinks the left eye, then the right eye, then both", ["L", "R", "both"]),
        ("winks with both eyes, one after the other", ["L", "R"]),
        ("raises the brows one after the other", ["L", "R"]),
        ("winks with both eyes", ["both"]),
    ],
)
def test_both_eyes_wink_together_or_one_after_the_other(text: str, sides: list[str]) -> None:
    events, reading = seen(text)
    assert not reading.not_understood
    assert [e.side for e in events] == sides


@pytest.mark.parametrize(
    ("text", "channel", "size"),
    [
        ("closes the eyes a third", "closure", 0.33),
        ("closes the eyes a quarter of the way, then smiles", "closure", 0.25),
        ("closes the eyes three quarters of the way", "closure", 0.75),
        ("opens the mouth a third", "AU26", 0.2),
        ("opens the mouth a quarter for 2 s", "AU26", 0.15),
    ],
)
def test_a_fraction_is_a_share_of_the_movement(text: str, channel: str, size: float) -> None:
    events, reading = seen(text)
    assert not reading.not_understood
    assert near(events[0].value(channel), size, 0.02)


def test_a_fraction_of_the_clip_is_a_time() -> None:
    (smile,), _ = seen("smiles for a third of the clip")
    assert near(smile.end_s - smile.start_s, 10 / 3, 1)
    assert not smile.sustain
    assert near(smile.value("AU12"), 0.65, 0.01)
    assert reaches(seen("blinks twice, then a third time")[0], "closure") == 3


@pytest.mark.parametrize(
    ("text", "closing_s", "opening_s"),
    [
        ("closes the eyes slowly, then opens them suddenly", 0.66, 0.24),
        ("eyes close over 3 s, then snap open at 5 s", 3.0, 0.24),
        ("closes the eyes slowly, then opens them", 0.66, 0.44),
        ("closes the eyes, then opens them over 2 s", 0.35, 2.0),
    ],
)
def test_eyes_do_not_open_as_slowly_as_they_close(
    text: str, closing_s: float, opening_s: float
) -> None:
    plan = compile_brief(Brief("neutral", 8.0, seed=1, instruction=text)).plan
    (lids,) = (e for e in plan.events if e.origin == "instruction")
    assert near(lids.onset_s, closing_s, 0.02)
    assert near(lids.offset_s, opening_s, 0.02)


@pytest.mark.parametrize(
    ("text", "channel", "ways"),
    [
        ("looks down, then back up", "gaze_pitch", [-14, 0]),
        ("looks up, then down, then back up", "gaze_pitch", [14, -14, 14]),
        ("looks down, then back up at the ceiling", "gaze_pitch", [-14, 14]),
        ("lowers the head, then lifts it back up", "head_pitch", [-13, 0]),
        (
            "lowers the head 15 degrees, then raises it back up by 5 degrees",
            "head_pitch",
            [-15, -10],
        ),
        ("turns the head left 20 degrees, then 10 degrees back to the right", "head_yaw", [20, 10]),
        (
            "turns the head left 20 degrees, then back 30 degrees to the right",
            "head_yaw",
            [20, -10],
        ),
        ("looks 20 degrees left, then 20 degrees back", "gaze_yaw", [20, 0]),
        ("looks 10 degrees left, then 20 degrees further left", "gaze_yaw", [10, 30]),
        ("turns the head 10 degrees left, then 15 degrees further left", "head_yaw", [10, 25]),
        ("looks 10 degrees left, then 10 degrees more", "gaze_yaw", [10, 20]),
        ("looks 10 degrees down, then another 5 degrees", "gaze_pitch", [-10, -15]),
        ("turns the head 5 degrees right, then a further 5 degrees", "head_yaw", [-5, -10]),
        ("looks 10 degrees left, then 20 degrees further right", "gaze_yaw", [10, -10]),
    ],
)
def test_the_way_back_starts_where_the_way_there_ended(
    text: str, channel: str, ways: list[float]
) -> None:
    events, reading = seen(text)
    assert not reading.not_understood
    assert [e.value(channel) for e in events] == pytest.approx(ways)


@pytest.mark.parametrize(
    ("text", "count", "until_s"),
    [
        ("blinks ten times in four seconds", 10, 4.2),
        ("blinks three times in one second", 3, 1.2),
        ("blinks six times in 2 s", 6, 2.2),
        ("winks three times within 2 s", 3, 2.2),
        ("looks left three times within 3 s", 6, 3.2),
    ],
)
def test_a_length_of_several_is_that_of_all_together(text: str, count: int, until_s: float) -> None:
    events, reading = seen(text)
    assert not reading.not_understood
    assert len(events) == count
    assert max(e.end_s for e in events) <= until_s
    assert not any(e.kind is EventKind.CLOSURE for e in events)


def test_blinks_that_do_not_fit_into_their_time_are_reported() -> None:
    events, reading = seen("blinks ten times in two seconds")
    assert len(events) == 6
    assert reading.not_understood == ("blinks ten times (6 of 10 times fit)",)
    assert len(seen("blinks six times")[0]) == 6
    assert len(seen("blinks a dozen times")[0]) == 12


@pytest.mark.parametrize(
    "text", ["lower lids tighten", "tightens the lower lids", "the lower eyelids are tensed"]
)
def test_lower_lids_that_tighten_lower_no_lids(text: str) -> None:
    (event,), reading = seen(text)
    assert event.value("AU07") > 0.3
    assert not reading.not_understood
    assert seen("lower the lids")[0][0].kind is EventKind.CLOSURE


@pytest.mark.parametrize(
    ("text", "pitch"),
    [
        ("lowers the head by about 10 degrees", -10),
        ("lowers the head approximately ten degrees", -10),
    ],
)
def test_about_so_much_is_so_much(text: str, pitch: float) -> None:
    (event,), reading = seen(text)
    assert near(event.value("head_pitch"), pitch)
    assert not reading.not_understood


@pytest.mark.parametrize(
    "text",
    [
        "gradually, from 1 s to 5 s, lowers the head 20 degrees",
        "gradually lowers the head 20 degrees from 1 s to 5 s",
        "from 1 s to 5 s, the head gradually lowers 20 degrees",
    ],
)
def test_what_is_gradual_takes_its_whole_time(text: str) -> None:
    (event,), reading = seen(text)
    assert (near(event.start_s, 1, 0.01), near(event.onset_s, 4, 0.01)) == (True, True)
    assert near(event.value("head_pitch"), -20)
    assert not reading.not_understood

"""What is one movement, what is two, and which of them are made together."""

import re

import numpy as np
import pytest
from tests.agents.readings import Check, near, seen

ONE_WAY: tuple[tuple[str, tuple[float, float]], ...] = (
    ("look 20 degrees left and 10 degrees down", (20, -10)),
    ("turn the head 20 degrees left and 10 degrees down", (20, -10)),
    ("looks 15° up, 10° right", (-10, 15)),
    ("turn the head to the right by 25 degrees and up by 5 degrees", (-25, 5)),
    ("looks down 10 degrees and right 20 degrees", (-20, -10)),
    ("look left and 10 degrees down", (16, -10)),
)
TOGETHER: tuple[tuple[str, Check], ...] = (
    ("turn the head 20 degrees left and at the same time tilt it 10 degrees right",
     lambda e, r: near(e[1].value("head_roll"), -10)),
    ("turn the head 20 degrees left while lowering it 10 degrees",
     lambda e, r: near(e[1].value("head_pitch"), -10)),
    ("simultaneously turn the head 20 degrees to the left and tilt it 10 degrees to the right",
     lambda e, r: near(e[0].value("head_yaw"), 20)),
    ("Turn the head left. At the same time, tilt it to the right.", lambda e, r: True),
    ("Turn the head left, tilt it right, both at the same time.", lambda e, r: True),
    ("turn the head 20 degrees left, tilting it right", lambda e, r: True),
    ("nods while turning the head left", lambda e, r: True),
    ("raises the left brow while lowering the right one",
     lambda e, r: [x.side for x in e] == ["L", "R"] and all(x.sustain for x in e)),
    ("closes the right eye while opening the left one wide",
     lambda e, r: e[0].value("closure") == 1 and e[1].value("AU05") > 0.5),
    ("The right eye closes a little more than the left",
     lambda e, r: [x.side for x in e] == ["R", "L"] and e[0].value("closure") == 1
     and 0.7 < e[1].value("closure") < 0.9),
    ("the left eye opens wider than the right",
     lambda e, r: [x.side for x in e] == ["L", "R"] and e[0].value("AU05") > e[1].value("AU05")),
    ("raises the left eyebrow much higher than the right",
     lambda e, r: e[0].side == "L" and e[0].value("AU02") > 2 * e[1].value("AU02")),
    ("The left brow is less raised than the right one",
     lambda e, r: e[0].side == "R" and e[0].value("AU02") > e[1].value("AU02") > 0),
    ("the right corner of the mouth rises higher than the left",
     lambda e, r: e[0].side == "R" and e[0].value("AU12") > e[1].value("AU12") > 0),
)  # fmt: skip
IN_ORDER: tuple[tuple[str, Check], ...] = (
    ("after having kept the eyes closed for 2 s, look left",
     lambda e, r: near(e[1].start_s - e[0].start_s, 2.6, 0.3)),
    ("After having kept the eyes closed for 1.5 s she looks left",
     lambda e, r: near(e[1].start_s - e[0].start_s, 2.1, 0.3)),
    ("Between 1 s and 3 s look left; afterwards smile",
     lambda e, r: near(e[0].start_s, 1) and near(e[1].start_s, 3)),
    ("between second 2 and second 4, raise the left eyebrow; then look down",
     lambda e, r: near(e[0].start_s, 2) and near(e[0].end_s, 4) and near(e[1].start_s, 4)),
    ("Between 1.5 and 3 seconds closes the eyes, afterwards nods",
     lambda e, r: near(e[0].start_s, 1.5) and near(e[1].start_s, 3)),
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("looks 8 degrees down and to the right", (-1, -1)),
        ("look 12 degrees up and left", (1, 1)),
        ("looks 15 degrees to the right and up", (-1, 1)),
        ("turns the head 10 degrees down and to the left", (1, -1)),
    ],
)
def test_one_angle_before_two_ways_is_that_of_both(text: str, way: tuple[float, float]) -> None:
    events, reading = seen(text)
    assert len(events) == 1
    assert not reading.not_understood
    stem = "head" if "head" in text else "gaze"
    found = [events[0].value(f"{stem}_{axis}") for axis in ("yaw", "pitch")]
    assert np.hypot(*found) == pytest.approx(float(re.findall(r"\d+", text)[0]), abs=0.1)
    assert all(v * w > 3 for v, w in zip(found, way, strict=True))


@pytest.mark.parametrize(("text", "way"), ONE_WAY, ids=[text for text, _ in ONE_WAY])
def test_two_angles_are_one_slanting_way(text: str, way: tuple[float, float]) -> None:
    events, reading = seen(text)
    assert len(events) == 1
    stem = "head" if "head" in text else "gaze"
    found = [events[0].value(f"{stem}_{axis}") for axis in ("yaw", "pitch")]
    assert found == pytest.approx(way, abs=0.5)
    assert not reading.not_understood


def test_a_slanting_way_has_no_larger_angles_than_there_are() -> None:
    events, reading = seen("look 60 degrees left and 10 degrees down")
    assert events[0].value("gaze_yaw") == pytest.approx(38)
    assert reading.not_understood


@pytest.mark.parametrize(("text", "check"), TOGETHER, ids=[text for text, _ in TOGETHER])
def test_what_is_together_begins_together(text: str, check: Check) -> None:
    events, reading = seen(text)
    assert len(events) == 2
    assert near(events[0].start_s, events[1].start_s, 1e-6)
    assert check(events, reading)
    assert not reading.not_understood


@pytest.mark.parametrize(("text", "check"), IN_ORDER, ids=[text for text, _ in IN_ORDER])
def test_what_is_after_the_other_begins_after_it(text: str, check: Check) -> None:
    assert check(*seen(text))

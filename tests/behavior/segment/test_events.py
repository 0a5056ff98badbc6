"""Curves of known events give these events, and curves of none give none."""

import numpy as np
import pytest

from cogportrait.agents.loop import compile_brief
from cogportrait.behavior.kinematics import blink_pulse, expression_pulse, nod_curve, rise
from cogportrait.behavior.segment.events import EventType, FaceEvent, segment
from cogportrait.facs.channels import CHANNEL_INDEX, CHANNELS
from cogportrait.types import Brief, ControlSequence, EventKind

FPS = 25.0
SECONDS = 8.0


def curves(**channels: np.ndarray) -> ControlSequence:
    """Return controls with these curves and a little noise on everything."""
    rng = np.random.default_rng(3)
    values = np.zeros((int(SECONDS * FPS), len(CHANNELS)))
    for name in CHANNELS:
        rough = 0.01 if name.startswith("AU") else 0.2 if name.startswith("gaze") else 0.05
        values[:, CHANNEL_INDEX[name]] = rng.normal(0, rough, len(values))
    for name, curve in channels.items():
        values[:, CHANNEL_INDEX[name]] += curve
    units = [i for i, name in enumerate(CHANNELS) if name.startswith("AU")]
    values[:, units] = values[:, units].clip(0, 1)
    return ControlSequence.from_matrix(values.astype(np.float32), FPS)


T = np.arange(int(SECONDS * FPS)) / FPS


def of(events: list[FaceEvent], *kinds: EventType) -> list[FaceEvent]:
    return [event for event in events if event.kind in kinds]


def test_noise_alone_is_a_fixation_and_nothing_else() -> None:
    assert {event.kind for event in segment(curves())} == {EventType.FIXATION}


def test_a_blink_has_its_time_and_depth() -> None:
    blink = blink_pulse(T - 2.0, 0.08, 0.04, 0.16)
    (found,) = of(segment(curves(AU43_L=blink, AU43_R=blink)), EventType.BLINK)
    assert found.apex_s == pytest.approx(2.1, abs=0.05)
    assert found.onset_s == pytest.approx(2.0, abs=0.06)
    assert found.amplitude > 0.85
    assert found.side == "both"


def test_a_shallow_blink_is_partial_and_a_second_one_soon_is_double() -> None:
    shallow = 0.45 * blink_pulse(T - 2.0, 0.08, 0.04, 0.16)
    pair = blink_pulse(T - 5.0, 0.08, 0.04, 0.16) + blink_pulse(T - 5.45, 0.08, 0.04, 0.16)
    both = shallow + pair
    found = segment(curves(AU43_L=both, AU43_R=both))
    assert len(of(found, EventType.PARTIAL_BLINK)) == 1
    assert len(of(found, EventType.BLINK)) == 1
    assert len(of(found, EventType.DOUBLE_BLINK)) == 1


def test_lids_that_stay_shut_are_a_long_closure_and_no_blink() -> None:
    shut = expression_pulse(T - 2.0, 0.2, 1.5, 0.3)
    found = segment(curves(AU43_L=shut, AU43_R=shut))
    (closure,) = of(found, EventType.LONG_CLOSURE)
    assert 1.5 < closure.duration_s < 2.0
    assert not of(found, EventType.BLINK, EventType.PARTIAL_BLINK)


def test_lids_that_sink_are_a_droop() -> None:
    low = 0.35 * rise(T - 3.0, 1.0)
    (droop,) = of(segment(curves(AU43_L=low, AU43_R=low)), EventType.DROOP)
    assert 2.5 < droop.onset_s < 5.0


@pytest.mark.parametrize("side", ["L", "R"])
def test_a_wink_knows_its_side(side: str) -> None:
    found = segment(curves(**{f"AU43_{side}": expression_pulse(T - 3, 0.1, 0.2, 0.15)}))
    (wink,) = of(found, EventType.WINK)
    assert wink.side == side
    assert not of(found, EventType.BLINK, EventType.PARTIAL_BLINK)


@pytest.mark.parametrize(("other", "kind"), [(0.5, EventType.BLINK), (0.3, EventType.WINK)])
def test_eyes_that_close_unevenly_blink_unless_one_stays_open(
    other: float, kind: EventType
) -> None:
    pair = blink_pulse(T - 2.0, 0.08, 0.04, 0.16) + blink_pulse(T - 3.0, 0.08, 0.04, 0.16)
    found = segment(curves(AU43_L=0.98 * pair, AU43_R=other * pair))
    told = of(found, EventType.BLINK, EventType.PARTIAL_BLINK, EventType.WINK)
    assert [one.kind for one in told] == [kind] * 2
    assert [one.apex_s for one in told] == pytest.approx([2.1, 3.1], abs=0.05)


def test_a_wink_hides_no_blink_before_or_after() -> None:
    one, two = (blink_pulse(T - start, 0.08, 0.04, 0.16) for start in (2.0, 2.5))
    resting = 0.15  # so that the wink's own feet are not where its eye is open
    found = segment(curves(AU43_L=resting + 0.8 * (one + two), AU43_R=resting + 0.8 * two))
    (wink,) = of(found, EventType.WINK)
    (blink,) = of(found, EventType.BLINK, EventType.PARTIAL_BLINK, EventType.DOUBLE_BLINK)
    assert wink.apex_s == pytest.approx(2.1, abs=0.05)
    assert wink.offset_s < 2.5
    assert blink.apex_s == pytest.approx(2.6, abs=0.05)


def test_a_jump_of_gaze_is_a_shift_with_its_size_and_direction() -> None:
    yaw = np.where(T >= 3.0, 12.0, 0.0)
    found = segment(curves(gaze_yaw_L=yaw, gaze_yaw_R=yaw))
    (shift,) = of(found, EventType.GAZE_SHIFT)
    assert shift.amplitude == pytest.approx(12, abs=1)
    assert shift.direction == "left"
    assert shift.onset_s == pytest.approx(3.0, abs=0.09)
    assert len(of(found, EventType.FIXATION)) == 2


def test_gaze_that_glides_is_a_drift() -> None:
    yaw = 14 * np.clip((T - 2.0) / 3.0, 0, 1)
    found = segment(curves(gaze_yaw_L=yaw, gaze_yaw_R=yaw))
    assert not of(found, EventType.GAZE_SHIFT)
    assert len(of(found, EventType.DRIFT)) == 1


def test_eyes_that_turn_against_the_head_fixate() -> None:
    yaw = 14 * np.clip((T - 2.0) / 3.0, 0, 1)
    found = segment(curves(gaze_yaw_L=-yaw, gaze_yaw_R=-yaw, head_yaw=yaw))
    assert not of(found, EventType.DRIFT, EventType.GAZE_SHIFT, EventType.AVERSION)


def test_looking_away_and_back_is_an_aversion_and_a_return() -> None:
    pitch = -15.0 * ((T >= 2) & (T < 4.5))
    found = segment(curves(gaze_pitch_L=pitch, gaze_pitch_R=pitch))
    (away,) = of(found, EventType.AVERSION)
    assert away.direction == "down"
    assert away.duration_s == pytest.approx(2.5, abs=0.2)
    (back,) = of(found, EventType.RETURN)
    assert back.direction == "up"


@pytest.mark.parametrize(
    ("channels", "kind"),
    [
        (("AU01_L", "AU01_R", "AU02_L", "AU02_R"), EventType.BROW_RAISE),
        (("AU04_L", "AU04_R"), EventType.FROWN),
        (("AU07_L", "AU07_R"), EventType.SQUINT),
        (("AU05_L", "AU05_R"), EventType.WIDENING),
        (("AU12_L", "AU12_R"), EventType.SMILE),
    ],
)
def test_expressions_are_named(channels: tuple[str, ...], kind: EventType) -> None:
    pulse = 0.6 * expression_pulse(T - 2, 0.3, 1.0, 0.4)
    (found,) = of(segment(curves(**dict.fromkeys(channels, pulse))), kind)
    assert found.amplitude == pytest.approx(0.6, abs=0.05)
    assert found.side == "both"


def test_a_short_raise_is_a_flash_and_one_brow_has_a_side() -> None:
    flash = 0.7 * expression_pulse(T - 2, 0.1, 0.08, 0.12)
    found = segment(curves(AU01_L=flash, AU01_R=flash, AU02_L=flash, AU02_R=flash))
    assert len(of(found, EventType.BROW_FLASH)) == 1
    (one,) = of(segment(curves(AU02_R=0.7 * expression_pulse(T - 2, 0.3, 1, 0.4))),
                EventType.BROW_RAISE)  # fmt: skip
    assert one.side == "R"


@pytest.mark.parametrize(
    ("channel", "value", "kind", "direction"),
    [
        ("head_yaw", 15.0, EventType.HEAD_TURN, "left"),
        ("head_yaw", -15.0, EventType.HEAD_TURN, "right"),
        ("head_roll", 9.0, EventType.TILT, "left"),
        ("head_pitch", -14.0, EventType.HEAD_DROP, "down"),
    ],
)
def test_ways_of_the_head(channel: str, value: float, kind: EventType, direction: str) -> None:
    way = value * expression_pulse(T - 2, 0.6, 1.5, 0.8)
    (found,) = of(segment(curves(**{channel: way})), kind)
    assert found.direction == direction
    assert found.amplitude == pytest.approx(abs(value), rel=0.1)


def test_nods_and_shakes_are_told_apart() -> None:
    swing = 8 * nod_curve(T - 2, 3, 1.8)
    assert len(of(segment(curves(head_pitch=-swing)), EventType.NOD)) == 1
    shaken = segment(curves(head_yaw=8 * np.sin(2 * np.pi * 1.5 * T) * ((T > 2) & (T < 5))))
    assert len(of(shaken, EventType.SHAKE)) == 1
    assert not of(shaken, EventType.NOD)


def test_a_head_that_jerks_up_after_sinking() -> None:
    pitch = -14 * (rise(T - 2, 1.5) - rise(T - 4.5, 0.35))
    (jerk,) = of(segment(curves(head_pitch=pitch)), EventType.HEAD_JERK)
    assert jerk.apex_s == pytest.approx(4.8, abs=0.4)


@pytest.mark.parametrize("label", ["neutral", "anger", "laughter", "evasive_response"])
def test_planned_blinks_are_found_again(label: str) -> None:
    compiled = compile_brief(Brief(label, 30.0, 25.0, 4))
    planned = compiled.plan.of_kind(EventKind.BLINK)
    blinks = (EventType.BLINK, EventType.PARTIAL_BLINK, EventType.DOUBLE_BLINK)
    found = of(segment(compiled.controls), *blinks)
    assert abs(len(found) - len(planned)) <= 0.1 * len(planned) + 1


def test_events_without_a_face_are_left_out() -> None:
    blink = blink_pulse(T - 2.0, 0.08, 0.04, 0.16)
    found = np.ones(len(T), np.bool_)
    found[50:54] = False
    events = segment(curves(AU43_L=blink, AU43_R=blink), found)
    assert not of(events, EventType.BLINK)


def test_eyes_that_circle_all_the_time_make_no_shift() -> None:
    turn = 2 * np.pi * T
    yaw, pitch = 15 * np.cos(turn), 15 * np.sin(turn)
    events = segment(curves(gaze_yaw_L=yaw, gaze_yaw_R=yaw, gaze_pitch_L=pitch, gaze_pitch_R=pitch))
    assert of(events, EventType.GAZE_SHIFT) == []

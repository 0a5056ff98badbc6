"""Statistics of control sequences, on sequences of which they are known."""

from dataclasses import replace

import numpy as np
import pytest

from cogportrait.agents.loop import compile_brief
from cogportrait.behavior.expectations import expectations
from cogportrait.behavior.labels import LABELS
from cogportrait.behavior.signature import (
    features,
    in_room,
    label_evidence,
    label_scores,
    measure_signature,
)
from cogportrait.errors import ControlsError
from cogportrait.facs.channels import au_columns
from cogportrait.types import Brief, ControlSequence

REST = ControlSequence.zeros(250, 25.0)


def with_au(number: int, values: object) -> ControlSequence:
    aus = REST.aus.copy()
    for column in au_columns(number):
        aus[:, column] = values
    return replace(REST, aus=aus)


def test_rest_has_nothing() -> None:
    sign = measure_signature(REST)
    assert (sign.blink_rate_per_min, sign.perclos, sign.resting_closure) == (0, 0, 0)
    assert (sign.aversion_share, sign.gaze_shift_rate_hz, sign.laugh_share) == (0, 0, 0)
    assert sign.head_speed_deg_s == 0
    assert np.isnan(sign.aversion_deg).all()
    assert not sign.au_mean.any()


def test_perclos_is_the_share_of_shut_frames() -> None:
    closure = np.zeros(250)
    closure[50:100] = 1.0
    sign = measure_signature(with_au(43, closure))
    assert sign.perclos == pytest.approx(0.2)
    assert sign.blink_rate_per_min == 0  # a long closure is no blink


def test_blinks_are_counted_a_minute() -> None:
    closure = np.zeros(250)
    for at in (50, 120, 190):
        closure[at - 2 : at + 4] = (0.3, 0.8, 1.0, 0.7, 0.4, 0.15)
    assert measure_signature(with_au(43, closure)).blink_rate_per_min == pytest.approx(18.0)


def test_the_stronger_side_of_an_action_unit_counts() -> None:
    aus = REST.aus.copy()
    aus[:, au_columns(4)[1]] = 0.6
    sign = measure_signature(replace(REST, aus=aus))
    assert sign.au(4) == pytest.approx(0.6)
    assert sign.au(1) == 0


def test_aversion_is_of_eyes_and_head_together() -> None:
    gaze, head = REST.gaze_deg.copy(), REST.head_deg.copy()
    gaze[125:, :, 0], head[125:, 0] = 10.0, 5.0  # to the subject's left
    sign = measure_signature(replace(REST, gaze_deg=gaze, head_deg=head))
    assert sign.aversion_share == pytest.approx(0.5)
    assert sign.aversion_deg == pytest.approx((15.0, 0.0))
    head[125:, 0] = -10.0  # eyes against the head: still on the camera
    turned = replace(REST, gaze_deg=gaze, head_deg=head)
    assert measure_signature(turned).aversion_share == 0
    assert np.allclose(in_room(turned), 0)


def test_head_speed_and_ranges_are_in_degrees() -> None:
    head = REST.head_deg.copy()
    head[:, 1] = np.linspace(0, -20, 250)
    sign = measure_signature(replace(REST, head_deg=head))
    assert sign.head_speed_deg_s == pytest.approx(20 / 249 * 25, rel=1e-4)
    assert sign.head_range_deg == pytest.approx((0, 18, 0), abs=1e-3)
    assert sign.head_mean_deg[1] == pytest.approx(-10, abs=1e-3)


def test_no_frame_has_no_statistics() -> None:
    with pytest.raises(ControlsError, match="at least one frame"):
        measure_signature(ControlSequence.zeros(0, 25.0))


@pytest.mark.parametrize("label", LABELS)
def test_every_feature_has_an_expectation(label: str) -> None:
    wanted = expectations(label)
    assert set(wanted) == set(features(measure_signature(REST)))
    assert all(e.spread > 0 for e in wanted.values())


@pytest.mark.parametrize("label", LABELS)
def test_a_planned_label_scores_best(label: str) -> None:
    scores = label_scores(measure_signature(compile_brief(Brief(label, 6.0, seed=5)).controls))
    assert next(iter(scores)) == label
    assert sum(scores.values()) == pytest.approx(1.0)
    assert list(scores.values()) == sorted(scores.values(), reverse=True)


def test_what_is_undefined_is_left_out_of_the_evidence() -> None:
    shut = measure_signature(with_au(43, 1.0))
    names = {e.feature for e in label_evidence(shut, "neutral")}
    assert "averted share" not in names
    assert "gaze pitch" not in names
    assert "AU04" in names

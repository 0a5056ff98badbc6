"""Realism: what is measured on curves of which everything is known, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from cogportrait.agents.loop import compile_brief, curves_behind
from cogportrait.behavior.kinematics import (
    blink_pulse,
    saccade_duration_s,
    saccade_path,
    saccade_peak_velocity_deg_s,
)
from cogportrait.behavior.labels import LABELS, priors
from cogportrait.behavior.realism.blinks import blinks_in, log_sd, skewness
from cogportrait.behavior.realism.judge import Judged, fits, inside_of, judge
from cogportrait.behavior.realism.observe import Observed, observe
from cogportrait.behavior.realism.quantities import measured, unit_of
from cogportrait.behavior.realism.ranges import Rule, range_of, ranges
from cogportrait.behavior.realism.saccades import (
    duration_at,
    duration_law,
    peak_velocity_law,
    saccades_in,
    velocity_at,
)
from cogportrait.behavior.sampling import fine_steps, sample
from cogportrait.behavior.segment.lids import lid_events
from cogportrait.facs.channels import au_columns
from cogportrait.facs.limits import constant
from cogportrait.types import Brief, ControlSequence

RATE = 250.0


def lids(times_s: list[float], peaks: list[float], seconds: float) -> np.ndarray:
    """Return closures [T] of blinks of 80, 20 and 150 ms."""
    t = np.arange(round(seconds * RATE)) / RATE
    return sum(
        (p * blink_pulse(t - at, 0.08, 0.02, 0.15) for at, p in zip(times_s, peaks, strict=True)),
        np.zeros(len(t)),
    )


def gaze_of(sizes_deg: list[float], stretch: float = 1.0) -> np.ndarray:
    """Return gaze [T, 2] that goes out and back by each size, sideways, every 0.6 s."""
    room = np.zeros((round(1.2 * RATE * (len(sizes_deg) + 1)), 2))
    t = np.arange(len(room)) / RATE
    for i, size in enumerate(sizes_deg):
        length = stretch * float(saccade_duration_s(size))
        for k, sign in ((0.3, 1), (0.9, -1)):
            room[:, 0] += sign * size * saccade_path(t - 1.2 * i - k, length, size)
    return room


def played(label: str, seconds: float = 60.0, seed: int = 0) -> ControlSequence:
    brief = Brief(label, seconds, seed=seed)
    return curves_behind(compile_brief(brief), brief)


def seen(curves: ControlSequence) -> Observed:
    return observe(sample(curves, fine_steps(25.0)), curves)


def by_name(judged: tuple[Judged, ...]) -> dict[str, Judged]:
    return {one.name: one for one in judged}


def test_phases_of_blinks_are_those_that_were_drawn() -> None:
    closure = lids([1.0, 4.0, 4.5, 9.0], [1.0, 1.0, 1.0, 0.65], 12.0)
    both = np.stack([closure, closure], axis=1)
    blinks = blinks_in(closure, RATE, lid_events(both, RATE))
    assert len(blinks) == 4
    assert blinks.closing_s == pytest.approx(0.072, abs=0.009)  # all but its slow ends
    assert 0.10 < blinks.reopening_s.mean() < 0.15
    assert np.isnan(blinks.held_s).tolist() == [False, False, False, True]
    assert blinks.depth == pytest.approx([1, 1, 1, 0.65], abs=0.02)
    assert blinks.doubled.tolist() == [False, False, True, False]
    assert blinks.speed_s == pytest.approx(1.875 / 0.08, rel=0.03)


def test_a_burst_is_no_double_blink() -> None:
    closure = lids([1.0, 1.5, 2.0, 2.5], [1.0] * 4, 5.0)
    blinks = blinks_in(closure, RATE, lid_events(np.stack([closure] * 2, axis=1), RATE))
    assert blinks.in_burst.all()
    assert not blinks.doubled.any()


def test_moments_of_a_lognormal_sample() -> None:
    values = np.exp(0.7 * np.random.default_rng(0).standard_normal(4000))
    assert log_sd(values) == pytest.approx(0.7, abs=0.03)
    assert skewness(values) > 1.5
    assert np.isnan(skewness(values[:2]))


def test_the_main_sequence_is_found_in_saccades_drawn_by_it() -> None:
    sizes = [2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 14.0, 16.0, 18.0, 20.0]
    saccades = saccades_in(gaze_of(sizes), RATE)
    assert len(saccades) == 2 * len(sizes)
    assert sorted(saccades.amplitude_deg)[::2] == pytest.approx(sizes, rel=0.02)
    law, length = peak_velocity_law(saccades, 0), duration_law(saccades)
    for size in (5.0, 15.0):
        drawn_by = float(saccade_peak_velocity_deg_s(size))
        assert velocity_at(law, size) == pytest.approx(drawn_by, rel=0.05)
        assert duration_at(length, size) == pytest.approx(float(saccade_duration_s(size)), rel=0.15)
    assert np.isnan(velocity_at(law, 60.0))  # no saccade is near


def test_eyes_that_turn_against_the_head_rest() -> None:
    controls = ControlSequence.zeros(1000, RATE)
    turn = (15 * np.sin(np.arange(1000) / RATE * 3)).astype(np.float32)
    controls.head_deg[:, 0] = turn
    controls.gaze_deg[:, :, 0] = -turn[:, None]
    curves = observe(sample(controls, 10), controls).curves
    assert curves is not None
    assert len(curves.saccades) == 0


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("speaking", [False, True])
def test_every_range_has_a_measured_quantity_and_a_source(label: str, speaking: bool) -> None:
    wanted = ranges(label, speaking=speaking)
    names = set(measured(seen(played("drowsiness", 20.0))))
    assert set(wanted) <= names
    for name, one in wanted.items():
        assert one.low < one.high, name
        unit_of(name)
    assert wanted["blink total"].prior == "blink_total"
    assert wanted["blink total"].own
    assert not wanted["saccade duration, 5°"].own


def test_ranges_are_those_of_the_file_or_made_by_rule() -> None:
    stated = range_of(priors("anger").blink_rate_listening)
    assert (stated.low, stated.high, stated.rule) == (4, 25, Rule.STATED)
    two_sd = range_of(constant("saccade.vpeak.h5deg"))
    assert (two_sd.low, two_sd.high, two_sd.rule) == (213 - 58, 213 + 58, Rule.TWO_SD)
    assert two_sd.published
    share = range_of(priors("neutral").other("gaze_on_partner.listening"))
    assert (share.low, share.high) == pytest.approx((0.695, 0.995))
    assert share.rule is Rule.TOLERANCE


@pytest.mark.parametrize("label", ["neutral", "cognitive_effort", "drowsiness"])
def test_what_is_planned_lies_inside_and_nearest_to_its_label(label: str) -> None:
    watched = seen(played(label, 120.0, seed=3))
    good, known = inside_of(judge(watched, label, speaking=False))
    assert known >= 25
    assert good / known >= 0.85
    found = fits(watched.signature, speaking=False)
    assert max(found, key=lambda name: found[name]) == label
    assert found[label] == 0


def test_a_face_without_blinks_is_outside() -> None:
    curves = played("neutral")
    curves.aus[:, list(au_columns(43))] = 0
    judged = by_name(judge(seen(curves), "neutral", speaking=False))
    assert judged["blink rate"].value == 0
    assert judged["blink rate"].inside is False
    assert judged["blink total"].inside is None  # there is nothing to be told
    assert np.isnan(judged["blink total"].value)


def test_slow_saccades_are_outside() -> None:
    sizes = [2.0, 4.0, 5.0, 5.5, 6.0, 12.0, 14.0, 15.0, 16.0, 18.0]
    verdicts = {}
    for stretch in (1.0, 2.5):
        room = gaze_of(sizes, stretch)
        curves = ControlSequence.zeros(len(room), RATE)
        curves.gaze_deg[:] = room[:, None, :]
        verdicts[stretch] = by_name(judge(seen(curves), "neutral", speaking=False))
    names = ("peak velocity, 5° sideways", "peak velocity, 15° sideways", "saccade duration, 5°")
    for name in names:
        assert verdicts[1.0][name].inside is True, name
        assert verdicts[2.5][name].inside is False, name


def test_a_face_is_outside_the_ranges_of_another_label() -> None:
    watched = seen(played("drowsiness", 60.0))
    judged = by_name(judge(watched, "surprise", speaking=False))
    for name in ("PERCLOS P80", "AU05", "blink total"):
        assert judged[name].inside is False, name


def test_recordings_without_curves_are_measured_as_far_as_they_show() -> None:
    frames = sample(played("neutral"), 10)
    names = set(measured(observe(frames)))
    assert "blink rate" in names
    assert "gaze on partner" in names
    assert not any("velocity" in name or name == "blink held" for name in names)


def test_curves_behind_a_brief_are_those_of_its_frames() -> None:
    brief = Brief("happiness", 8.0, seed=2)
    compiled = compile_brief(brief)
    again = sample(curves_behind(compiled, brief), fine_steps(25.0))
    np.testing.assert_allclose(again.to_matrix(), compiled.controls.to_matrix(), atol=1e-6)


def test_a_quantity_without_a_range_is_not_judged() -> None:
    one = Judged("head motion", "deg", 3.0, 100, None)
    assert one.inside is None
    assert inside_of([one]) == (0, 0)
    known = replace(one, expected=range_of(priors("anger").blink_rate_listening), value=3.0)
    assert inside_of([one, known]) == (0, 1)

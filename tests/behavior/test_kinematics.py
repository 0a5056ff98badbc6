import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogportrait.behavior.kinematics import (
    acceleration_share,
    blink_pulse,
    expression_pulse,
    eye_in_head_deg,
    min_jerk,
    nod_amplitude_limit_deg,
    nod_curve,
    saccade_duration_s,
    saccade_line_s,
    saccade_path,
    saccade_peak_velocity_deg_s,
    shake_curve,
    smooth_noise,
    soft_limit,
)

seconds = st.floats(0.05, 2.0)
degrees = st.floats(0.5, 45.0)


def test_the_minimum_jerk_path_has_the_peaks_of_its_closed_form() -> None:
    x = np.linspace(0, 1, 20001)
    velocity = np.gradient(min_jerk(x), x)
    assert velocity.max() == pytest.approx(1.875, rel=1e-4)
    assert np.gradient(velocity, x).max() == pytest.approx(10 / np.sqrt(3), rel=1e-3)


@given(seconds, st.floats(0, 2), seconds)
def test_an_expression_rises_once_and_falls_once(onset: float, hold: float, offset: float) -> None:
    t = np.arange(-0.1, onset + hold + offset + 0.1, 0.002)
    curve = expression_pulse(t, onset, hold, offset)
    assert curve[0] == 0
    assert curve[-1] == pytest.approx(0, abs=1e-9)
    assert curve.max() <= 1 + 1e-12
    top = int(curve.argmax())
    assert (np.diff(curve[: top + 1]) >= -1e-12).all()
    assert (np.diff(curve[top:]) <= 1e-12).all()


@given(st.floats(0.045, 0.13), st.floats(0.005, 0.12), st.floats(0.09, 0.3))
def test_a_blink_shuts_fully_and_opens_slower_than_it_closed(
    closing: float, closed: float, opening: float
) -> None:
    opening = max(opening, 1.25 * closing)
    t = np.arange(-0.02, closing + closed + opening + 0.02, 1e-4)
    curve = blink_pulse(t, closing, closed, opening)
    assert curve.max() == pytest.approx(1, abs=1e-4)
    assert curve.min() >= -1e-12
    speed = np.diff(curve) / 1e-4
    assert speed.max() == pytest.approx(1.875 / closing, rel=0.01)
    assert -speed.min() <= speed.max() * 1.01


@given(degrees, st.booleans())
def test_a_saccade_lasts_as_long_as_the_main_sequence_says(size: float, vertical: bool) -> None:
    step = (0.0, size) if vertical else (size, 0.0)
    duration, line = float(saccade_duration_s(*step)), float(saccade_line_s(size))
    assert line <= duration <= 1.6 * line + 1e-9
    t = np.linspace(0, duration, 4001)
    path = size * saccade_path(t, duration, size)
    assert path[0] == 0
    assert path[-1] == pytest.approx(size)
    assert (np.diff(path) >= 0).all()
    peak = np.diff(path).max() / (t[1] - t[0])
    assert 1.5 <= peak * duration / size <= 2.0
    assert peak <= 700


@pytest.mark.parametrize(("size", "published", "sd"), [(5, 213, 29), (15, 352, 50), (30, 455, 67)])
def test_peak_velocity_agrees_with_measured_people(
    size: float, published: float, sd: float
) -> None:
    assert abs(float(saccade_peak_velocity_deg_s(size)) - published) < 1.05 * sd


def test_large_saccades_speed_up_for_a_smaller_share_of_their_time() -> None:
    assert acceleration_share(5) == pytest.approx(0.45)
    assert acceleration_share(50) == pytest.approx(0.2)


@given(st.integers(1, 5), st.floats(0.8, 6.5))
def test_a_nod_starts_and_ends_at_rest_and_its_last_cycle_is_the_smallest(
    cycles: int, rate: float
) -> None:
    t = np.linspace(0, cycles / rate, 500 * cycles + 1)
    curve = nod_curve(t, cycles, rate)
    assert curve[0] == pytest.approx(0, abs=1e-12)
    assert curve[-1] == pytest.approx(0, abs=1e-9)
    tops = [curve[i * 500 : (i + 1) * 500].max() for i in range(cycles)]
    assert tops == sorted(tops, reverse=True)


def test_a_head_shake_starts_to_the_left_and_ends_at_rest() -> None:
    t = np.linspace(0, 2, 2001)
    curve = shake_curve(t, 3, 1.5)
    assert curve[50:200].max() > 0
    assert curve[-1] == pytest.approx(0, abs=1e-9)
    assert np.abs(curve).max() <= 1


def test_fast_nods_must_be_small() -> None:
    assert nod_amplitude_limit_deg(2, 1500) == pytest.approx(19, abs=0.1)
    assert nod_amplitude_limit_deg(6.5, 1500) == pytest.approx(1.8, abs=0.05)


@given(st.integers(0, 1000))
def test_sway_starts_at_rest_and_holds_no_tremor(seed: int) -> None:
    noise = smooth_noise(np.random.default_rng(seed), 2400, 240.0, 1.1, columns=2)
    assert noise.shape == (2400, 2)
    assert np.abs(noise[0]).max() == pytest.approx(0, abs=1e-12)
    power = np.abs(np.fft.rfft(noise * np.hanning(2400)[:, None], axis=0)) ** 2
    assert power[30:].sum() < 0.02 * power.sum()  # above 3 Hz


@given(st.floats(-90, 90), st.floats(1, 40), st.floats(1, 40))
def test_a_soft_limit_keeps_small_values_and_bounds_large_ones(
    value: float, down: float, up: float
) -> None:
    out = float(soft_limit(np.asarray([value]), -down, up)[0])
    assert -down <= out <= up
    if -0.75 * down <= value <= 0.75 * up:
        assert out == value


def test_the_eye_turns_against_the_head() -> None:
    head = np.asarray([[10.0, -5.0, 3.0]])
    assert eye_in_head_deg(np.asarray([[2.0, 1.0]]), head).tolist() == [[-8.0, 6.0]]

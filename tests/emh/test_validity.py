"""The trial of the ruler: what is done to clips, and what scores do then, on an invented face."""

import json
import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from cogportrait.bench.perturbations import (
    Seen,
    delayed,
    delayed_places,
    mirrored,
    scaled,
    shuffled,
    sides_swapped,
    without_blinks,
)
from cogportrait.bench.perturbed_frames import blurred, encoded, lit, mirror_image, shrunk
from cogportrait.bench.reading import Reading
from cogportrait.bench.validity import MOVED, Scores, Validity, control_scores
from cogportrait.bench.validity_cases import (
    INVARIANT,
    LEVELS,
    ORDERED,
    SCORES,
    SENSITIVE,
    Case,
    Family,
    Ought,
    cases,
    expected,
)
from cogportrait.bench.validity_page import validity_json, validity_page
from cogportrait.bench.validity_plots import validity_png
from cogportrait.face import landmarks as lm
from cogportrait.face.features import FaceRows
from cogportrait.face.measure import Measurement
from cogportrait.face.neutral import neutral_of
from cogportrait.face.skin import PLACES
from cogportrait.facs.channels import AU_INDEX
from cogportrait.metrics.aggregate import LEAST
from cogportrait.metrics.blink_f1 import blinks_s
from cogportrait.types import ControlSequence, Frame

FPS, N, WIDTH = 25.0, 125, 200
SAME = Case(Family.SAME, 0)


def invented(seed: int = 0) -> Seen:
    """Return a clip with four blinks, a raised brow, looks aside and a turning head."""
    rng = np.random.default_rng(seed)
    at = np.arange(N) / FPS
    c = ControlSequence.zeros(N, FPS)
    for apex in (0.6, 1.8, 3.0, 4.2) if seed == 0 else (1.2, 2.5):
        lid = np.exp(-(((at - apex) / 0.07) ** 2))
        for side in ("L", "R"):
            k = AU_INDEX[f"AU43_{side}"]
            c.aus[:, k] = np.maximum(c.aus[:, k], lid)
    c.aus[:, AU_INDEX["AU02_L" if seed == 0 else "AU04_R"]] = (
        0.7 * np.sin(np.pi * (at / 5 + 0.3 * seed)) ** 2
    )
    phase = rng.uniform(0, 6)
    c.gaze_deg[:, :, 0] = (18 * np.sin(2 * np.pi * 0.55 * at + phase))[:, None]
    c.head_deg[:, 0] = 12 * np.sin(2 * np.pi * 0.3 * at + phase)
    return Seen(_reading(c, rng), Measurement(c, np.ones(N, np.bool_), _NEUTRAL))


def _rows(n: int) -> FaceRows:
    k = len(_kept_landmarks())
    zero = np.zeros
    return FaceRows(
        zero((n, k, 3), np.float32), np.tile(np.eye(3, dtype=np.float32), (n, 1, 1)),
        np.ones((n, len(lm.EYE_REGION), 3), np.float32), np.full(n, 80, np.float32),
        zero((n, 52), np.float32), zero((n, 2, 3), np.float32),
        zero((n, 2, len(PLACES), 2), np.float32), None,
    )  # fmt: skip


def _kept_landmarks() -> list[int]:
    from cogportrait.face.features import kept

    return [int(i) for i in kept().landmarks]


_NEUTRAL = neutral_of(_rows(1))


def _reading(c: ControlSequence, rng: np.random.Generator) -> Reading:
    rows = _rows(len(c))
    rest = rng.uniform(60, 140, (len(lm.EYE_REGION), 3))
    outer = np.searchsorted(lm.EYE_REGION, lm.OUTER_CANTHUS)
    rest[outer] = [[150, 100, 0], [50, 100, 0]]
    rows.eyes_px[:] = rest + c.head_deg[:, :1, None] * np.array([1.0, 0, 0])
    return Reading("invented", FPS, (WIDTH, WIDTH), rows, np.zeros((0, 2, 3)), 0.0)


@pytest.fixture(scope="module")
def found() -> dict[Case, Scores]:
    return control_scores(invented(), invented(1))


def test_a_clip_against_itself_is_perfect(found: dict[Case, Scores]) -> None:
    same = found[SAME]
    for key in SCORES:
        assert same[key] == pytest.approx(0.0 if key in ("gaze_error_deg", "head_error_deg",
                                                         "eye_lmd") else 1.0, abs=1e-5)  # fmt: skip


def test_scores_fall_the_more_is_wrong(found: dict[Case, Scores]) -> None:
    one = Validity(("a",), N, 0, {case: (scores,) for case, scores in found.items()})
    # Five seconds hold few periods: beyond half of one a delay comes nearer again.
    for finding in one.findings():
        if finding.family in (Family.WEAKER, Family.BLINKS) and finding.ought is Ought.MOVE:
            if finding.key == "au_f1" and finding.family is Family.BLINKS:
                continue  # it asks whether there is a blink at all
            assert finding.fine is not False, finding
    for key in ("au_temp_strict", "gaze_ccc", "closure_ccc"):
        falls = [found[Case(Family.DELAY, level)][key] for level in LEVELS[Family.DELAY][:5]]
        assert all(a > b for a, b in pairwise(falls))


def test_a_delay_holds_the_first_frame() -> None:
    assert delayed_places(5, 0.08, 25.0).tolist() == [0, 0, 0, 1, 2]
    seen = invented()
    late = delayed(seen, 0.2)
    np.testing.assert_array_equal(late.measured.controls.aus[5:], seen.measured.controls.aus[:-5])
    late_px, px = late.reading.rows.eyes_px, seen.reading.rows.eyes_px
    np.testing.assert_array_equal(late_px[:5], px[:1].repeat(5, 0))


def test_strength_scales_everything_and_units_end_at_one() -> None:
    seen = invented()
    half, more = (scaled(seen, f).measured.controls for f in (0.5, 1.5))
    c = seen.measured.controls
    np.testing.assert_allclose(half.gaze_deg, c.gaze_deg / 2)
    np.testing.assert_allclose(half.aus, c.aus / 2)
    assert more.aus.max() == 1.0
    none = scaled(seen, 0).reading.rows.eyes_px
    np.testing.assert_allclose(none, np.broadcast_to(none[:1], none.shape), atol=1e-4)


def test_dropped_blinks_are_gone_and_the_others_are_where_they_were() -> None:
    seen = invented()
    before = blinks_s(seen.measured.controls)
    assert len(before) == 4
    left = [blinks_s(without_blinks(seen, share, 3).measured.controls) for share in (0.5, 1.0)]
    assert len(left[0]) == 2 and set(left[0]) <= set(before)
    assert left[1] == []


def test_dropping_more_blinks_drops_the_same_ones_too() -> None:
    seen = invented()
    kept = [
        set(blinks_s(without_blinks(seen, share, 1).measured.controls)) for share in (0.25, 0.5)
    ]
    assert kept[1] < kept[0]


def test_the_mirror_image_of_the_mirror_image_is_the_clip() -> None:
    seen = invented()
    twice = mirrored(mirrored(seen))
    np.testing.assert_allclose(
        twice.measured.controls.to_matrix(), seen.measured.controls.to_matrix(), atol=1e-6
    )
    np.testing.assert_allclose(twice.reading.rows.eyes_px, seen.reading.rows.eyes_px, atol=1e-3)
    once = mirrored(seen).measured.controls
    assert once.au("AU02_R").max() > 0.5 and once.au("AU02_L").max() == 0
    np.testing.assert_allclose(once.head_deg[:, 0], -seen.measured.controls.head_deg[:, 0])


def test_swapped_sides_keep_directions() -> None:
    seen = invented()
    swapped = sides_swapped(seen).measured.controls
    np.testing.assert_array_equal(swapped.au("AU02_R"), seen.measured.controls.au("AU02_L"))
    np.testing.assert_array_equal(swapped.head_deg, seen.measured.controls.head_deg)


def test_shuffling_keeps_every_frame_once() -> None:
    seen = invented()
    mixed = shuffled(seen, 0).measured.controls.gaze_deg[:, 0, 0]
    assert not np.array_equal(mixed, seen.measured.controls.gaze_deg[:, 0, 0])
    np.testing.assert_array_equal(np.sort(mixed), np.sort(seen.measured.controls.gaze_deg[:, 0, 0]))


def _film(n: int = 6) -> list[Frame]:
    y, x = np.mgrid[0:48, 0:64]
    return [np.stack([4 * x, 5 * y, 128 + 0 * x + i], -1).clip(0, 255).astype(np.uint8)
            for i in range(n)]  # fmt: skip


def test_pixels_keep_their_size_and_number() -> None:
    film = _film()
    for made in (
        mirror_image(film), shrunk(film, 0.5), encoded(film, Fraction(25), 35), lit(film, 0.7),
        blurred(film, 1.0),
    ):  # fmt: skip
        assert len(made) == len(film)
        assert {frame.shape for frame in made} == {film[0].shape}
        assert all(frame.dtype == np.uint8 for frame in made)
        assert not np.array_equal(made[0], film[0])


def test_light_ends_at_white() -> None:
    bright = lit([np.array([[[100, 200, 250]]], np.uint8)], 1.3)[0]
    assert bright.tolist() == [[[130, 255, 255]]]


def test_every_family_is_of_one_kind_and_asks_something() -> None:
    assert {case.family for case in cases()} == set(Family)
    assert set(INVARIANT) | set(SENSITIVE) | {Family.SAME} == set(Family)
    for family in (*ORDERED, *SENSITIVE):
        assert any(expected(family, key) is Ought.MOVE for key in SCORES)
    assert all(expected(family, key) is Ought.STAY for family in INVARIANT for key in SCORES)


def test_another_clip_falls_by_all_there_is(found: dict[Case, Scores]) -> None:
    one = Validity(("a",), N, 0, {case: (scores,) for case, scores in found.items()})
    for key in SCORES:
        worst = Case(Family.WEAKER if key == "eye_lmd" else Family.OTHER, 0)
        assert one.fall(worst, key) == pytest.approx(1)
        assert one.fall(SAME, key) == pytest.approx(0, abs=1e-4)
    assert math.isnan(one.fall(Case(Family.BLINKS, 1.0), "eye_lmd"))


def test_a_score_that_does_not_move_is_told(found: dict[Case, Scores]) -> None:
    """A score that says 1 of everything but another clip is found out."""
    blind = {
        case: {**scores, "au_temp": 0.2 if case.family is Family.OTHER else 1.0}
        for case, scores in found.items()
    }
    one = Validity(("a",), N, 0, {case: (scores,) for case, scores in blind.items()})
    told = [f for f in one.findings() if f.key == "au_temp" and f.family is Family.WEAKER]
    assert told[0].fine is False and told[0].share < MOVED
    assert "| movement times (weaker) | AU-Temp | move | 0.00 |" in validity_page(one, {})


def test_page_and_numbers_and_curves(found: dict[Case, Scores]) -> None:
    five = Validity(tuple("abcde"), 5 * N, 0, {case: (s,) * 5 for case, s in found.items()})
    page = validity_page(five, {"tracker": "none"})
    assert "5 clips, 625 frames, seed 0; tracker none." in page
    assert "| delay, s 0.04 | 1.000 [1.000, 1.000] |" in page
    record = json.loads(validity_json(five, {}))
    assert len(record["cases"]) == len(found)
    assert record["cases"][0]["scores"]["au_f1"] == {
        "mean": 1.0, "low": 1.0, "high": 1.0, "n": 5, "fall": 0.0, "clips": [1.0] * 5,
    }  # fmt: skip
    assert validity_png(five).startswith(b"\x89PNG")


def test_few_clips_have_no_interval(found: dict[Case, Scores]) -> None:
    few = LEAST - 1
    four = Validity(tuple("abcd"), few * N, 0, {case: (s,) * few for case, s in found.items()})
    page = validity_page(four, {})
    assert "| delay, s 0.04 | 1.000 |" in page
    assert "[" not in page.split("## Sensitivity")[1]
    told = json.loads(validity_json(four, {}))["cases"][0]["scores"]["au_f1"]
    assert (told["mean"], told["low"], told["high"], told["n"]) == (1.0, None, None, few)
    assert validity_png(four).startswith(b"\x89PNG")

"""Boundary cases are drawn, judged and learnt from; a run goes on; verdicts may be a person's."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from skimage import data
from tests.train.made import codec

from cogportrait.errors import InputError, ModelError
from cogportrait.facs.channels import AU_INDEX
from cogportrait.io.images import write_png
from cogportrait.renderers.dit.codec import FrameCodec
from cogportrait.renderers.dit.conditioning import Channels, Conditioner, Hint
from cogportrait.renderers.dit.encoders import Encoders
from cogportrait.renderers.dit.flow import Schedule
from cogportrait.renderers.dit.fold import as_frames
from cogportrait.renderers.dit.guidance import Guidance, Guided
from cogportrait.renderers.dit.model import CogPortraitTransformer3DModel
from cogportrait.renderers.dit.sampling import Sampling
from cogportrait.renderers.dit.sizes import Size, build
from cogportrait.train.boundary import CASES, HELD_CASES, Boundary, boundaries
from cogportrait.train.judging import (
    By,
    Errors,
    Judge,
    Judged,
    read_table,
    verdicts,
    write_table,
)
from cogportrait.train.kto import Kto
from cogportrait.train.refining import (
    Drawn,
    Refiner,
    compare,
    draw_samples,
    keep_samples,
    kept_samples,
    mirror_images,
    refine,
)
from cogportrait.train.samples import Batch

SIZE, LENGTH = 96, 4
SMALL = Size(2, 16, 48, 2, in_channels=4, out_channels=4, reference_channels=5, hint_channels=4,
             pose_channels=192, text_dim=64, audio_dim=64)  # fmt: skip
CHANNELS = Channels(4, 5, 4, 192, 64, 64)
HOW = Sampling(Schedule(2, 1), Guidance(Guided.FIXED, fixed=1))


@pytest.fixture(scope="module")
def small() -> FrameCodec:
    return codec()


@pytest.fixture(scope="module")
def boundary(small: FrameCodec, tmp_path_factory: pytest.TempPathFactory) -> Boundary:
    picture = tmp_path_factory.mktemp("portraits") / "astronaut.png"
    write_png(picture, data.astronaut()[:300, 60:380])
    made = Conditioner(small, CHANNELS)
    return next(boundaries([picture], ["Winks with the left eye."], made, SIZE, LENGTH))


def network(seed: int = 0) -> CogPortraitTransformer3DModel:
    torch.manual_seed(seed)
    return build(SMALL).eval()


def test_the_most_extreme_moment_is_drawn(boundary: Boundary) -> None:
    closed = boundary.controls.aus[:, AU_INDEX["AU43_L"]]
    open_ = boundary.controls.aus[:, AU_INDEX["AU43_R"]]
    assert closed.max() > 0.8
    assert open_.max() < 0.4
    assert boundary.points_px.shape == (LENGTH, 478, 2)
    assert boundary.given.hint is not None
    assert boundary.given.hint.shape == (1, 4, LENGTH, SIZE // 8, SIZE // 8)
    assert boundary.eyes.shape == (1, 2, LENGTH, SIZE // 8, SIZE // 8)
    assert boundary.name == "astronaut_winks-with-the-left-eye_0"
    assert not set(CASES) & set(HELD_CASES)


def test_a_boundary_case_may_show_all_but_the_eyes_or_nothing(boundary: Boundary) -> None:
    whole, around, none = (boundary.seeing(hint).given.hint for hint in Hint)
    assert whole is not None
    assert around is not None
    assert none is not None
    torch.testing.assert_close(whole, boundary.given.hint)
    eyes = boundary.eyes[0, 0]
    middle = (eyes == eyes.amax()).nonzero()[0]
    assert not around[..., *middle].any()
    assert torch.equal(around[..., 0, 0], whole[..., 0, 0])
    assert whole[..., *middle].any()
    assert not none.any()


def test_a_mirror_image_has_all_on_the_other_side(boundary: Boundary, small: FrameCodec) -> None:
    made = Conditioner(small, CHANNELS)
    around = boundary.seeing(Hint.AROUND)
    whole = made.latents(boundary.warped)[None]
    sample = Drawn("it", Batch(whole, around.given, around.eyes))
    (other,) = mirror_images([sample], around, made, Encoders())
    assert other.name == "it_mirrored"
    flipped = as_frames(small.decode(whole)[0])[:, :, ::-1].copy()
    torch.testing.assert_close(other.batch.data, made.latents(flipped)[None])
    torch.testing.assert_close(other.batch.eyes, around.eyes.flip(-1), atol=0.1, rtol=0)
    given, before = other.batch.given, around.given
    assert given.hint is not None
    assert before.hint is not None
    hole, was = ((hint == 0).all(1) for hint in (given.hint, before.hint))
    assert (hole != was.flip(-1)).float().mean() < 0.05
    assert given.pose is not None
    assert before.pose is not None
    assert not torch.allclose(given.pose, before.pose)
    assert "left" in boundary.words
    assert not torch.allclose(given.text, before.text)


def test_what_does_it_is_better_than_what_does_not(boundary: Boundary) -> None:
    """The warp's drawing of the wink against the portrait as it was, and against noise."""
    judge = Judge(boundary)
    still = judge.errors(np.repeat(boundary.reference[None], LENGTH, axis=0))
    noise = np.random.default_rng(0).integers(0, 255, (LENGTH, SIZE, SIZE, 3), np.uint8)
    nothing = judge.errors(noise)
    assert 0.03 < still.au < 0.5
    assert still.identity < 0.03
    assert math.isnan(nothing.au)
    one = Judged("a", "p", "c", 0, still)
    assert one.total < Judged("b", "p", "c", 1, nothing).total == math.inf


def test_the_warped_face_is_what_is_asked_and_shut_eyes_look_nowhere(boundary: Boundary) -> None:
    wanted = Judge(boundary).errors(boundary.warped)
    assert (wanted.au, wanted.gaze_deg, wanted.head_deg) == (0, 0, 0)
    frames = np.repeat(boundary.reference[None], LENGTH, axis=0)
    rows = boundary.controls
    lids = [AU_INDEX["AU43_L"], AU_INDEX["AU43_R"]]
    found: list[float] = []
    for closed in (rows.aus[:, lids], 0.0, 1.0):
        aus = rows.aus.copy()
        aus[:, lids] = closed
        errors = Judge(replace(boundary, controls=replace(rows, aus=aus))).errors(frames)
        found.append(errors.gaze_deg)
        assert math.isfinite(Judged("a", "p", "c", 0, errors).total)
    wink, both, none = found
    assert wink != both  # of one eye alone, and of both
    assert math.isnan(none)
    blank = replace(boundary, warped=np.zeros_like(boundary.warped))
    assert math.isnan(Judge(blank).errors(frames).au)


def judged(name: str, au: float, case: str = "c", person: str = "") -> Judged:
    return Judged(name, "p", case, 0, Errors(au, 1.0, 1.0, 0.01), person)


def test_verdicts_are_by_case_by_threshold_or_by_person() -> None:
    some = [judged("a", 0.01), judged("b", 0.02), judged("c", 0.3), judged("d", 0.4),
            judged("e", 0.5, "other"), judged("f", 0.6, "other", "yes")]  # fmt: skip
    by_case = verdicts(some, By.MEDIAN)
    assert [by_case[n] for n in "abcdef"] == [True, True, False, False, True, False]
    some[1] = replace(some[1], errors=replace(some[1].errors, gaze_deg=math.nan))
    by_threshold = verdicts(some, By.THRESHOLDS)
    assert [by_threshold[n] for n in "abcdef"] == [True, True, False, False, False, False]
    assert verdicts(some, By.PERSON) == {"f": True}
    with pytest.raises(InputError, match="person: expected yes or no in some rows"):
        verdicts(some[:4], By.PERSON)


def test_a_table_comes_back_and_its_faults_are_told(tmp_path: Path) -> None:
    path = tmp_path / "judged.csv"
    unseen = replace(judged("b", 0), errors=Errors(*[math.nan] * 4))
    some = [judged("a", 0.125, person="no"), unseen]
    write_table(path, some, By.MEDIAN)
    back = read_table(path)
    assert back[0] == some[0]
    assert back[1].total == math.inf
    path.write_text(path.read_text().replace(",no\n", ",perhaps\n"))
    with pytest.raises(InputError, match="row 2: person: expected yes or no, got 'perhaps'"):
        read_table(path)
    path.write_text("sample,au\nx,1\n")
    with pytest.raises(InputError, match="row 2: expected sample, portrait"):
        read_table(path)


def test_samples_are_kept_for_the_network_that_drew_them(
    boundary: Boundary, small: FrameCodec, tmp_path: Path
) -> None:
    latents = draw_samples(network(), small, boundary, 2, [HOW])
    assert latents.shape == (2, 4, LENGTH, SIZE // 8, SIZE // 8)
    assert not torch.equal(latents[0], latents[1])
    keep_samples(tmp_path, boundary, latents, "one")
    kept = kept_samples(tmp_path, boundary, "one", first_seed=7)
    assert kept is not None
    torch.testing.assert_close(kept[1].batch.data[0], latents[1], atol=2e-3, rtol=2e-3)
    assert [one.name for one in kept] == [f"{boundary.name}_{k}" for k in (7, 8)]
    assert kept_samples(tmp_path, boundary, "another") is None
    moved = replace(boundary, points_px=boundary.points_px + 1)
    assert kept_samples(tmp_path, moved, "one") is None
    assert kept_samples(tmp_path, boundary.seeing(Hint.AROUND), "one") is None
    file = next((tmp_path / "samples").iterdir())
    file.write_bytes(file.read_bytes()[:99])
    with pytest.raises(ModelError, match="expected drawn samples"):
        kept_samples(tmp_path, boundary, "one")


def test_samples_in_parts_are_learnt_from_as_at_once(
    boundary: Boundary, small: FrameCodec, tmp_path: Path
) -> None:
    keep_samples(tmp_path, boundary, draw_samples(network(), small, boundary, 4, [HOW]), "x")
    drawn = kept_samples(tmp_path, boundary, "x") or []
    good = {one.name: k < 2 for k, one in enumerate(drawn)}
    whole, parts = (Refiner(network(), Kto(beta=200), 4, 5e-3, 0, n) for n in (0, 3))
    refine(whole, drawn, good, 4, 4)
    refine(parts, drawn, good, 4, 4)
    assert whole.course.losses == pytest.approx(parts.course.losses, rel=1e-4)
    assert whole.course.baseline == pytest.approx(parts.course.baseline, abs=1e-6)
    for name, parameter in whole.trained.items():
        torch.testing.assert_close(parameter, parts.trained[name], atol=1e-3, rtol=0)


@pytest.mark.parametrize("ended", [False, True])
def test_good_samples_gain_on_bad_ones(
    boundary: Boundary, small: FrameCodec, tmp_path: Path, ended: bool
) -> None:
    """Errors of good samples fall below those of the frozen network, of bad ones rise."""
    latents = draw_samples(network(), small, boundary, 4, [HOW])
    keep_samples(tmp_path, boundary, latents, "x")
    drawn = kept_samples(tmp_path, boundary, "x") or []
    good = {one.name: k < 2 for k, one in enumerate(drawn)}
    about = "a"

    def made() -> Refiner:
        return Refiner(network(), Kto(beta=200), 4, 5e-3, 0)

    refiner = made()
    if ended:
        refine(refiner, drawn, good, 7, 4)
        refiner.save(tmp_path / "state.safetensors", about)
        refiner = made()
        assert refiner.resume(tmp_path / "state.safetensors", about)
        assert refiner.course.step == 7
        with pytest.raises(InputError, match="another recipe or of other verdicts"):
            made().resume(tmp_path / "state.safetensors", "b")
    refine(refiner, drawn, good, 30, 4)
    gains = np.array(refiner.course.gains)
    assert len(gains) == 30
    assert abs(gains[0]).max() < 1e-6
    assert gains[-8:, 0].mean() > gains[-8:, 1].mean() + 1e-3
    whole = made()
    refine(whole, drawn, good, 30, 4)
    for name, parameter in whole.trained.items():
        torch.testing.assert_close(parameter, refiner.trained[name], atol=0, rtol=0, msg=name)
    with pytest.raises(InputError, match="expected good and bad ones, got 4 and 0"):
        refine(made(), drawn, dict.fromkeys(good, True), 1, 4)


def test_pairs_are_compared_by_the_sum_of_their_errors() -> None:
    before = [judged("a", 0.2), judged("b", 0.2), judged("c", 0.2)]
    after = [judged("a", 0.1), judged("b", 0.2), judged("c", 0.4)]
    found = compare(before, after)
    assert (found.wins, found.ties, found.losses, found.win_rate) == (1, 1, 1, 0.5)
    assert found.before[0] == pytest.approx(0.2)
    assert found.after[0] == pytest.approx(0.7 / 3)
    with pytest.raises(InputError, match="same cases"):
        compare(before, after[:2])

"""The Fréchet distance, FID and FVD against their reference implementations."""

import io
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.metrics.standard.references import (
    clip,
    frames,
    no_face,
    randomized,
    reference,
    saved,
    tell,
)
from torch import Tensor, nn
from torchmetrics.image import fid

from cogportrait.errors import MetricError, ModelError
from cogportrait.metrics.standard import published
from cogportrait.metrics.standard.fid import Fid, open_fid
from cogportrait.metrics.standard.files import Found, Given, find
from cogportrait.metrics.standard.frechet import Spread, frechet_distance
from cogportrait.metrics.standard.fvd import Fvd, open_fvd
from cogportrait.metrics.standard.inception import (
    Inception,
    inception_features,
    resize_as_tensorflow_1,
)
from cogportrait.metrics.standard.measure import FramePair, MeasureName
from cogportrait.types import Frame, Portrait


def _spread(features: np.ndarray) -> Spread:
    spread = Spread()
    for part in np.array_split(features, 3):
        spread.add(part)
    return spread


def test_the_distance_of_normal_distributions_is_that_of_its_formula() -> None:
    rng = np.random.default_rng(1)
    one, other = rng.normal(0, 1, (400, 1)), rng.normal(3, 2, (300, 1))
    means, deviations = (one.mean(), other.mean()), (one.std(ddof=1), other.std(ddof=1))
    expected = (means[0] - means[1]) ** 2 + (deviations[0] - deviations[1]) ** 2
    assert frechet_distance(_spread(one), _spread(other)) == pytest.approx(expected)
    assert frechet_distance(_spread(one), _spread(one)) == pytest.approx(0, abs=1e-9)


def test_few_samples_of_many_features_are_no_trouble() -> None:
    rng = np.random.default_rng(2)
    one, other = rng.normal(0, 1, (6, 40)), rng.normal(0.5, 1, (9, 40))
    gap = frechet_distance(_spread(one), _spread(other))
    assert gap == pytest.approx(frechet_distance(_spread(other), _spread(one)))
    compute = fid._compute_fid
    moments = [torch.from_numpy(m) for s in (one, other) for m in _spread(s).moments()]
    assert gap == pytest.approx(float(compute(*moments)), rel=1e-6)


def test_fewer_than_two_samples_have_no_distance() -> None:
    lone = Spread()
    lone.add(np.ones((1, 4)))
    assert np.isnan(frechet_distance(lone, _spread(np.eye(4))))
    with pytest.raises(MetricError, match="at least two samples, got 1"):
        lone.moments()


@pytest.mark.parametrize("size", [(72, 96), (299, 299), (512, 400)])
def test_frames_are_resized_as_the_reference_does(size: tuple[int, int]) -> None:
    extractor = reference("feature_extractor_inceptionv3")
    resize = extractor.interpolate_bilinear_2d_like_tensorflow1x
    x = torch.from_numpy(np.stack(frames(1, 3, size))).permute(0, 3, 1, 2).float()
    expected = resize(x, size=(299, 299), align_corners=False)
    assert (resize_as_tensorflow_1(x, 299) - expected).abs().max() < 1e-3


def test_inception_is_that_of_the_reference_implementation(tmp_path: Path) -> None:
    place = saved(randomized(Inception()), tmp_path / "random.pth")
    file = find(MeasureName.FID, published.INCEPTION, Given(path=place, vouched=True))
    assert isinstance(file, Found)
    module = reference("feature_extractor_inceptionv3")
    theirs = module.FeatureExtractorInceptionV3("inception", ["2048"], str(place))
    batch = np.stack(frames(2, 4))
    expected = theirs(torch.from_numpy(batch).permute(0, 3, 1, 2))[0].numpy()
    assert expected.shape == (2, 2048)
    np.testing.assert_allclose(inception_features(file)(batch), expected, rtol=2e-3, atol=2e-4)


def test_fid_is_that_of_the_reference_implementation(portrait: Portrait) -> None:
    class Corners(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return images[:, :, ::36, ::24].flatten(1).double()

    def corners(batch: np.ndarray) -> np.ndarray:
        return Corners()(torch.from_numpy(batch).permute(0, 3, 1, 2)).numpy()

    real, generated = frames(19, 4), frames(19, 5)
    metric = fid.FrechetInceptionDistance(feature=Corners(), input_img_size=(3, 72, 96))
    for images, is_real in ((real, True), (generated, False)):
        metric.update(torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2), real=is_real)
    found = tell(Fid(corners, ""), real, generated, portrait)
    assert found == pytest.approx(float(metric.compute()), rel=1e-6)


def test_fid_opens_with_its_weights(tmp_path: Path) -> None:
    place = saved(Inception(), tmp_path / "random.pth")
    opened = open_fid(Given(path=place, vouched=True))
    assert isinstance(opened, Fid)
    assert opened.source.startswith("random.pth ")
    with pytest.raises(ModelError, match="SHA-256 6726825d0af5"):
        open_fid(Given(path=place))


def _brightness(batch: np.ndarray) -> np.ndarray:
    return batch.astype(np.float64).mean((1, 2))


def test_fid_is_of_the_run_and_takes_clips_of_several_sizes(portrait: Portrait) -> None:
    run = Fid(_brightness, "")
    assert np.isnan(run.compute())
    tell(run, frames(3, 1), frames(3, 2), portrait)
    both = tell(run, frames(5, 3, (48, 60)), frames(5, 4, (48, 60)), portrait)
    means = [
        np.concatenate([_brightness(np.stack(frames(3, a))), _brightness(np.stack(b))])
        for a, b in ((1, frames(5, 3, (48, 60))), (2, frames(5, 4, (48, 60))))
    ]
    assert both == pytest.approx(frechet_distance(_spread(means[0]), _spread(means[1])))
    same = Fid(_brightness, "")
    assert tell(same, frames(4, 1), frames(4, 1), portrait) == pytest.approx(0, abs=1e-6)


class _Tiny(nn.Module):
    """Takes and gives what the published I3D does."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv3d(3, 6, (4, 3, 3), stride=(2, 2, 2))

    def forward(
        self, x: Tensor, rescale: bool = False, resize: bool = False, return_features: bool = False
    ) -> Tensor:
        if resize:
            x = torch.nn.functional.interpolate(
                x, size=[16, 24, 24], mode="trilinear", align_corners=False
            )
        if rescale:
            x = x * 2 / 255 - 1
        features = torch.relu(self.conv(x)).mean(dim=(2, 3, 4))
        return features if return_features else torch.softmax(features, dim=1)


@pytest.fixture(scope="module")
def i3d(tmp_path_factory: pytest.TempPathFactory) -> tuple[nn.Module, Path]:
    network = randomized(_Tiny())
    place = tmp_path_factory.mktemp("i3d") / "tiny.pt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        scripted: Any = torch.jit.script(network)
        buffer = io.BytesIO()
        torch.jit.save(scripted, buffer)
    place.write_bytes(buffer.getvalue())
    return network, place


def _reference_fvd(network: nn.Module, windows: list[list[list[Frame]]]) -> float:
    """Return FVD as StyleGAN-V computes it, of all windows at once, by scipy's matrix root."""
    from scipy.linalg import sqrtm

    moments = []
    for side in windows:
        video = torch.from_numpy(np.stack([np.stack(w) for w in side])).permute(0, 4, 1, 2, 3)
        with torch.inference_mode():
            features = network(video.float(), True, True, True).double().numpy()
        moments += [features.mean(0), np.cov(features, rowvar=False)]
    m1, c1, m2, c2 = moments
    root: Callable[..., Any] = sqrtm
    return float(np.real(((m1 - m2) ** 2).sum() + np.trace(c1 + c2 - 2 * root(c1 @ c2))))


def test_fvd_is_that_of_the_reference_implementation(
    i3d: tuple[nn.Module, Path], portrait: Portrait
) -> None:
    network, place = i3d
    fvd = open_fvd(Given(path=place, vouched=True))
    assert isinstance(fvd, Fvd)
    sides: list[list[list[Frame]]] = [[], []]
    for k in range(5):  # clips of 40 frames: two windows each, and eight frames that are left
        real, generated = frames(40, 10 + k, (36, 48)), frames(40, 20 + k, (36, 48))
        for side, clip_frames in zip(sides, (real, generated), strict=True):
            side += [clip_frames[:16], clip_frames[16:32]]
        found = tell(fvd, real, generated, portrait)
    assert found == pytest.approx(_reference_fvd(network, sides), rel=1e-4)


def test_windows_do_not_reach_into_the_next_clip(portrait: Portrait) -> None:
    shapes: list[tuple[int, ...]] = []

    def features(windows: np.ndarray) -> np.ndarray:
        shapes.append(windows.shape)
        return windows.astype(np.float64).mean((1, 2, 3))

    fvd = Fvd(features, "")
    for size in ((24, 24), (36, 36)):
        fvd.begin(clip(portrait))
        for frame in frames(20, 1, size):
            fvd.update(FramePair(frame, frame, no_face(), no_face()))
    assert shapes == [(1, 16, 24, 24, 3)] * 2 + [(1, 16, 36, 36, 3)] * 2


def test_a_program_is_not_run_unless_it_is_vouched_for(
    i3d: tuple[nn.Module, Path], tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=r"expected i3d_torchscript\.pt with SHA-256"):
        open_fvd(Given(path=i3d[1]))
    cut = tmp_path / "cut.pt"
    cut.write_bytes(i3d[1].read_bytes()[:100])
    with pytest.raises(ModelError, match="expected a TorchScript file"):
        open_fvd(Given(path=cut, vouched=True))

"""LPIPS against its reference implementation."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.metrics.standard.references import frames, randomized, saved, tell
from torchmetrics.functional.image import lpips as module

from cogportrait.errors import MetricError, ModelError
from cogportrait.metrics.standard.alexnet import AlexNet
from cogportrait.metrics.standard.files import Given
from cogportrait.metrics.standard.lpips import Lpips, open_lpips
from cogportrait.types import Portrait


@pytest.fixture(scope="module")
def backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(randomized(AlexNet()), tmp_path_factory.mktemp("alexnet") / "random.pth")


def _reference(backbone: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return torchmetrics' LPIPS with our backbone instead of torchvision's."""
    network = AlexNet()
    network.load_state_dict(torch.load(backbone, weights_only=True))
    monkeypatch.setattr(module, "_get_tv_model_features", lambda name, pretrained: network.features)
    return module._LPIPS(pretrained=True, net="alex", pnet_rand=True)


def test_lpips_is_that_of_the_reference_implementation(
    backbone: Path, portrait: Portrait, monkeypatch: pytest.MonkeyPatch
) -> None:
    lpips = open_lpips(Given(path=backbone, vouched=True))
    assert isinstance(lpips, Lpips)
    theirs = _reference(backbone, monkeypatch)
    real, generated = frames(3, 1), frames(3, 2)
    x, y = (
        torch.from_numpy(np.stack(f)).permute(0, 3, 1, 2).float() / 255 for f in (real, generated)
    )
    with torch.inference_mode():
        expected = theirs(x, y, normalize=True).flatten().numpy()
    assert tell(lpips, real, generated, portrait) == pytest.approx(expected.mean(), rel=1e-4)
    assert tell(lpips, real[:1], generated[:1], portrait) == pytest.approx(expected[0], rel=1e-4)


def test_equal_frames_have_no_distance_and_no_frames_none(
    backbone: Path, portrait: Portrait
) -> None:
    lpips = open_lpips(Given(path=backbone, vouched=True))
    assert isinstance(lpips, Lpips)
    assert tell(lpips, frames(2, 1), frames(2, 1), portrait) == 0
    assert np.isnan(tell(lpips, [], [], portrait))


def test_frames_of_two_sizes_are_refused(portrait: Portrait) -> None:
    with pytest.raises(MetricError, match="one size"):
        tell(Lpips(lambda a, b: 0.0, ""), frames(1, 1), frames(1, 1, (96, 96)), portrait)


def test_frames_too_small_for_the_network_are_refused(portrait: Portrait) -> None:
    small = frames(1, 1, (48, 96))
    with pytest.raises(MetricError, match="at least 63 px"):
        tell(Lpips(lambda a, b: 0.0, ""), small, small, portrait)


def test_the_learned_weights_are_in_a_package_and_the_backbone_is_fetched(
    backbone: Path, tmp_path: Path
) -> None:
    lpips = open_lpips(Given(path=backbone, vouched=True))
    assert isinstance(lpips, Lpips)
    assert "heads alex.pth df73285e" in lpips.source
    other = tmp_path / "other.pth"
    torch.save({"features.0.weight": torch.zeros(1)}, other)
    with pytest.raises(ModelError, match=r"'features\.0\.bias' is missing.*AlexNet"):
        open_lpips(Given(path=other, vouched=True))

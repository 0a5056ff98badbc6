"""Sync-C against its reference implementation, step by step and as a whole."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import python_speech_features
import torch
from scipy.signal import medfilt
from tests.metrics.standard.references import clip, frames, randomized

from cogportrait.errors import MetricError
from cogportrait.face import landmarks as lm
from cogportrait.metrics.standard import published
from cogportrait.metrics.standard.face_crops import Box, Crops, cut, face_box
from cogportrait.metrics.standard.files import Found, Given, find
from cogportrait.metrics.standard.measure import FramePair, MeasureName
from cogportrait.metrics.standard.mfcc import mfcc
from cogportrait.metrics.standard.sync_c import (
    SyncC,
    confidence,
    open_sync_c,
    sixteen_bit,
    sound_windows,
)
from cogportrait.metrics.standard.syncnet import SyncNet, open_streams
from cogportrait.types import AudioClip, Frame, Portrait

RATE_HZ = 16_000


def _speech(seconds: float, seed: int = 0) -> AudioClip:
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    tone = np.sin(2 * np.pi * (150 + 100 * np.sin(3 * t)) * t) * (0.3 + 0.3 * np.sin(9 * t))
    return AudioClip((tone + rng.normal(0, 0.02, len(t))).astype(np.float32), RATE_HZ)


def _points(x: float, y: float, half: float) -> np.ndarray:
    """Return landmarks whose face has this box."""
    points = np.full((478, 3), 0.0, np.float32)
    points[:, :2] = x, y
    points[lm.FACE_OVAL[0], 1] = y - half
    points[lm.FACE_OVAL[18], 1] = y + half
    return points


class _Flat:
    """Streams that describe a mouth and a sound by what is easily checked."""

    def mouths(self, crops: list[Frame]) -> np.ndarray:
        levels = np.array([c.mean() for c in crops])
        return np.lib.stride_tricks.sliding_window_view(levels, 5)[:, :3].copy()

    def sounds(self, windows: np.ndarray) -> np.ndarray:
        return windows.reshape(len(windows), -1)[:, :3].copy()


@pytest.mark.parametrize("length", [1, 399, 400, 401, 1000, 16_123])
def test_coefficients_are_those_of_the_reference_implementation(length: int) -> None:
    sound = np.random.default_rng(length).integers(-20_000, 20_000, length).astype(np.int16)
    expected = python_speech_features.mfcc(sound, RATE_HZ)
    np.testing.assert_allclose(mfcc(sound), expected, rtol=1e-9, atol=1e-9)


def test_silence_has_coefficients() -> None:
    silence = np.zeros(2000, np.int16)
    np.testing.assert_allclose(mfcc(silence), python_speech_features.mfcc(silence, RATE_HZ))


def test_sound_becomes_what_ffmpeg_writes() -> None:
    sound = AudioClip(np.array([0, 0.5, -1, 1, 0.49999], np.float32), RATE_HZ)
    assert sixteen_bit(sound).tolist() == [0, 16384, -32768, 32767, 16384]
    with pytest.raises(MetricError, match="expected sound at 16000 Hz, got 8000"):
        sixteen_bit(AudioClip(np.zeros(9, np.float32), 8000))


def _reference_crops(images: list[Frame], boxes: list[Box]) -> list[Frame]:
    """Return what the reference cuts, written down from its description."""
    x, y, s = (medfilt([getattr(b, n) for b in boxes], 13) for n in ("x", "y", "half"))
    out = []
    for k, image in enumerate(images):
        pad = int(s[k] * 1.8)
        padded = np.pad(image, ((pad, pad), (pad, pad), (0, 0)), constant_values=110)
        cx, cy = x[k] + pad, y[k] + pad
        rows = slice(int(cy - s[k]), int(cy + s[k] * 1.8))
        columns = slice(int(cx - s[k] * 1.4), int(cx + s[k] * 1.4))
        out.append(cv2.resize(padded[rows, columns], (224, 224)))
    return out


def test_crops_are_cut_as_the_reference_cuts_them() -> None:
    rng = np.random.default_rng(0)
    images = frames(30, 1, (120, 96))
    boxes = [Box(*(rng.normal((50, 60, 25), 3))) for _ in images]
    crops = Crops()
    found = [c for image, box in zip(images, boxes, strict=True) for c in crops.push(image, box)]
    assert len(found) == 24  # each waits for the six after it
    found += crops.rest()
    expected = _reference_crops(images, boxes)
    assert all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))


def test_a_lost_face_stays_where_it_was_and_nothing_is_cut_before_one() -> None:
    images = frames(20, 1, (120, 96))
    boxes = [None, None, *[Box(50, 60, 25.0)] * 9, None, None, *[Box(50, 60, 25.0)] * 7]
    crops = Crops()
    found = [c for image, box in zip(images, boxes, strict=True) for c in crops.push(image, box)]
    found += crops.rest()
    assert len(found) == 18
    assert np.array_equal(found[8], cut(images[10], Box(50, 60, 25.0)))


def test_a_face_that_is_not_in_the_picture_is_gray() -> None:
    (image,) = frames(1, 1, (120, 96))
    for box in (Box(-500, 60, 25.0), Box(50, 900, 25.0), Box(50, 60, 0.0)):
        assert (cut(image, box) == 110).all()


def test_a_box_is_that_of_the_faces_oval(portrait: Portrait) -> None:
    box = face_box(portrait.landmarks_px)
    assert box is not None
    chin, top = (portrait.landmarks_px[k, 1] for k in (lm.CHIN, lm.FOREHEAD_TOP))
    assert box.half == pytest.approx((chin - top) / 2, rel=0.05)
    assert face_box(np.full((478, 3), np.nan)) is None


def test_the_confidence_is_that_of_the_reference_implementation() -> None:
    rng = np.random.default_rng(3)
    sounds = rng.normal(0, 1, (60, 16)).astype(np.float32)
    mouths = np.roll(sounds, 4, 0) + rng.normal(0, 0.3, (60, 16)).astype(np.float32)
    a, b = torch.from_numpy(mouths), torch.from_numpy(sounds)
    padded = torch.nn.functional.pad(b, (0, 0, 15, 15))
    apart = torch.stack([
        torch.nn.functional.pairwise_distance(a[[i]].repeat(31, 1), padded[i : i + 31])
        for i in range(len(a))
    ], 1).mean(1)  # fmt: skip
    expected = float(torch.median(apart) - apart.min())
    assert confidence(mouths.astype(np.float64), sounds.astype(np.float64)) == pytest.approx(
        expected, rel=1e-4
    )
    assert expected > 1


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # The published file has no counters of batches.
    network = randomized(SyncNet())
    kept = {n: t for n, t in network.state_dict().items() if not n.endswith("batches_tracked")}
    place = tmp_path_factory.mktemp("syncnet") / "random.model"
    torch.save(kept, place, _use_new_zipfile_serialization=False)  # old, as it is
    return place


def test_the_streams_see_five_frames_and_a_fifth_of_a_second(weights: Path) -> None:
    file = find(MeasureName.SYNC_C, published.SYNCNET, Given(path=weights, vouched=True))
    assert isinstance(file, Found)
    network = SyncNet()
    network.load_state_dict(torch.load(weights, weights_only=True), strict=False)
    network.eval()
    crops = frames(6, 1, (224, 224))
    # As the reference lays frames out: BGR, [N, 3, 5, 224, 224].
    bgr = torch.from_numpy(np.stack([c[..., ::-1] for c in crops], 3).transpose(2, 3, 0, 1).copy())
    batch = torch.stack([bgr[:, k : k + 5] for k in (0, 1)]).float()
    sound = sixteen_bit(_speech(0.5))
    coefficients = torch.from_numpy(python_speech_features.mfcc(sound, RATE_HZ).T).float()
    windows = torch.stack([coefficients[None, :, 4 * k : 4 * k + 20] for k in range(4)])
    streams = open_streams(file)
    with torch.inference_mode():
        expected = network.mouths(batch).numpy(), network.sounds(windows).numpy()
    np.testing.assert_allclose(streams.mouths(crops), expected[0], rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(
        streams.sounds(sound_windows(sound, 4)), expected[1], rtol=1e-3, atol=1e-4
    )
    assert expected[0].shape == (2, 1024)
    assert np.ptp(expected[0]) > 0.1


def _told(measure: SyncC, portrait: Portrait, images: list[Frame], speech: AudioClip | None,
          fps: float = 25.0, missing: int = 0) -> float:  # fmt: skip
    measure.begin(clip(portrait, fps=fps, speech=speech))
    for k, image in enumerate(images):
        points = _points(48, 60, 25) if k >= missing else np.full((478, 3), np.nan)
        measure.update(FramePair(image, image, points, points))
    return measure.compute()


def test_sync_c_is_that_of_its_parts(portrait: Portrait) -> None:
    images, speech = frames(52, 1, (120, 96)), _speech(2.2)
    crops = _reference_crops(images, [Box(48, 60, 25.0)] * 52)
    count = 52 - 5
    sounds = sound_windows(sixteen_bit(speech), count)
    expected = confidence(_Flat().mouths(crops)[:count], _Flat().sounds(sounds))
    assert _told(SyncC(_Flat(), ""), portrait, images, speech) == pytest.approx(expected)


def test_other_frame_rates_are_resampled_by_nearest_frame(portrait: Portrait) -> None:
    images, speech = frames(30, 1, (120, 96)), _speech(1.4)
    slow = images[::2]  # 12.5 fps
    doubled = [image for image in slow for _ in (0, 1)]
    found = _told(SyncC(_Flat(), ""), portrait, slow, speech, fps=12.5)
    assert found == pytest.approx(_told(SyncC(_Flat(), ""), portrait, doubled, speech))


def test_sound_before_the_face_is_left_out_with_its_frames(portrait: Portrait) -> None:
    images, speech = frames(40, 1, (120, 96)), _speech(1.6)
    later = AudioClip(speech.samples[5 * 640 :], RATE_HZ)
    found = _told(SyncC(_Flat(), ""), portrait, images, speech, missing=5)
    assert found == pytest.approx(_told(SyncC(_Flat(), ""), portrait, images[5:], later))


def test_what_cannot_be_in_step_is_undefined(portrait: Portrait) -> None:
    images = frames(20, 1, (120, 96))
    measure = SyncC(_Flat(), "")
    assert np.isnan(_told(measure, portrait, images, None))
    assert np.isnan(_told(measure, portrait, images, _speech(1), missing=20))
    assert np.isnan(_told(measure, portrait, images[:12], _speech(1)))
    assert np.isnan(_told(measure, portrait, images, _speech(0.1)))
    assert np.isfinite(_told(measure, portrait, images, _speech(1)))


def test_sync_c_opens_with_its_weights(weights: Path) -> None:
    measure = open_sync_c(Given(path=weights, vouched=True))
    assert isinstance(measure, SyncC)
    assert measure.source.startswith("random.model ")

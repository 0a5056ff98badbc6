"""Sync-C, the confidence of SyncNet that mouth and sound belong together; higher is better.

Every five frames of the face and the 0.2 s of sound of the same time are placed in SyncNet's space;
their distance is taken for shifts of up to 15 frames either way and averaged over the clip. The
confidence (LSE-C of Prajwal et al.) is the median over shifts minus the least: 0 upwards, about 7
to 8 for real videos of LRS2 and LRS3 (Prajwal et al.). The shift of the least distance is not
punished. NaN for a clip without sound, without a face, or shorter than 13
frames.

As in the reference implementation: 25 frames a second (others are resampled by nearest frame),
sound of 16 bits at 16 kHz, crops of :mod:`cogportrait.metrics.standard.face_crops`, coefficients of
:mod:`cogportrait.metrics.standard.mfcc`. Different are where the face's box comes from (our
landmarks, not the detector S3FD) and that no crops are compressed in between; compare with numbers
that were made otherwise with this in mind.

Reference implementation: syncnet_python (``SyncNetInstance.evaluate``).

References
----------
Chung, J. S. & Zisserman, A. (2016). Out of time: automated lip sync in the wild. ACCV Workshops.
Prajwal, K. R. et al. (2020). A lip sync expert is all you need for speech to lip generation in the
wild. ACM Multimedia.
"""

import math
from collections.abc import Iterable
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from cogportrait.errors import MetricError
from cogportrait.metrics.scored import Floats
from cogportrait.metrics.standard import published
from cogportrait.metrics.standard.face_crops import SMOOTHED, Crops, face_box
from cogportrait.metrics.standard.files import Given, find, lacking
from cogportrait.metrics.standard.measure import (
    ClipStart,
    FramePair,
    MeasureName,
    Missing,
    Scope,
)
from cogportrait.metrics.standard.mfcc import RATE_HZ, mfcc
from cogportrait.types import AudioClip, Frame

FPS: Final = 25
FRAMES: Final = 5  # that a mouth is described by
STEPS: Final = 20  # of 10 ms, that the sound of as long is described by
STEPS_A_FRAME: Final = 4
SHIFTS: Final = 15  # frames either way
BATCH: Final = 20  # places a call of the network
EPSILON: Final = 1e-6  # what PyTorch's pairwise distance adds to differences
FULL_SCALE: Final = 32768


class Streams(Protocol):
    """SyncNet's two streams."""

    def mouths(self, crops: list[Frame]) -> Floats:
        """Return the places [N - 4, D] of every five successive crops [224, 224, 3] of N."""
        ...

    def sounds(self, windows: Floats) -> Floats:
        """Return the places [N, D] of windows [N, 13, 20] of cepstral coefficients."""
        ...


class SyncC:
    """Sync-C of a clip: of the generated frames and the clip's speech."""

    scope = Scope.CLIP

    def __init__(self, streams: Streams, source: str) -> None:
        self.source = source
        self._streams = streams
        self._clip: ClipStart | None = None
        self._restart()

    def _restart(self) -> None:
        self._seen = 0  # frames of the clip
        self._before = 0  # frames at 25 fps before the face is first there
        self._crops = Crops()
        self._waiting: list[Frame] = []
        self._count = 0  # crops so far
        self._mouths: list[Floats] = []

    def begin(self, clip: ClipStart) -> None:
        """Take up a clip and its speech."""
        self._clip = clip
        self._restart()

    def update(self, pair: FramePair) -> None:
        """Take a frame; the real one is not looked at."""
        if self._clip is None:
            raise MetricError("Sync-C: expected a clip to be begun before its frames")
        if self._clip.speech is None:
            return
        first, stop = (
            math.floor((self._seen + k) * FPS / self._clip.fps + 0.5) for k in (0, 1)
        )  # the frames at 25 fps that this one is nearest to
        self._seen += 1
        box = face_box(pair.generated_px)
        for _ in range(first, stop):
            if box is None and not self._crops.begun:
                self._before += 1
            self._describe(self._crops.push(pair.generated, box))

    def compute(self) -> float:
        """Return the clip's confidence; NaN where it is undefined. The clip is over then."""
        self._describe(self._crops.rest())
        if len(self._waiting) >= FRAMES:
            self._flush()
        speech = self._clip.speech if self._clip is not None else None
        if speech is None or self._count < SMOOTHED:
            return float("nan")
        samples = sixteen_bit(speech)[self._before * RATE_HZ // FPS :]
        count = min(self._count, len(samples) * FPS // RATE_HZ) - FRAMES
        if count < 1:
            return float("nan")
        windows = sound_windows(samples, count)
        parts = np.array_split(windows, -(-count // BATCH))
        sounds = np.concatenate([self._streams.sounds(part) for part in parts])
        return confidence(np.concatenate(self._mouths)[:count], sounds)

    def _describe(self, crops: Iterable[Frame]) -> None:
        for crop in crops:
            self._waiting.append(crop)
            self._count += 1
            if len(self._waiting) == BATCH + FRAMES - 1:
                self._flush()

    def _flush(self) -> None:
        self._mouths.append(self._streams.mouths(self._waiting))
        self._waiting = self._waiting[-(FRAMES - 1) :]


def sixteen_bit(sound: AudioClip) -> NDArray[np.int16]:
    """Return the 16-bit samples of sound.

    Raises
    ------
    MetricError
        It is not at 16 kHz.
    """
    if sound.rate_hz != RATE_HZ:
        raise MetricError(f"Sync-C: expected sound at {RATE_HZ} Hz, got {sound.rate_hz}")
    scaled = np.rint(sound.samples.astype(np.float64) * FULL_SCALE)
    return np.clip(scaled, -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)


def sound_windows(samples: NDArray[np.int16], count: int) -> Floats:
    """Return the coefficients of the sound of `count` frames, [count, 13, 20], a window a frame."""
    coefficients = mfcc(samples).T
    windows = np.lib.stride_tricks.sliding_window_view(coefficients, STEPS, axis=1)
    return np.ascontiguousarray(windows[:, : count * STEPS_A_FRAME : STEPS_A_FRAME].swapaxes(0, 1))


def confidence(mouths: Floats, sounds: Floats) -> float:
    """Return the confidence of places [N, D] of mouths and of sounds of the same times.

    Beyond the ends of the clip a sound has the place 0, as in the reference implementation.
    """
    padded = np.pad(sounds, ((SHIFTS, SHIFTS), (0, 0)))
    shifts = range(2 * SHIFTS + 1)
    apart = [
        np.linalg.norm(mouths - padded[k : k + len(mouths)] + EPSILON, axis=1).mean()
        for k in shifts
    ]
    return float(np.median(apart) - np.min(apart))


def open_sync_c(given: Given) -> SyncC | Missing:
    """Return Sync-C, or what is missing for it.

    Raises
    ------
    ModelError
        The file of weights is not the published one.
    """
    gone = lacking(MeasureName.SYNC_C, "torch")
    if gone is not None:
        return gone
    file = find(MeasureName.SYNC_C, published.SYNCNET, given)
    if isinstance(file, Missing):
        return file
    from cogportrait.metrics.standard.syncnet import open_streams

    return SyncC(open_streams(file), str(file))

"""Sound to tokens without a speech network, for the small transformer.

A frame of video is heard in four tokens of 64 numbers: how loud 24 mel bands are (decadic logarithm
of their power, +-1 or so), and how much of the token's time each of 39 speech sounds and silence
takes (ARPAbet, as PocketSphinx found them; it gives no posteriors). Zeros are no sound at all. A
speech network such as wav2vec 2.0 takes this one's place with Wan's weights. Our definition.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cogportrait.errors import InputError
from cogportrait.speech import analyze_speech
from cogportrait.speech.visemes import DIPHTHONGS, VISEMES
from cogportrait.types import AudioClip, FloatArray, Phone

TOKENS: Final = 4  # of a frame
BANDS: Final = 24
SYMBOLS: Final = tuple(sorted({*VISEMES, *DIPHTHONGS}))
DIM: Final = BANDS + len(SYMBOLS)
_WINDOW_S: Final = 0.025
_STEP_S: Final = 0.01
_RANGE_HZ: Final = (60.0, 7600.0)
_FLOOR: Final = 1e-6  # of power: what is quieter is silence
_MIDDLE: Final = 2.0  # what is added to the logarithm, which is then about 0 on average


def hear(audio: AudioClip, fps: float, frames: int) -> Tensor:
    """Return the tokens of each frame, [frames, 4, 64].

    Parameters
    ----------
    audio : AudioClip
        From the first frame on; frames behind its end hear nothing.
    fps : float
        Frames a second.
    frames : int
        How many.

    Raises
    ------
    MediaError
        There are no samples, or they are not at 16 kHz.
    """
    timeline = analyze_speech(audio)
    edges = np.arange(frames * TOKENS + 1) / (TOKENS * fps)
    middles = (edges[:-1] + edges[1:]) / 2
    mel = _mel(audio)
    at = np.clip(np.rint(middles / _STEP_S).astype(np.intp), 0, len(mel) - 1)
    tokens = np.concatenate([mel[at], _shares(timeline.phones, edges)], axis=1)
    tokens[middles >= audio.duration_s] = 0
    return torch.from_numpy(tokens.reshape(frames, TOKENS, DIM).astype(np.float32))


def silence(frames: int, dim: int = DIM) -> Tensor:
    """Return the tokens of frames without sound, [frames, 4, dim]."""
    if frames < 0:
        raise InputError(f"frames: expected 0 or more, got {frames}")
    return torch.zeros(frames, TOKENS, dim)


def _mel(audio: AudioClip) -> FloatArray:
    """Return the level of each band every 10 ms, [N, 24]."""
    from transformers.audio_utils import mel_filter_bank, spectrogram, window_function

    rate = audio.rate_hz
    width = round(_WINDOW_S * rate)
    bins = 1 << (width - 1).bit_length()
    bank = mel_filter_bank(bins // 2 + 1, BANDS, *_RANGE_HZ, rate, norm=None, mel_scale="htk")
    samples = audio.samples
    if len(samples) < bins:  # what is shorter cannot be reflected at its ends
        samples = np.pad(samples, (0, bins - len(samples)))
    level = spectrogram(
        samples, window_function(width, "hann"), width, round(_STEP_S * rate), fft_length=bins,
        power=2.0, mel_filters=bank, mel_floor=_FLOOR, log_mel="log10",
    )  # fmt: skip
    return np.asarray((level.T + _MIDDLE) / 2, np.float32)


def _shares(phones: Sequence[Phone], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much of each stretch between edges each sound takes, [N, 40]."""
    out = np.zeros((len(edges) - 1, len(SYMBOLS)))
    row = {symbol: k for k, symbol in enumerate(SYMBOLS)}
    span = edges[1] - edges[0]
    for phone in phones:
        if phone.symbol not in row:
            continue
        first = max(0, int(phone.start_s / span))
        last = min(len(out), int(np.ceil(phone.end_s / span)))
        low, high = edges[first:last], edges[first + 1 : last + 1]
        shared = np.minimum(high, phone.end_s) - np.maximum(low, phone.start_s)
        out[first:last, row[phone.symbol]] += np.maximum(shared, 0) / span
    return out

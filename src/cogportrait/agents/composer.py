"""The composer: curves of a plan, with the mouth of the speech laid over the expression."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from cogportrait.behavior.compose import compose
from cogportrait.facs.channels import AU_CHANNELS, MOUTH_AUS_MID, MOUTH_AUS_SIDED, au_columns
from cogportrait.types import Brief, ControlSequence, EventPlan, SpeechTimeline

_OPENING_AUS: Final = (25, 26, 27, 24)  # whether and how far the lips are apart: speech decides
_WHILE_SPEAKING: Final = 0.6  # what remains of the other mouth AUs of an expression while one talks
_RAMP_S: Final = 0.3  # between the mouth of the expression and that of speech


def speaking_weight(speech: SpeechTimeline, n: int, rate_hz: float) -> NDArray[np.float32]:
    """Return 1 while somebody speaks and 0 in pauses [n], with ramps of 0.3 s."""
    t = np.arange(n) / rate_hz
    weight = (t < speech.duration_s).astype(np.float32)
    for pause in speech.pauses:
        weight[(t >= pause.start_s) & (t < pause.end_s)] = 0.0
    size = max(1, round(_RAMP_S * rate_hz))
    return np.asarray(uniform_filter1d(uniform_filter1d(weight, size), size), np.float32)


def _fitted(mouth: ControlSequence, n: int) -> NDArray[np.float32]:
    """Return the action units of `mouth`, cut or padded with rest to `n` rows."""
    aus = mouth.aus[:n]
    return np.concatenate([aus, np.zeros((n - len(aus), aus.shape[1]), np.float32)])


def merge_speech(fine: ControlSequence, speech: SpeechTimeline) -> ControlSequence:
    """Return the curves with the mouth movements of the speech added.

    The opening of the lips is the speech's alone while it sounds; other mouth AUs of the expression
    are made gentler and added. Everything stays in 0..1.
    """
    # Only who speaks pays for loading the speech decoder.
    from cogportrait.speech.visemes import mouth_controls

    n = len(fine)
    mouth = _fitted(mouth_controls(speech, rate_hz=fine.fps), n)
    weight = speaking_weight(speech, n, fine.fps)
    aus = fine.aus.copy()
    for number in (*MOUTH_AUS_SIDED, *MOUTH_AUS_MID):
        left = 0.0 if number in _OPENING_AUS else _WHILE_SPEAKING
        for column in au_columns(number):
            aus[:, column] *= 1 - (1 - left) * weight
    columns = [
        i for i, name in enumerate(AU_CHANNELS) if int(name[2:4]) >= 10 and "AU43" not in name
    ]
    aus[:, columns] = np.clip(aus[:, columns] + mouth[:, columns], 0.0, 1.0)
    return ControlSequence(fine.fps, aus, fine.gaze_deg, fine.head_deg, fine.head_shift_iod)


def compose_brief(plan: EventPlan, brief: Brief) -> ControlSequence:
    """Return the curves of a fitted plan on the fine grid, with speech if the portrait speaks."""
    fine = compose(plan, brief.fps, abs(brief.seed))
    if brief.speech is None or not brief.speaking:
        return fine
    return merge_speech(fine, brief.speech)

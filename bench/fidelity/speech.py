"""Whether the mouth in the pixels opens with the vowels and closes on p, b, m."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.fidelity.measures import Figures
from bench.fidelity.probes import FPS
from bench.fidelity.readings import Array, PixelTracker, mouth_opening, stack
from cogportrait.agents.loop import compile_brief
from cogportrait.io.audio import read_audio
from cogportrait.pipeline import keypoints
from cogportrait.renderers.warp import WarpRenderer
from cogportrait.speech import analyze_speech
from cogportrait.types import Brief, Portrait, SpeechTimeline

VOWELS = frozenset(
    ("AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW")
)
CLOSURES = frozenset(("P", "B", "M"))
CLOSED_GAP = 0.05  # lip gap / inner mouth width; lips at rest read 0.00 to 0.03


@dataclass(frozen=True, slots=True)
class SpeechResult:
    """Figures of one recording on one portrait."""

    name: str
    portrait: str
    closures: int  # p, b, m found in the recording
    figures: Figures


def measure_speech(portrait: Portrait, wav: Path, *, seed: int = 0) -> SpeechResult:
    """Return how well the tracked mouth follows a recording."""
    timeline = analyze_speech(read_audio(wav))
    brief = Brief("neutral", timeline.duration_s, FPS, seed, speaking=True, speech=timeline)
    controls = compile_brief(brief).controls
    frames = WarpRenderer().render(
        portrait, keypoints(portrait, controls, neutralize=1.0), seed=seed
    )
    centre = portrait.landmarks_px[:, :2].mean(0).astype(np.float64)
    with PixelTracker(centre) as tracker:
        opening = mouth_opening(stack([tracker.read(frame) for frame in frames]).points)
    closed = _closures(opening, timeline)
    share = float(np.mean(closed)) if closed else float("nan")
    return SpeechResult(
        wav.stem,
        portrait.name,
        len(closed),
        {
            "speech.vowel_r": _correlation(opening, vowel_energy(timeline, len(opening))),
            "speech.closed_share": share,
            "speech.opening_p95": float(np.percentile(opening, 95)),
        },
    )


def vowel_energy(timeline: SpeechTimeline, n_frames: int) -> Array:
    """Return the loudness at each frame inside vowels, 0 elsewhere, [T]."""
    times = np.arange(n_frames) / FPS
    loud_at = np.arange(len(timeline.loudness)) / timeline.loudness_hz
    loudness = np.interp(times, loud_at, timeline.loudness)
    inside = np.zeros(n_frames, np.bool_)
    for phone in timeline.phones:
        if phone.symbol in VOWELS:
            inside |= (times >= phone.start_s - 0.5 / FPS) & (times < phone.end_s + 0.5 / FPS)
    return loudness * inside


def _closures(opening: Array, timeline: SpeechTimeline) -> list[bool]:
    """Return for each p, b, m whether the lips close within one frame of it."""
    out: list[bool] = []
    for phone in timeline.phones:
        if phone.symbol in CLOSURES:
            first = max(0, int(np.floor(phone.start_s * FPS)) - 1)
            last = min(len(opening), int(np.ceil(phone.end_s * FPS)) + 2)
            out.append(bool(np.min(opening[first:last]) <= CLOSED_GAP))
    return out


def _correlation(a: Array, b: Array) -> float:
    if not np.isfinite(a).all() or a.std() == 0 or b.std() == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])

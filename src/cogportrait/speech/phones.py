"""Which sounds are spoken when: PocketSphinx decoding with a phone language model.

No transcript is needed. The en-us acoustic model ships inside the pocketsphinx package; other
languages come out as the nearest English sounds, which is what lips need.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from cogportrait.errors import ModelError
from cogportrait.speech.energy import ENVELOPE_HZ
from cogportrait.types import AudioClip, FloatArray, Phone

SILENCE: Final = "SIL"
CHUNK_S: Final = 12.0  # decoded at once: memory stays flat however long the recording
_CUT_SEARCH_S: Final = 5.0  # the cut is at the quietest place within this before the end
_FRAME_HZ: Final = 100.0
_FRAME_OFFSET_S: Final = 0.0078  # 25.6 ms windows every 10 ms: centre of a window, minus half a hop
# At 1e-10, a beam often used for this, the search loses all hypotheses in expressive speech.
_BEAM: Final = 1e-30
_LEVEL_DBFS: Final = -20.0  # quiet recordings are raised to this: the decoder takes whole numbers
_PHONE_LM_WEIGHT: Final = 2.0


def decode_phones(audio: AudioClip, level_db: FloatArray) -> tuple[Phone, ...]:
    """Return the sounds of `audio`, in order, noises left out.

    Parameters
    ----------
    audio
        16 kHz mono.
    level_db
        [N] level every 1 / ``ENVELOPE_HZ`` seconds; recordings are cut at quiet places.

    Raises
    ------
    ModelError
        The acoustic model is not where the pocketsphinx package keeps it.
    """
    from pocketsphinx import Decoder, get_model_path

    acoustic = Path(get_model_path("en-us/en-us"))
    language = Path(get_model_path("en-us/en-us-phone.lm.bin"))
    for model in (acoustic / "mdef", language):
        if not model.exists():
            raise ModelError(
                f"{model}: the speech model is missing; run pip install --force-reinstall "
                "pocketsphinx"
            )
    decoder = Decoder(
        hmm=str(acoustic),
        allphone=str(language),
        lw=_PHONE_LM_WEIGHT,
        beam=_BEAM,
        pbeam=_BEAM,
        dict=None,
        lm=None,
        samprate=audio.rate_hz,
        loglevel="FATAL",
    )
    gain = max(1.0, 10 ** ((_LEVEL_DBFS - float(np.percentile(level_db, 95))) / 20))
    found: list[Phone] = []
    for start, end in chunks(audio, level_db):
        pcm = np.clip(audio.samples[start:end] * gain, -1.0, 1.0) * 32767
        decoder.start_utt()
        decoder.process_raw(pcm.astype("<i2").tobytes(), False, True)
        decoder.end_utt()
        segments = ((s.word, s.start_frame, s.end_frame) for s in decoder.seg() or ())
        found.extend(_phones(segments, start / audio.rate_hz, end / audio.rate_hz))
    return tuple(found)


def chunks(audio: AudioClip, level_db: FloatArray) -> list[tuple[int, int]]:
    """Return sample ranges of at most ``CHUNK_S``, cut at the quietest places."""
    total = audio.samples.shape[0]
    ranges: list[tuple[int, int]] = []
    start = 0
    while total - start > CHUNK_S * audio.rate_hz:
        last_s = start / audio.rate_hz + CHUNK_S
        first, last = (int(t * ENVELOPE_HZ) for t in (last_s - _CUT_SEARCH_S, last_s))
        smooth = np.convolve(level_db[first:last], np.ones(15) / 15, "same")
        cut_s = (first + int(np.argmin(smooth[7:-7])) + 7) / ENVELOPE_HZ
        cut = round(cut_s * audio.rate_hz)
        ranges.append((start, cut))
        start = cut
    if total > start:
        ranges.append((start, total))
    return ranges


def _phones(
    segments: Iterator[tuple[str, int, int]], start_s: float, end_s: float
) -> Iterator[Phone]:
    """Yield segments of one chunk as phones within it; ``+NSN+`` and the like are left out."""
    for symbol, first, last in segments:
        if symbol.startswith("+"):
            continue
        begin = start_s if first == 0 else start_s + first / _FRAME_HZ + _FRAME_OFFSET_S
        finish = min(start_s + (last + 1) / _FRAME_HZ + _FRAME_OFFSET_S, end_s)
        if finish > begin:
            yield Phone(symbol.rstrip("012"), begin, finish)


def speech_phones(phones: Sequence[Phone]) -> tuple[Phone, ...]:
    """Return `phones` without silences."""
    return tuple(phone for phone in phones if phone.symbol != SILENCE)

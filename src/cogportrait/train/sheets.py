"""Contact sheets of a training run: what was filmed, what the codec leaves of it, what is drawn."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from cogportrait.io.atomic import write_bytes
from cogportrait.io.images import png_bytes
from cogportrait.renderers.dit.codec import Codec
from cogportrait.renderers.dit.fold import as_frames
from cogportrait.renderers.dit.model import Conditions
from cogportrait.renderers.dit.sampling import Network, Sampling, Scene, sample
from cogportrait.train.samples import Clip, windows_of

CLIPS: Final = 4
COLUMNS: Final = 4  # frames of a window that are shown
SCALE: Final = 2
GAP_PX: Final = 6


@torch.no_grad()
def write_sheet(
    path: Path,
    network: Network,
    codec: Codec,
    clips: Sequence[Clip],
    length: int,
    how: Sampling,
) -> None:
    """Write a picture of some clips' windows.

    Of each there is a row as the codec leaves it, one drawn with the hint if there is one, and one
    without.

    Parameters
    ----------
    path : Path
        A PNG file.
    network, codec
        In evaluation mode.
    clips
        The first one of each of four people is shown.
    length : int
        Latent frames of a window.
    how : Sampling
        How the windows are drawn.
    """
    rows: list[NDArray[np.uint8]] = []
    shown: set[str] = set()
    for clip in clips:
        starts = windows_of(clip, length, 1)
        if not len(starts) or clip.person in shown:
            continue
        shown.add(clip.person)
        frames = int(starts[len(starts) // 2]) + np.arange(clip.frames(length))
        batch = clip.window(frames)
        drawn = [batch.data]
        for hinted in (True, False) if batch.given.hint is not None else (False,):
            scene = Scene(0, True, _given(batch.given, hinted), batch.eyes[0, 0].numpy())
            drawn.append(next(iter(sample(network, [scene], codec.channels, how, seed=0))))
        rows.append(np.vstack([_row(as_frames(codec.decode(x)[0])) for x in drawn]))
        if len(rows) == CLIPS:
            break
    if rows:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, png_bytes(np.vstack(rows)))


def _given(given: Conditions, hinted: bool) -> Conditions:
    if hinted or given.hint is None:
        return given
    return Conditions(
        given.text, given.audio, given.pose, given.reference, torch.zeros_like(given.hint)
    )


def _row(frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return some frames of a window side by side, enlarged."""
    some = frames[np.linspace(0, len(frames) - 1, min(COLUMNS, len(frames))).astype(int)]
    side = some.shape[1] * SCALE
    large = [np.asarray(cv2.resize(f, (side, side), interpolation=cv2.INTER_CUBIC)) for f in some]
    row = np.hstack(large).astype(np.uint8)
    return np.pad(row, ((0, GAP_PX), (0, 0), (0, 0)), constant_values=255)

"""Fitting the network: two layers, Adam, written in NumPy because the base install has no torch."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bench.inverse.samples import Sample
from cogportrait.face.features import FaceRows, features
from cogportrait.face.inverse import GAZE_SCALE_DEG, LEAK, LEFT, MIDDLE, Inverse
from cogportrait.face.neutral import calm_frames, estimated_from
from cogportrait.facs.channels import CHANNEL_INDEX

CONTEXT: Final = 1
HIDDEN: Final = 128
ROUNDS: Final = 20
BATCH: Final = 512
RATE: Final = 1e-3
DECAY: Final = 3e-4
NOISE: Final = 0.5  # standard deviation added to inputs of about one: people differ
REST_FRAMES: Final = 3
OPEN: Final = 0.15  # closure below which eyes count as open
CLOSED: Final = (0.3, 0.8)  # closure over which gaze counts less and less, and not at all
_SPREAD: Final = 0.05  # added to standard deviations that divide
_BETAS: Final = (0.9, 0.999)

_Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class _Set:
    """Features of frames and what the network should make of them."""

    features: list[_Floats]  # of sequences, [T, F] each
    wanted: _Floats  # [sum of T, O]


def fit(samples: Iterable[Sample], seed: int = 0) -> Inverse:
    """Return the network fitted on samples, each against three neutral faces.

    These are the true one, the estimated one, and some frames with open eyes. Features are
    differences from the neutral face, and so is what is wanted: where it frowns, no frown is less
    than none.
    """
    rng = np.random.default_rng(seed)
    made = [
        _against(sample, calm)
        for sample in samples
        for calm in (np.arange(REST_FRAMES), _estimated(sample), _any_open(sample, rng))
    ]
    data = _Set([x for one in made for x in one.features], np.concatenate([m.wanted for m in made]))
    stacked = np.concatenate(data.features)
    blank = Inverse(stacked.mean(0), stacked.std(0) + np.float32(_SPREAD), CONTEXT, (), ())
    inputs = np.concatenate([blank.inputs(x) for x in data.features]).astype(np.float32)
    weights, offsets = _train(inputs, data.wanted, rng)
    return Inverse(blank.mean, blank.spread, CONTEXT, tuple(weights), tuple(offsets))


def _seen(sample: Sample) -> tuple[FaceRows, _Floats]:
    return sample.rows[sample.rows.found], sample.commanded[sample.rows.found]


def _estimated(sample: Sample) -> NDArray[np.intp]:
    return calm_frames(_seen(sample)[0])


def _any_open(sample: Sample, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return the numbers of some frames in a row around one in which both eyes are open."""
    _, commanded = _seen(sample)
    lids = commanded[:, [CHANNEL_INDEX["AU43_L"], CHANNEL_INDEX["AU43_R"]]].max(1)
    middle = int(rng.choice(np.flatnonzero(lids < OPEN)))
    return np.arange(max(middle - 1, 0), min(middle + 2, len(commanded)))


def _against(sample: Sample, calm: NDArray[np.intp]) -> _Set:
    """Return what is to be learned of a sample when some of its frames are the neutral face."""
    rows, commanded = _seen(sample)
    neutral = estimated_from(rows[calm])
    pair = [features(rows, neutral), features(rows, neutral, mirrored=True)]
    wanted = [_outputs(commanded, side) for side in ("L", "R")]
    return _Set(pair, np.concatenate([w - np.median(w[calm], axis=0) for w in wanted]))


def _outputs(commanded: _Floats, side: str) -> _Floats:
    """Return what the network should say of one side, seen as the left one, [T, O]."""
    sign = 1.0 if side == "L" else -1.0
    names = [name[:-1] + side for name in LEFT]
    columns = [commanded[:, CHANNEL_INDEX[name]] for name in names]
    columns.append(sign * commanded[:, CHANNEL_INDEX[f"gaze_yaw_{side}"]] / GAZE_SCALE_DEG)
    columns.append(commanded[:, CHANNEL_INDEX[f"gaze_pitch_{side}"]] / GAZE_SCALE_DEG)
    columns += [commanded[:, CHANNEL_INDEX[name]] for name in MIDDLE]
    return np.stack(columns, axis=1).astype(np.float32)


def _worth(wanted: _Floats) -> _Floats:
    """Return how much errors count: rare channels as much as others, gaze not behind lids."""
    worth = np.ones_like(wanted) / np.sqrt(wanted.std(0) + _SPREAD)
    gaze, closure = len(LEFT), wanted[:, LEFT.index("AU43_L")]
    seen = 1 - np.clip((closure - CLOSED[0]) / (CLOSED[1] - CLOSED[0]), 0, 1)
    worth[:, gaze : gaze + 2] *= seen[:, None]
    return worth.astype(np.float32)


def _train(
    inputs: _Floats, wanted: _Floats, rng: np.random.Generator
) -> tuple[list[_Floats], list[_Floats]]:
    sizes = (inputs.shape[1], HIDDEN, wanted.shape[1])
    weights = [rng.normal(0, np.sqrt(2 / a), (a, b)).astype(np.float32) for a, b in pairwise(sizes)]
    weights[-1] *= np.float32(0.1)
    offsets = [np.zeros(b, np.float32) for b in sizes[1:]]
    worth = _worth(wanted)
    values = [*weights, *offsets]
    first, second = ([np.zeros_like(v) for v in values] for _ in range(2))
    steps, step = ROUNDS * (len(inputs) // BATCH), 0
    for _ in range(ROUNDS):
        order = rng.permutation(len(inputs))
        for start in range(0, len(inputs) - BATCH + 1, BATCH):
            rows = order[start : start + BATCH]
            noise = rng.standard_normal((BATCH, sizes[0]), np.float32)
            seen = np.asarray(inputs[rows] + NOISE * noise, np.float32)
            slopes = _slopes(seen, wanted[rows], worth[rows], (weights, offsets))
            step += 1
            rate = RATE * 0.5 * (1 + np.cos(np.pi * step / steps))
            for i, slope in enumerate(slopes):
                first[i] += (1 - _BETAS[0]) * (slope - first[i])
                second[i] += (1 - _BETAS[1]) * (slope * slope - second[i])
                size = np.sqrt(second[i] / (1 - _BETAS[1] ** step)) + 1e-8
                way = rate * first[i] / (1 - _BETAS[0] ** step) / size
                values[i] -= way.astype(np.float32)
    return weights, offsets


def _slopes(
    x: _Floats, wanted: _Floats, worth: _Floats, layers: tuple[Sequence[_Floats], Sequence[_Floats]]
) -> list[_Floats]:
    """Return the gradient of the mean squared error, weights first, then offsets."""
    weights, offsets = layers
    hidden = x @ weights[0] + offsets[0]
    active = np.maximum(hidden, np.float32(LEAK) * hidden)
    error = 2 * (active @ weights[1] + offsets[1] - wanted) * worth / len(x)
    back = (error @ weights[1].T) * np.where(hidden > 0, 1, LEAK)
    decay = np.float32(DECAY)
    out = [x.T @ back + decay * weights[0], active.T @ error + decay * weights[1]]
    return [np.asarray(s, np.float32) for s in (*out, back.sum(0), error.sum(0))]


def as_bytes(net: Inverse) -> bytes:
    """Return the network as a compressed NumPy file, half precision."""
    stream = BytesIO()
    arrays: dict[str, Any] = {"mean": net.mean, "spread": net.spread}
    arrays |= {"context": net.context, "layers": len(net.weights)}
    arrays |= {f"weight{i}": w.astype(np.float16) for i, w in enumerate(net.weights)}
    arrays |= {f"offset{i}": o.astype(np.float16) for i, o in enumerate(net.offsets)}
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()

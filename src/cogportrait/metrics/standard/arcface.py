"""ID-Sim (ArcFace), how much the generated face is that of the portrait; higher is better.

Mean over generated frames of the cosine similarity of ArcFace embeddings of the frame and of the
reference portrait. -1..1, 1 for the same picture; different people lie around 0. Frames without a
face are left out; NaN if none has one, or the portrait has none.

The face is aligned to 112 x 112 pixels by the least-squares similarity of five points, eyes, tip of
the nose and corners of the mouth, as insightface does. The points are those of our landmarks
instead of insightface's detector; an eye is the middle of its corners, so that gaze does not move
the face. Samples are scaled to -1..1.

Reference implementation: insightface (``ArcFaceONNX``, ``face_align.norm_crop``) with buffalo_l's
``w600k_r50.onnx``.

References
----------
Deng, J. et al. (2019). ArcFace: additive angular margin loss for deep face recognition. CVPR.
"""

import importlib
from collections.abc import Callable
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cogportrait.errors import ModelError, shown
from cogportrait.face import landmarks as lm
from cogportrait.metrics.scored import Floats
from cogportrait.metrics.standard import published
from cogportrait.metrics.standard.files import Found, Given, find, lacking
from cogportrait.metrics.standard.identity import IdentityOfClip
from cogportrait.metrics.standard.measure import MeasureName, Missing
from cogportrait.types import Frame

SIDE_PX: Final = 112
# Where the points belong: right eye, left eye, tip of the nose, right and left corner of the mouth
# (the subject's sides), as published with ArcFace.
TEMPLATE: Final = np.array([
    [38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655],
    [70.7299, 92.2041],
])  # fmt: skip
MIDDLE: Final = 127.5  # of 8-bit samples


def five_points(points_px: NDArray[np.floating[Any]]) -> Floats:
    """Return eyes, tip of the nose and corners of the mouth, [5, 2], of landmarks [478, >= 2]."""
    p = points_px[:, :2].astype(np.float64)
    left, right = (
        (p[o] + p[i]) / 2 for o, i in zip(lm.OUTER_CANTHUS, lm.INNER_CANTHUS, strict=True)
    )
    return np.stack([right, left, p[lm.NOSE_TIP], p[lm.MOUTH_CORNER[1]], p[lm.MOUTH_CORNER[0]]])


def similarity(points: Floats, onto: Floats) -> Floats:
    """Return the least-squares similarity [2, 3] (turn, scale, shift) of points [N, 2] onto others.

    Umeyama's without reflection: in the complex plane the regression of `onto` on `points`.
    """
    z, w = (p[:, 0] + 1j * p[:, 1] for p in (points, onto))
    around = z - z.mean()
    turn = np.vdot(around, w - w.mean()) / np.vdot(around, around)
    shift = w.mean() - turn * z.mean()
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])


def aligned(frame: Frame, points_px: NDArray[np.floating[Any]]) -> Frame:
    """Return the face of a frame as ArcFace is shown it, [112, 112, 3]."""
    onto = similarity(five_points(points_px), TEMPLATE)
    return np.asarray(cv2.warpAffine(frame, onto, (SIDE_PX, SIDE_PX)), np.uint8)


def open_arcface(given: Given) -> IdentityOfClip | Missing:
    """Return ID-Sim (ArcFace), or what is missing for it.

    Raises
    ------
    ModelError
        The file of weights is not the published one, or is no such network.
    """
    gone = lacking(MeasureName.ARCFACE, "onnxruntime")
    if gone is not None:
        return gone
    file = find(MeasureName.ARCFACE, published.ARCFACE, given)
    if isinstance(file, Missing):
        return file
    return IdentityOfClip(_embedder(file), str(file))


def _embedder(file: Found) -> Callable[[Frame, NDArray[np.floating[Any]]], Floats]:
    runtime: Any = importlib.import_module("onnxruntime")  # has no types
    try:
        session = runtime.InferenceSession(file.content, providers=["CPUExecutionProvider"])
    except Exception as error:  # its classes of errors are not public
        raise ModelError(f"{file.path}: expected an ONNX network: {shown(str(error))}") from error
    inputs, outputs = session.get_inputs(), session.get_outputs()
    shape = list(inputs[0].shape[1:]) if len(inputs) == 1 else []
    if shape != [3, SIDE_PX, SIDE_PX] or len(outputs) != 1:
        raise ModelError(
            f"{file.path}: expected one input [N, 3, {SIDE_PX}, {SIDE_PX}] and one output, got "
            f"{len(inputs)} with {shape} and {len(outputs)}"
        )

    def embed(frame: Frame, points_px: NDArray[np.floating[Any]]) -> Floats:
        face = aligned(frame, points_px).astype(np.float32)
        x = ((face - MIDDLE) / MIDDLE).transpose(2, 0, 1)[None]
        (out,) = session.run(None, {inputs[0].name: x})
        return np.asarray(out, np.float64)[0]

    return embed

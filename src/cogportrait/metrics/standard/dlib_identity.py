"""ID-Sim (dlib), how much the generated face is that of the portrait; higher is better.

Mean over generated frames of the cosine similarity of dlib's face embeddings (ResNet-29, 128
numbers) of the frame and of the reference portrait. -1..1 in principle; dlib compares embeddings by
their Euclidean distance and calls 0.6 and less one person, which lies at a cosine of about 0.91, as
the embeddings are about 1.45 long. Measured on five frames each of 55 clips and on 14 portraits (66
people): frames of one clip 0.985 in the median (99 % above 0.92), one person in different clips
0.966 (99 % above 0.92), different people 0.85 (5 to 95 %: 0.78 to 0.91, 99 % below 0.94). So what
counts lies between 0.85 and 1, and numbers do not compare with those of ArcFace. Frames without a
face are left out; NaN if none has one, or the portrait has none.

The face is aligned by dlib to 150 x 150 pixels by five points: the corners of both eyes and the
base of the nose. They are those of our landmarks; with dlib's own predictor of these points the
embeddings are the same but for a cosine of 0.998 (median).

Reference implementation: dlib's ``face_recognition_model_v1`` with
``dlib_face_recognition_resnet_model_v1.dat`` of the package ``face_recognition_models``.

References
----------
King, D. (2017). High quality face recognition with deep metric learning. dlib.net.
He, K. et al. (2016). Deep residual learning for image recognition. CVPR.
"""

import importlib
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.errors import ModelError, shown
from cogportrait.face import landmarks as lm
from cogportrait.metrics.scored import Floats
from cogportrait.metrics.standard import published
from cogportrait.metrics.standard.files import Found, Given, find, lacking
from cogportrait.metrics.standard.identity import Embed, IdentityOfClip
from cogportrait.metrics.standard.measure import MeasureName, Missing
from cogportrait.types import Frame

# dlib's five points: outer and inner corner of the subject's left eye, of the right one, nose.
POINTS: Final = (
    lm.OUTER_CANTHUS[0], lm.INNER_CANTHUS[0], lm.OUTER_CANTHUS[1], lm.INNER_CANTHUS[1],
    lm.NOSE_BASE,
)  # fmt: skip


def open_dlib(given: Given) -> IdentityOfClip | Missing:
    """Return ID-Sim (dlib), or what is missing for it.

    Raises
    ------
    ModelError
        The file of weights is not the published one.
    """
    gone = lacking(MeasureName.DLIB, "dlib")
    if gone is not None:
        return gone
    file = find(MeasureName.DLIB, published.DLIB, given)
    if isinstance(file, Missing):
        return file
    return IdentityOfClip(embedder(file), str(file))


def embedder(file: Found) -> Embed:
    """Return what embeds the face of a frame, [128].

    Raises
    ------
    ModelError
        The file is no such network.
    """
    dlib: Any = importlib.import_module("dlib")  # has no types
    try:
        network = dlib.face_recognition_model_v1(str(file.path))  # takes a path and no bytes
    except RuntimeError as error:
        raise ModelError(
            f"{file.path}: expected a face network of dlib: {shown(str(error))}"
        ) from error

    def embed(frame: Frame, points_px: NDArray[np.floating[Any]]) -> Floats:
        five = np.rint(points_px[list(POINTS), :2].astype(np.float64)).astype(int).tolist()
        box = dlib.rectangle(0, 0, frame.shape[1], frame.shape[0])  # not used with five points
        face = dlib.full_object_detection(box, [dlib.point(x, y) for x, y in five])
        found = network.compute_face_descriptor(np.ascontiguousarray(frame), face)
        return np.asarray(found, np.float64)

    return embed

"""ID-Sim by ArcFace and by dlib against their reference implementations."""

from pathlib import Path

import cv2
import dlib
import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from skimage.transform import SimilarityTransform
from tests.metrics.standard.references import clip, no_face

from cogportrait.errors import ModelError
from cogportrait.metrics.standard import published
from cogportrait.metrics.standard.arcface import TEMPLATE, five_points, open_arcface, similarity
from cogportrait.metrics.standard.dlib_identity import POINTS, embedder, open_dlib
from cogportrait.metrics.standard.files import Found, Given, find
from cogportrait.metrics.standard.identity import IdentityOfClip, cosine
from cogportrait.metrics.standard.measure import FramePair, MeasureName
from cogportrait.types import Frame, Portrait


def _network(path: Path, side: int = 112) -> Path:
    """Write a network that takes and gives what ArcFace's does."""
    rng = np.random.default_rng(0)
    filters = rng.normal(0, 1, (8, 3, 16, 16)).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["x", "w"], ["y"], strides=[16, 16]),
            helper.make_node("Flatten", ["y"], ["out"]),
        ],
        "tiny",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3, side, side])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, ["N", None])],
        [numpy_helper.from_array(filters, "w")],
    )
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=9), str(path))
    return path


def _shifted(frame: Frame, dx: int, dy: int) -> Frame:
    return np.asarray(
        cv2.warpAffine(frame, np.array([[1.0, 0, dx], [0, 1, dy]]), frame.shape[1::-1])
    )


def _told(
    measure: IdentityOfClip, portrait: Portrait, frames: list[Frame], **points: object
) -> float:
    measure.begin(clip(portrait))
    px = points.get("px", portrait.landmarks_px)
    for frame in frames:
        measure.update(FramePair(frame, frame, no_face(), px))  # type: ignore[arg-type]
    return measure.compute()


def test_the_similarity_of_points_is_umeyamas() -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        points = rng.normal(0, 50, (5, 2)) + rng.normal(0, 300, 2)
        expected = SimilarityTransform.from_estimate(points, TEMPLATE).params[:2]
        np.testing.assert_allclose(similarity(points, TEMPLATE), expected, rtol=1e-6, atol=1e-6)


def test_the_portraits_points_are_near_where_they_belong(portrait: Portrait) -> None:
    points = five_points(portrait.landmarks_px)
    onto = similarity(points, TEMPLATE)
    there = points @ onto[:, :2].T + onto[:, 2]
    assert np.abs(there - TEMPLATE).max() < 8  # pixels of 112


def test_arcface_is_that_of_the_reference_implementation(
    portrait: Portrait, tmp_path: Path
) -> None:
    place = _network(tmp_path / "tiny.onnx")
    measure = open_arcface(Given(path=place, vouched=True))
    assert isinstance(measure, IdentityOfClip)
    session = onnxruntime.InferenceSession(str(place), providers=["CPUExecutionProvider"])

    def reference(frame: Frame) -> np.ndarray:  # as insightface: BGR, aligned, swapped, scaled
        points = five_points(portrait.landmarks_px)
        onto = SimilarityTransform.from_estimate(points, TEMPLATE).params[:2]
        face = cv2.warpAffine(frame[..., ::-1].copy(), onto, (112, 112), borderValue=0.0)
        blob = cv2.dnn.blobFromImages([face], 1 / 127.5, (112, 112), (127.5,) * 3, swapRB=True)
        return session.run(None, {"x": blob})[0].flatten()

    others = [_shifted(portrait.image, 4, 0), _shifted(portrait.image, 0, 9)]
    expected = [cosine(reference(portrait.image), reference(f)) for f in others]
    assert _told(measure, portrait, others) == pytest.approx(np.mean(expected), rel=1e-3)
    assert _told(measure, portrait, [portrait.image]) == pytest.approx(1)
    assert np.mean(expected) < 0.99


def test_frames_without_a_face_are_left_out(portrait: Portrait, tmp_path: Path) -> None:
    measure = open_arcface(Given(path=_network(tmp_path / "tiny.onnx"), vouched=True))
    assert isinstance(measure, IdentityOfClip)
    assert np.isnan(_told(measure, portrait, [portrait.image], px=no_face()))
    assert np.isnan(_told(measure, portrait, []))


def test_what_is_no_arcface_is_refused(tmp_path: Path) -> None:
    other = _network(tmp_path / "other.onnx", side=96)
    with pytest.raises(ModelError, match=r"expected one input \[N, 3, 112, 112\]"):
        open_arcface(Given(path=other, vouched=True))
    cut = tmp_path / "cut.onnx"
    cut.write_bytes(b"no network")
    with pytest.raises(ModelError, match="expected an ONNX network"):
        open_arcface(Given(path=cut, vouched=True))


def _dlib_model() -> Found:
    file = find(MeasureName.DLIB, published.DLIB)
    assert isinstance(file, Found)
    return file


def test_dlib_is_that_of_the_reference_implementation(portrait: Portrait) -> None:
    file = _dlib_model()
    network = dlib.face_recognition_model_v1(str(file.path))
    five = portrait.landmarks_px[list(POINTS), :2].round().astype(int)
    face = dlib.full_object_detection(
        dlib.rectangle(150, 50, 300, 220), [dlib.point(int(x), int(y)) for x, y in five]
    )
    chip = dlib.get_face_chip(portrait.image, face)  # 150 x 150
    expected = np.array(network.compute_face_descriptor(chip))
    found = embedder(file)(portrait.image, portrait.landmarks_px)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert found.shape == (128,)


def test_our_points_give_the_embedding_of_dlibs_own(portrait: Portrait) -> None:
    file = _dlib_model()
    predictor = dlib.shape_predictor(str(file.path.parent / "shape_predictor_5_face_landmarks.dat"))
    (box,) = dlib.get_frontal_face_detector()(portrait.image, 0)
    network = dlib.face_recognition_model_v1(str(file.path))
    theirs = network.compute_face_descriptor(portrait.image, predictor(portrait.image, box))
    found = embedder(file)(portrait.image, portrait.landmarks_px)
    assert cosine(found, np.array(theirs)) > 0.99


def test_dlib_knows_a_person_in_another_light_and_not_another_face(portrait: Portrait) -> None:
    measure = open_dlib(Given())
    assert isinstance(measure, IdentityOfClip)
    assert measure.source.startswith("dlib_face_recognition_resnet_model_v1.dat 55533b28")
    assert _told(measure, portrait, [portrait.image]) == pytest.approx(1)
    dark = (portrait.image * 0.6).astype(np.uint8)
    assert _told(measure, portrait, [dark]) > 0.95
    wide = np.asarray(cv2.resize(portrait.image, None, fx=1.5, fy=1.0))
    px = portrait.landmarks_px * np.array([1.5, 1, 1], np.float32)
    assert _told(measure, portrait, [wide], px=px) < 0.95


def test_what_is_no_network_of_dlib_is_refused(tmp_path: Path) -> None:
    cut = tmp_path / "cut.dat"
    cut.write_bytes(b"no network")
    with pytest.raises(ModelError, match="expected a face network of dlib"):
        open_dlib(Given(path=cut, vouched=True))
    with pytest.raises(ModelError, match="SHA-256 55533b28a958"):
        open_dlib(Given(path=cut))


def test_cosine_of_nothing_is_undefined() -> None:
    assert np.isnan(cosine(np.zeros(3), np.ones(3)))
    assert cosine(np.ones(3), -np.ones(3)) == pytest.approx(-1)

"""Small faces in videos are searched for, then followed; nothing of the video is kept."""

import weakref
from collections.abc import Iterator

import numpy as np
import pytest

from cogportrait.errors import FaceError
from cogportrait.face import follower
from cogportrait.face.landmarker import track_video
from cogportrait.types import Frame, Portrait

SIDE = 1600  # the astronaut's face is 7 % of it: not found in a whole frame
FPS = 10.0


def scene(astronaut: Frame, x: int, y: int) -> Frame:
    canvas = np.full((SIDE, SIDE, 3), 140, np.uint8)
    head = astronaut[25:275, 100:350]
    canvas[y : y + 250, x : x + 250] = head
    return canvas


def away_px(row: np.ndarray, portrait: Portrait, x: int, y: int) -> float:
    """Return how far tracked landmarks are from where they were pasted."""
    wanted = portrait.landmarks_px[:468, :2] + (x - 100, y - 25)
    return float(np.linalg.norm(row[:468, :2] - wanted, axis=-1).mean())


def test_a_small_face_is_found_and_followed_beyond_its_window(
    portrait: Portrait, astronaut: Frame
) -> None:
    places = [(100 + 45 * i, 700 + 10 * i) for i in range(12)]  # 540 px; the window is 440 wide
    track = track_video((scene(astronaut, x, y) for x, y in places), FPS)
    assert track.found.all()
    for row, (x, y) in zip(track.landmarks_px, places, strict=True):
        assert away_px(row, portrait, x, y) < 12  # MediaPipe smooths over frames


def test_a_face_that_went_away_is_searched_for_once_a_second(
    astronaut: Frame, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[int] = []
    shown = iter(range(100))

    def frames() -> Iterator[Frame]:
        for i in shown:
            if i == 26:
                return
            there = i < 2 or i >= 15
            yield scene(astronaut, 800, 300) if there else np.full((SIDE, SIDE, 3), 140, np.uint8)

    real = follower.detect_faces
    monkeypatch.setattr(follower, "detect_faces", lambda image: searched.append(1) or real(image))
    track = track_video(frames(), FPS)
    assert track.found.tolist() == [True] * 2 + [False] * 18 + [True] * 6
    assert len(searched) == 3  # frames 0, 10, 20


def test_frames_are_not_kept(astronaut: Frame) -> None:
    alive: list[weakref.ref[Frame]] = []
    most = 0

    def frames() -> Iterator[Frame]:
        nonlocal most
        for i in range(8):
            frame = scene(astronaut, 600 + 3 * i, 600)
            alive.append(weakref.ref(frame))
            yield frame
            del frame
            most = max(most, sum(ref() is not None for ref in alive))

    assert track_video(frames(), FPS).found.all()
    assert most <= 2


def test_a_large_face_is_never_searched_for(
    astronaut: Frame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "detect_faces", lambda _: pytest.fail("searched"))
    assert track_video([astronaut] * 3, FPS).found.all()


def test_a_face_number_below_one_is_refused() -> None:
    with pytest.raises(FaceError, match="from 1, got 0"):
        track_video([], FPS, face=0)


class Told:
    """A detector that finds what it is told, and says how it was asked."""

    def __init__(self, *frames: list[follower.Face]) -> None:
        self._frames = frames
        self.stills: list[int] = []
        self.times_ms: list[int] = []

    def still(self, image: Frame, window: object = None) -> list[follower.Face]:
        at = int(image[0, 0, 0])
        self.stills.append(at)
        return self._frames[at]

    def next_frame(self, image: Frame, time_ms: int, window: object = None) -> list[follower.Face]:
        self.times_ms.append(time_ms)
        return self._frames[int(image[0, 0, 0])]


def face_at(x: float, width: float) -> follower.Face:
    points = np.zeros((478, 3), np.float32)
    points[:, 0] = x + np.linspace(-width / 2, width / 2, 478)
    return points, np.zeros(52, np.float32), np.eye(4, dtype=np.float32)


def followed(whole: Told, anew: Told, count: int) -> list[float | None]:
    """Return where the face is that is followed through frames, None where it is not seen."""
    one = follower.Follower(FPS, 1, whole, anew, follower.ExitStack())  # pyright: ignore
    faces = [one.follow(np.full((64, 64, 3), i, np.uint8)) for i in range(count)]
    return [None if face is None else round(float(face[0][:, 0].mean())) for face in faces]


def test_a_face_that_is_alone_is_looked_for_once_and_nothing_filters_it() -> None:
    frames = [[face_at(100 + i, 50)] for i in range(5)]
    whole, anew = Told(*frames), Told(*frames)
    assert followed(whole, anew, 5) == [100, 101, 102, 103, 104]
    assert anew.stills == [0]
    assert whole.times_ms[0] > 0
    assert (np.diff(whole.times_ms) >= 1_000_000).all()


def test_of_two_faces_the_larger_is_followed_though_the_tracker_sees_the_other() -> None:
    large, small = face_at(100, 50), face_at(400, 30)
    anew = Told([large, small], [large, small], [large], [large], [large])
    whole = Told(*[[small]] * 5)
    assert followed(whole, anew, 5) == [100] * 5


def test_who_comes_in_beside_a_face_is_not_taken_for_it() -> None:
    here, other = face_at(100, 50), face_at(300, 80)
    anew = Told([here], [here], [other, here], [other, here])
    whole = Told([here], [here], [other], [other])
    assert followed(whole, anew, 4) == [100] * 4

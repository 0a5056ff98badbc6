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

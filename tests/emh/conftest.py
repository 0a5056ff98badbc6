"""Fixtures of the benchmark's tests: one clip, rendered and read once for the session."""

from pathlib import Path

import pytest
from tests.emh.filmed import close_up, drawn, film, shown

from cogportrait.bench.reading import Reading, read_clip
from cogportrait.face.features import Neutral
from cogportrait.face.neutral import estimate_neutral
from cogportrait.types import Frame, Portrait


@pytest.fixture(scope="session")
def face() -> Portrait:
    """Return the portrait that the clip was drawn from."""
    return close_up()


@pytest.fixture(scope="session")
def frames(face: Portrait) -> list[Frame]:
    """Return the frames of the clip, before they are encoded; read-only, because tests share it."""
    made = drawn(face, shown())
    for frame in made:
        frame.setflags(write=False)
    return made


@pytest.fixture(scope="session")
def clip(frames: list[Frame], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a face that blinks, looks aside and turns, 26 frames of 320 px."""
    return film(tmp_path_factory.mktemp("real") / "joy.mp4", frames)


@pytest.fixture(scope="session")
def reading(clip: Path) -> Reading:
    """Return the clip as it is read."""
    return read_clip(clip)


@pytest.fixture(scope="session")
def neutral(reading: Reading) -> Neutral:
    """Return the clip's neutral face."""
    return estimate_neutral(reading.rows)

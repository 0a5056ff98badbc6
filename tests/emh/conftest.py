"""Fixtures of the benchmark's tests: one clip, rendered and read once for the session."""

import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.emh.filmed import FEW, close_up, drawn, film, shown
from typer.testing import CliRunner

from cogportrait.apps import bench_running
from cogportrait.apps.cli import app
from cogportrait.bench import pictures
from cogportrait.bench.reading import Reading, read_clip
from cogportrait.face.features import Neutral
from cogportrait.face.neutral import estimate_neutral
from cogportrait.types import Frame, Portrait

RATE_HZ = 16_000


@pytest.fixture
def no_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the measures of pictures that networks make, and most frames: they take long."""
    for module in (pictures, bench_running):
        monkeypatch.setattr(module, "opened", lambda _: ({}, ()))
    monkeypatch.setattr(pictures, "SAMPLED", 2)


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
def short(frames: list[Frame], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the clip as far as the blink, just long enough for a label to be drawn."""
    return film(tmp_path_factory.mktemp("short") / "short.mp4", frames[:FEW])


@pytest.fixture(scope="session")
def reading(clip: Path) -> Reading:
    """Return the clip as it is read."""
    return read_clip(clip)


@pytest.fixture(scope="session")
def neutral(reading: Reading) -> Neutral:
    """Return the clip's neutral face."""
    return estimate_neutral(reading.rows)


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a second and a half of a tone."""
    path = tmp_path_factory.mktemp("sound") / "tone.wav"
    tone = 0.4 * np.sin(2 * np.pi * 300 * np.arange(RATE_HZ * 3 // 2) / RATE_HZ)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes((tone * 32767).astype("<i2").tobytes())
    return path


@pytest.fixture
def run() -> Callable[..., Any]:
    """Return a function that runs the command line in this process."""

    def invoke(*words: object) -> Any:
        return CliRunner().invoke(app, [str(word) for word in words], prog_name="cogportrait")

    return invoke

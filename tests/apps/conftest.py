"""Pictures and the runner that the command line's tests share."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from cogportrait.apps.cli import app
from cogportrait.facs.channels import CHANNEL_INDEX, CHANNELS
from cogportrait.pipeline import keypoints
from cogportrait.renderers.warp import WarpRenderer
from cogportrait.types import ControlSequence, Frame, Portrait

Run = Callable[..., Any]


@pytest.fixture
def run() -> Run:
    """Return a function that runs the command line in this process."""

    def invoke(*words: object) -> Any:
        return CliRunner().invoke(app, [str(word) for word in words], prog_name="cogportrait")

    return invoke


@pytest.fixture
def fails(run: Run, tmp_path: Path) -> Run:
    """Return a function that runs and expects one line, exit 1, and no new file."""

    def invoke(*words: object) -> str:
        before = sorted(tmp_path.rglob("*"))
        result = run(*words)
        assert result.exit_code == 1, result.output
        assert isinstance(result.exception, SystemExit), result.exception
        lines = result.stderr.splitlines()
        errors = [line for line in lines if not line.startswith("warning: ")]
        assert len(errors) == 1, result.stderr
        assert errors[0].startswith("error: ")
        assert result.stdout == ""
        assert sorted(tmp_path.rglob("*")) == before
        return errors[0]

    return invoke


@pytest.fixture(scope="session")
def picture(astronaut: Frame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the NASA portrait as a file."""
    path = tmp_path_factory.mktemp("pictures") / "astronaut.png"
    Image.fromarray(astronaut).save(path)
    return path


@pytest.fixture(scope="session")
def closed_eyes(portrait: Portrait, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the NASA portrait with closed eyes, as a file."""
    matrix = np.zeros((1, len(CHANNELS)), np.float32)
    matrix[:, [CHANNEL_INDEX["AU43_L"], CHANNEL_INDEX["AU43_R"]]] = 1
    motion = keypoints(portrait, ControlSequence.from_matrix(matrix, 25.0))
    path = tmp_path_factory.mktemp("pictures") / "asleep.png"
    Image.fromarray(next(iter(WarpRenderer().render(portrait, motion, seed=0)))).save(path)
    return path


@pytest.fixture
def save(tmp_path: Path) -> Callable[[Frame, str], Path]:
    """Return a function that saves pixels as a PNG file."""

    def write(image: Frame, name: str) -> Path:
        path = tmp_path / name
        Image.fromarray(np.ascontiguousarray(image)).save(path)
        return path

    return write


@pytest.fixture
def curves(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a controls file, valid unless something is replaced."""

    def write(**replaced: Any) -> Path:
        document: dict[str, Any] = {
            "format": "cogportrait-controls/1",
            "fps": 25,
            "channels": ["AU43_L", "AU43_R", "gaze_yaw_L"],
            "values": [[0.0, 0.0, 0.0], [0.5, 0.5, 10.0], [1.0, 1.0, -10.0]],
            "meta": {},
        }
        path = tmp_path / "curves.json"
        path.write_text(json.dumps(document | replaced))
        return path

    return write

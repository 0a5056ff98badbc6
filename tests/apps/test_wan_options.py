"""The renderers of public Wan weights on the command line, with tiny random ones."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from skimage import data
from tests.emh.filmed import shown
from tests.renderers.dit.tiny_wan import one_thread, save_animate, save_text_to_video

from cogportrait.io.controls import write_controls
from cogportrait.io.reader import read_video

Run = Callable[..., Any]
FRAMES = 6


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("wan")
    return {
        "wan-animate": save_animate(folder / "animate"),
        "wan-refine": save_text_to_video(folder / "refine"),
    }


@pytest.fixture
def asked(tmp_path: Path) -> list[object]:
    """Return the words of a drawing: its picture, controls and video."""
    picture, curves = tmp_path / "me.png", tmp_path / "c.json"
    Image.fromarray(np.ascontiguousarray(data.astronaut()[:260, 90:350])).save(picture)
    write_controls(curves, shown().rows(0, FRAMES))
    return ["render", picture, curves, "-o", tmp_path / "v.mp4"]


@pytest.mark.parametrize(
    ("name", "more"), [("wan-animate", ["--offload"]), ("wan-refine", ["--strength", "0.2"])]
)
def test_a_video_is_drawn_and_its_record_says_how(
    run: Run,
    asked: list[object],
    folders: dict[str, Path],
    tmp_path: Path,
    name: str,
    more: list[str],
) -> None:
    record = tmp_path / "run.json"
    with one_thread():
        result = run(
            *asked, "--renderer", name, "--checkpoint", folders[name], "--steps", "1",
            "--area", "16384", "--guidance", "spatial", "--manifest", record, *more,
        )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    frames = list(read_video(tmp_path / "v.mp4"))
    assert len(frames) == FRAMES
    assert frames[0].shape == (260, 260, 3)
    told = json.loads(record.read_text())
    assert told["options"]["renderer"] == name
    assert told["options"]["area"] == 16384
    assert "model_index.json" in json.dumps(told["inputs"]["checkpoint"])


def test_a_wrong_folder_is_one_line(
    fails: Run, asked: list[object], folders: dict[str, Path], tmp_path: Path
) -> None:
    line = fails(*asked, "--renderer", "wan-animate", "--checkpoint", tmp_path / "none")
    assert "none: expected a folder of Wan's weights, found none; fetch Wan-AI/" in line
    line = fails(*asked, "--renderer", "wan-animate", "--checkpoint", folders["wan-refine"])
    assert "expected the weights of WanAnimatePipeline, got those of 'WanPipeline'; fetch" in line


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--renderer", "wan-animate"], "--renderer wan-animate: expected a folder of weights"),
        (["--renderer", "wan-refine"], "fetch Wan-AI/Wan2.1-T2V-1.3B-Diffusers and give"),
        (["--strength", "0.2"], "--strength is for wan-refine; give --renderer wan-refine"),
        (["--renderer", "dit", "--area", "20000"], "--area is for wan-animate and wan-refine"),
        (["--offload"], "--offload is for diffusion; give --renderer dit"),
        (["--compile"], "--compile is for diffusion; give --renderer dit"),
        (["--precision", "bf16"], "--precision is for diffusion; give --renderer dit"),
        (["--guidance-scale", "2"], "--guidance-scale is for diffusion; give --renderer dit"),
        (["--hint", "none"], "--hint is for dit; give --renderer dit"),
        (["--steps", "2"], "--steps is for diffusion; give --renderer dit"),
    ],
)
def test_options_of_other_renderers_are_wrong_usage(
    run: Run, asked: list[object], words: list[str], told: str
) -> None:
    result = run(*asked, *words)
    assert result.exit_code == 2
    assert told in result.stderr
    assert result.stderr.count("\n") == 1


def test_names_of_options_are_those_of_what_they_choose() -> None:
    """They stand twice, since help texts are to load no torch."""
    from cogportrait.apps.drawing_options import GuidanceName, HintName, PrecisionName
    from cogportrait.renderers.dit.conditioning import Hint
    from cogportrait.renderers.dit.guidance import Guided
    from cogportrait.renderers.dit.placing import Precision

    assert [g.value for g in GuidanceName] == [g.value for g in Guided]
    assert [h.value for h in HintName] == [h.value for h in Hint]
    assert [p.value for p in PrecisionName] == [p.value for p in Precision]

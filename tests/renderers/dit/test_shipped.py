"""The weights that ship: whole, small, without traces of where they were made, and they draw."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from skimage import data
from tests.emh.filmed import close_up, shown

from cogportrait.apps.drawing_options import DrawnBy, GuidanceName, RendererName
from cogportrait.io.controls import write_controls
from cogportrait.io.manifest import sha256_of
from cogportrait.io.reader import read_video
from cogportrait.pipeline import keypoints
from cogportrait.renderers.dit.checkpoint import (
    SHIPPED,
    About,
    open_checkpoint,
    read_about,
    save_checkpoint,
)
from cogportrait.renderers.dit.codec import FrameCodec
from cogportrait.renderers.dit.conditioning import Hint
from cogportrait.renderers.dit.flow import Schedule
from cogportrait.renderers.dit.guidance import Guidance, Guided
from cogportrait.renderers.dit.sampling import Sampling
from cogportrait.renderers.dit.sizes import SIZES, build
from cogportrait.renderers.dit.windows import Windows
from cogportrait.renderers.warp import WarpRenderer

MOST_MB = 25
FRAMES = 6


def test_they_are_small_and_tell_nothing_of_a_machine() -> None:
    files = [file for file in SHIPPED.rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) < MOST_MB * 1e6
    assert {file.suffix for file in files} == {".json", ".safetensors"}
    for file in files:
        if file.suffix == ".json":
            assert "/" not in file.read_text().replace("cogportrait-dit/1", "")


def test_they_are_of_the_size_that_training_starts_with() -> None:
    opened = open_checkpoint()
    network: Any = opened.network
    for name, value in asdict(SIZES["tiny"]).items():
        held = network.config[name]
        assert (tuple(held) if isinstance(held, list) else held) == value, name
    assert opened.how == read_about(SHIPPED).how()
    assert opened.how.windows.length == 8
    assert opened.view_px == 128


@pytest.mark.parametrize("hint", [Hint.WHOLE, Hint.AROUND])
def test_a_face_is_drawn_near_what_the_warp_renderer_shows(hint: Hint) -> None:
    """With the whole hint as that; with a hole its eyes are the network's own."""
    portrait = close_up()
    opened = replace(open_checkpoint(how=Sampling(Schedule(3), Guidance(Guided.FIXED))), hint=hint)
    motion = list(keypoints(portrait, shown().rows(0, FRAMES)))
    warped = np.stack(list(WarpRenderer().render(portrait, motion)))
    drawn = np.stack(list(opened.render(portrait, motion, seed=0)))
    assert drawn.shape == warped.shape
    away = np.abs(drawn.astype(float) - warped).mean(-1)
    points = np.concatenate([rows.points_px for rows in motion])[:, :, :2]

    def around(of: list[int]) -> float:
        """Return how far it is away about some landmarks."""
        spots = [(k, round(y), round(x)) for k in range(FRAMES) for x, y in points[k, of]]
        return float(np.mean([away[k, y - 3 : y + 4, x - 3 : x + 4].mean() for k, y, x in spots]))

    eyes, mouth = around([468, 473]), around([61, 291])
    assert mouth < 5
    if hint is Hint.WHOLE:
        assert eyes < 5
    else:
        assert 5 < eyes < 60


def test_the_command_draws_with_them(run: Callable[..., Any], tmp_path: Path) -> None:
    picture, curves, video = (tmp_path / n for n in ("me.png", "c.json", "v.mp4"))
    Image.fromarray(np.ascontiguousarray(data.astronaut()[:260, 90:350])).save(picture)
    write_controls(curves, shown().rows(0, FRAMES))
    record = tmp_path / "m.json"
    said = run("render", picture, curves, "-o", video, "--renderer", "dit", "--steps", "1",
               "--manifest", record)  # fmt: skip
    assert said.exit_code == 0, said.stderr
    frames = np.stack(list(read_video(video))).astype(float)
    assert len(frames) == FRAMES
    still = np.asarray(Image.open(picture)).astype(float)
    assert 0.5 < np.abs(frames[-1] - still).mean() < 20  # it moves, and is that picture
    weights = SHIPPED / "transformer" / "diffusion_pytorch_model.safetensors"
    assert json.loads(record.read_text())["inputs"]["checkpoint"]["sha256"] == sha256_of(weights)


@pytest.mark.parametrize(
    ("by", "scale", "wanted"), [(None, None, 2.5), ("fixed", None, 2.5), ("both", 4.0, 4.0)]
)
def test_a_checkpoint_says_how_it_draws_and_the_command_may_say_otherwise(
    tmp_path: Path, by: str | None, scale: float | None, wanted: float
) -> None:
    torch.manual_seed(0)
    folder = tmp_path / "out"
    about = About(length=5, scale=2.5)
    save_checkpoint(folder, build("tiny"), FrameCodec(16, 8), about=about)
    assert read_about(folder) == about
    name = None if by is None else GuidanceName(by)
    opened: Any = DrawnBy(RendererName.DIT, folder, guidance=name, scale=scale, steps=7).open()
    assert opened.how.windows == Windows(5, 2)
    assert opened.how.schedule.steps == 7
    guidance = opened.how.guidance
    assert (guidance.high, guidance.fixed, guidance.by) == (wanted, wanted, by or "both")
    assert guidance.low == pytest.approx(1 + 0.6 * (wanted - 1))
    assert opened.how.renew == (1 if by == "fixed" else 2)
    assert open_checkpoint(folder).how == about.how()
    assert open_checkpoint(folder, Sampling()).how == Sampling()  # as it is told


def test_a_checkpoint_does_not_say_where_its_codec_was_read_from(tmp_path: Path) -> None:
    torch.manual_seed(0)
    FrameCodec(4, 8).save_pretrained(tmp_path / "codec")
    codec = FrameCodec.from_pretrained(tmp_path / "codec")
    assert isinstance(codec, FrameCodec)
    save_checkpoint(tmp_path / "out", build("tiny"), codec)
    told = json.loads((tmp_path / "out" / "codec" / "config.json").read_text())
    assert "_name_or_path" not in told
    assert told["channels"] == 4


@pytest.fixture
def run() -> Callable[..., Any]:
    from typer.testing import CliRunner

    from cogportrait.apps.cli import app

    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])

"""The whole way: what goes in comes out, in order, whole or not at all."""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest

import cogportrait
from cogportrait import Portrait, Request, Setting
from cogportrait.errors import LabelError, OutputError, PlanError
from cogportrait.facs.channels import CHANNELS
from cogportrait.io.reader import read_video
from cogportrait.pipeline import CHUNK_FRAMES, keypoints
from cogportrait.types import ControlSequence, Frame, KeypointSequence


class StillRenderer:
    """Shows the portrait, and remembers what it was asked to draw."""

    def __init__(self) -> None:
        self.pieces: list[KeypointSequence] = []
        self.seed: int | None = None

    def render(
        self, portrait: Portrait, motion: Iterable[KeypointSequence], *, seed: int
    ) -> Iterator[Frame]:
        self.seed = seed
        for piece in motion:
            self.pieces.append(piece)
            for _ in range(len(piece)):
                yield portrait.image


class BrokenRenderer:
    """Fails after some frames."""

    def render(
        self, portrait: Portrait, motion: Iterable[KeypointSequence], *, seed: int
    ) -> Iterator[Frame]:
        for _ in motion:
            yield portrait.image
            raise RuntimeError("broken")


def test_importing_the_package_is_light() -> None:
    code = "import sys, cogportrait; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_public_name_is_there() -> None:
    assert all(hasattr(cogportrait, name) for name in cogportrait.__all__)
    assert set(dir(cogportrait)) == set(cogportrait.__all__)
    with pytest.raises(AttributeError, match="no attribute 'anmate'"):
        cogportrait.anmate  # noqa: B018


def test_render_stays_the_function_when_its_namesake_is_imported() -> None:
    from cogportrait import render
    from cogportrait.renderers.warp import WarpRenderer

    assert cogportrait.render is render is cogportrait.pipeline.render
    assert callable(WarpRenderer)


def test_animate_writes_the_asked_number_of_frames(portrait: Portrait, tmp_path: Path) -> None:
    seen: list[int] = []
    request = Request("joy", duration_s=2.5, fps=24, seed=3)
    renderer = StillRenderer()
    done = cogportrait.animate(
        portrait,
        request,
        tmp_path / "o.mp4",
        renderer=renderer,
        watch=lambda number, total, frame: seen.append(number),
    )
    assert done.video.n_frames == 60
    assert done.compiled.plan.label == "happiness"
    assert renderer.seed == 3
    assert seen == list(range(60))
    assert [len(piece) for piece in renderer.pieces] == [CHUNK_FRAMES, 10]
    assert sum(1 for _ in read_video(tmp_path / "o.mp4")) == 60
    assert [path.name for path in tmp_path.iterdir()] == ["o.mp4"]


def test_equal_seeds_give_equal_controls() -> None:
    one, same, other = (
        cogportrait.plan(Request("drowsiness", duration_s=2, seed=seed)).controls.to_matrix()
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_pieces_do_not_change_what_is_mapped(portrait: Portrait) -> None:
    rng = np.random.default_rng(0)
    controls = ControlSequence.from_matrix(
        rng.uniform(0, 0.5, (CHUNK_FRAMES + 7, len(CHANNELS))), 25.0
    )
    pieces = list(keypoints(portrait, controls))
    whole = cogportrait.pipeline.map_to_keypoints(portrait, controls)
    joined = np.concatenate([piece.points_px for piece in pieces])
    np.testing.assert_allclose(joined, whole.points_px, atol=1e-3)


def test_a_broken_run_leaves_the_old_file(portrait: Portrait, tmp_path: Path) -> None:
    output = tmp_path / "o.mp4"
    output.write_bytes(b"old")
    with pytest.raises(RuntimeError, match="broken"):
        cogportrait.animate(portrait, "neutral", output, renderer=BrokenRenderer())
    assert output.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["o.mp4"]


def test_the_output_is_judged_before_anything_is_read(tmp_path: Path) -> None:
    for name in ("o.xyz", "missing/o.mp4"):
        with pytest.raises(OutputError):
            cogportrait.animate("no such picture", "joy", tmp_path / name)
    with pytest.raises(LabelError):
        cogportrait.animate("no such picture", "jooyful!", tmp_path / "o.mp4")


@pytest.mark.parametrize(
    "wrong",
    [
        {"duration_s": 0.4},
        {"duration_s": float("nan")},
        {"fps": 5},
        {"intensity": 2.0},
    ],
)
def test_a_request_out_of_range(wrong: dict[str, float]) -> None:
    with pytest.raises(PlanError, match="expected"):
        Request("joy", **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("setting", "least_px", "most_px"),
    [(None, 0.0, 0.01), (Setting(), 0.0, 0.01), (Setting(neutralize=1), 5.0, 10.0)],
)
def test_setting_defaults_show_the_photograph(
    portrait: Portrait, tmp_path: Path, setting: Setting | None, least_px: float, most_px: float
) -> None:
    renderer = StillRenderer()
    controls = ControlSequence.zeros(1, 25.0)
    cogportrait.render(portrait, controls, tmp_path / "o.gif", setting=setting, renderer=renderer)
    moved = np.abs(renderer.pieces[0].points_px[0] - portrait.landmarks_px).max()
    assert least_px <= moved <= most_px
    assert renderer.seed == 0

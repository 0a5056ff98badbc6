"""Warped faces redrawn by tiny random networks of Wan's text-to-video classes."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tests.emh.filmed import shown
from tests.renderers.dit.tiny_wan import (
    SHIFT,
    Counted,
    one_thread,
    save_animate,
    save_text_to_video,
    small_portrait,
)

from cogportrait.errors import InputError, ModelError
from cogportrait.face.view import view_of
from cogportrait.pipeline import keypoints
from cogportrait.renderers.dit.codec import WanCodec
from cogportrait.renderers.dit.flow import Schedule, Solver
from cogportrait.renderers.dit.fold import as_frames, as_pictures
from cogportrait.renderers.dit.guidance import Guidance, Guided
from cogportrait.renderers.dit.laying import Lay, laid
from cogportrait.renderers.dit.placing import Placing
from cogportrait.renderers.dit.wan_refine import WanRefineRenderer, open_wan_refine
from cogportrait.renderers.dit.windows import Windows
from cogportrait.renderers.warp import WarpRenderer
from cogportrait.types import Frame, KeypointSequence, Portrait

FRAMES = 12
SIDE = 32
PLAIN = Guidance(Guided.FIXED, fixed=1)


@pytest.fixture(scope="module", autouse=True)
def threads() -> Iterator[None]:
    with one_thread():
        yield


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    return small_portrait()


@pytest.fixture(scope="module")
def motion(portrait: Portrait) -> list[KeypointSequence]:
    return list(keypoints(portrait, shown().rows(0, FRAMES)))


@pytest.fixture(scope="module")
def warped(portrait: Portrait, motion: list[KeypointSequence]) -> list[Frame]:
    return list(WarpRenderer().render(portrait, motion))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_text_to_video(tmp_path_factory.mktemp("refine"))


@pytest.fixture(scope="module")
def renderer(folder: Path) -> WanRefineRenderer:
    return open_wan_refine(folder, PLAIN, steps=2, area_px=SIDE * SIDE)


def run(
    renderer: WanRefineRenderer, portrait: Portrait, motion: Any, seed: int = 0
) -> NDArray[np.uint8]:
    return np.stack(list(renderer.render(portrait, motion, seed=seed)))


def round_trip(
    renderer: WanRefineRenderer,
    portrait: Portrait,
    motion: list[KeypointSequence],
    warped: list[Frame],
) -> NDArray[np.uint8]:
    """Return the frames with faces that went through the codec alone."""
    codec = WanCodec(renderer.pipeline.vae)
    view = view_of(portrait.landmarks_px, SIDE)
    seen = np.stack([view.cut(frame) for frame in [*warped, warped[-1]]])
    with torch.no_grad():
        back = codec.decode(codec.encode(as_pictures(seen).transpose(0, 1)[None]))
    faces = as_frames(back[0])
    points = np.concatenate([piece.points_px for piece in motion])
    return np.stack(
        [
            laid(frame, face, view, at, renderer.lay)
            for frame, face, at in zip(warped, faces[:FRAMES], points, strict=True)
        ]
    )


def test_little_strength_leaves_the_codecs_round_trip_and_more_departs_from_it(
    renderer: WanRefineRenderer,
    portrait: Portrait,
    motion: list[KeypointSequence],
    warped: list[Frame],
) -> None:
    expected = round_trip(renderer, portrait, motion, warped)
    none = run(replace(renderer, strength=0), portrait, motion)
    np.testing.assert_array_equal(none, expected)
    apart = [
        np.abs(run(replace(renderer, strength=s), portrait, motion).astype(int) - expected).mean()
        for s in (1e-4, 0.3, 0.9)
    ]
    assert apart[0] < 0.01
    assert 10 * apart[0] < apart[1] < apart[2]


@pytest.mark.parametrize("solver", Solver)
def test_equal_seeds_draw_equal_frames_and_beside_the_face_is_the_warped_picture(
    renderer: WanRefineRenderer,
    portrait: Portrait,
    motion: list[KeypointSequence],
    warped: list[Frame],
    solver: Solver,
) -> None:
    how = replace(renderer, schedule=replace(renderer.schedule, solver=solver))
    frames = run(how, portrait, motion, 3)
    assert frames.shape == (FRAMES, *portrait.image.shape)
    assert frames.dtype == np.uint8
    np.testing.assert_array_equal(frames, run(how, portrait, motion, 3))
    assert (frames != run(how, portrait, motion, 4)).any()
    np.testing.assert_array_equal(frames[:, -4:], np.stack(warped)[:, -4:])


def test_words_and_guidance_count(
    renderer: WanRefineRenderer, portrait: Portrait, motion: list[KeypointSequence]
) -> None:
    def calls(guidance: Guidance, steps: int) -> int:
        how = replace(renderer, guidance=guidance, schedule=Schedule(steps, 1))
        counted = Counted(renderer.pipeline.transformer)
        try:
            run(how, portrait, motion)
        finally:
            counted.hook.remove()
        return len(counted.calls)

    assert renderer.schedule.shift == SHIFT
    assert calls(PLAIN, 4) == 4
    assert calls(Guidance(Guided.FIXED, fixed=3.5), 4) == 8
    assert calls(Guidance(ramp_to=0.5), 4) == 6  # levels 1, .75, .5 and .25 of the strength
    drawn = [
        run(replace(renderer, guidance=Guidance(by), text=text, lay=lay), portrait, motion)
        for by, text, lay in (
            (Guided.FIXED, "", Lay.FACE), (Guided.BOTH, "", Lay.FACE),
            (Guided.FIXED, "She smiles.", Lay.FACE), (Guided.FIXED, "", Lay.DIFFERENCE),
        )
    ]  # fmt: skip
    assert all((drawn[0] != other).any() for other in drawn[1:])


def test_windows_fade_into_one_another_and_pull_what_they_need(
    renderer: WanRefineRenderer,
    portrait: Portrait,
    motion: list[KeypointSequence],
    warped: list[Frame],
) -> None:
    how = replace(renderer, windows=Windows(9, 5), strength=0)
    pulled = 0

    def slowly() -> Iterator[KeypointSequence]:
        nonlocal pulled
        for i in range(FRAMES):
            pulled += 1
            yield from keypoints(portrait, shown().rows(i, i + 1))

    frames = how.render(portrait, slowly(), seed=0)
    drawn = [next(frames)]
    assert pulled == FRAMES  # 9 of a window and 4 of the next one, of which 3 are there
    drawn += frames
    assert len(drawn) == FRAMES
    # Frames 4 to 8 are of both; the first is that of the window before, the others between.
    codec, view = WanCodec(renderer.pipeline.vae), view_of(portrait.landmarks_px, SIDE)
    seen = np.stack([view.cut(frame) for frame in [*warped, warped[-1]]])
    pictures = as_pictures(seen).transpose(0, 1)[None]
    with torch.no_grad():
        first, second = (
            codec.decode(codec.encode(part))[0] for part in (pictures[:, :, :9], pictures[:, :, 4:])
        )
    points = np.concatenate([piece.points_px for piece in motion])
    for i in range(5):
        mixed = first[:, 4 + i] * (1 - i / 5) + second[:, i] * (i / 5)
        expected = laid(warped[4 + i], as_frames(mixed[:, None])[0], view, points[4 + i], Lay.FACE)
        assert np.abs(drawn[4 + i].astype(int) - expected).max() <= 1


def test_numbers_of_a_gpu_are_drawn_with_too(
    folder: Path,
    portrait: Portrait,
    motion: list[KeypointSequence],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Transformer and text encoder in bfloat16, the others not, as they are on a GPU."""
    monkeypatch.setattr(Placing, "dtype", lambda self: torch.bfloat16)
    half = open_wan_refine(folder, Guidance(Guided.FIXED), steps=2, area_px=1024)
    parts = half.pipeline.components
    assert parts["transformer"].dtype == parts["text_encoder"].dtype == torch.bfloat16
    assert parts["vae"].dtype == torch.float32
    monkeypatch.undo()
    whole = open_wan_refine(folder, Guidance(Guided.FIXED), steps=2, area_px=1024)
    apart = run(half, portrait, motion).astype(int) - run(whole, portrait, motion)
    assert 0 < np.abs(apart).mean() < 6


def test_what_cannot_refine_is_told_in_a_line(
    folder: Path, tmp_path: Path, renderer: WanRefineRenderer
) -> None:
    fetch = "fetch Wan-AI/Wan2.1-T2V-1.3B-Diffusers"
    with pytest.raises(InputError, match=f"none: expected a folder of Wan's weights.*{fetch}"):
        open_wan_refine(tmp_path / "none")
    other = save_animate(tmp_path / "other")
    with pytest.raises(ModelError, match="of WanPipeline or WanVideoToVideoPipeline, got those of"):
        open_wan_refine(other)
    copy = shutil.copytree(folder, tmp_path / "copy")
    index = copy / "model_index.json"
    whole = json.loads(index.read_text())
    two = whole | {"transformer_2": ["diffusers", "WanTransformer3DModel"]}
    index.write_text(json.dumps(two))
    with pytest.raises(ModelError, match="with one transformer, got those with two; fetch"):
        open_wan_refine(copy)
    index.write_text(json.dumps(whole))
    (copy / "tokenizer" / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelError, match=f"expected whole weights of WanPipeline.*{fetch} again"):
        open_wan_refine(copy)
    index.write_text("[]")
    with pytest.raises(ModelError, match=r"expected a JSON object, got \[\]"):
        open_wan_refine(copy)
    with pytest.raises(InputError, match=r"strength: expected 0 to 1, got 1\.5"):
        replace(renderer, strength=1.5)

"""Portraits by tiny random networks of Wan-Animate's classes, opened from a folder."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import FlowMatchEulerDiscreteScheduler, UniPCMultistepScheduler
from numpy.typing import NDArray
from PIL import Image
from tests.emh.filmed import shown
from tests.renderers.dit.tiny_wan import (
    FACE_PX,
    SHIFT,
    Counted,
    one_thread,
    save_animate,
    small_portrait,
)

from cogportrait.errors import InputError, ModelError
from cogportrait.face.view import view_of
from cogportrait.pipeline import keypoints
from cogportrait.renderers.dit.flow import Schedule, Solver
from cogportrait.renderers.dit.guidance import Guidance, Guided
from cogportrait.renderers.dit.placing import Placing
from cogportrait.renderers.dit.wan_animate import (
    Pose,
    WanAnimateRenderer,
    open_wan_animate,
)
from cogportrait.renderers.dit.wan_steps import AVOIDED, TOKENS, scaled
from cogportrait.renderers.dit.windows import Windows, frame_noise
from cogportrait.renderers.warp import WarpRenderer
from cogportrait.types import KeypointSequence, Portrait

FRAMES = 12
AREA = 32 * 32
PLAIN = Guidance(Guided.FIXED, fixed=1)
WORDS = "The eyes close slowly."


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
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_animate(tmp_path_factory.mktemp("animate"))


@pytest.fixture(scope="module")
def renderer(folder: Path) -> WanAnimateRenderer:
    opened = open_wan_animate(folder, PLAIN, steps=2, area_px=AREA)
    opened.pipeline.set_progress_bar_config(disable=True)
    return opened


def run(
    renderer: WanAnimateRenderer, portrait: Portrait, motion: Any, seed: int = 0
) -> NDArray[np.uint8]:
    return np.stack(list(renderer.render(portrait, motion, seed=seed)))


def test_a_portrait_is_drawn_at_its_size_and_by_its_seed(
    renderer: WanAnimateRenderer, portrait: Portrait, motion: list[KeypointSequence]
) -> None:
    assert renderer.schedule.shift == SHIFT  # of the folder's scheduler
    frames = run(renderer, portrait, motion, 3)
    assert frames.shape == (FRAMES, *portrait.image.shape)
    assert frames.dtype == np.uint8
    np.testing.assert_array_equal(frames, run(renderer, portrait, motion, 3))
    assert (frames != run(renderer, portrait, motion, 4)).any()
    told = renderer.following(WORDS, None, 25.0, FRAMES)
    assert (frames != run(told, portrait, motion, 3)).any()
    assert (frames != run(replace(renderer, pose=Pose.NONE), portrait, motion, 3)).any()


def test_guidance_costs_a_second_call_only_where_it_counts(
    renderer: WanAnimateRenderer, portrait: Portrait, motion: list[KeypointSequence]
) -> None:
    def calls(guidance: Guidance, steps: int = 3) -> list[dict[str, Any]]:
        how = replace(renderer, guidance=guidance, schedule=Schedule(steps, 1))
        counted = Counted(renderer.pipeline.transformer)
        try:
            run(how, portrait, motion)
        finally:
            counted.hook.remove()
        return counted.calls

    one, two = calls(PLAIN), calls(Guidance(Guided.FIXED, fixed=3.5))
    assert (len(one), len(two)) == (3, 6)
    assert len(calls(Guidance(ramp_to=0.5), 4)) == 6  # the levels .5, .25 without
    without, given = two[0], two[1]
    assert (without["face_pixel_values"] == -1).all()
    assert (given["face_pixel_values"] > -1).any()
    for name in ("pose_hidden_states", "encoder_hidden_states_image", "hidden_states"):
        torch.testing.assert_close(without[name], given[name])
    avoided, _ = renderer.pipeline.encode_prompt(AVOIDED, None, False, max_sequence_length=TOKENS)
    torch.testing.assert_close(without["encoder_hidden_states"], avoided)


def test_a_flat_weight_is_plain_guidance(
    renderer: WanAnimateRenderer, portrait: Portrait, motion: list[KeypointSequence]
) -> None:
    """One step from noise is noise - v, so frames of pieces tell what was predicted."""
    found: dict[float, torch.Tensor] = {}
    for w in (0.0, 1.0, 2.5):
        how = replace(renderer, guidance=Guidance(Guided.FIXED, fixed=w), schedule=Schedule(1, 1))
        with torch.no_grad():
            found[w] = latents(how, portrait, motion)
    guided = found[0.0] + 2.5 * (found[1.0] - found[0.0])
    assert (found[0.0] - found[1.0]).abs().max() > 1e-3
    torch.testing.assert_close(found[2.5], guided, rtol=0, atol=1e-5)


def test_the_weight_is_that_of_the_eyes_of_the_portrait_and_of_each_latent_frame(
    renderer: WanAnimateRenderer, portrait: Portrait
) -> None:
    """The head goes aside after five frames, and the peak with it."""
    given = renderer._given(portrait, 0)
    still = np.repeat(portrait.landmarks_px[None, :, :2], 9, 0)
    still[5:, :, 0] += 48
    points = ((still + 0.5) * given.size[0] / portrait.image.shape[0] - 0.5).astype(np.float32)
    maps = renderer._maps(points, given)
    assert maps.shape == (4, 4, 4)  # portrait, frame 0, frames 1 to 4, frames 5 to 8
    np.testing.assert_allclose(maps[1:3], maps[[0, 0]], atol=1e-4)
    shifted = 48 / portrait.image.shape[1] * maps.shape[2]
    middle = (maps * np.arange(4)).sum((1, 2)) / maps.sum((1, 2))
    assert middle[3] - middle[0] > 0.4 * shifted


def latents(
    renderer: WanAnimateRenderer, portrait: Portrait, motion: list[KeypointSequence]
) -> torch.Tensor:
    (segment,) = renderer.segments.of(renderer._rows(portrait, motion))
    return renderer._latents(segment, renderer._given(portrait, 0), None)


class Levels(FlowMatchEulerDiscreteScheduler):
    """Euler steps at our noise levels."""

    ours: list[float]

    def set_timesteps(self, num_inference_steps: Any = None, device: Any = None) -> None:  # type: ignore[override]
        super().set_timesteps(sigmas=self.ours[:-1], device=device)


class Untruncated(UniPCMultistepScheduler):
    """That of the folder, telling the network its noise levels and not whole thousandths."""

    def set_timesteps(self, num_inference_steps: Any = None, device: Any = None) -> None:  # type: ignore[override]
        super().set_timesteps(num_inference_steps, device=device)
        self.timesteps = self.sigmas[:-1] * 1000
        self.set_begin_index(0)


@pytest.mark.parametrize(
    ("frames", "windows", "solver"),
    [
        (13, Windows(13, 1), Solver.EULER),
        (13, Windows(5, 1), Solver.EULER),
        (21, Windows(13, 5), Solver.EULER),
        (13, Windows(13, 1), Solver.UNIPC),
    ],
)
def test_segments_are_what_diffusers_own_pipeline_draws(
    folder: Path,
    portrait: Portrait,
    motion: list[KeypointSequence],
    frames: int,
    windows: Windows,
    solver: Solver,
) -> None:
    """Same weights, pictures, noise and levels: what is left is the order of float32 sums."""
    ours = open_wan_animate(folder, PLAIN, steps=3, area_px=AREA)
    ours = replace(ours, schedule=replace(ours.schedule, solver=solver), segments=windows,
                   text=WORDS)  # fmt: skip
    given = ours._given(portrait, 7)
    rows = list(ours._rows(portrait, motion))
    rows = [*rows, *rows[::-1]][:frames]
    points = np.stack([row.points_px for row in rows])
    points = ((points + 0.5) * given.size[0] / portrait.image.shape[0] - 0.5).astype(np.float32)
    found, before = [], None
    with torch.no_grad():
        for segment in windows.of(rows):
            video = ours._codec.decode(ours._latents(segment, given, before)[:, :, 1:])
            found.append(video[:, :, windows.overlap if segment.start else 0 :])
            before = video[:, :, -windows.overlap :]
    pipeline = ours.pipeline
    if solver is Solver.EULER:
        pipeline.scheduler = Levels(shift=1.0)
        pipeline.scheduler.ours = ours.schedule.sigmas()
    else:
        pipeline.scheduler = Untruncated.from_config(pipeline.scheduler.config)
    pipeline.set_progress_bar_config(disable=True)
    count = (windows.length - 1) // 4 + 1
    firsts = iter(range(0, frames, windows.length - windows.overlap))

    def noise(*_: Any, **__: Any) -> torch.Tensor:
        still = frame_noise(7, 0, 1, (4, 4, 4))
        return torch.cat([still, frame_noise(7, 1 + next(firsts) // 4, count, (4, 4, 4))], dim=2)

    pipeline.prepare_latents = noise
    expected = pipeline(
        image=Image.fromarray(scaled(portrait.image, given.size)),
        pose_video=[Image.fromarray(drawn) for drawn in ours._poses(points, given)],
        face_video=[Image.fromarray(row.face) for row in rows],
        prompt=WORDS, height=given.size[0], width=given.size[1],
        segment_frame_length=windows.length, num_inference_steps=3, output_type="pt",
        prev_segment_conditioning_frames=windows.overlap,
    ).frames[0]  # fmt: skip
    expected = (expected * 2 - 1).transpose(0, 1)
    assert expected.std() > 0.01
    drawn = torch.cat(found, dim=2)[0].clamp(-1, 1)
    torch.testing.assert_close(drawn, expected, rtol=0, atol=1e-5)


def test_the_face_video_is_the_warped_face_of_each_frame(
    renderer: WanAnimateRenderer, portrait: Portrait, motion: list[KeypointSequence]
) -> None:
    rows = list(renderer._rows(portrait, motion))
    for row, warped in zip(rows, WarpRenderer().render(portrait, motion), strict=True):
        np.testing.assert_array_equal(row.face, view_of(row.points_px, FACE_PX).cut(warped))


def test_long_videos_go_in_segments_and_pull_what_they_need(
    renderer: WanAnimateRenderer, portrait: Portrait
) -> None:
    how = replace(renderer, segments=Windows(5, 1), schedule=Schedule(1, 1))
    pulled = 0

    def slowly() -> Iterator[KeypointSequence]:
        nonlocal pulled
        for i in range(FRAMES):
            pulled += 1
            yield from keypoints(portrait, shown().rows(i, i + 1))

    counted = Counted(renderer.pipeline.transformer)
    frames = how.render(portrait, slowly(), seed=0)
    drawn = [next(frames)]
    assert pulled == 9  # two segments, which share a frame
    drawn += frames
    counted.hook.remove()
    assert len(drawn) == pulled == FRAMES
    assert len(counted.calls) == 3
    known = [call["hidden_states"][0, 4:8, :, 0, 0] for call in counted.calls]
    for mask in known:  # of the portrait, always; of the frame before in all but the first
        assert mask[:, 0].tolist() == [1, 1, 1, 1]
    assert known[0][:, 1:].sum() == 0
    assert known[1][:, 1].tolist() == [1, 1, 1, 1]
    assert known[2][:, 2:].sum() == 0
    beside = [call["hidden_states"][:, 4:, 0] for call in counted.calls]
    torch.testing.assert_close(beside[0], beside[2])  # the same portrait for every segment


def test_numbers_of_a_gpu_are_drawn_with_too(
    folder: Path,
    portrait: Portrait,
    motion: list[KeypointSequence],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Transformer and text encoder in bfloat16, the others not, as they are on a GPU."""
    monkeypatch.setattr(Placing, "dtype", lambda self: torch.bfloat16)
    half = open_wan_animate(folder, Guidance(Guided.FIXED), steps=2, area_px=1024)
    parts = half.pipeline.components
    assert parts["transformer"].dtype == parts["text_encoder"].dtype == torch.bfloat16
    assert parts["vae"].dtype == torch.float32
    monkeypatch.undo()
    whole = open_wan_animate(folder, Guidance(Guided.FIXED), steps=2, area_px=1024)
    apart = run(half, portrait, motion).astype(int) - run(whole, portrait, motion)
    assert 0 < np.abs(apart).mean() < 6


def test_networks_that_take_turns_draw_the_same(
    folder: Path, portrait: Portrait, motion: list[KeypointSequence]
) -> None:
    """Two videos with the hooks of ``--offload``, which here move networks to where they are."""
    how = open_wan_animate(folder, PLAIN, steps=1, area_px=AREA)
    expected = run(how, portrait, motion)
    how.pipeline.enable_model_cpu_offload(device="cpu")
    for _ in range(2):
        np.testing.assert_array_equal(run(how, portrait, motion), expected)
    assert how.pipeline.transformer._hf_hook is not None


def test_what_is_no_folder_of_these_weights_is_told_in_a_line(
    folder: Path, tmp_path: Path, renderer: WanAnimateRenderer
) -> None:
    fetch = "fetch Wan-AI/Wan2.2-Animate-14B-Diffusers"
    with pytest.raises(InputError, match=f"none: expected a folder of Wan's weights.*{fetch}"):
        open_wan_animate(tmp_path / "none")
    with pytest.raises(ModelError, match=rf"model_index\.json: expected a file.*none; {fetch}"):
        open_wan_animate(tmp_path)
    copy = shutil.copytree(folder, tmp_path / "copy")
    index = copy / "model_index.json"
    whole = json.loads(index.read_text())

    def expect(told: str, **changed: object) -> None:
        index.write_text(json.dumps(whole | changed))
        with pytest.raises(ModelError, match=told) as found:
            open_wan_animate(copy)
        assert "\n" not in str(found.value)
        index.write_text(json.dumps(whole))

    expect("expected the weights of WanAnimatePipeline, got those of 'WanPipeline'",
           _class_name="WanPipeline")  # fmt: skip
    expect("'vae': expected a class of diffusers or transformers, got one of 'mine'",
           vae=["mine", "Thing"])  # fmt: skip
    weights = copy / "transformer" / "diffusion_pytorch_model.safetensors"
    held = weights.read_bytes()
    weights.write_bytes(held[:-50])
    expect(f"expected whole weights of WanAnimatePipeline, got some .*; {fetch}")
    weights.unlink()
    (weights.parent / "diffusion_pytorch_model.bin").write_bytes(b"")
    expect("transformer: expected weights as safetensors, found none .no pickle is opened.")
    weights.write_bytes(held)
    config = weights.parent / "config.json"
    told = json.loads(config.read_text())
    config.write_text(json.dumps(told | {"num_layers": 3}))
    expect("tensors are missing, as")
    config.write_text(json.dumps(told | {"_class_name": "WanTransformer3DModel"}))
    expect("expected WanAnimateTransformer3DModel, got 'WanTransformer3DModel'")
    with pytest.raises(InputError, match="overlap: expected frames of a number that leaves 1"):
        replace(renderer, segments=Windows(77, 2))
    with pytest.raises(InputError, match="area: expected 256 pixels or more, got 9"):
        next(replace(renderer, area_px=9).render(small_portrait(), []))

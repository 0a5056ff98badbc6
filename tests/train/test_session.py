"""Training from the command line's side: recipes, going on, exports, adapters, other networks."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from tests.train.made import footage
from torch import Tensor

from cogportrait.apps.console import Console
from cogportrait.apps.training import Fitting, run_codec, run_train
from cogportrait.errors import CogPortraitError, InputError, ModelError, OutputError
from cogportrait.renderers.dit.adapters import LORA, LORA_FILE
from cogportrait.renderers.dit.checkpoint import open_checkpoint, open_codec, open_transformer
from cogportrait.renderers.dit.codec import FrameCodec
from cogportrait.renderers.dit.conditioning import Channels
from cogportrait.renderers.dit.model import CogPortraitTransformer3DModel
from cogportrait.renderers.dit.sizes import SIZES
from cogportrait.train import latents
from cogportrait.train.footage import Footage, write_footage
from cogportrait.train.latents import load_clips
from cogportrait.train.loop import STATE
from cogportrait.train.recipe import Recipe, read_recipe
from cogportrait.train.samples import Coded, Left, code, draw_batch
from cogportrait.train.session import open_session

QUIET = Console(quiet=True)
RECIPE = """footage = "footage"
codec = "codec"
steps = 4
batch = 2
length = 3
warmup = 1
save_every = 2
sheet_every = 2
held_out = ["c"]
"""


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    """Let the size of recipes be a smaller one still."""
    size = replace(SIZES["tiny"], num_attention_heads=2, attention_head_dim=16, ffn_dim=48)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SIZES, "tiny", replace(size, num_layers=2))
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with footage of three people, a codec and a recipe."""
    path = tmp_path_factory.mktemp("session")
    for k, name in enumerate("abc"):
        write_footage(path / "footage", footage(name, 10, k))
    run_codec(path / "footage", path / "codec", Fitting(2, ("c",)), QUIET)
    (path / "tiny.toml").write_text(RECIPE)
    return path


@pytest.fixture(scope="module")
def trained(folder: Path) -> Path:
    run = folder / "run"
    run_train(folder / "tiny.toml", run, None, QUIET)
    return run


def test_a_run_leaves_what_it_is_gone_on_with_shown_and_drawn_by(trained: Path) -> None:
    log = [json.loads(line) for line in (trained / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in log] == [2, 4]
    assert all(0 < line["loss"] < 100 and 0 < line["held_out"] < 100 for line in log)
    assert sorted(p.name for p in (trained / "sheets").iterdir()) == ["0000002.png", "0000004.png"]
    assert any((trained / "tensorboard").iterdir())
    renderer = open_checkpoint(trained / "checkpoint")
    assert renderer.channels == Channels(16, 17, 16, 192, 64, 64)
    assert renderer.view_px == 32
    assert renderer.codec.channels == 16


def test_a_run_out_of_time_goes_on_to_the_same_end(folder: Path, trained: Path) -> None:
    parts = folder / "parts"
    run_train(folder / "tiny.toml", parts, 1e-9, QUIET)
    assert json.loads((parts / "log.jsonl").read_text())["step"] == 1
    run_train(folder / "tiny.toml", parts, None, QUIET)
    whole, other = load_file(trained / STATE), load_file(parts / STATE)
    for name, tensor in whole.items():
        torch.testing.assert_close(tensor, other[name], atol=0, rtol=0, msg=name)


def test_adapters_are_trained_alone_and_merged_into_the_checkpoint(
    folder: Path, trained: Path
) -> None:
    recipe = Recipe(
        folder / "footage", folder / "codec", start=trained / "checkpoint", lora_rank=2, steps=3,
        batch=2, length=3, save_every=3, warmup=1, rate=1e-2, ema=0.0, whole=("pose_embedding",),
    )  # fmt: skip
    opened = open_session(recipe, Accelerator(cpu=True))
    names = set(opened.trainer.ema)
    assert all("lora" in n or "pose_embedding" in n for n in names)
    assert any("attn_audio.to_q" in n for n in names)
    run = folder / "lora_run"
    opened.train(run)
    assert (run / LORA / LORA_FILE).stat().st_size < 2_000_000
    batch = draw_batch(opened.clips, 2, 3, Left(0, 0, 0, 0, 0, 0), (0, 0))

    @torch.no_grad()
    def velocity(network: CogPortraitTransformer3DModel) -> Tensor:
        return network(batch.data, torch.tensor([500.0, 300.0]), batch.given)

    before = velocity(open_transformer(trained / "checkpoint"))
    adapted = velocity(opened.averaged())
    merged = velocity(open_transformer(run / "checkpoint"))
    assert float((adapted - before).abs().max()) > 0.02
    torch.testing.assert_close(merged, adapted, atol=0.02, rtol=0.02)  # half precision on disk


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"held_out": ("z",)}, "held_out: expected people of .*, got 'z'; there are a, b, c"),
        ({"held_out": ("a", "b", "c")}, "expected somebody of .* to be left, none is"),
        ({"footage": Path("nothing")}, "nothing: expected a folder of footage, found no file"),
        ({"codec": Path("nothing")}, "config.json: expected a file of the checkpoint, found none"),
        ({"start": Path("nothing")}, "nothing: expected a folder with safetensors files"),
    ],
)
def test_recipes_that_do_not_fit_are_told(
    folder: Path, change: dict[str, object], told: str
) -> None:
    recipe = replace(read_recipe(folder / "tiny.toml"), **change)
    with pytest.raises(CogPortraitError, match=told):
        open_session(recipe, Accelerator(cpu=True))


def test_parts_that_no_network_has_are_told(folder: Path) -> None:
    recipe = replace(read_recipe(folder / "tiny.toml"), lora_rank=2, whole=("nonsense",))
    with pytest.raises(InputError, match=r"whole: expected parts of names .*, got 'nonsense'"):
        open_session(recipe, Accelerator(cpu=True))


def test_what_a_killed_run_has_left_is_removed_and_a_sheet_comes_with_a_checkpoint(
    folder: Path,
) -> None:
    run = folder / "killed"
    (run / "checkpoint").mkdir(parents=True)
    left = [run / ".state.0123456789.part.safetensors", run / "checkpoint" / ".tmpU5JaWY"]
    for file in left:
        file.write_bytes(b"x")
    (run / ".mine").write_bytes(b"x")
    (run / "latents").mkdir()  # as the command makes it before the first step
    other = run / "other" / ".state.0123456789.part.safetensors"
    other.parent.mkdir()
    other.write_bytes(b"x")
    recipe = replace(read_recipe(folder / "tiny.toml"), sheet_every=3, steps=5)
    opened = open_session(recipe, Accelerator(cpu=True))
    seen: list[bool] = []

    def tell(_: object) -> None:
        seen.append((run / "checkpoint" / "cogportrait.json").is_file())

    opened.train(run, tell=tell)
    assert not any(file.exists() for file in left)
    assert (run / ".mine").exists()
    assert other.exists()  # of another run
    assert seen == [False, True, True]  # saved at 2, 4 and 5; a sheet is due at 3
    assert [p.name for p in (run / "sheets").iterdir()] == ["0000004.png"]
    with pytest.raises(ModelError, match=r"found none; did you mean .*killed/checkpoint\?"):
        open_transformer(run)


def test_a_folder_that_is_no_run_is_left_as_it_is(folder: Path) -> None:
    place = folder / "many"
    place.mkdir()
    (place / ".tmpABC123").write_bytes(b"x")
    open_session(read_recipe(folder / "tiny.toml"), Accelerator(cpu=True)).train(
        place, most_seconds=1e-9
    )
    assert (place / ".tmpABC123").exists()


def test_footage_that_has_changed_under_its_name_is_told(folder: Path) -> None:
    place = folder / "changing"
    for name in ("footage", "codec"):
        shutil.copytree(folder / name, place / name)
    recipe, run = replace(read_recipe(folder / "tiny.toml"), steps=2), folder / "changing_run"
    recipe = replace(recipe, footage=place / "footage", codec=place / "codec")
    open_session(recipe, Accelerator(cpu=True), run / "latents").train(run)
    file = place / "footage" / "a.safetensors"
    held = load_file(file)
    with safe_open(file, framework="pt") as opened:
        about = opened.metadata()
    points = held["points_px"] + 3
    save_file({**held, "points_px": points}, file, metadata=about)
    with pytest.raises(InputError, match="on other footage or with another codec"):
        open_session(recipe, Accelerator(cpu=True), run / "latents").train(run)
    frames = held["frames"].flip(2).contiguous()
    save_file({**held, "frames": frames}, file, metadata=about)
    before, now = (
        next(c for c in load_clips(place / "footage", open_codec(place / "codec"), kept))
        for kept in (None, run / "latents")
    )
    torch.testing.assert_close(before.latents[0], now.latents[0], atol=0, rtol=0)


def test_a_codec_of_other_channels_is_told(folder: Path, trained: Path, tmp_path: Path) -> None:
    start = trained / "checkpoint"
    small = replace(read_recipe(folder / "tiny.toml"), start=start, codec=tmp_path / "codec")
    open_codec(folder / "codec").from_config({"channels": 4, "width": 8}).save_pretrained(
        tmp_path / "codec"
    )
    with pytest.raises(
        ModelError, match="codec: expected 16 channels, as the transformer has, got 4; size tiny"
    ):
        open_session(small, Accelerator(cpu=True))


def test_a_codec_is_fitted_into_no_folder_with_files(folder: Path) -> None:
    with pytest.raises(OutputError, match="expected a new folder, or one without files"):
        run_codec(folder / "footage", folder / "codec", Fitting(1), QUIET)
    with pytest.raises(InputError, match=r"--held-out: expected a person of .*, got 'x'"):
        run_codec(folder / "footage", folder / "new", Fitting(1, ("x",)), QUIET)
    assert not (folder / "new").exists()


def test_footage_is_read_by_name(folder: Path) -> None:
    clips = load_clips(folder / "footage", open_codec(folder / "codec"))
    assert [clip.name for clip in clips] == ["a", "b", "c"]
    assert clips[0].sound.shape == (10, 4, 64)


def test_latents_are_coded_once_for_a_codec(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    codec = open_codec(folder / "codec")
    first = load_clips(folder / "footage", codec, tmp_path)
    asked: list[str] = []

    def counted(clip: Footage, codec: FrameCodec, *, hints_too: bool) -> Coded:
        asked.append(clip.origin.name)
        return code(clip, codec, hints_too=hints_too)

    monkeypatch.setattr(latents, "code", counted)
    shutil.copytree(folder / "codec", tmp_path / "moved")
    again = load_clips(folder / "footage", open_codec(tmp_path / "moved"), tmp_path)
    assert not asked
    for one, other in zip(first, again, strict=True):
        torch.testing.assert_close(one.hints[1], other.hints[1], atol=0, rtol=0)
    with torch.no_grad():
        codec.linear_in.weight.mul_(1.5)
    (tmp_path / "b.safetensors").write_bytes(b"x")
    load_clips(folder / "footage", codec, tmp_path)
    assert asked == ["a", "b", "c"]


def test_warped_hints_are_coded_of_people_who_are_shown(folder: Path, tmp_path: Path) -> None:
    codec = open_codec(folder / "codec")
    whole = load_clips(folder / "footage", codec)
    person = whole[0].person
    for shown in ([person], None):  # those that lack it are coded again
        clips = load_clips(folder / "footage", codec, tmp_path, shown)
        for clip, full in zip(clips, whole, strict=True):
            there = shown is None or clip.person == person
            assert len(clip.hints[0]) == (len(clip) if there else 0)
            torch.testing.assert_close(clip.latents[1], full.latents[1])
            batch = clip.window(np.arange(3), own=0.1)
            assert batch.given.hint is not None
    assert len({clip.person for clip in whole}) > 1

"""The bench of what the transformer draws: which windows, which ways, what is told of them."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from skimage import data
from tests.train.made import codec, footage

from bench.diffusion import ALL, DRAWN, FILMED, MEASURES, Column, chosen, run, tables, ways
from cogportrait.renderers.dit.guidance import Guided
from cogportrait.renderers.dit.sizes import Size, build
from cogportrait.train.footage import Footage
from cogportrait.train.samples import prepare

SMALL = Size(2, 16, 48, 1, in_channels=4, out_channels=4, reference_channels=5, hint_channels=4,
             pose_channels=192, text_dim=64, audio_dim=64)  # fmt: skip
LENGTH = 3


def test_windows_are_of_all_people_and_their_clips_in_turn_and_spread() -> None:
    one = codec()
    held = (("a", 14, "me"), ("b", 2, "you"), ("c", 30, "you"), ("d", 14, "me"))
    clips = [prepare(footage(n, frames, 0, person), one) for n, frames, person in held]
    found = list(chosen(clips, LENGTH, 8))
    assert [which for which, _ in found] == [0, 2, 3, 2, 0, 2, 3, 2]
    assert [start for which, start in found if which == 2] == [3, 10, 17, 24]
    assert [start for which, start in found if which == 0] == [3, 8]
    assert list(chosen(clips[1:2], LENGTH, 8)) == []


def test_every_way_is_drawn_and_counted() -> None:
    """The face is a real one that does not move, so what the codec leaves of it can be read."""
    import cv2

    clip = footage("a", 6)
    face = cv2.resize(data.astronaut()[20:200, 130:310], (128, 128), interpolation=cv2.INTER_AREA)
    frames = np.repeat(np.asarray(face, np.uint8)[None], 6, axis=0)
    points = clip.points_px * 4
    origin = replace(clip.origin, size_px=128)
    still = Footage(origin, frames, frames, points, clip.inside, clip.sound)
    one = codec()
    torch.manual_seed(0)
    network = build(SMALL).eval()
    how = ways({"net": 2.0})
    clips = [prepare(still, one)]
    groups = run([still], clips, one, {"net": network}, how, (LENGTH, 2))
    columns = groups[ALL]
    assert groups[FILMED]["hint"].values == columns["hint"].values
    assert groups[DRAWN]["hint"].values["Eye-LMD"] == []
    hint = columns["hint"].values
    assert hint["Eye-LMD"] == pytest.approx([0, 0], abs=1e-6)
    assert hint["colour shift"] == pytest.approx([0, 0], abs=0.3)
    calls = {name: column.values["calls"] for name, column in columns.items()}
    assert calls[f"net, {Guided.FIXED}"] == [24, 24]
    assert calls[f"net, {Guided.BOTH}"] == [18, 18]
    text = "\n".join(tables(columns))
    assert calls["net, fixed, renewed every 2nd step"] == [18, 18]
    assert calls["net, both, scale 2"] == [18, 18]
    assert calls["net, both, scale 2, renewed at every step"] == [24, 24]
    assert calls["net, both, scale 2, early steps"] == [18, 18]
    assert calls["net, none"] == [12, 12]
    assert text.count("\n| net, ") == 2 * len(how) - 1  # fixed is not told from itself
    assert len(ways({"net": 3.5})) == len(how) - 1  # the scale is that of all
    assert "| hint | 0.0000" in text


def test_a_checkpoint_without_its_adapters_is_drawn_in_fewer_ways() -> None:
    how = ways({"net": 3.5, "net without lora": 3.5}, ["net without lora"])
    less = [way for way in how if way.checkpoint != "net"]
    assert [way.name.removeprefix("net without lora, ") for way in less] == [
        "fixed", "both", "both, whole hint",
    ]  # fmt: skip
    assert less[1].how == next(way for way in how if way.name == f"net, {Guided.BOTH}").how
    assert len(how) - len(less) == len(ways({"net": 3.5}))


def test_correlations_are_over_all_frames() -> None:
    column = Column()
    assert math.isnan(column.correlations()[0])
    column.gaze = [np.array([[0.0, 1.0], [1.0, 3.0]]), np.array([[2.0, 5.0]])]
    column.closure = [np.array([[0.0, 1.0], [1.0, 0.0]])]
    assert column.correlations() == pytest.approx((1.0, -1.0))
    assert set(column.values) == set(MEASURES)

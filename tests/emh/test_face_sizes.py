"""Clips whose face is smaller than those that are animated."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.emh.emhs import clip, line, manifest
from tests.emh.filmed import FEW, film, scaled

from cogportrait.bench.clips import EmhClip
from cogportrait.bench.face_sizes import BRIEF_S, small_face, small_faces
from cogportrait.bench.manifest import read_manifest
from cogportrait.face.fitness import MIN_FACE_PX
from cogportrait.types import Frame

Run = Callable[..., Any]


@pytest.mark.parametrize(
    ("face_px", "seconds", "told"),
    [
        (MIN_FACE_PX - 0.1, BRIEF_S, True),
        (MIN_FACE_PX, BRIEF_S, False),
        (MIN_FACE_PX - 0.1, BRIEF_S - 0.04, False),
        (float("nan"), 2.0, False),
    ],
)
def test_a_face_is_small_below_what_is_animated(
    face_px: float, seconds: float, *, told: bool
) -> None:
    assert bool(small_face(face_px, seconds)) == told


def sized(name: str, face_px: float | None) -> EmhClip:
    return replace(clip(name, None, None), face_px=face_px)


def test_small_faces_of_a_manifest_are_one_line() -> None:
    assert small_faces([sized("a", 64.0), sized("b", None)]) == []
    assert small_faces([sized("a", 38.7), sized("b", 200.0)]) == [
        "1 clip with a face under 64 px: a.mp4 (38 px); `animate` draws none as small, and eyes "
        "are measured roughly: use larger pictures"
    ]
    (told,) = small_faces([sized(name, 63.9) for name in "abcde"])
    assert told.startswith(
        "5 clips with a face under 64 px: a.mp4 (63 px), b.mp4 (63 px), c.mp4 (63 px) and 2 more; "
    )


def test_small_faces_are_told_when_a_manifest_is_built_and_judged(
    run: Run, frames: list[Frame], tmp_path: Path
) -> None:
    (tmp_path / "videos").mkdir()
    film(tmp_path / "videos" / "tiny.mp4", [scaled(f, 64, 64) for f in frames[:FEW]])
    film(tmp_path / "videos" / "whole.mp4", frames[:FEW])
    out = tmp_path / "emh.jsonl"
    said = run("bench", "build", tmp_path / "videos", "-o", out)
    assert said.exit_code == 0, said.output
    face_px = read_manifest(out).clips[0].face_px
    assert face_px is not None
    (warning,) = said.stderr.splitlines()
    assert warning == (
        f"warning: 1 clip with a face under 64 px: videos/tiny.mp4 ({int(face_px)} px); `animate` "
        "draws none as small, and eyes are measured roughly: use larger pictures"
    )
    said = run("bench", "validate", out)
    assert said.exit_code == 0
    assert said.stderr.splitlines() == [warning, "2 clips, no problems"]


def test_a_manifest_that_says_no_sizes_is_judged_in_silence(run: Run, tmp_path: Path) -> None:
    said = run("bench", "validate", manifest(tmp_path, line()), "--without-files")
    assert said.stderr == "1 clip, no problems\n"

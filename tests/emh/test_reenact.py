"""One clip, drawn again and scored."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.emh.filmed import (
    CLOSING,
    FEW,
    FPS,
    FRAMES,
    SIDE_PX,
    black_in,
    film,
    leftovers,
    record,
    scaled,
)

from cogportrait.bench.baselines import NaiveWarpRenderer, StillRenderer
from cogportrait.bench.reading import Reading, read_clip
from cogportrait.bench.reenact import (
    Done,
    How,
    Mode,
    Reenactment,
    about,
    failed,
    reenact,
    reference,
    write_nothing,
)
from cogportrait.bench.score import score_pair
from cogportrait.bench.store import make_folders, read_row, write_row
from cogportrait.errors import FaceError, InputError, MediaError
from cogportrait.facs.channels import AU_INDEX
from cogportrait.io.audio import has_sound, read_audio
from cogportrait.io.controls import read_controls
from cogportrait.io.reader import read_video
from cogportrait.metrics.scored import SCORED, thresholds
from cogportrait.renderers.warp import WarpRenderer
from cogportrait.types import Frame


@pytest.fixture(autouse=True)
def _few_measures(no_networks: None) -> None:
    """Tests of pictures look at the others."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a run."""
    make_folders(tmp_path / "run")
    return tmp_path / "run"


def job(clip: Path, mode: Mode = Mode.GT, **more: object) -> Reenactment:
    """Return a clip to be drawn again, by the quicker renderer."""
    return Reenactment("anna_1", clip, How(mode, NaiveWarpRenderer(), seed=3), "happiness", "anna",
                       **more)  # type: ignore[arg-type]  # fmt: skip


def check(done: Done, folder: Path, frames: int = FRAMES) -> None:
    """Check what every clip that was drawn again comes to."""
    row, curves = done.row, done.curves
    assert curves is not None
    assert (row.name, row.category, row.actor, row.error) == ("anna_1", "happiness", "anna", "")
    assert (row.frames, row.fps, row.size_px) == (frames, FPS, (SIDE_PX, SIDE_PX))
    assert row.seconds == pytest.approx(frames / FPS)
    assert row.frontal == "yes"
    assert 0.3 * SIDE_PX < row.face_px < SIDE_PX
    assert len(curves.real) == frames
    assert curves.fps == FPS
    assert {
        "au_f1",
        "eye_lmd",
        "gaze_error_deg",
        "ssim",
        "psnr",
        "color_shift",
    } <= row.scores.keys()
    assert read_controls(folder / "controls" / "anna_1.json").fps == FPS
    video = read_video(folder / "videos" / "anna_1.mp4")
    assert (video.fps, video.size_px) == (FPS, (SIDE_PX, SIDE_PX))
    write_row(folder, row)  # every score can be kept
    assert read_row(folder / "clips" / "anna_1.json").frames == frames
    assert leftovers(folder) == []


def test_the_real_faces_controls_are_drawn_again(clip: Path, folder: Path) -> None:
    how = How(Mode.GT, WarpRenderer())
    done = reenact(replace(job(clip), how=how), folder)
    check(done, folder)
    assert done.row.warnings == ()
    assert done.row.scores["au_f1"] > 0.7
    assert done.row.scores["blink_f1"] == 1
    assert done.row.scores["head_error_deg"] < 2.5
    assert done.row.scores["eye_lmd"] < 0.04
    assert record(folder / "controls" / "anna_1.json")["meta"] == {
        "clip": "anna_1", "from": "measured",
    }  # fmt: skip
    assert done.curves is not None
    lid = done.curves.generated[:, SCORED.index("AU43_L")]
    assert CLOSING.start <= lid.argmax() < CLOSING.stop


def test_what_was_seen_is_told_point_by_point_and_planned_anew(clip: Path, folder: Path) -> None:
    done = job(clip, Mode.INVERTED).run(folder)
    check(done, folder)
    meta = record(folder / "controls" / "anna_1.json")["meta"]
    assert isinstance(meta, dict)
    assert (meta["from"], meta["label"]) == ("inverted", "happiness")
    assert "Gaze: " in meta["instruction"]
    assert meta["instruction"].endswith("Nothing else.")
    lid = read_controls(folder / "controls" / "anna_1.json").aus[:, AU_INDEX["AU43_L"]]
    assert CLOSING.start <= lid.argmax() < CLOSING.stop
    assert lid.max() > 0.7
    assert done.row.scores["head_error_deg"] < 2.5
    assert done.row.scores["gaze_error_deg"] < 5


def test_what_was_seen_is_told_in_everyday_words(clip: Path, folder: Path) -> None:
    done = job(clip, Mode.PROSE).run(folder)
    check(done, folder)
    meta = record(folder / "controls" / "anna_1.json")["meta"]
    assert isinstance(meta, dict)
    assert (meta["from"], meta["label"]) == ("inverted-prose", "happiness")
    assert "looks" in meta["instruction"]
    assert "turns the head 1" in meta["instruction"]  # some ten degrees


def test_the_label_alone_is_drawn(short: Path, folder: Path) -> None:
    done = job(short, Mode.LABEL).run(folder)
    check(done, folder, FEW)
    meta = record(folder / "controls" / "anna_1.json")["meta"]
    assert meta == {"clip": "anna_1", "from": "label", "label": "happiness", "instruction": ""}
    again = job(short, Mode.LABEL).run(folder)
    assert dict(again.row.scores) == pytest.approx(dict(done.row.scores), nan_ok=True)
    assert not has_sound(folder / "videos" / "anna_1.mp4")


def test_a_label_is_asked_for(clip: Path, folder: Path) -> None:
    with pytest.raises(InputError, match=r"^anna_1: expected a category to draw its label, got no"):
        reenact(replace(job(clip, Mode.LABEL), category=""), folder)
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_without_a_category_the_instruction_is_enough(short: Path, folder: Path) -> None:
    reenact(replace(job(short, Mode.INVERTED), category=""), folder)
    meta = record(folder / "controls" / "anna_1.json")["meta"]
    assert isinstance(meta, dict)
    assert meta["label"] == "neutral"


@pytest.mark.parametrize("own", [True, False])
def test_the_sound_is_that_of_the_clip_or_the_one_given(
    tmp_path: Path, frames: list[Frame], sound: Path, folder: Path, *, own: bool
) -> None:
    clip = film(tmp_path / "said.mp4", frames[:FEW], audio=sound if own else None)
    made = replace(job(clip, Mode.LABEL, speaking=True), sound=None if own else sound)
    reenact(replace(made, how=replace(made.how, renderer=StillRenderer())), folder)
    video = folder / "videos" / "anna_1.mp4"
    assert has_sound(video)
    heard = read_audio(video)
    assert np.abs(heard.samples).max() > 0.2
    assert len(heard.samples) / heard.rate_hz == pytest.approx(FEW / FPS, abs=0.1)
    controls = read_controls(folder / "controls" / "anna_1.json")
    assert len(controls) == FEW  # not as long as the sound


def test_the_portrait_is_the_calmest_frame(clip: Path, frames: list[Frame]) -> None:
    read = read_clip(clip)
    portrait, neutral = reference(clip, read)
    number = int(portrait.name.removeprefix("joy.mp4, frame "))
    assert number < 6 or number in (11, 12)  # eyes open, ahead, head straight
    assert np.abs(portrait.image.astype(int) - frames[number]).mean() < 4
    scored = score_pair(read, read, neutral)
    assert (scored.curves.real[number] < thresholds()).all()  # the look after it begins to show


def test_a_clip_that_begins_without_a_face_is_drawn(
    tmp_path: Path, frames: list[Frame], folder: Path
) -> None:
    clip = film(tmp_path / "late.mp4", black_in(frames[:FEW], 0, 1))
    done = job(clip).run(folder)
    check(done, folder, FEW)
    assert done.row.warnings == (f"no face in 2 of {FEW} frames of the real clip",)


def test_what_cannot_be_read_is_told(tmp_path: Path, frames: list[Frame], folder: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(MediaError, match=r"text\.mp4"):
        job(tmp_path / "text.mp4").run(folder)
    with pytest.raises(FaceError, match="expected a face, found none in any of 3 frames"):
        job(film(tmp_path / "black.mp4", [np.zeros_like(frames[0])] * 3)).run(folder)


def test_a_small_face_is_scored_and_told(tmp_path: Path, frames: list[Frame], folder: Path) -> None:
    tiny = [scaled(frame, 64, 64) for frame in frames[:FEW]]
    clip = film(tmp_path / "tiny.mp4", black_in(tiny, 0))
    row = job(clip).run(folder).row
    assert row.face_px < 64
    assert row.warnings == (
        f"expected a face of 64 px or more in the real clip, got {int(row.face_px)} px: eyes are "
        "measured roughly, and animate draws none as small; use a larger picture",
        f"no face in 1 of {FEW} frames of the real clip",
    )
    write_row(folder, row)
    assert read_row(folder / "clips" / "anna_1.json").warnings == row.warnings
    assert about("a", read_clip(film(tmp_path / "brief.mp4", tiny[:8]))).warnings == ()


def test_a_head_that_is_turned_is_not_frontal(reading: Reading) -> None:
    assert about("a", reading).frontal == "yes"
    angle = np.deg2rad(40)
    turn = np.array([
        [np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)],
    ])  # fmt: skip
    aside = replace(reading.rows, turn=(reading.rows.turn @ turn).astype(np.float32))
    assert about("a", replace(reading, rows=aside)).frontal == "no"


def test_what_failed_has_no_numbers_and_no_files(folder: Path) -> None:
    row = failed("a", "no face")
    assert np.isnan([row.seconds, row.fps, row.face_px]).all()
    assert (row.error, row.scores, row.frames) == ("no face", {}, 0)
    for part, ending in (("controls", "json"), ("videos", "mp4"), ("clips", "npz")):
        (folder / part / f"a.{ending}").touch()
    (folder / "clips" / "b.npz").touch()
    write_nothing(folder, "a")
    write_nothing(folder, "a")
    assert [p.name for p in folder.rglob("*") if p.is_file()] == ["b.npz"]

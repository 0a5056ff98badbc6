"""What clips are found in folders and tables, and what is measured of them."""

import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.emh.emhs import clip
from tests.io.clips import noise, write

from cogportrait.bench.build import (
    Seen,
    Source,
    measured,
    seen_in,
    sources_in,
    sources_of,
    videos_in,
)
from cogportrait.errors import InputError, MediaError
from cogportrait.face.pose import CAMERA_TO_IMAGE, rotation
from cogportrait.types import Frame


def test_the_name_of_the_folder_is_the_category(tmp_path: Path) -> None:
    names = ["b.mp4", "Joy/a.MP4", "low-arousal negative/x/c.webm", "thinking/d.avi", "joy/e.txt",
             ".hidden/f.mp4", "fear/.g.mp4"]  # fmt: skip
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = [(str(s.path.relative_to(tmp_path)), s.category) for s in sources_in(tmp_path)]
    assert found == [
        ("Joy/a.MP4", "happiness"),
        ("b.mp4", None),
        ("low-arousal negative/x/c.webm", None),  # its own folder is x
        ("thinking/d.avi", "cognitive_effort"),
    ]


def test_links_to_folders_are_followed_once(tmp_path: Path) -> None:
    clips, elsewhere = tmp_path / "clips", tmp_path / "elsewhere"
    for name in (clips / "a.mp4", elsewhere / "joy/b.mp4"):
        name.parent.mkdir(parents=True)
        name.touch()
    (clips / "linked").symlink_to(elsewhere)
    (clips / "twice").symlink_to(elsewhere / "joy")
    (elsewhere / "back").symlink_to(clips)  # in a circle
    found = [(str(s.path.relative_to(clips)), s.category) for s in sources_in(clips)]
    assert found == [("a.mp4", None), ("linked/joy/b.mp4", "happiness")]


def test_a_folder_without_videos_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected a folder with videos .*found none in it"):
        sources_in(tmp_path)
    with pytest.raises(InputError, match="got nothing of that name"):
        videos_in(tmp_path / "gone")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="got a file"):
        videos_in(tmp_path / "file")


def test_a_folder_that_is_locked_is_refused_or_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.mp4", "locked/b.mp4"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    scandir, locked = os.scandir, {str(tmp_path / "locked")}

    def guarded(path: str) -> Iterator[os.DirEntry[str]]:
        if str(path) in locked:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    line = f"{tmp_path / 'locked'}: cannot be read: Permission denied"
    with pytest.raises(InputError, match=re.escape(line)):
        videos_in(tmp_path)
    told: list[str] = []
    assert videos_in(tmp_path, shut=told.append) == [tmp_path / "a.mp4"]
    assert told == [line]
    locked.add(str(tmp_path))
    with pytest.raises(InputError, match="cannot be read: Permission denied"):
        videos_in(tmp_path, shut=told.append)


def table(folder: Path, *rows: str, name: str = "clips.tsv") -> Path:
    path = folder / name
    path.write_text("\n".join(rows) + "\n")
    return path


def test_the_first_label_that_is_ours_is_the_category(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "file\tlabels\tperson\tspeaking\tlicence\tuse",
        "a.mp4\tpensive;joy;laughter;happy;smug\tanna\tyes\tMIT\tlocal",
        "in/b.mp4\t-\t-\t-\t-\tlocal",
    )
    one, other = sources_of(path, tmp_path)
    assert one == Source(
        tmp_path / "a.mp4", "happiness", ("pensive", "laughter", "smug"), "anna", True,
        licence="MIT", line=2,
    )  # fmt: skip
    assert other == Source(tmp_path / "in" / "b.mp4", line=3)


def test_a_table_may_have_commas_and_say_more(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "file,actor,instruction,audio,split",
        'a.mp4,bert,"blinks, then smiles",a.wav,test',
        name="clips.CSV",
    )
    (found,) = sources_of(path, tmp_path)
    assert (found.actor, found.split, found.audio) == ("bert", "test", tmp_path / "a.wav")
    assert found.instruction == "blinks, then smiles"


@pytest.mark.parametrize(
    ("rows", "name", "message"),
    [
        (["name\tlabels", "a\tb"], "t.tsv", "called file, cells separated by tabs, got none"),
        (["file\tlabels"], "t.csv", "called file, cells separated by commas, got none"),
        (["file"], "t.tsv", "got only the header"),
        (["file\tperson", "a.mp4"], "t.tsv", "row 2: expected 2 cells, got 1"),
        (["file,split", "a.mp4,val"], "t.csv", "row 2: split: expected train, test or -"),
        (["file,speaking", "a.mp4,si"], "t.csv", "row 2: speaking: expected yes, no or -"),
        (["file,file", "a,b"], "t.csv", "expected each column once"),
    ],
)
def test_a_table_that_cannot_be_used(
    tmp_path: Path, rows: list[str], name: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        sources_of(table(tmp_path, *rows, name=name), tmp_path)


def test_a_quick_look_takes_what_the_file_says(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", [noise(i) for i in range(15)], fps=29.97)
    found = measured(Source(path, "fear", actor="x"), "a.mp4", quick=True)
    assert (found.size, found.fps, found.category, found.actor) == ((64, 48), 29.97, "fear", "x")
    assert found.seconds == pytest.approx(15 / 29.97, abs=0.002)
    assert (found.face_px, found.frontal) == (None, None)


def test_a_length_that_the_file_does_not_say_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    write(path, [noise(i) for i in range(10)])
    read = path.read_bytes()
    stream = tmp_path / "a.webm"
    write(stream, [noise(i) for i in range(10)])
    assert measured(Source(stream), "a.webm", quick=True).seconds == pytest.approx(0.4, abs=0.01)
    path.write_bytes(read[: len(read) // 2])
    with pytest.raises(MediaError):
        measured(Source(path), "a.mp4", quick=True)


def test_a_face_is_measured_and_its_absence_told(tmp_path: Path, astronaut: Frame) -> None:
    crop = np.ascontiguousarray(astronaut[:320, 60:380])
    path = write(tmp_path / "a.mp4", [crop] * 6, fps=5)
    found = measured(Source(path), "a.mp4")
    assert found.seconds == 1.2
    assert found.face_px == pytest.approx(109, abs=6)
    assert found.frontal == 1.0
    blank = measured(Source(write(tmp_path / "b.mp4", [crop[:64, :64] * 0] * 5, fps=5)), "b.mp4")
    assert (blank.face_px, blank.frontal) == (None, 0.0)


def test_faces_say_how_large_and_how_frontal_they_are() -> None:
    heads = np.zeros((5, 4, 4), np.float32)
    heads[:, 3, 3] = 1
    poses = np.array([[0, 0, 0], [24, -19, 80], [-26, 0, 0], [0, 21, 0], [-24, 19, 0]])
    heads[:, :3, :3] = CAMERA_TO_IMAGE @ rotation(poses) @ CAMERA_TO_IMAGE
    points = np.zeros((5, 478, 3), np.float32)
    points[:, 0, 0] = [10, 20, 30, 40, 50]
    points[:, 1, 1] = 25
    points[:, 470] = 999  # irises are no part of the face's outline
    assert seen_in(points, heads, 10) == Seen(10, 5, 30.0, 0.3)
    assert seen_in(points[:0], heads[:0], 4) == Seen(4, 0, None, 0.0)


def test_what_results_are_named_by() -> None:
    assert clip("joy/anna.smiles", None, None).name == "anna.smiles"

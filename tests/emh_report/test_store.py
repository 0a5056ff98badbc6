"""The folder of a run: what is written is read again, what is damaged is named."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.emh_report.invented import STAMP, curves, failed, row, rows, run_folder, video

from cogportrait.bench.rows import Curves
from cogportrait.bench.store import (
    check_clip_name,
    make_folders,
    read_curves,
    read_row,
    read_run,
    write_curves,
    write_row,
    write_stamp,
    write_whole,
)
from cogportrait.errors import InputError, MetricError, OutputError
from cogportrait.metrics.scored import SCORED


def same(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b))


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    wanted = [*rows(), failed("lost", "no face found")]
    folder = run_folder(tmp_path / "r", wanted)
    write_whole(folder, {"fid": 12.5, "fvd": math.nan})
    run = read_run(folder)
    assert run.stamp == STAMP
    assert [r.name for r in run.rows] == sorted(r.name for r in wanted)
    for one in wanted:
        again = run.row(one.name)
        assert again is not None
        assert replace(again, scores={}, seconds=0, fps=0, face_px=0) == replace(
            one, scores={}, seconds=0, fps=0, face_px=0
        )
        assert again.scores.keys() == one.scores.keys()
        assert all(same(again.scores[k], one.scores[k]) for k in one.scores)
        assert all(same(getattr(again, k), getattr(one, k)) for k in ("seconds", "fps", "face_px"))
    assert run.whole["fid"] == 12.5
    assert math.isnan(run.whole["fvd"])
    kept, wrote = run.curves("fear_1"), curves(SCORED[0])
    assert kept is not None
    assert kept.fps == wrote.fps
    for name in ("real", "generated", "found"):
        assert np.array_equal(getattr(kept, name), getattr(wrote, name))
    assert run.curves("fear_2") is None
    assert run.video("fear_1") is None
    assert run.row("nobody") is None


def test_nan_is_null_and_infinity_is_refused(tmp_path: Path) -> None:
    make_folders(tmp_path)
    write_row(tmp_path, row("a", au_f1=math.nan))
    assert json.loads((tmp_path / "clips/a.json").read_text())["scores"] == {"au_f1": None}
    with pytest.raises(InputError, match=r"a\.json: holds what is no JSON value"):
        write_row(tmp_path, row("a", au_f1=math.inf))
    assert math.isnan(read_row(tmp_path / "clips/a.json").scores["au_f1"])  # the old one is there


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "/etc/passwd", "..\\up", ".hidden", "a\nb", "a\0b", "ä" * 150]
)
def test_a_name_that_is_no_file_name_is_refused(tmp_path: Path, name: str) -> None:
    make_folders(tmp_path)
    for write in (
        lambda: write_row(tmp_path, row(name)),
        lambda: write_curves(tmp_path, name, curves()),
        lambda: check_clip_name(name),
    ):
        with pytest.raises(InputError, match="expected a name") as told:
            write()
        assert "\n" not in str(told.value)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_names_that_files_can_have_are_taken() -> None:
    for name in ("a", "M003_front_happy", "-", "a b", "日本", "x.y", "<script>", "a" * 190):
        assert check_clip_name(name) == name


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return run_folder(tmp_path / "run", rows())


def damage(text: str, **values: object) -> str:
    return json.dumps(json.loads(text) | values)


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        ("run.json", lambda t: t[:40], "not JSON"),
        ("run.json", lambda t: damage(t, seed="7"), "seed: expected a whole number"),
        ("run.json", lambda t: damage(t, options={"a": 1}), "options: expected an object of"),
        ("run.json", lambda t: damage(t, versions=[]), "versions: expected an object of texts"),
        ("run.json", lambda t: damage(t, format="x/1"), "expected \"format\""),
        ("clips/joy_1.json", lambda _: "", "expected the row of a clip, got an empty one"),
        ("clips/joy_1.json", lambda t: damage(t, name="joy_2"), "name: expected that of the file"),
        ("clips/joy_1.json", lambda t: damage(t, extra=1), "unknown key"),
        ("clips/joy_1.json", lambda t: damage(t, fps="25"), "fps: expected a finite number"),
        ("clips/joy_1.json", lambda t: damage(t, size_px=[1]), "size_px: expected two whole"),
        ("clips/joy_1.json", lambda t: damage(t, scores={"a": True}), r"scores\.a: expected"),
        ("clips/joy_1.json", lambda t: t.replace("4.0", "1e999"), "expected a finite number"),
        ("clips/joy_1.json", lambda t: damage(t, scores=None), "scores: expected an object"),
        ("clips/joy_1.json", lambda t: damage(t, warnings="x"), "warnings: expected a list"),
        ("clips/joy_1.json", lambda t: damage(t, warnings=[1]), "warnings: expected a list"),
        ("clips/joy_1.json", lambda t: damage(t, frontal="maybe"), "frontal: expected"),
        ("clips/joy_1.json", lambda t: t.replace('"frames"', '"frame"'), "unknown key"),
    ],
)  # fmt: skip
def test_a_damaged_document_is_one_line_that_names_it(
    folder: Path, file: str, change: Callable[[str], str], message: str
) -> None:
    path = folder / file
    path.write_text(change(path.read_text()))
    with pytest.raises(InputError, match=message) as told:
        read_run(folder)
    assert Path(file).name in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "expected a JSON object, got a list"),
        ("", "expected the stamp of a run, got an empty one"),
        ("{}", 'expected "format": "cogportrait-bench-run/1", got nothing'),
    ],
)
def test_a_damaged_stamp_says_what_to_do(folder: Path, text: str, message: str) -> None:
    (folder / "run.json").write_text(text)
    with pytest.raises(InputError) as told:
        read_run(folder)
    assert str(told.value) == (
        f"{folder / 'run.json'}: {message}; the run cannot go on without it: restore the file, or "
        "name another folder"
    )


def test_rows_of_before_there_was_frontal_are_read(folder: Path) -> None:
    path = folder / "clips/joy_1.json"
    record = json.loads(path.read_text())
    del record["frontal"]
    path.write_text(json.dumps(record))
    assert read_row(path).frontal == ""


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04 cut", b"not an archive", b"\x93NUMPY\x01\x00"],
)
def test_damaged_curves_are_named(folder: Path, content: bytes) -> None:
    path = folder / "clips/joy_1.npz"
    path.write_bytes(content)
    run = read_run(folder)  # rows are fine
    with pytest.raises(InputError, match=r"joy_1\.npz: damaged"):
        run.curves("joy_1")


def test_a_cut_archive_is_named(folder: Path) -> None:
    path = folder / "clips/joy_1.npz"
    whole = path.read_bytes()
    for length in (len(whole) // 3, len(whole) - 5):
        path.write_bytes(whole[:length])
        with pytest.raises(InputError, match=r"joy_1\.npz"):
            read_curves(path)
    middle = len(whole) // 2
    path.write_bytes(whole[:middle] + bytes(40) + whole[middle + 40 :])
    with pytest.raises(InputError, match=r"joy_1\.npz"):
        read_curves(path)


def test_bytes_that_are_others_are_read_or_named(folder: Path) -> None:
    path = folder / "clips/joy_1.npz"
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    named = 0
    for _ in range(300):
        content = bytearray(whole)
        for place in rng.integers(len(whole), size=rng.integers(1, 8)):
            content[place] = rng.integers(256)
        path.write_bytes(content)
        try:
            read_curves(path)
        except InputError as error:
            assert str(error).startswith(f"{path}: ")
            named += 1
    assert named > 100


def test_pickles_and_other_arrays_are_no_curves(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, format=np.array([{}], dtype=object))
    with pytest.raises(InputError, match=r"a\.npz"):
        read_curves(path)
    np.savez(path, format=np.array("other/1"), channels=np.array(["a"]))
    with pytest.raises(InputError, match="expected cogportrait-bench-curves/1"):
        read_curves(path)
    good = curves()
    np.savez(
        path, format=np.array("cogportrait-bench-curves/1"), fps=np.array(25.0), real=good.real,
        generated=good.generated[:-1], found=good.found, channels=np.array(SCORED),
    )  # fmt: skip
    with pytest.raises(InputError, match=r"a\.npz: generated: expected an array of shape"):
        read_curves(path)


def test_curves_that_do_not_belong_together_are_refused() -> None:
    good = curves()
    with pytest.raises(MetricError, match="found"):
        Curves(25.0, good.real, good.generated, good.found[:-1])


def test_no_run_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder, got in (
        (tmp_path / "nowhere", "nothing of that name"),
        (tmp_path / "file", "a file"),
        (tmp_path, "a folder without run.json"),
    ):
        with pytest.raises(InputError) as told:
            read_run(folder)
        assert str(told.value) == (
            f"{folder}: expected the folder of a benchmark run, got {got}; name one that "
            "`cogportrait bench emh`, `hdtf` or `score` wrote, or one in that of `ablate`"
        )
    write_stamp(tmp_path, STAMP)
    assert read_run(tmp_path).rows == ()


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "r").write_text("")
    with pytest.raises(OutputError, match="cannot be made"):
        make_folders(tmp_path / "r")


def test_unfinished_files_are_no_clips(folder: Path) -> None:
    (folder / "clips/.joy_1.0123456789.part.json").write_text("{")
    assert len(read_run(folder).rows) == len(rows())


def test_videos_are_found_by_name(folder: Path) -> None:
    video(folder / "videos/joy_1.mp4", 10, 2)
    video(folder / "real/joy_1.mp4", 10, 2)
    run = read_run(folder)
    assert run.video("joy_1") == folder / "videos/joy_1.mp4"
    assert run.video("joy_1", "real") == folder / "real/joy_1.mp4"
    with pytest.raises(InputError):
        run.video("../videos/joy_1")

"""A manifest beside what its files say of themselves."""

from pathlib import Path

import pytest
from PIL import Image
from tests.emh.emhs import line, manifest
from tests.io.clips import noise, write

from cogportrait.bench import manifest_files
from cogportrait.bench.manifest_checks import check_headers, check_manifest


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a video of 1.6 s, 64 x 48 pixels, 25 frames a second."""
    made = tmp_path_factory.mktemp("clips")
    write(made / "a.mp4", [noise(i) for i in range(40)])
    return made


def found(folder: Path, **said: object) -> list[str]:
    known = {"seconds": 1.6, "fps": 25, "size": [64, 48]}
    path = manifest(folder, line("a.mp4", **{**known, **said}))
    return [str(one) for one in check_manifest(path, check_files=True).problems]


def test_every_difference_is_one_line(folder: Path) -> None:
    assert found(folder, seconds=99, fps=10, size=[1, 1]) == [
        "line 2: seconds: expected 1.600 as the file says, got 99",
        "line 2: fps: expected 25 as the file says, got 10",
        "line 2: size: expected [64, 48] as the file says, got [1, 1]",
    ]


@pytest.mark.parametrize(
    "said", [{}, {"seconds": 1.64}, {"seconds": 1.3}, {"fps": 24.98}, {"fps": 25.1}]
)
def test_what_is_rounded_or_counted_is_no_difference(folder: Path, said: dict[str, float]) -> None:
    assert found(folder, **said) == []


@pytest.mark.parametrize("said", [{"seconds": 2.2}, {"fps": 24}, {"size": [48, 64]}])
def test_small_differences_count(folder: Path, said: dict[str, object]) -> None:
    assert len(found(folder, **said)) == 1


def test_files_are_not_opened_unless_asked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest_files, "read_video", None)
    path = manifest(folder, line("a.mp4", seconds=99))
    assert check_manifest(path).problems == ()


def test_every_fault_of_every_line_is_told_at_once(folder: Path, sound: Path) -> None:
    (folder / "text.mp4").write_text("a text, renamed")
    Image.fromarray(noise(0)).save(folder / "still.mp4", format="png")
    known = {"seconds": 1.6, "fps": 25, "size": [64, 48]}
    cut = (folder / "a.mp4").read_bytes()
    (folder / "cut.mp4").write_bytes(cut[: len(cut) // 2])
    path = manifest(
        folder,
        line("text.mp4", **known),
        line("still.mp4", **known, split="val"),
        line("gone.mp4", **known),
        line("a.mp4", **{**known, "seconds": 99}, audio="text.mp4"),
        line("deep/../b.mp4", **known, audio=str(sound)),
        line("cut.mp4", **known, audio="still.mp4"),
        "no JSON",
        line("a.mp4", seconds=-1, fps=10, size="large"),
    )
    found = [str(one) for one in check_manifest(path, check_files=True).problems]
    assert all(one.isprintable() for one in found)
    assert [tuple(one.split(": ")[:2]) for one in found] == [
        ("line 2", "clip"), ("line 3", "split"), ("line 3", "clip"), ("line 4", "clip"),
        ("line 5", "seconds"), ("line 5", "audio"), ("line 6", "clip"), ("line 7", "clip"),
        ("line 7", "audio"), ("line 8", "expected a JSON object, got a line that is none"),
        ("line 9", "seconds"), ("line 9", "size"), ("line 9", "clip"), ("line 9", "fps"),
    ]  # fmt: skip
    assert found[0] == (
        "line 2: clip: expected a video (mp4, mov, webm, mkv, gif), got something else or one that "
        f"is damaged or cut off at {folder / 'text.mp4'}; copy or download it again"
    )
    assert found[2] == (
        f"line 3: clip: expected a video, got a still picture at {folder / 'still.mp4'}; name "
        "another file"
    )
    assert found[3].endswith("gone.mp4; put the file there, or mend the path")
    assert found[8].startswith("line 7: audio: expected a sound track, got a file without one at ")


def test_headers_alone_are_compared_of_some_clips(folder: Path) -> None:
    (folder / "text.mp4").write_text("a text, renamed")
    write(folder / "b.mp4", [noise(i) for i in range(40)])
    wrong = {"seconds": 9, "fps": 25, "size": [64, 48]}
    path = manifest(folder, *(line(f"{name}.mp4", **wrong) for name in ("text", "a", "b", "gone")))
    assert [str(one) for one in check_headers(path, {"text", "b", "gone"})] == [
        "line 4: seconds: expected 1.600 as the file says, got 9"
    ]

"""A manifest beside what its files say of themselves."""

from pathlib import Path

import pytest
from tests.emh.emhs import line, manifest
from tests.io.clips import noise, write

from cogportrait.bench import manifest_checks
from cogportrait.bench.manifest_checks import check_manifest


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
    monkeypatch.setattr(manifest_checks, "_unlike_files", None)
    path = manifest(folder, line("a.mp4", seconds=99))
    assert check_manifest(path).problems == ()

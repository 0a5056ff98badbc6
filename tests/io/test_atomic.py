"""Files are complete or not there."""

import errno
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cogportrait.errors import OutputError
from cogportrait.io.atomic import (
    atomic_folder,
    atomic_path,
    check_makeable,
    check_output,
    check_output_folder,
    remove_leftovers,
    remove_unfinished,
    temporary_name,
    write_files,
    write_text,
)


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_the_file_appears_only_when_the_block_ends(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    with atomic_path(target) as temporary:
        temporary.write_text("new")
        assert not target.exists()
        assert temporary.parent == target.parent
    assert target.read_text() == "new"
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_failed_block_leaves_the_old_file_alone(
    tmp_path: Path, error: type[BaseException]
) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(error), atomic_path(target) as temporary:
        temporary.write_text("half")
        raise error
    assert target.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_an_ending_signal_removes_the_temporary_file(
    tmp_path: Path, number: signal.Signals
) -> None:
    before = signal.signal(number, signal.SIG_DFL)  # whoever runs the tests may ignore SIGHUP
    try:
        with pytest.raises(SystemExit) as leaving, atomic_path(tmp_path / "a.txt"):
            os.kill(os.getpid(), number)
        assert signal.getsignal(number) is signal.SIG_DFL
    finally:
        signal.signal(number, before)
    assert leaving.value.code == 128 + number
    assert names(tmp_path) == []


def test_an_ending_signal_within_a_callback_ends_the_block_too(tmp_path: Path) -> None:
    code = """if True:
        import os, signal, sys, time, weakref
        from cogportrait.io.atomic import atomic_path
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        class Thing: pass
        thing = Thing()
        watch = weakref.ref(thing, lambda _: os.kill(os.getpid(), signal.SIGHUP))
        with atomic_path(sys.argv[1]) as temporary:
            del thing  # what the handler raises now goes nowhere
            time.sleep(20)
        """
    command = [sys.executable, "-c", code, str(tmp_path / "a.txt")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=15)
    assert (done.returncode, done.stderr) == (128 + signal.SIGHUP, "")
    assert names(tmp_path) == []


def test_a_process_that_ends_without_pythons_ending_can_remove_what_is_unfinished(
    tmp_path: Path,
) -> None:
    with atomic_path(tmp_path / "whole.txt") as whole:
        whole.write_text("kept")
    begun = atomic_path(tmp_path / "half.txt")
    begun.__enter__().write_text("half")
    assert len(names(tmp_path)) == 2
    remove_unfinished()
    assert names(tmp_path) == ["whole.txt"]


def test_a_full_disk_is_one_clear_line(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    with pytest.raises(OutputError, match="the disk is full") as caught, atomic_path(target):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert "\n" not in str(caught.value)
    assert names(tmp_path) == []


def test_other_errors_of_the_block_pass_unchanged(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), atomic_path(tmp_path / "a.txt"):
        (tmp_path / "elsewhere").read_text()
    assert names(tmp_path) == []


def test_an_unwritable_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(OutputError, match="not writable"):
        write_text(tmp_path / "a.txt", "x")
    assert names(tmp_path) == []


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="does not exist"):
        check_output(tmp_path / "no" / "a.txt")


def test_a_folder_or_device_in_the_way_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="got a folder"):
        check_output(tmp_path)
    with pytest.raises(OutputError, match="device"):
        check_output("/dev/null")


def test_a_symbolic_link_is_followed(tmp_path: Path) -> None:
    real = tmp_path / "real.txt"
    real.write_text("old")
    link = tmp_path / "link.txt"
    link.symlink_to(real)
    write_text(link, "new")
    assert link.is_symlink()
    assert real.read_text() == "new"


@pytest.mark.parametrize("check", [check_output_folder, check_makeable])
@pytest.mark.parametrize("leads", ["gone", "gone/deeper"])
def test_a_link_to_nothing_is_no_folder(
    tmp_path: Path, check: Callable[[Path], object], leads: str
) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / leads)
    said = f"{link}: is a link to {tmp_path / leads}, and there is nothing; make that first, or"
    with pytest.raises(OutputError, match=f"^{re.escape(said)} name another place$"):
        check(link)
    assert names(tmp_path) == ["link"]


def test_a_link_to_where_no_file_can_be_is_told(tmp_path: Path) -> None:
    link = tmp_path / "link.txt"
    link.symlink_to(tmp_path / "gone" / "a.txt")
    with pytest.raises(
        OutputError, match=r"link\.txt: is a link to .*a\.txt, and there is nothing"
    ):
        check_output(link)
    link.unlink()
    link.symlink_to(tmp_path / "new.txt")
    assert check_output(link) == tmp_path / "new.txt"


def test_new_files_get_the_usual_rights(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("x")
    write_text(tmp_path / "ours", "x")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_temporary_folder_is_removed_with_what_is_left_in_it(tmp_path: Path) -> None:
    with atomic_folder(tmp_path / "seq") as folder:
        (folder / "kept.txt").write_text("x")
        (folder / "left.txt").write_text("x")
        (folder / "kept.txt").rename(tmp_path / "kept.txt")
    assert names(tmp_path) == ["kept.txt"]


def test_files_of_a_folder_are_written_together(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    write_files(folder, {"a": b"1", "b": b"2"})
    assert names(folder) == ["a", "b"]
    write_files(folder, {"a": b"3", "b": b"4"})
    assert [(folder / name).read_bytes() for name in "ab"] == [b"3", b"4"]


@pytest.mark.parametrize("there", [True, False])
def test_a_disk_that_fills_leaves_the_old_files_of_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    folder = tmp_path / "rig"
    if there:
        write_files(folder, {"a": b"old", "b": b"old"})
    write = Path.write_bytes

    def fill(path: Path, content: bytes) -> int:
        if content == b"too much":
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", fill)
    with pytest.raises(OutputError, match="disk is full"):
        write_files(folder, {"a": b"new", "b": b"too much"})
    if there:
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
            "a": b"old", "b": b"old",
        }  # fmt: skip
    else:
        assert names(tmp_path) == []


def test_a_folder_is_judged_without_being_made(tmp_path: Path) -> None:
    assert check_output_folder(tmp_path / "new", "a") == tmp_path / "new"
    assert names(tmp_path) == []


def test_what_a_killed_run_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    """Temporary files, and temporary folders with what is in them; a link is not followed."""
    for name in ("clip.mp4", ".hidden.mp4", "kept/clip.mp4"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    temporary_name(tmp_path / "clip.mp4").touch()
    folder = temporary_name(tmp_path / "other.mp4")
    folder.mkdir()
    (folder / "sound.wav").touch()
    temporary_name(tmp_path / "link.mp4").symlink_to(tmp_path / "kept")
    remove_leftovers(tmp_path)
    assert names(tmp_path) == [".hidden.mp4", "clip.mp4", "kept"]
    assert names(tmp_path / "kept") == ["clip.mp4"]
    remove_leftovers(tmp_path / "gone")

"""A table of clips is read whole, or refused in one line that names the row."""

from pathlib import Path

import pytest

from cogportrait.errors import InputError
from cogportrait.face.clips import read_clips

HEADER = "file\tuse\tperson"
ROWS = ["a.mp4\tnumbers\tx", "b.mp4\tnumbers\ty", "c.mp4\tnumbers\tx"]


def table(folder: Path, *lines: str) -> Path:
    path = folder / "clips.tsv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def refusal(path: Path, least: int = 1) -> str:
    with pytest.raises(InputError) as caught:
        read_clips(path, least)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 400
    return message.removeprefix(f"{path}: ")


def test_rows_for_numbers_are_read_from_both_folders(tmp_path: Path) -> None:
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / "b.mp4").touch()
    path = table(tmp_path, HEADER, *ROWS, "d.mp4\tlocal\tz", "")
    clips = read_clips(path)
    assert [clip.name for clip in clips] == ["a.mp4", "b.mp4", "c.mp4"]
    assert [clip.person for clip in clips] == ["x", "y", "x"]
    assert clips[0].path == tmp_path / "a.mp4"
    assert clips[1].path == tmp_path / "clips" / "b.mp4"


def test_a_byte_order_mark_is_no_part_of_a_column(tmp_path: Path) -> None:
    assert len(read_clips(table(tmp_path, "\ufeff" + HEADER, *ROWS))) == 3


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["file", "a.mp4"], "missing person, use"),
        ([""], "missing file, person, use"),
        ([HEADER], "got only the header"),
        ([HEADER, *ROWS, "d.mp4\tnumbers"], "row 5: expected 3 cells, got 2"),
        ([HEADER, "", *ROWS, "d.mp4"], "row 6: expected 3 cells, got 1"),
        ([HEADER, "\tnumbers\tx", *ROWS], "row 2: expected a file name, got ''"),
        ([HEADER, *ROWS, " \tnumbers\tx"], "row 5: expected a file name, got ' '"),
        ([HEADER, ROWS[0], "x" * 300_000 + "\tnumbers\ty"], "row 3: expected cells"),
        (["x" * 300_000], "row 1: expected cells"),
        ([HEADER, "c.mp4\tlocal\tx"], "at least 1 row whose use is numbers, got 0"),
        ([HEADER, *ROWS, "d.mp4\tnumbers\t "], "row 5: expected a person, got ' '"),
        ([HEADER, *ROWS, "d.mp4\tnumbers\tx\textra"], "row 5: expected 3 cells, got 4: 'extra'"),
        ([HEADER + "\tperson", *ROWS], "row 1: expected each column once, got 'person' again"),
        ([HEADER, 'd.mp4\tnumbers\t"x\ny"'], "row 2: person: expected a plain text"),
        ([HEADER, "d.mp4\tnumbers\tx\x1b[2J"], r"row 2: person: expected a plain text of at most"),
        ([HEADER, "d.mp4\tnumbers\t" + "x" * 400], "row 2: person: expected a plain text of at"),
        ([HEADER + "\tlicence", "d.mp4\tnumbers\tx\tM\x07"], "row 2: licence: expected a plain"),
        ([HEADER + "\tspeaking", "d.mp4\tnumbers\tx\tmaybe"], "row 2: speaking: expected yes, no"),
    ],
)
def test_a_table_that_cannot_be_used(tmp_path: Path, lines: list[str], message: str) -> None:
    assert message in refusal(table(tmp_path, *lines))


def test_a_table_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "clips.tsv"
    path.write_bytes(b"\xff\xfe\x00")
    assert "expected a table in UTF-8" in refusal(path)


def test_a_name_that_no_file_can_have_is_left_for_the_reader(tmp_path: Path) -> None:
    names = ["x" * 5000, "a\0b", "c.mp4"]
    clips = read_clips(table(tmp_path, HEADER, *(f"{name}\tnumbers\tx" for name in names)))
    assert [clip.name for clip in clips] == names


def test_how_many_rows_have_to_count_is_the_readers_to_say(tmp_path: Path) -> None:
    two = table(tmp_path, HEADER, *ROWS[:2])
    assert len(read_clips(two)) == 2
    assert "at least 3 rows whose use is numbers, got 2" in refusal(two, 3)
    assert read_clips(table(tmp_path, HEADER), 0) == []


def test_what_is_known_of_a_clip_stands_in_more_columns(tmp_path: Path) -> None:
    rows = ["a.mp4\tnumbers\tx\tjoy; calm\tyes", "", "b.mp4\tnumbers\ty\t-\t-"]
    one, other = read_clips(table(tmp_path, f"{HEADER}\tlabels\tspeaking", *rows))
    assert (one.labels, one.speaking, one.line) == (("joy", "calm"), True, 2)
    assert (other.labels, other.speaking, other.line) == ((), None, 4)


def test_empty_cells_that_a_spreadsheet_adds_are_none(tmp_path: Path) -> None:
    path = table(tmp_path, HEADER + "\t\t", *(f"{row}\t\t\t " for row in ROWS))
    assert len(read_clips(path)) == 3


def test_a_clip_may_lie_elsewhere_and_its_folders_are_not_told(tmp_path: Path) -> None:
    inner = tmp_path / "tables"
    inner.mkdir()
    names = ["../a.mp4", str(tmp_path / "b.mp4"), "more/c.mp4"]
    clips = read_clips(table(inner, HEADER, *(f"{name}\tnumbers\tx" for name in names)))
    assert [clip.name for clip in clips] == ["a.mp4", "b.mp4", "more/c.mp4"]
    assert clips[0].path.resolve() == tmp_path / "a.mp4"
    assert clips[1].path == tmp_path / "b.mp4"

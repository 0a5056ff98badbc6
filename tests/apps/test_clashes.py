"""No run destroys what it reads, or one result by another."""

from pathlib import Path

import pytest

from cogportrait.errors import OutputError
from cogportrait.io.atomic import check_distinct, check_name


def test_an_output_may_not_be_an_input(tmp_path: Path) -> None:
    photo = tmp_path / "me.png"
    photo.write_bytes(b"photo")
    with pytest.raises(OutputError, match="is an input of this run"):
        check_distinct((photo,), (tmp_path / "." / "me.png",))
    assert photo.read_bytes() == b"photo"


def test_two_outputs_may_not_share_a_name(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="two outputs"):
        check_distinct((), (tmp_path / "a.json", None, tmp_path / "a.json"))


def test_different_names_pass(tmp_path: Path) -> None:
    check_distinct((tmp_path / "in.png", None), (tmp_path / "out.mp4", None))


@pytest.mark.parametrize("name", ["", "."])
def test_an_empty_name_is_refused(name: str) -> None:
    with pytest.raises(OutputError, match="expected a file name"):
        check_name(name)


def test_a_name_too_long_for_a_file_is_one_line() -> None:
    with pytest.raises(OutputError, match="at most") as caught:
        check_name("n" * 300 + ".mp4")
    assert "\n" not in str(caught.value)

"""Numbered frames: no file of somebody else is lost among them."""

from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin
from tests.io.clips import names, noise, write

from cogportrait.errors import OutputError
from cogportrait.io.video import VideoWriter, check_video_output


def test_files_of_others_are_never_replaced_by_a_sequence(tmp_path: Path) -> None:
    photo = tmp_path / "img0001.png"
    photo.write_bytes(b"a photo")
    for number in (0, 7):  # in the way of a frame, and beyond the last one
        with pytest.raises(OutputError, match=r"img\d+\.png: would be replaced"):
            write(tmp_path / "img%04d.png", [noise(i, (8, 8)) for i in range(3)])
        photo = photo.rename(tmp_path / f"img{number:04d}.png")
    with pytest.raises(OutputError, match="would be replaced"):
        check_video_output(tmp_path / "img%04d.png")
    assert photo.read_bytes() == b"a photo"
    assert names(tmp_path) == ["img0007.png"]


def test_an_edited_frame_is_kept(tmp_path: Path) -> None:
    write(tmp_path / "seq", [noise(i, (8, 8)) for i in range(3)])
    edited = tmp_path / "seq" / "frame_00001.png"
    with Image.open(edited) as image:
        image.load()
        image.putpixel((0, 0), (1, 2, 3))
        text = PngImagePlugin.PngInfo()
        text.add_text("Software", image.info["Software"])  # as editors do that keep the texts
        image.save(edited, pnginfo=text)
    before = edited.read_bytes()
    with pytest.raises(OutputError, match=r"frame_00001\.png: would be replaced"):
        write(tmp_path / "seq", [noise(i, (8, 8)) for i in range(3)])
    assert edited.read_bytes() == before


def test_links_and_folders_that_are_named_like_frames_are_kept(tmp_path: Path) -> None:
    write(tmp_path / "a", [noise(0, (8, 8))])
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "frame_00000.png").symlink_to(tmp_path / "a" / "frame_00000.png")
    (tmp_path / "c" / "frame_00004.png").mkdir(parents=True)
    for folder in ("b", "c"):
        with pytest.raises(OutputError, match="would be replaced"):
            write(tmp_path / folder, [noise(0, (8, 8))])


def test_frames_can_go_into_the_folder_one_is_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(Path(), [noise(0, (8, 8))])
    assert [path.name for path in tmp_path.iterdir()] == ["frame_00000.png"]
    with pytest.raises(OutputError, match="expected a file name, got ''"):
        check_video_output("")
    with pytest.raises(OutputError, match="expected a file name, got ''"):
        VideoWriter("", fps=25, size_px=(8, 8))


def test_a_file_that_comes_while_frames_are_written_is_kept(tmp_path: Path) -> None:
    (tmp_path / "seq").mkdir()
    with (
        pytest.raises(OutputError, match="would be replaced"),
        VideoWriter(tmp_path / "seq", fps=25, size_px=(8, 8)) as video,
    ):
        video.write(noise(0, (8, 8)))
        (tmp_path / "seq" / "frame_00000.png").write_bytes(b"a photo")
    assert (tmp_path / "seq" / "frame_00000.png").read_bytes() == b"a photo"
    assert names(tmp_path / "seq") == ["frame_00000.png"]


def test_no_input_and_no_other_output_may_be_a_frame(tmp_path: Path) -> None:
    write(tmp_path / "seq", [noise(0, (8, 8))])
    frame = tmp_path / "seq" / "frame_00000.png"
    with pytest.raises(OutputError, match="is an input of this run"):
        check_video_output(tmp_path / "seq", inputs=[frame])
    with pytest.raises(OutputError, match="is another output of this run"):
        check_video_output(tmp_path / "seq", others=[tmp_path / "seq" / "frame_00009.png"])
    check_video_output(tmp_path / "seq", inputs=[tmp_path / "me.png"], others=[None])

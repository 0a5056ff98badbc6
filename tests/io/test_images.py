"""Any common picture is read as a viewer shows it; anything else is refused in one line."""

import struct
import tracemalloc
import zlib
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from cogportrait.errors import InputError, MediaError
from cogportrait.io.images import read_image, write_png

SKIN = (200, 150, 120)


def flat(mode: str = "RGB", size: tuple[int, int] = (12, 8)) -> Image.Image:
    return Image.new("RGB", size, SKIN).convert(mode)


def corner_marked() -> Image.Image:
    """Return 12 x 8, its top left quarter red."""
    image = Image.new("RGB", (12, 8), (0, 0, 255))
    image.paste((255, 0, 0), (0, 0, 6, 4))
    return image


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tif", "bmp"])
def test_common_formats_are_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    flat().save(path)
    image = read_image(path)
    assert image.shape == (8, 12, 3)
    assert image.dtype == np.uint8
    assert np.abs(image.astype(int) - SKIN).max() <= 3


@pytest.mark.parametrize(
    ("orientation", "shape", "red_corner"),
    [(1, (8, 12), (0, 0)), (3, (8, 12), (-1, -1)), (6, (12, 8), (0, -1)), (8, (12, 8), (-1, 0))],
)
def test_exif_rotation_is_applied(
    tmp_path: Path, orientation: int, shape: tuple[int, int], red_corner: tuple[int, int]
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "a.png"
    corner_marked().save(path, exif=exif)
    image = read_image(path)
    assert image.shape[:2] == shape
    assert tuple(image[red_corner]) == (255, 0, 0)


@pytest.mark.parametrize("suffix", ["jpg", "tif"])
def test_cmyk_is_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    flat("CMYK").save(path)
    assert np.abs(read_image(path).astype(int) - SKIN).max() <= 4


def test_sixteen_bit_gray_is_scaled(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), np.full((4, 4), 0x8000, np.uint16))
    assert np.all(read_image(path) == 128)


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_sixteen_bit_color_is_scaled(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    cv2.imwrite(str(path), np.full((4, 4, 3), (0x1000, 0x8000, 0xFF00), np.uint16))
    assert tuple(read_image(path)[0, 0]) == (255, 128, 16)


@pytest.mark.parametrize(
    ("white", "dtype"),
    [
        (255, np.int32),
        (65535, np.int32),
        (1, np.float32),
        (255, np.float32),
        (65535, np.float32),
    ],
)
def test_thirty_two_bit_gray_is_scaled(tmp_path: Path, white: int, dtype: type[np.generic]) -> None:
    path = tmp_path / "a.tif"
    gray = np.array([[0, 0.2, 0.6, 1]] * 3) * white
    Image.fromarray(gray.astype(dtype)).save(path)
    assert read_image(path)[0, :, 0].tolist() == [0, 51, 153, 255]


def test_a_dark_sixteen_bit_picture_stays_dark(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    Image.fromarray(np.full((4, 4), 200, np.uint16)).save(path)
    assert np.all(read_image(path) == 1)


@pytest.mark.parametrize(
    ("values", "dtype", "message"),
    [
        ([0, 2**31 - 1], np.int32, "got 0..2147483647 in mode I;"),
        ([0, 65536], np.int32, "got 0..65536 in mode I;"),
        ([-5, 7], np.int32, "got -5..7 in mode I;"),
        ([0, 70000], np.float32, "got 0..70000 in mode F;"),
        ([0, np.nan], np.float32, "got nan..nan in mode F;"),
    ],
)
def test_gray_of_unknown_scale_is_refused(
    tmp_path: Path, values: list[float], dtype: type[np.generic], message: str
) -> None:
    path = tmp_path / "a.tif"
    Image.fromarray(np.array([values] * 2).astype(dtype)).save(path)
    with pytest.raises(MediaError) as caught:
        read_image(path)
    assert f"{path}: expected pixel values within 0..65535, {message}" in str(caught.value)
    assert "corrupt" not in str(caught.value)


@pytest.mark.parametrize("mode", ["L", "1", "P", "LA", "I;16"])
def test_gray_palette_and_bitmap_become_rgb(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.png"
    image = Image.new("L", (12, 8), 255)
    (Image.new("I;16", (12, 8), 65535) if mode == "I;16" else image.convert(mode)).save(path)
    assert np.all(read_image(path) == 255)
    assert read_image(path).shape == (8, 12, 3)


def test_transparency_is_laid_on_white(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("RGBA", (4, 4), (0, 0, 0, 128)).save(path)
    assert np.abs(read_image(path).astype(int) - 127).max() <= 1
    palette = Image.new("P", (4, 4), 0)
    palette.putpalette([10, 20, 30])
    palette.save(path, transparency=0)
    assert np.all(read_image(path) == 255)


def test_an_icc_profile_is_converted_to_srgb(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    # L* = 50 in Pillow's 8-bit encoding; a neutral gray of sRGB 119.
    Image.new("LAB", (4, 4), (128, 128, 128)).save(path, icc_profile=lab)
    assert np.abs(read_image(path).astype(int) - 119).max() <= 2


def test_a_damaged_profile_is_ignored(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    flat().save(path, icc_profile=b"not a profile")
    assert tuple(read_image(path)[0, 0]) == SKIN


def png_header(width: int, height: int) -> bytes:
    """Return a PNG that claims a size and holds next to nothing."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(("width", "height"), [(20_000, 20_000), (8193, 10), (10_000, 9_000)])
def test_a_giant_picture_is_refused_before_it_is_decoded(
    tmp_path: Path, width: int, height: int
) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png_header(width, height))
    tracemalloc.start()
    with pytest.raises(MediaError, match="at most 8192 pixels on a side"):
        read_image(path)
    assert tracemalloc.get_traced_memory()[1] < 2_000_000
    tracemalloc.stop()


def truncated(suffix: str) -> bytes:
    buffer = BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(buffer, format=suffix)
    return buffer.getvalue()[: buffer.tell() // 2]


@pytest.mark.parametrize("suffix", ["PNG", "JPEG", "WEBP", "TIFF", "BMP"])
def test_a_truncated_picture_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / "a"
    path.write_bytes(truncated(suffix))
    with pytest.raises(MediaError) as caught:
        read_image(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "empty file"), (b"hello", "something else"), (b"\xff\xd8\xff\xe0junk", "corrupt")],
)
def test_what_is_no_picture_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    with pytest.raises(MediaError, match=message):
        read_image(path)


def test_a_missing_file_or_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="no such file"):
        read_image(tmp_path / "no.png")
    with pytest.raises(MediaError, match="got a folder"):
        read_image(tmp_path)
    for address in ("https://example.org/a.png", Path("http://example.org/a.png")):
        with pytest.raises(MediaError, match="expected an image, got an address"):
            read_image(address)


def test_a_written_png_is_read_back_exactly(tmp_path: Path) -> None:
    image = np.random.default_rng(0).integers(0, 255, (9, 7, 3), np.uint8)
    write_png(tmp_path / "a.png", image)
    assert np.array_equal(read_image(tmp_path / "a.png"), image)
    with pytest.raises(InputError, match="expected an array of shape"):
        write_png(tmp_path / "b.png", image[..., 0])


def test_a_tiff_of_a_kind_that_is_not_read_is_called_one(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    assert cv2.imwrite(str(path), np.zeros((8, 12, 3), np.float32))
    with pytest.raises(MediaError, match="got one of 3 channels of floating-point numbers of 32"):
        read_image(path)


@pytest.mark.parametrize("head", [b"II*\0", b"II*\0\x08\0\0\0", b"MM\0*\xff\xff\xff\xff"])
@pytest.mark.parametrize("rest", [b"", b"\xff" * 400])
def test_a_tiff_whose_tags_are_nonsense_is_refused(
    tmp_path: Path, head: bytes, rest: bytes
) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(head + rest)
    with pytest.raises(MediaError, match="got something else"):
        read_image(path)

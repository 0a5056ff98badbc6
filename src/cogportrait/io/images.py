"""Image files: any common picture in, sRGB pixels out; PNG out.

The header is judged before a pixel is decoded, so a picture that claims a giant size costs
nothing. What a viewer would show is what is returned: EXIF rotation is applied, an embedded ICC
profile is converted to sRGB, transparency is laid on white.
"""

import os
import re
import struct
import warnings
import zlib
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps, TiffImagePlugin, UnidentifiedImageError

from cogportrait.errors import MediaError
from cogportrait.io.atomic import atomic_path, resolved
from cogportrait.types import Frame, check_array

MAX_SIDE_PX: Final = 8192
MAX_PIXELS: Final = 8192 * 8192  # 67.1 million, 201 MB as RGB
_ADDRESS: Final = re.compile(r"(?:https?|ftps?|s3|gs|data|file):", re.IGNORECASE)
BACKGROUND: Final = (255, 255, 255)  # under transparent pixels: what most viewers show
_FORMATS: Final = ("JPEG", "PNG", "WEBP", "TIFF", "BMP")
_DECODE_ERRORS: Final = (
    OSError,
    SyntaxError,  # Pillow's way of saying "broken PNG"
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    EOFError,
    struct.error,
    zlib.error,
    MemoryError,
)


class _UnknownScaleError(Exception):
    """Nothing says which of the pixel values is white."""


def read_image(path: str | os.PathLike[str]) -> Frame:
    """Return the picture in `path` as a viewer shows it.

    Parameters
    ----------
    path
        JPEG, PNG, WebP, TIFF or BMP; gray, palette, CMYK, 16-bit, alpha, with or without ICC
        profile. Of several pages or frames the first is read.

    Returns
    -------
    numpy.ndarray of uint8, shape [H, W, 3]
        sRGB, upright (EXIF rotation applied), transparency laid on white.

    Raises
    ------
    MediaError
        Missing, empty, corrupt, truncated, not a picture, gray of 32 bits outside 0..65535, or
        larger than ``MAX_SIDE_PX`` on a side or ``MAX_PIXELS`` in all (checked before decoding).
    """
    file = check_media_file(path, "an image")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # damaged metadata is no reason to fail
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(file, formats=_FORMATS) as image:
                check_size(file, *image.size)
                return _upright_srgb(image)
        except UnidentifiedImageError as error:
            raise MediaError(f"{file}: {_unknown(file)}; convert it to PNG") from error
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            raise _too_large(file, str(error)) from error
        except _UnknownScaleError as error:
            raise MediaError(f"{file}: {error}; save it with 8 or 16 bits") from error
        except _DECODE_ERRORS as error:
            raise MediaError(
                f"{file}: the image is corrupt or truncated ({_one_line(error)}); "
                "export it again as PNG"
            ) from error


def write_png(path: str | os.PathLike[str], image: Frame) -> None:
    """Write `image` ([H, W, 3] sRGB uint8) as a PNG file, whole or not at all.

    Raises
    ------
    InputError
        `image` has another shape.
    OutputError
        The file cannot be written.
    """
    content = png_bytes(image)
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def png_bytes(image: Frame, *, compress_level: int = 3) -> bytes:
    """Return `image` ([H, W, 3] sRGB uint8) as the bytes of a PNG file."""
    check_array("image", image, (None, None, 3))
    buffer = BytesIO()
    Image.fromarray(np.ascontiguousarray(image)).save(
        buffer, format="PNG", compress_level=compress_level
    )
    return buffer.getvalue()


def check_media_file(path: str | os.PathLike[str], kind: str) -> Path:
    """Return the resolved `path` if it is a readable file with something in it.

    Raises
    ------
    MediaError
        Missing, a folder, a device, not readable or empty; names `kind` ("an image").
    """
    file = Path(path)
    if not os.fspath(path):
        raise MediaError(f"expected {kind}, got an empty name; name a file")
    if _ADDRESS.match(name := os.fspath(path)):
        raise MediaError(f"{name}: expected {kind}, got an address; load it and name the file")
    try:
        file = resolved(path)
        if not file.exists():
            raise MediaError(f"{file}: expected {kind}, but there is no such file; check the path")
        if file.is_dir():
            raise MediaError(f"{file}: expected {kind}, got a folder; name a file in it")
        if not file.is_file():
            raise MediaError(f"{file}: expected {kind}, got a device or pipe; name a file")
        if file.stat().st_size == 0:
            raise MediaError(f"{file}: expected {kind}, got an empty file; copy it again")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or _one_line(error)
        raise MediaError(f"{file}: cannot be read: {reason}") from error
    if not os.access(file, os.R_OK):
        raise MediaError(f"{file}: cannot be read: no permission; change its rights")
    return file


def check_size(file: Path, width: int, height: int) -> None:
    """Raise :class:`MediaError` when a picture of this size is more than we decode."""
    if max(width, height) > MAX_SIDE_PX or width * height > MAX_PIXELS:
        raise _too_large(file, f"{width} x {height}")


def _unknown(file: Path) -> str:
    """Return what was expected of a file in which Pillow finds no picture, and what it is."""
    try:
        with file.open("rb") as stream:
            tags = TiffImagePlugin.ImageFileDirectory_v2(stream.read(8))
            stream.seek(tags.next)
            tags.load(stream)
        channels = int(tags.get(TiffImagePlugin.SAMPLESPERPIXEL, 1))
        bits = int(tags[TiffImagePlugin.BITSPERSAMPLE][0])
        kinds = {2: "signed whole", 3: "floating-point"}
        kind = kinds.get(int(tags.get(TiffImagePlugin.SAMPLEFORMAT, (1,))[0]), "whole")
    except _DECODE_ERRORS:
        return "expected a JPEG, PNG, WebP, TIFF or BMP image, got something else"
    return (
        "expected a TIFF of 1 to 4 channels of whole numbers of 8 or 16 bits, or of gray, got one "
        f"of {channels} channel{'s' * (channels != 1)} of {kind} numbers of {bits} bits"
    )


def _too_large(file: Path, found: str) -> MediaError:
    pixels = re.search(r"\((\d+) pixels\)", found)
    got = f"{int(pixels[1]) / 1e6:.0f} megapixels" if pixels else f"{found} pixels"
    return MediaError(
        f"{file}: expected at most {MAX_SIDE_PX} pixels on a side "
        f"({MAX_PIXELS / 1e6:.0f} megapixels), got {got}; scale it down"
    )


def _upright_srgb(image: Image.Image) -> Frame:
    image.load()
    profile = image.info.get("icc_profile")
    upright = _upright(image)
    has_alpha = upright.mode in ("RGBA", "LA", "PA", "RGBa", "La")
    if has_alpha or "transparency" in upright.info:
        upright = upright.convert("RGBA")
        alpha = upright.getchannel("A")
        color = _to_srgb(upright.convert("RGB"), profile)
        flat = Image.new("RGB", color.size, BACKGROUND)
        flat.paste(color, mask=alpha)
    else:
        flat = _to_srgb(_eight_bit(upright), profile)
    return np.array(flat.convert("RGB"), dtype=np.uint8)


def _upright(image: Image.Image) -> Image.Image:
    """Apply the EXIF rotation; damaged EXIF means none."""
    try:
        return ImageOps.exif_transpose(image) or image
    except _DECODE_ERRORS:
        return image


def _eight_bit(image: Image.Image) -> Image.Image:
    """Scale 16-bit, 32-bit and floating-point gray to 8 bit; expand palettes and bitmaps."""
    mode = image.mode
    if mode.startswith("I") or mode == "F":
        values = np.asarray(image, dtype=np.float64)
        return Image.fromarray(np.rint(values * (255.0 / _white(values, mode))).astype(np.uint8))
    if mode in ("P", "1", "HSV", "YCbCr"):
        return image.convert("RGB")
    return image


def _white(values: NDArray[np.float64], mode: str) -> float:
    """Return the value of white.

    Files of 32 bits do not say: it is the least of 1 (of fractions only), 255 and 65535 that no
    pixel exceeds.
    """
    least, peak = float(values.min()), float(values.max())
    if not np.isfinite(values).all() or least < 0 or peak > 65535:
        raise _UnknownScaleError(
            f"expected pixel values within 0..65535, got {least:.10g}..{peak:.10g} in mode {mode}"
        )
    if mode == "F" and peak <= 1:
        return 1.0
    return 255.0 if mode in ("F", "I") and peak <= 255 else 65535.0


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert from the embedded ICC profile; without a usable one, by Pillow's own rules."""
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            space = str(getattr(source.profile, "xcolor_space", "")).strip()
            wanted = {"RGB": "RGB", "CMYK": "CMYK", "GRAY": "L", "LAB": "LAB"}.get(space.upper())
            if wanted == image.mode:
                converted = ImageCms.profileToProfile(
                    image,
                    source,
                    ImageCms.createProfile("sRGB"),
                    renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
                    outputMode="RGB",
                    flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
                )
                return converted or image.convert("RGB")
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # a damaged profile: show the numbers as they are, as viewers do
    return image.convert("RGB")


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__

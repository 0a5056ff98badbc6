"""What the renderers of public Wan weights share: sizes, words, two passes, pieces of a video."""

import math
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import cv2
import numpy as np
import torch
from torch import Tensor

from cogportrait.errors import InputError
from cogportrait.renderers.dit.flow import Predict, Schedule
from cogportrait.renderers.dit.guidance import Guidance, Weights, coefficients, omega, weight
from cogportrait.renderers.dit.model import STEPS
from cogportrait.renderers.dit.windows import Windows
from cogportrait.types import FloatArray, Frame

AREA_PX: Final = 480 * 832  # what the public weights were made for, besides 720 x 1280
PLAIN: Final = "A person in front of the camera."  # where nothing is told
# From the list that Wan's authors use, what concerns a portrait.
AVOIDED: Final = (
    "overexposed, blurred details, subtitles, painting, overall gray, worst quality, low quality, "
    "JPEG compression residue, ugly, incomplete, poorly drawn faces, deformed, disfigured"
)
TOKENS: Final = 512  # of a text

_Item = TypeVar("_Item")
Ask = Callable[[Tensor, Tensor, bool], Tensor]  # latents, timestep [B], whether with conditions


def picture_size(size: tuple[int, int], area_px: int, unit: int) -> tuple[int, int]:
    """Return the height and width to draw a picture of some size at.

    Its shape, an area of no more than `area_px`, sides that `unit` divides.

    Raises
    ------
    InputError
        The area is less than one unit's.
    """
    if area_px < unit * unit:
        raise InputError(f"area: expected {unit * unit} pixels or more, got {area_px}")
    scale = math.sqrt(area_px / (size[0] * size[1]))
    height, width = (max(unit, int(side * scale + 1e-6) // unit * unit) for side in size)
    return height, width


def scaled(picture: Frame, size: tuple[int, int]) -> Frame:
    """Return a picture at another height and width."""
    if picture.shape[:2] == size:
        return picture
    smaller = picture.shape[0] * picture.shape[1] > size[0] * size[1]
    how = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, size[::-1], interpolation=how), np.uint8)


def placed(points_px: FloatArray, old: tuple[int, int], new: tuple[int, int]) -> FloatArray:
    """Return points [..., 2] of a picture in pixels of the same picture at another size."""
    k = np.array([new[1] / old[1], new[0] / old[0]])
    return ((points_px + 0.5) * k - 0.5).astype(np.float32)


def check_windows(windows: Windows, temporal: int, least: int) -> None:
    """Raise :class:`InputError` unless windows of frames are whole latent frames.

    Both lengths have to be 1 + k `temporal`, since the first latent frame is one frame and every
    other `temporal`; what is shared is `least` or more.
    """
    for name, value, low in (
        ("length", windows.length, 1), ("overlap", windows.overlap, least)
    ):  # fmt: skip
        if value < low or value % temporal != 1:
            raise InputError(
                f"{name}: expected frames of a number that leaves 1 when {temporal} divides it, "
                f"{low} or more, got {value}"
            )


def filled(items: Sequence[_Item], temporal: int) -> list[_Item]:
    """Return items, the last again and again until there are 1 + k `temporal`."""
    return [*items, *[items[-1]] * (-(len(items) - 1) % temporal)]


def guides(schedule: Schedule, guidance: Guidance) -> bool:
    """Return whether any step needs a prediction without conditions."""
    return any(omega(sigma, guidance) != 1 for sigma in schedule.sigmas()[:-1])


def two_passes(ask: Ask, maps: Weights, guidance: Guidance) -> Predict:
    """Return what predicts the guided velocity v_0 + w (v_c - v_0).

    A prediction that counts nowhere is not made: v_0 where w is 1, v_c where it is 0.

    Parameters
    ----------
    ask : function
        The network.
    maps : array, shape [L, h, w]
        Where the eyes are in each latent frame; see ``guidance.eye_map``.
    guidance : Guidance
        What w is.
    """

    def predict(x: Tensor, sigma: float) -> Tensor:
        timestep = torch.full((len(x),), STEPS * sigma, device=x.device)
        total: Tensor | None = None
        found = coefficients([weight(sigma, maps, guidance)])
        for conditioned, count in zip((False, True), found, strict=True):
            if count is None:
                continue
            part = ask(x, timestep, conditioned).float()
            part = part * torch.as_tensor(count, dtype=part.dtype, device=part.device)
            total = part if total is None else total + part
        if total is None:  # coefficients add up to 1, so one at least is not 0
            raise AssertionError("guidance: no prediction counts")
        return total

    return predict


def embedded(
    pipeline: Any,  # noqa: ANN401 - of diffusers
    words: str,
    device: torch.device,
    *,
    both: bool,
) -> tuple[Tensor, Tensor | None]:
    """Return the tokens [1, 512, D] of words, and if `both` of what is to be avoided."""
    dtype = pipeline.transformer.dtype
    text, avoided = pipeline.encode_prompt(
        words or PLAIN, AVOIDED, do_classifier_free_guidance=both,
        max_sequence_length=TOKENS, device=device, dtype=dtype,
    )  # fmt: skip
    return text.to(dtype), None if avoided is None else avoided.to(dtype)


def shift_of(pipeline: Any, otherwise: float) -> float:  # noqa: ANN401 - of diffusers
    """Return the shift of noise levels that a folder's scheduler has, or another."""
    config = pipeline.scheduler.config
    for name in ("flow_shift", "shift"):
        if config.get(name) is not None:
            return float(config[name])
    return otherwise

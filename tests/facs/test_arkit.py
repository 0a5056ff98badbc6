import pytest

from cogportrait.facs.arkit import (
    BLENDSHAPE_TO_LINK,
    LINKS,
    blendshapes_of_au,
    channel_of_blendshape,
)
from cogportrait.facs.channels import AU_CHANNELS


def test_the_table_holds_the_51_shapes_of_mediapipe_but_the_ones_without_an_au() -> None:
    assert len(BLENDSHAPE_TO_LINK) == len(LINKS)
    without_au = {"mouthClose", "mouthLeft", "mouthRight", "mouthShrugUpper"}
    assert len(LINKS) + len(without_au) == 51


@pytest.mark.parametrize(
    ("au", "side", "shapes"),
    [
        (1, "L", ("browInnerUp",)),
        (4, "L", ("browDownLeft",)),
        (4, None, ("browDownLeft", "browDownRight")),
        (43, "R", ("eyeBlinkRight",)),
        (61, None, ("eyeLookOutLeft", "eyeLookInRight")),
        (13, None, ()),
    ],
)
def test_an_au_is_shown_by_these_shapes(au: int, side: str | None, shapes: tuple[str, ...]) -> None:
    assert blendshapes_of_au(au, side) == shapes  # type: ignore[arg-type]


def test_channels_of_shapes_exist() -> None:
    for link in LINKS:
        channel = channel_of_blendshape(link.blendshape)
        assert channel is None or channel in AU_CHANNELS


def test_shapes_without_channel_have_none() -> None:
    assert channel_of_blendshape("noseSneerLeft") is None
    assert channel_of_blendshape("eyeLookUpLeft") is None
    assert channel_of_blendshape("tongueOut") is None
    assert channel_of_blendshape("mouthPressLeft") == "AU24"

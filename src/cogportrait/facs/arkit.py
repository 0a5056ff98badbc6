"""ARKit / MediaPipe blendshapes <-> FACS action units.

Two public tables agree on the rows marked `agreed`; the others are our synthesis and are known to
be approximate (a blendshape is one artist's idea of an action unit). ARKit has no shape for AU11,
13, 21 and 23; MediaPipe gives the 51 ARKit names without ``tongueOut`` after ``_neutral``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from cogportrait.facs.channels import Side, au_channel


@dataclass(frozen=True, slots=True)
class BlendshapeLink:
    """One blendshape and the action unit that it shows."""

    blendshape: str  # ARKit spelling
    au: int  # FACS number; 61..64 are gaze directions, 43 is lid closure
    side: Side | None  # None = whole face
    agreed: bool  # two public tables agree; False = our synthesis


def _pair(stem: str, au: int, *, agreed: bool = True) -> list[BlendshapeLink]:
    return [
        BlendshapeLink(f"{stem}Left", au, "L", agreed),
        BlendshapeLink(f"{stem}Right", au, "R", agreed),
    ]


LINKS: Final[tuple[BlendshapeLink, ...]] = (
    BlendshapeLink("browInnerUp", 1, None, agreed=True),
    *_pair("browOuterUp", 2),
    *_pair("browDown", 4),
    *_pair("eyeWide", 5),
    *_pair("cheekSquint", 6),
    *_pair("eyeSquint", 7),
    *_pair("noseSneer", 9),
    *_pair("mouthUpperUp", 10),
    *_pair("mouthSmile", 12),
    *_pair("mouthDimple", 14, agreed=False),
    *_pair("mouthFrown", 15),
    *_pair("mouthLowerDown", 16, agreed=False),
    BlendshapeLink("mouthShrugLower", 17, None, agreed=True),
    BlendshapeLink("mouthPucker", 18, None, agreed=False),
    *_pair("mouthStretch", 20),
    BlendshapeLink("mouthFunnel", 22, None, agreed=False),
    *_pair("mouthPress", 24),
    BlendshapeLink("jawOpen", 26, None, agreed=False),  # 25, 26, 27 by size
    BlendshapeLink("mouthRollLower", 28, None, agreed=False),
    BlendshapeLink("mouthRollUpper", 28, None, agreed=False),
    BlendshapeLink("jawForward", 29, None, agreed=False),
    BlendshapeLink("jawLeft", 30, "L", agreed=False),
    BlendshapeLink("jawRight", 30, "R", agreed=False),
    BlendshapeLink("cheekPuff", 34, None, agreed=False),
    *_pair("eyeBlink", 43, agreed=False),  # 45 when brief, 46 when of one eye
    # The eye that looks "out" on one side looks left or right, whichever eye it is.
    BlendshapeLink("eyeLookOutLeft", 61, "L", agreed=True),
    BlendshapeLink("eyeLookInRight", 61, "R", agreed=True),
    BlendshapeLink("eyeLookInLeft", 62, "L", agreed=True),
    BlendshapeLink("eyeLookOutRight", 62, "R", agreed=True),
    *_pair("eyeLookUp", 63),
    *_pair("eyeLookDown", 64),
)

BLENDSHAPE_TO_LINK: Final[Mapping[str, BlendshapeLink]] = MappingProxyType(
    {link.blendshape: link for link in LINKS}
)


def blendshapes_of_au(au: int, side: Side | None = None) -> tuple[str, ...]:
    """Return the blendshapes that show an action unit, on one side or on all.

    ``blendshapes_of_au(4, "L") == ("browDownLeft",)``; empty when ARKit has none.
    """
    return tuple(
        link.blendshape
        for link in LINKS
        if link.au == au and (side is None or link.side in (side, None))
    )


def channel_of_blendshape(blendshape: str) -> str | None:
    """Return the AU channel that a blendshape shows, or None when there is no such channel.

    A whole-face shape of a sided channel (``browInnerUp``) is named by its left channel, and a
    sided shape of a whole-face channel (``mouthPressLeft``) by that channel. Gaze shapes have no
    AU channel: they are angles.
    """
    link = BLENDSHAPE_TO_LINK.get(blendshape)
    if link is None or link.au in _WITHOUT_CHANNEL:
        return None
    if link.au in _WHOLE_FACE:
        return au_channel(link.au)
    return au_channel(link.au, link.side or "L")


_WITHOUT_CHANNEL: Final = frozenset({9, 16, 29, 30, 34, 61, 62, 63, 64})
_WHOLE_FACE: Final = frozenset({10, 17, 18, 22, 23, 24, 25, 26, 27, 28})

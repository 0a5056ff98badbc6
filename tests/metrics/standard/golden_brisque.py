"""Pictures without flat regions, and what the package brisque 0.2.0 says of them.

Run with that package (it needs NumPy before 2.4), this prints ``SCORES`` anew:

    pip install 'numpy<2.3' scipy opencv-python-headless scikit-image brisque==0.2.0
    python -m tests.metrics.standard.golden_brisque
"""

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage import data

# Deviation of the blur in pixels, of the noise in levels -> score.
SCORES: dict[tuple[float, float], float] = {
    (0.0, 2.0): 4.746994604360424,
    (0.0, 8.0): 27.48191818439838,
    (0.0, 25.0): 57.627634948566396,
    (1.5, 2.0): 40.351073533906145,
    (4.0, 2.0): 31.816352301730802,
}


def picture(blur_px: float, noise: float) -> NDArray[np.uint8]:
    """Return the NASA portrait with less contrast, blurred, with noise; nothing is flat."""
    x = 40 + 0.65 * data.astronaut().astype(np.float64)
    if blur_px:
        x = cv2.GaussianBlur(x, (0, 0), blur_px)
    x = x + np.random.default_rng(0).normal(0, noise, x.shape)
    return np.clip(x, 0, 255).round().astype(np.uint8)


if __name__ == "__main__":
    from brisque import BRISQUE

    scorer = BRISQUE()
    for given in SCORES:
        print(f"    {given}: {float(scorer.score(picture(*given)))!r},")  # noqa: T201

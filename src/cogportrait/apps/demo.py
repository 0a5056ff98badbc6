"""``cogportrait demo``: the NASA portrait, three states of mind."""

from pathlib import Path
from typing import Final

import numpy as np

from cogportrait.apps.console import Console
from cogportrait.apps.drawing_options import DrawnBy
from cogportrait.apps.runs import Drawing, SideFiles, run_animate
from cogportrait.face.landmarker import track_portrait
from cogportrait.io.atomic import check_output_folder, output_error
from cogportrait.pipeline import Request
from cogportrait.types import Portrait

LABELS: Final = ("cognitive_effort", "drowsiness", "happiness")
DURATION_S: Final = 6.0


def run_demo(folder: Path, *, seed: int, console: Console) -> None:
    """Write video, contact sheet and plot of each label into `folder`, and say where."""
    make_folder(folder)
    portrait = demo_portrait()
    for label in LABELS:
        files = SideFiles(
            controls=folder / f"{label}.json",
            sheet=folder / f"{label}-sheet.png",
            plot=folder / f"{label}-plot.png",
        )
        run_animate(
            portrait,
            Request(label=label, duration_s=DURATION_S, seed=seed),
            folder / f"{label}.mp4",
            Drawing(DrawnBy(), files, console),
        )


def make_folder(folder: Path) -> None:
    """Make a folder for results, in one that is there.

    Raises
    ------
    OutputError
        Something else has that name, or the folder that is to hold it is missing or not writable.
    """
    target = check_output_folder(folder)
    try:
        target.mkdir(exist_ok=True)
    except OSError as error:
        raise output_error(folder, error) from error


def demo_portrait() -> Portrait:
    """Return scikit-image's portrait of the astronaut Eileen Collins (NASA, public domain)."""
    from skimage import data

    return track_portrait(np.ascontiguousarray(data.astronaut()), name="astronaut")

"""DSL-FIQA, how good generated frames look as pictures of a face; higher is better.

The mean over generated frames of the opinion score that the network of DSL-FIQA predicts; 0..1 with
the authors' weights. The network cannot be run from here: it is no package, its program needs its
authors' repository (with a changed copy of timm inside) and a second network for landmarks, and it
draws the patches it looks at by chance. So the number is taken from what that program writes, a
table ``prediction.csv`` with the columns ``Name`` and ``Predict``, a row per frame. Frames have to
be named CLIP_NUMBER, as in ``smile_000012`` (``docs/metrics.md`` says how they are written), and
all that belong to a clip are averaged. NaN for a clip that the table does not have.

References
----------
Chen, W.-T. et al. (2024). DSL-FIQA: assessing facial image quality via dual-set degradation
learning and landmark-guided transformer. CVPR. Code: github.com/DSL-FIQA/DSL-FIQA.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np

from cogportrait.errors import InputError
from cogportrait.io.tables import read_table
from cogportrait.metrics.standard.files import CACHE, Given
from cogportrait.metrics.standard.measure import (
    ClipStart,
    FramePair,
    MeasureName,
    Missing,
    Scope,
)

TABLE: Final = "prediction.csv"
COLUMNS: Final = ("Name", "Predict")


class DslFiqa:
    """DSL-FIQA of a clip, from a table of scores: clip -> scores of its frames."""

    scope = Scope.CLIP

    def __init__(self, scores: Mapping[str, list[float]], source: str) -> None:
        self.source = source
        self._scores = scores
        self._clip = ""

    def begin(self, clip: ClipStart) -> None:
        """Take up a clip: its name is what the table is searched for."""
        self._clip = clip.name

    def update(self, pair: FramePair) -> None:
        """Take a frame: its score is known."""

    def compute(self) -> float:
        """Return the mean over the clip's frames in the table; NaN for none."""
        scores = self._scores.get(self._clip, [])
        return float(np.mean(scores)) if scores else float("nan")


def open_dsl_fiqa(given: Given) -> DslFiqa | Missing:
    """Return DSL-FIQA, or what is missing for it.

    Raises
    ------
    InputError
        The table cannot be read.
    """
    own = [given.folder] if given.folder is not None else []
    places = [folder / TABLE for folder in (*own, Path(CACHE).expanduser())]
    place = given.path or next((p for p in places if p.is_file()), None)
    if place is None:
        return Missing(
            MeasureName.DSL_FIQA,
            "a table of scores is not there",
            "score the frames with test_custom.py of github.com/DSL-FIQA/DSL-FIQA and give its "
            f"{TABLE}",
        )
    return DslFiqa(read_scores(place), place.name)


def read_scores(file: Path) -> dict[str, list[float]]:
    """Return the scores of frames in a table, clip by clip.

    Raises
    ------
    InputError
        It is no table of ``Name`` and ``Predict``, or a name is not CLIP_NUMBER.
    """
    table = read_table(file, "scores of frames")
    lost = table.first_missing(COLUMNS)
    if lost:
        raise InputError(f"{file}: expected the columns {' and '.join(COLUMNS)}, {lost} is missing")
    column = table.column(COLUMNS[0])
    scores: dict[str, list[float]] = {}
    for number, (row, score) in enumerate(
        zip(table.rows, table.numbers(COLUMNS[1]), strict=True), 2
    ):
        clip, mark, frame = row[column].strip().rpartition("_")
        if not (mark and frame.isascii() and frame.isdigit()):
            raise InputError(
                f"{file}: row {number}: expected a frame named CLIP_NUMBER, as smile_000012, got "
                f"{row[column]!r}"
            )
        scores.setdefault(clip, []).append(float(score))
    return scores

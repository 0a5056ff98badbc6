"""What a benchmark is made of, counted and drawn."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from tests.emh.emhs import clip, emh

from cogportrait.bench.statistics import statistics_of, table_lines
from cogportrait.bench.statistics_figure import actors_label, statistics_png, title_of


def test_videos_and_actors_are_counted_by_category() -> None:
    made = emh(
        clip("a", "laughter", "x"), clip("b", "laughter", "x"), clip("c", "laughter", None),
        clip("d", "neutral", "y"),
    )  # fmt: skip
    found = statistics_of(made)
    assert len(found.rows) == 13  # the 12 and neutral
    laughter = next(row for row in found.rows if row.category == "laughter")
    assert (laughter.clips, laughter.actors, laughter.nameless) == (3, 1, 1)
    assert found.total.actors == 2
    table = list(table_lines(found))
    assert "| laughter | 3 | 1 + 1 clip of unknown | 0.2 |" in table
    assert table[-1] == "| all | 4 | 2 + 1 clip of unknown | 0.3 |"


@pytest.mark.parametrize(
    ("actors", "told", "label", "cell"),
    [
        (["x"], "1 clip, 1 actor", "1", "1"),
        (["x", "y", "y"], "3 clips, 2 actors", "2", "2"),
        ([None] * 4, "4 clips, actors unknown", "unknown", "unknown"),
        (
            ["x", "y", None],
            "3 clips, 2 actors + 1 clip of unknown",
            "2 + unknown",
            "2 + 1 clip of unknown",
        ),
        (
            ["x", "y", None, None, None],
            "5 clips, 2 actors + 3 clips of unknown",
            "2 + unknown",
            "2 + 3 clips of unknown",
        ),
    ],
)
def test_actors_that_are_unknown_are_not_none(
    actors: list[str | None], told: str, label: str, cell: str
) -> None:
    found = statistics_of(emh(*(clip(str(i), "fear", who) for i, who in enumerate(actors))))
    assert title_of(found) == f"mine: {told}, {found.total.seconds / 60:.1f} minutes"
    labels = {row.category: actors_label(row) for row in found.rows}
    assert labels["fear"] == label
    assert labels["laughter"] == "0"  # there is no clip of it
    counted = {line.split(" | ")[0]: line.split(" | ")[2] for line in list(table_lines(found))[2:]}
    assert (counted["| fear"], counted["| laughter"]) == (cell, "0")


def test_lengths_and_faces_fall_into_the_papers_buckets() -> None:
    lengths = [0.5, 1.0, 2.9, 3.0, 6.9, 7.0, 100.0]
    faces = [63.0, 64.0, 95.0, 447.0, 448.0, 900.0, None]
    clips = [
        replace(clip(str(i), None, None), seconds=s, face_px=px)
        for i, (s, px) in enumerate(zip(lengths, faces, strict=True))
    ]
    found = statistics_of(emh(*clips))
    assert [(one.name, one.clips) for one in found.lengths] == [
        ("<1 s", 1), ("1-3 s", 2), ("3-5 s", 1), ("5-7 s", 1), (">7 s", 2),
    ]  # fmt: skip
    assert [one.usual for one in found.lengths] == [False, True, True, True, True]
    names = {one.name: one.clips for one in found.faces}
    assert names["<64"] == 1
    assert names["64-96"] == 2
    assert names["416-448"] == 1
    assert names[">448"] == 2
    assert len(names) == 14
    assert found.unmeasured == 1
    assert np.isnan(found.frontal)


def test_what_is_not_there_has_no_bucket() -> None:
    made = emh(replace(clip("a", "joy", "x"), category="happiness", face_px=100.0, frontal=0.5))
    found = statistics_of(made)
    assert [one.name for one in found.lengths] == ["1-3 s", "3-5 s", "5-7 s", ">7 s"]
    assert len(found.faces) == 12
    assert found.frontal == 0.5


@pytest.mark.parametrize("name", ["mine", "$\\frac{数据" * 60])
def test_the_figure_is_a_picture_whatever_the_name(name: str) -> None:
    made = replace(emh(clip("a", "fear", "x"), clip("b", None, None)), name=name)
    picture = Image.open(BytesIO(statistics_png(statistics_of(made))))
    assert picture.size == (1625, 858)
    pixels = np.asarray(picture.convert("RGB"))
    assert (pixels == [0, 0x72, 0xB2]).all(-1).sum() > 1000  # bars of videos
    assert (pixels == [0xE6, 0x9F, 0]).all(-1).sum() > 500  # and of actors

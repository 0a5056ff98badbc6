"""Tables of eye trackers become degrees with the project's signs."""

from pathlib import Path

import numpy as np
import pytest

from cogportrait.errors import MediaError
from cogportrait.io.gaze_tables import ANDERSSON_SCREEN, Screen, read_gaze_table


def csv_table(path: Path, rows: list[str], header: str = "t_s,x_px,y_px,event") -> Path:
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def test_the_right_of_the_screen_is_the_subjects_right_and_its_bottom_is_down(
    tmp_path: Path,
) -> None:
    rows = ["0.000,512,384,1", "0.002,900,384,2", "0.004,512,700,1", "0.006,0,0,5"]
    recording = read_gaze_table(csv_table(tmp_path / "a.csv", rows))
    assert recording.rate_hz == pytest.approx(500)
    np.testing.assert_allclose(recording.gaze_deg[0], 0, atol=1e-9)
    assert recording.gaze_deg[1, 0] == pytest.approx(-12.13, abs=0.01)
    assert recording.gaze_deg[2, 1] < -8
    assert np.isnan(recording.gaze_deg[3]).all()
    assert recording.codes is not None
    assert recording.codes.tolist() == [1, 2, 1, 5]


def test_the_edge_of_the_screen_is_where_trigonometry_puts_it() -> None:
    screen = Screen(100, 100, 2.0, 2.0, 1.0)
    np.testing.assert_allclose(screen.gaze_deg(np.array([0.0]), np.array([50.0])), [[45.0, 0.0]])
    assert ANDERSSON_SCREEN.width_px == 1024


def test_a_structured_array_is_read(tmp_path: Path) -> None:
    kinds = [("t", "f8"), ("x", "f4"), ("y", "f4"), ("status", "?"), ("evt", "u1")]
    table = np.array([(i / 1000, 3.0, -2.0, i != 1, 1) for i in range(5)], dtype=kinds)
    np.save(tmp_path / "a.npy", table)
    recording = read_gaze_table(tmp_path / "a.npy")
    assert recording.rate_hz == pytest.approx(1000)
    assert recording.gaze_deg[0].tolist() == [-3.0, -2.0]
    assert np.isnan(recording.gaze_deg[1]).all()


def test_a_tobii_table_is_the_mean_of_the_eyes_that_were_seen(tmp_path: Path) -> None:
    header = (
        "RelTimestamp\tLGazePos2dx\tLGazePos2dy\tLValidity\tRGazePos2dx\tRGazePos2dy\tRValidity"
    )
    rows = ["0\t.5\t.5\t0\t.6\t.5\t0", "3.333\t.5\t.5\t0\t.9\t.9\t4", "6.667\t0\t0\t4\t0\t0\t4"]
    recording = read_gaze_table(csv_table(tmp_path / "a.tsv", rows, header))
    assert recording.rate_hz == pytest.approx(300, rel=0.01)
    assert recording.codes is None
    assert recording.gaze_deg[0, 0] < 0
    np.testing.assert_allclose(recording.gaze_deg[1], 0, atol=1e-9)
    assert np.isnan(recording.gaze_deg[2]).all()


@pytest.mark.parametrize(
    ("header", "rows", "message"),
    [
        ("a,b", ["1,2"], "expected the columns t_s, x_px, y_px"),
        ("t_s,x_px,y_px", ["0,1,2"], "expected at least 3 samples, got 1"),
        ("t_s,x_px,y_px", ["0,1,2", "0,1"], "row 3: expected 3 cells, got 2"),
        ("t_s,x_px,y_px", ["0,1,2"] * 4, "expected time stamps that rise"),
        ("t_s,x_px,y_px,event", ["0,1,2,1", "1,1,2,x", "2,1,2,1"], "row 3: expected a number as"),
        ("t_s,x_px,y_px,event", ["0,1,2,1", "1,1,2,0_1", "2,1,2,1"], "row 3: expected a number as"),
        (
            "t_s,x_px,y_px,event",
            ["0,1,2,1", "1,1,2,\N{ARABIC-INDIC DIGIT ONE}", "2,1,2,1"],
            "row 3: ",
        ),
        ("RelTimestamp,LGazePos2dx,RGazePos2dx", ["0,1,2"], "expected the columns t_s, x_px"),
    ],
)
def test_what_is_no_recording_is_refused(
    tmp_path: Path, header: str, rows: list[str], message: str
) -> None:
    with pytest.raises(MediaError, match=message):
        read_gaze_table(csv_table(tmp_path / "a.csv", rows, header))


def test_arrays_that_are_no_recordings_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros(3))
    with pytest.raises(MediaError, match="expected the fields t, x, y, status"):
        read_gaze_table(tmp_path / "a.npy")
    (tmp_path / "b.npy").write_bytes(b"no array")
    with pytest.raises(MediaError, match="cannot be read as a NumPy array"):
        read_gaze_table(tmp_path / "b.npy")
    with pytest.raises(MediaError, match="no such file"):
        read_gaze_table(tmp_path / "c.npy")

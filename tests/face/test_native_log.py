"""MediaPipe's notes are dropped; what anybody else writes to standard error is not."""

import os
import subprocess
import sys

import pytest

from cogportrait.face.native_log import native_notes_dropped

NOTES = (
    b"WARNING: Logging before InitGoogle() is written to STDERR\n"
    b"W0000 00:00:1795478579.597125    2322 face_landmarker_graph.cc:181] Sets something.\n"
    b"I0000 00:00:1795478579.597125    2322 gl_context.cc:85] Initialized.\n"
    b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n"
    b"INFO: [environment.cc:36] Creating LiteRT environment with options\n"
)


def test_notes_are_dropped_and_all_else_comes_out(capfd: pytest.CaptureFixture[str]) -> None:
    with native_notes_dropped():
        os.write(2, NOTES + b"E0000 00:00:1795478579.597125    2322 a.cc:1] broken\n")
        os.write(2, b"WARNING: mine")
    os.write(2, b", and after\n")
    assert capfd.readouterr().err.splitlines() == [
        "E0000 00:00:1795478579.597125    2322 a.cc:1] broken",
        "WARNING: mine, and after",
    ]


def test_an_error_inside_passes_and_standard_error_is_back(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(RuntimeError), native_notes_dropped():
        raise RuntimeError
    os.write(2, b"back\n")
    assert capfd.readouterr().err == "back\n"


def test_the_library_says_nothing_of_its_own() -> None:
    code = (
        "import numpy as np; from cogportrait.face.landmarker import track_stills, track_video;"
        "frame = np.zeros((64, 64, 3), np.uint8); track_stills([frame]); track_video([frame], 25)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout == ""


def test_a_tracked_portrait_is_quiet() -> None:
    code = (
        "import numpy as np; from skimage import data;"
        "from cogportrait.face.landmarker import track_portrait;"
        "track_portrait(np.ascontiguousarray(data.astronaut()))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stderr == ""


def test_a_closed_standard_error_does_no_harm() -> None:
    code = (
        "import os; os.close(2); from cogportrait.face.native_log import native_notes_dropped\n"
        "with native_notes_dropped(): print('in')"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "in\n"

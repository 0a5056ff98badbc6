"""What the library that comes with the package may hold."""

import pytest

from cogportrait.agents.casting import shipped_library


@pytest.mark.parametrize("person", ["alex", "openface/pyfeat_OpenFace_Test"])
def test_nobody_in_the_shipped_library_goes_by_a_file_name(person: str) -> None:
    assert person not in {p.person for p in shipped_library().prototypes}


def test_faces_in_the_shipped_library_have_rates_that_cameras_have() -> None:
    eyes = ("gaze_shift", "fixation")
    rates = {p.rate_hz for p in shipped_library().prototypes if p.kind not in eyes}
    assert 19 <= min(rates) <= max(rates) <= 60

"""Events are found by time as all of them, one by one, would give them."""

import numpy as np
import pytest

from cogportrait.behavior.segment.events import EventType, FaceEvent
from cogportrait.behavior.segment.timeline import Timeline


@pytest.mark.parametrize("seed", range(4))
def test_events_about_a_time_are_those_that_reach_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    events = [
        FaceEvent(EventType.NOD, start, start, start + length, 1.0)
        for start, length in zip(rng.uniform(0, 20, 60), rng.exponential(1.5, 60), strict=True)
    ]
    timeline = Timeline(events)
    for time_s in rng.uniform(-1, 25, 80):
        about = [e for e in events if e.onset_s - 0.2 <= time_s <= e.offset_s + 0.2]
        assert {id(e) for e in timeline.about(time_s, 0.2)} == {id(e) for e in about}


def test_without_events_there_are_none_about_a_time() -> None:
    assert Timeline([]).about(0.0, 1.0) == []

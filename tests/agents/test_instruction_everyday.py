"""Everyday sentences that were once read wrongly, or not at all."""

import pytest
from tests.agents.readings import seen


@pytest.mark.parametrize("word", ["nan", "inf", "infinity", "zillion", "some"])
@pytest.mark.parametrize("do", ["blinks", "look left", "nods"])
def test_a_word_that_is_no_number_counts_nothing_and_is_reported(do: str, word: str) -> None:
    events, reading = seen(f"{do} {word} times")
    assert len(events) == 1
    assert word in reading.not_understood


@pytest.mark.parametrize("calm", ["calm down", "calms down", "slow down", "settle down"])
@pytest.mark.parametrize("do", ["throw the head back", "look left", "raise the brows"])
def test_who_calms_down_goes_nowhere(do: str, calm: str) -> None:
    events, reading = seen(f"{do}, then {calm}")
    assert len(events) == 1
    assert "down" in reading.not_understood

"""The parts of Stage 1 that can be left out, by name."""

from enum import StrEnum


class Ablation(StrEnum):
    """A part that is left out."""

    DIRECT_LABEL = "direct-label"  # the label's mean action units, held; no events, no time
    RULE_RETRIEVAL = "rule-retrieval"  # recordings of the label one after the other, by the clock
    PLANNER_ONLY = "planner-only"  # the plan's targets joined by straight lines, no recordings
    NO_CRITIC = "no-critic"  # planner and composer; nothing is checked or repaired

"""The lids of somebody who laughs."""

import numpy as np
import pytest
from numpy.typing import NDArray

from cogportrait.agents.loop import compile_brief
from cogportrait.behavior.expectations import expectations
from cogportrait.behavior.labels import priors
from cogportrait.behavior.signature import measure_signature
from cogportrait.facs.channels import au_columns
from cogportrait.spans import runs
from cogportrait.types import Brief, CompiledBrief, EventKind

SEEDS = range(6)


@pytest.fixture(scope="module")
def laughs() -> list[CompiledBrief]:
    return [compile_brief(Brief("laughter", 10.0, seed=seed)) for seed in SEEDS]


def closure_of(compiled: CompiledBrief) -> NDArray[np.float64]:
    return compiled.controls.aus[:, list(au_columns(43))].mean(1).astype(np.float64)


def test_half_shut_lids_do_not_stick(laughs: list[CompiledBrief]) -> None:
    for compiled in laughs:
        closure = closure_of(compiled)
        still = np.abs(np.diff(closure)) < 0.01
        stuck = runs(still & (closure[1:] > 0.4))
        assert max((b - a for a, b in stuck), default=0) / 25 <= 0.3


def test_lids_close_partly_in_the_peaks_of_a_bout(laughs: list[CompiledBrief]) -> None:
    shares: list[float] = []
    for compiled in laughs:
        closure = closure_of(compiled)
        for bout in compiled.plan.of_kind(EventKind.LAUGH):
            whole = bout.start_s + bout.onset_s + bout.hold_s
            if whole < 9.5:
                part = closure[int(bout.start_s * 25) : int(whole * 25)]
                assert part.max() >= 0.4
                shares.append(float((part > 0.5).mean()))
    expected = priors("laughter").other("eyes_closed_share_in_bout")
    assert expected.sd is not None
    assert abs(np.mean(shares) - expected.number) < expected.sd / 2


def test_peaks_are_no_blinks(laughs: list[CompiledBrief]) -> None:
    rates = [measure_signature(c.controls).blink_rate_per_min for c in laughs]
    wanted = expectations("laughter")["blinks a minute"]
    assert abs(np.mean(rates) - wanted.mean) < 1.5 * wanted.spread
    resting = [measure_signature(c.controls).resting_closure for c in laughs]
    wanted = expectations("laughter")["resting closure"]
    assert abs(np.mean(resting) - wanted.mean) < wanted.spread
    assert all(c.rounds == 1 for c in laughs)

"""Each check finds the violation that is put in, and nothing else is found in a valid clip."""

from collections.abc import Callable

import numpy as np
import pytest
from tests.agents.sequences import (
    au_jumps,
    au_out_of_range,
    blink_opens_faster,
    diverged,
    eye_too_far,
    eye_too_fast,
    eyes_apart,
    fast_gaps,
    glide,
    head_early,
    head_jumps,
    head_late,
    head_too_far,
    lid_too_fast,
    no_vor,
    one_frame_blink,
    one_lid,
    one_sided,
    step,
    two_peaks,
    wide_and_closed,
    with_au,
)

from cogportrait.agents.critic import criticize
from cogportrait.agents.loop import compile_brief
from cogportrait.agents.repair import repair
from cogportrait.facs.channels import AU_CHANNELS
from cogportrait.types import (
    Brief,
    ControlSequence,
)

INJECTED: dict[str, tuple[str, Callable[[], ControlSequence]]] = {
    "a glide": ("smooth_gaze", glide),
    "an eye turned too far": ("eye_range", eye_too_far),
    "an eye that is too fast": ("saccade_step_per_frame", eye_too_fast),
    "saccades without a fixation": ("fixation_min", fast_gaps),
    "eyes that go along with the head": ("vor", no_vor),
    "one eye higher than the other": ("conjugacy", eyes_apart),
    "diverging eyes": ("vergence", diverged),
    "a head turned too far": ("head_range", head_too_far),
    "a head that jumps": ("head_kin", head_jumps),
    "a brow that jumps": ("AU_rate", au_jumps),
    "an intensity above 1": ("au_range", au_out_of_range),
    "lids raised and closed": ("AU_exclusive", wide_and_closed),
    "one brow lowered": ("asymmetry", one_sided),
    "a blink of one frame": ("blink_shape", one_frame_blink),
    "a blink that opens faster": ("blink_shape", blink_opens_faster),
    "a lid faster than lids": ("lid_main_sequence", lid_too_fast),
    "one lid closing alone": ("LR_lids", one_lid),
    "a head that starts late": ("head_eye_order", head_late),
    "a head that starts early": ("head_eye_order", head_early),
    "a blink that closes twice": ("blink_shape", two_peaks),
}


@pytest.mark.parametrize("name", INJECTED)
def test_an_injected_violation_is_found(name: str) -> None:
    check, build = INJECTED[name]
    found = {v.check for v in criticize(build()).hard}
    assert check in found


@pytest.mark.parametrize("name", INJECTED)
def test_a_repaired_violation_is_gone_and_repairing_again_changes_nothing(name: str) -> None:
    broken = INJECTED[name][1]()
    once = repair(broken)
    assert once.actions
    assert not criticize(once.controls).hard
    twice = repair(once.controls)
    assert twice.controls is once.controls
    assert not twice.actions


def test_repair_gives_back_a_valid_sequence_untouched() -> None:
    controls = compile_brief(Brief("evasive_response", 6.0, seed=2)).controls
    assert repair(controls).controls is controls


def test_repairing_the_brows_leaves_gaze_and_head_alone() -> None:
    controls = compile_brief(Brief("neutral", 4.0, seed=2)).controls
    broken = with_au(controls, 1, step(30, 0.9))
    mended = repair(broken).controls
    assert np.array_equal(mended.gaze_deg, controls.gaze_deg)
    assert np.array_equal(mended.head_deg, controls.head_deg)
    assert np.array_equal(mended.au("AU43_L"), controls.au("AU43_L"))


def test_a_repaired_glide_still_goes_where_it_went() -> None:
    mended = repair(glide()).controls
    assert mended.gaze_deg[-1, 0, 0] == pytest.approx(15, abs=2.6)
    assert np.abs(mended.gaze_deg[:20]).max() < 1


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("fps", [12.0, 25.0, 60.0, 240.0])
def test_even_noise_is_made_possible(seed: int, fps: float) -> None:
    rng = np.random.default_rng(seed)
    n = 150
    noise = ControlSequence(
        fps=fps,
        aus=rng.random((n, len(AU_CHANNELS))).astype(np.float32) * 1.2,
        gaze_deg=rng.normal(0, 25, (n, 2, 2)).astype(np.float32),
        head_deg=rng.normal(0, 40, (n, 3)).astype(np.float32),
        head_shift_iod=rng.normal(0, 1, (n, 3)).astype(np.float32),
    )
    assert not criticize(repair(noise).controls).hard

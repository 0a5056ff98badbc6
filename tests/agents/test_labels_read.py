"""Every label shows its signature within seconds, and no two look alike."""

import itertools

import numpy as np
import pytest
from tests.agents.signals import au, clip

from cogportrait.agents.checks_face import perclos
from cogportrait.agents.loop import compile_brief
from cogportrait.behavior.labels import LABELS, priors
from cogportrait.facs.channels import au_columns
from cogportrait.types import Brief, ControlSequence, EventKind

SEEDS = range(5)

SIGNATURE: dict[str, dict[int, float]] = {
    "happiness": {6: 0.3, 12: 0.45},
    "sadness": {1: 0.35, 4: 0.2, 15: 0.25},
    "anger": {4: 0.5, 7: 0.3},
    "fear": {1: 0.4, 2: 0.25, 4: 0.25, 5: 0.5},
    "disgust": {10: 0.4, 7: 0.35, 4: 0.25},
    "surprise": {1: 0.45, 2: 0.45, 5: 0.35, 26: 0.3},
    "laughter": {6: 0.6, 12: 0.6, 26: 0.25},
    "cognitive_effort": {4: 0.2, 7: 0.15},
    "low_arousal_negative": {43: 0.2, 15: 0.15},
    "social_engagement": {12: 0.2, 1: 0.2},
    "evasive_response": {14: 0.1, 24: 0.1},
    "drowsiness": {43: 0.3},
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("label", SIGNATURE)
def test_the_face_of_a_label_shows_within_two_seconds(label: str, seed: int) -> None:
    controls = clip(label, 2.0, seed)
    for number, least in SIGNATURE[label].items():
        assert au(controls, number).max() >= least, number


@pytest.mark.parametrize("label", LABELS)
def test_half_a_second_is_enough_for_something_sensible(label: str) -> None:
    compiled = compile_brief(Brief(label, 0.5, seed=1))
    assert not compiled.critique.hard
    if label in SIGNATURE and label != "social_engagement":
        assert np.abs(compiled.controls.to_matrix()).max() > 0.15


@pytest.mark.parametrize("seed", SEEDS)
def test_thinking_looks_away_and_stays_without_blinking(seed: int) -> None:
    controls = clip("cognitive_effort", 3.0, seed)
    away = np.hypot(*controls.gaze_deg.mean(axis=1).T) > 6
    assert away[10:45].mean() > 0.6


@pytest.mark.parametrize("seed", SEEDS)
def test_thinking_starts_with_a_look_up_and_aside(seed: int) -> None:
    controls = clip("cognitive_effort", 3.0, seed)
    space = controls.gaze_deg.mean(axis=1) + controls.head_deg[:, :2]
    yaw, pitch = np.median(space[15:40], axis=0)
    assert pitch > 5
    assert abs(yaw) > 4


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_after_thinking_comes_a_flurry_of_blinks(seed: int) -> None:
    plan = compile_brief(Brief("cognitive_effort", 120.0, seed=seed)).plan
    starts = np.asarray([e.start_s for e in plan.of_kind(EventKind.BLINK)])
    returns = [e.start_s for e in plan.of_kind(EventKind.GAZE) if "answer" in e.reason]
    after = [int(((starts > t - 0.3) & (starts < t + 3)).sum()) for t in returns[:-1]]
    assert after[0] >= 2
    assert sum(n >= 2 for n in after) >= 3
    assert len(starts) / 2 <= priors("cognitive_effort").blink_rate_listening.span[1]  # a minute


def _looking_at_partner(controls: ControlSequence) -> float:
    space = controls.gaze_deg.mean(axis=1) + controls.head_deg[:, :2]
    return float((np.hypot(*space.T) < 5).mean())


@pytest.mark.parametrize(
    ("label", "low", "high"),
    [
        ("neutral", 0.65, 1.0),
        ("anger", 0.6, 1.0),
        ("social_engagement", 0.65, 1.0),
        ("cognitive_effort", 0.1, 0.55),
        ("evasive_response", 0.1, 0.5),
        ("sadness", 0.2, 0.6),
    ],
)
def test_labels_look_at_the_partner_as_much_as_they_should(
    label: str, low: float, high: float
) -> None:
    shares = [_looking_at_partner(clip(label, 60.0, seed)) for seed in range(3)]
    assert low <= np.mean(shares) <= high


@pytest.mark.parametrize("seed", range(4))
def test_drowsy_eyes_are_closed_for_ten_to_forty_percent_of_a_minute(seed: int) -> None:
    controls = clip("drowsiness", 60.0, seed)
    share = perclos(controls.aus[:, list(au_columns(43))])
    assert 0.1 <= share <= 0.4


def test_a_drowsy_head_sinks_only_behind_closed_eyes() -> None:
    plan = compile_brief(Brief("drowsiness", 40.0, seed=3)).plan
    closures = [e for e in plan.of_kind(EventKind.CLOSURE) if e.value("closure") == 1.0]
    sinks = [e for e in plan.of_kind(EventKind.HEAD) if "sinks once" in e.reason]
    assert sinks
    for sink in sinks:
        assert any(
            c.start_s + c.onset_s <= sink.start_s - 0.45 and sink.start_s < c.end_s
            for c in closures
        )


def test_laughter_beats_at_four_to_five_hertz() -> None:
    controls = clip("laughter", 4.0, 2, fps=60.0)
    jaw = au(controls, 26)[30:120]
    power = np.abs(np.fft.rfft((jaw - jaw.mean()) * np.hanning(len(jaw)), 1024))
    frequency = np.fft.rfftfreq(1024, 1 / 60)
    beat = frequency[(frequency > 2)][power[frequency > 2].argmax()]
    assert 4.3 <= beat <= 5.1


def test_no_blink_hides_the_apex_of_surprise() -> None:
    for seed in SEEDS:
        plan = compile_brief(Brief("surprise", 20.0, seed=seed)).plan
        blinks = plan.of_kind(EventKind.BLINK)
        for event in plan.of_kind(EventKind.EXPRESSION):
            if event.reason == "brows shoot up":
                apex = (event.start_s + event.onset_s, event.start_s + event.onset_s + event.hold_s)
                assert not any(apex[0] < b.start_s + b.onset_s < apex[1] for b in blinks)


def test_fear_startles_in_order_blink_lids_brows() -> None:
    plan = compile_brief(Brief("fear", 4.0, seed=1)).plan
    order = [next(e.start_s for e in plan.events if r in e.reason)
             for r in ("startle blink", "eyes widen", "brows rise")]  # fmt: skip
    assert order == sorted(order)


def test_evasive_eyes_leave_before_the_head() -> None:
    for seed in SEEDS:
        plan = compile_brief(Brief("evasive_response", 4.0, seed=seed)).plan
        eyes = next(e.start_s for e in plan.events if "eyes leave" in e.reason)
        head = next(e.start_s for e in plan.events if "head turns away" in e.reason)
        assert 0 < head - eyes <= 0.5


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("speaking", [False, True])
def test_blink_rates_are_those_of_people(label: str, speaking: bool) -> None:
    counts = [
        len(
            compile_brief(Brief(label, 60.0, seed=s, speaking=speaking)).plan.of_kind(
                EventKind.BLINK
            )
        )
        for s in range(2)
    ]
    assert 4 <= np.mean(counts) <= 45


def _features(controls: ControlSequence) -> np.ndarray:
    """Return mean and spread of what a viewer sees, scaled to comparable units."""
    gaze = controls.gaze_deg.mean(axis=1) / 15
    head = controls.head_deg / 10
    lids = controls.aus[:, list(au_columns(43))[:1]]
    face = controls.aus[:, [i for i in range(controls.aus.shape[1]) if i not in au_columns(43)]]
    tracks = np.concatenate([face * 2, lids * 2, np.abs(gaze), np.abs(head)], axis=1)
    return np.concatenate([tracks.mean(axis=0), tracks.std(axis=0)])


def test_no_two_labels_look_alike() -> None:
    clips = {k: np.asarray([_features(clip(k, 5.0, s)) for s in range(6)]) for k in LABELS}
    centers = {k: f.mean(axis=0) for k, f in clips.items()}
    for one, other in itertools.combinations(LABELS, 2):
        assert np.linalg.norm(centers[one] - centers[other]) > 0.35, (one, other)
    hits = [
        min(LABELS, key=lambda k, f=f: float(np.linalg.norm(f - centers[k]))) == label
        for label in LABELS
        for f in clips[label]
    ]
    assert np.mean(hits) > 0.9

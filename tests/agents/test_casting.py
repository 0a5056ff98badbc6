"""Events are played by recordings that fit, and by templates where none does."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import cogportrait
from bench.recorded import count
from cogportrait.agents.casting import (
    CANDIDATES,
    TEMPLATE,
    candidates,
    cast,
    shipped_library,
)
from cogportrait.agents.loop import calmer, compile_brief
from cogportrait.agents.planner import plan_events
from cogportrait.behavior.compose import compose, fit_to_frames
from cogportrait.behavior.kinematics import recorded
from cogportrait.behavior.labels import LABELS
from cogportrait.behavior.library.files import library_bytes
from cogportrait.behavior.library.prototype import GAZE_PAIR, Prototype
from cogportrait.behavior.library.retrieve import GAIN_RANGE, TIME_RANGE, Library
from cogportrait.behavior.library.shape import (
    PLAYED_DIP,
    SAMPLES,
    excursion_shape,
    saccade_shape,
    swing_shape,
    swings,
    way_shape,
)
from cogportrait.behavior.segment.face_event import EventType
from cogportrait.request import Request
from cogportrait.types import Brief, CompiledBrief, Critique, EventKind, Violation

BRIEF = Brief("happiness", 10.0, 25.0, 3)


def bump(kind: EventType, *channels: str, size: float = 0.6, length_s: float = 1.0) -> Prototype:
    """Return a recorded bump of these channels."""
    t = np.linspace(0, 1, round(30 * length_s) + 1)
    values = np.stack([size * np.sin(np.pi * t) ** 2] * len(channels), axis=1)
    return Prototype(kind, 30.0, channels, values.astype(np.float32), size, length_s / 2)


def test_the_shipped_library_is_as_large_and_varied_as_it_claims() -> None:
    library = shipped_library()
    kinds = library.kinds()
    assert len(library) >= 500
    assert sum(count > 0 for count in kinds.values()) >= 15
    people = {p.person for p in library.prototypes}
    assert len(people) >= 15
    for p in library.prototypes:
        assert p.licence
        assert p.source
        assert np.isfinite(p.values).all()


def test_seven_events_in_ten_are_recorded() -> None:
    tally = count(10.0, range(3))
    assert tally.share >= 0.70
    assert tally.recorded["gaze"] == tally.planned["gaze"]
    assert tally.recorded["nod"] == tally.planned["nod"]
    assert tally.recorded["blink"] >= 0.93 * tally.planned["blink"]
    assert np.isnan(count(10.0, range(0)).share)


def test_a_recording_is_played_within_its_bounds() -> None:
    library = {p.id: p for p in shipped_library().prototypes}
    for event in compile_brief(BRIEF).plan.events:
        if not event.prototype or event.kind in (EventKind.HEAD, EventKind.GAZE):
            continue
        p = library[event.prototype]
        length = event.onset_s + event.hold_s + event.offset_s
        assert TIME_RANGE[0] - 0.02 <= length / p.duration_s <= TIME_RANGE[1] + 0.02


def test_every_event_of_a_trace_names_its_prototype_or_the_template() -> None:
    compiled = compile_brief(BRIEF)
    names = {p.id for p in shipped_library().prototypes} | {TEMPLATE}
    events = compiled.trace["events"]
    assert isinstance(events, list)
    assert {e["prototype"] for e in events} <= names  # type: ignore[index,call-overload]
    assert any(e["prototype"] != TEMPLATE for e in events)  # type: ignore[index,call-overload]


@pytest.fixture(scope="module")
def half_minutes() -> list[CompiledBrief]:
    """Return two clips of half a minute of every label."""
    return [compile_brief(Brief(label, 30.0, seed=seed)) for label in LABELS for seed in (1, 2)]


def test_a_recorded_event_says_who_plays_it_and_how_it_is_bent(
    half_minutes: list[CompiledBrief],
) -> None:
    library = {p.id: p for p in shipped_library().prototypes}
    for made in half_minutes:
        for event in made.plan.events:
            assert (event.casting is None) == (event.prototype in ("", TEMPLATE))
            if event.casting is None:
                continue
            how = event.casting
            assert how.person == library[event.prototype].person
            assert TIME_RANGE[0] - 0.01 <= how.time_factor <= TIME_RANGE[1] + 0.01
            assert GAIN_RANGE[0] - 0.01 <= how.gain <= GAIN_RANGE[1] + 0.01
            assert f"played {how.time_factor:.2f} times as long" in str(how.reasons)


def test_one_video_keeps_to_few_people(half_minutes: list[CompiledBrief]) -> None:
    faces, eyes = [], []
    for made in half_minutes:
        casts = [(e.kind, e.casting.person) for e in made.plan.events if e.casting]
        faces.append(len({who for kind, who in casts if kind is not EventKind.GAZE}))
        eyes.append(len({who for kind, who in casts if kind is EventKind.GAZE}))
    assert np.mean(faces) <= 4.5
    assert np.mean(eyes) <= 2.5
    assert max(faces) + max(eyes) <= 12


def test_recordings_of_the_label_are_taken_where_there_are_any(
    half_minutes: list[CompiledBrief],
) -> None:
    library = shipped_library()
    by_id = {p.id: p for p in library.prototypes}
    could = did = 0
    for made in half_minutes:
        label = made.plan.label
        for event, offered in zip(
            made.plan.events, candidates(made.plan, library, CANDIDATES), strict=True
        ):
            if event.casting and any(label in m.prototype.labels for m in offered):
                could += 1
                did += label in by_id[event.prototype].labels
    assert could > 150
    assert did >= 0.85 * could


def test_a_recorded_expression_never_sinks_and_returns(half_minutes: list[CompiledBrief]) -> None:
    seen = 0
    for made in half_minutes:
        for event in made.plan.of_kind(EventKind.EXPRESSION):
            if not event.shape:
                continue
            seen += 1
            shape = np.asarray(event.shape)
            level = np.minimum(
                np.maximum.accumulate(shape), np.maximum.accumulate(shape[::-1])[::-1]
            )
            assert (level - shape).max() <= PLAYED_DIP + 0.03, event.prototype
    assert seen > 50


def sunken(depth: float) -> Prototype:
    """Return a frown that is held for a second and sinks by a share of itself in the middle."""
    t = np.linspace(0, 1, 46)
    held = np.clip(np.minimum(t, 1 - t) / 0.2, 0, 1)
    curve = 0.6 * held * (1 - depth * np.exp(-(((t - 0.5) / 0.08) ** 2)))
    values = np.stack([curve, curve], axis=1).astype(np.float32)
    return Prototype(EventType.FROWN, 30.0, ("AU04_L", "AU04_R"), values, 0.6, 0.3)


def test_a_dip_is_made_shallow_and_two_movements_are_none() -> None:
    for depth in (0.0, 0.3, 0.6):
        shape = excursion_shape(sunken(depth), (0.2, 0.8))
        assert shape is not None
        assert shape[30:67].min() >= 1 - PLAYED_DIP - 0.05
    assert excursion_shape(sunken(0.95), (0.2, 0.8)) is None


@pytest.mark.parametrize(
    ("words", "n"), [("nods once", 1), ("nods twice", 2), ("shakes the head three times", 3)]
)
def test_a_number_that_was_asked_for_is_played(words: str, n: int) -> None:
    for seed in range(4):
        plan = compile_brief(Brief("neutral", 6.0, seed=seed, instruction=words)).plan
        for event in plan.of_kind(EventKind.NOD, EventKind.SHAKE):
            if event.origin == "instruction" and event.shape:
                assert swings(np.asarray(event.shape)) == n


def test_equal_seeds_cast_alike_and_others_otherwise() -> None:
    plan = fit_to_frames(plan_events(BRIEF), 25.0)
    names = [
        [e.prototype for e in cast(plan, shipped_library(), seed).events] for seed in (1, 1, 2)
    ]
    assert names[0] == names[1] != names[2]


def test_without_recordings_all_is_drawn_by_templates() -> None:
    plan = fit_to_frames(plan_events(BRIEF), 25.0)
    bare = cast(plan, Library([]), 0)
    assert not any(e.prototype or e.shape for e in bare.events)
    np.testing.assert_array_equal(
        compose(bare, 25.0, 1).to_matrix(), compose(plan, 25.0, 1).to_matrix()
    )


def test_what_the_critic_faults_falls_back_to_its_template() -> None:
    plan = cast(fit_to_frames(plan_events(BRIEF), 25.0), shipped_library(), 0)
    blink = next(e for e in plan.of_kind(EventKind.BLINK) if e.shape)
    fault = Violation("blink_shape", "hard", "AU43", blink.start_s, blink.end_s, 1.0, 0.5, "x")
    calmed = calmer(plan, Critique((fault,)))
    again = cast(calmed, shipped_library(), 0)
    same = next(e for e in again.of_kind(EventKind.BLINK) if abs(e.start_s - blink.start_s) < 0.05)
    assert same.prototype == TEMPLATE
    assert not same.shape


@pytest.mark.parametrize("phases", [(0.3, 0.5), (0.5, 0.5), (0.6, 0.7)])
def test_an_excursion_starts_and_ends_at_rest_with_its_apex_where_it_is_wanted(
    phases: tuple[float, float],
) -> None:
    shape = excursion_shape(bump(EventType.SMILE, "AU12_L", "AU12_R"), phases)
    assert shape is not None
    assert shape[0] == pytest.approx(0)
    assert shape[-1] == pytest.approx(0)
    assert shape.max() == pytest.approx(1)
    assert shape.min() >= 0
    high = np.flatnonzero(shape >= 0.9) / (SAMPLES - 1)
    assert high[0] == pytest.approx(phases[0], abs=0.12)


def test_a_movement_bent_out_of_all_proportion_has_no_shape() -> None:
    assert excursion_shape(bump(EventType.SMILE, "AU12_L", "AU12_R"), (0.02, 0.03)) is None


def test_lids_that_open_faster_than_they_close_are_no_blink() -> None:
    assert excursion_shape(bump(EventType.BLINK, "AU43_L", "AU43_R"), (0.7, 0.75)) is None
    assert excursion_shape(bump(EventType.BLINK, "AU43_L", "AU43_R"), (0.3, 0.35)) is not None


def test_a_saccade_covers_its_way_once_and_one_that_slips_is_refused() -> None:
    t = np.linspace(0, 1, 30)
    way = t**3 * (10 - 15 * t + 6 * t**2)
    path = np.stack([8 * way, 3 * way], axis=1).astype(np.float32)
    good = Prototype(EventType.GAZE_SHIFT, 500.0, GAZE_PAIR, path, 8.5, 0.03)
    shape = saccade_shape(good)
    assert shape is not None
    assert (np.diff(shape) >= 0).all()
    assert (shape[0], shape[-1]) == pytest.approx((0, 1))
    step = np.where(t[:, None] < 0.5, [0.0, 0.0], [8.0, 3.0]).astype(np.float32)
    assert saccade_shape(replace(good, values=step, id="")) is None


def test_ways_and_swings_of_the_head() -> None:
    turn = bump(EventType.HEAD_TURN, "head_yaw", "head_pitch", "head_roll", size=15.0)
    way = way_shape(turn)
    assert way is not None
    assert (way[0], way[-1]) == pytest.approx((0, 1), abs=1e-6)
    t = np.linspace(0, 1, 40)
    pitch = -5 * np.sin(2 * np.pi * 2 * t)
    values = np.stack([0 * t, pitch, 0 * t], axis=1).astype(np.float32)
    nod = Prototype(EventType.NOD, 30.0, ("head_yaw", "head_pitch", "head_roll"), values, 10.0, 0.3)
    swing = swing_shape(nod)
    assert swing is not None
    assert swing[np.abs(swing).argmax()] != 0
    assert swing[:20].max() > 0.2  # the first way is positive: the event says which way that is


def test_a_recorded_course_rests_at_its_ends() -> None:
    shape = np.sin(np.pi * np.linspace(0, 1, 33)) ** 2
    t = np.linspace(-0.5, 2.5, 301)
    curve = recorded(t, 2.0, shape)
    assert np.abs(curve[t < 0]).max() < 1e-9
    assert np.abs(curve[t > 2]).max() < 1e-9
    assert curve.max() == pytest.approx(1, abs=0.01)


def test_two_libraries_that_use_one_name_do_not_share_its_course(tmp_path: Path) -> None:
    blinks = [p for p in shipped_library().prototypes if p.kind == "blink"][:20]
    halves = [(tmp_path / name, part) for name, part in (("a", blinks[:10]), ("b", blinks[10:]))]
    shapes: list[set[tuple[float, ...]]] = []
    for folder, part in halves:
        folder.mkdir()
        named = [replace(p, id=f"blink-{i}") for i, p in enumerate(part)]
        (folder / "library.parquet").write_bytes(library_bytes(named))
        events = cogportrait.plan(Request("neutral", duration_s=30, library=folder)).plan.events
        shapes.append({e.shape for e in events if e.prototype.startswith("blink-")})
    assert shapes[0]
    assert shapes[1]
    assert not shapes[0] & shapes[1]


def test_who_is_silent_is_preferred_for_listeners() -> None:
    blinks = [p for p in shipped_library().prototypes if p.kind == "blink"]
    library = Library(
        [replace(p, speaking=says, id=f"{says}-{p.id}") for p in blinks for says in (True, False)]
    )
    for speaking in (True, False):
        plan = fit_to_frames(plan_events(Brief("neutral", 30.0, speaking=speaking)), 25.0)
        played = [e.prototype for e in cast(plan, library, 0).events if "blink-" in e.prototype]
        assert sum(name.startswith(str(speaking)) for name in played) > 0.7 * len(played) > 0

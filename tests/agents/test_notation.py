"""Courses told point by point: read, drawn, and written down again."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.agents.told import QUIET, WILD, compiled, of_others, sequence, still

from cogportrait.agents.critic import criticize
from cogportrait.agents.instructions import read_instruction
from cogportrait.agents.loop import compile_brief
from cogportrait.agents.notation import ALL, BLINK_S, COURSE_HZ, read_notation
from cogportrait.agents.notation_writing import BLINK_LEAST, LEAST, corners, fixations, in_notation
from cogportrait.errors import InstructionError
from cogportrait.facs.channels import AU_INDEX, CHANNELS, au_columns
from cogportrait.metrics.au_f1 import au_f1
from cogportrait.metrics.au_temp import au_temp_strict
from cogportrait.metrics.concordance import ccc
from cogportrait.metrics.scored import scored_values
from cogportrait.request import Request
from cogportrait.types import TOLD, Brief, CompiledBrief, EventKind, Target


def values(made: CompiledBrief, name: str) -> np.ndarray:
    return made.controls.aus[:, AU_INDEX[name]]


def test_an_action_unit_goes_through_its_points() -> None:
    made = compiled("AU4L: 0% at 0.5 s, 45% at 1 s, 30% at 2 s, 0% at 3 s." + QUIET)
    brow = values(made, "AU04_L")
    at = {t: brow[round(t * 25)] for t in (0.0, 0.5, 1.0, 2.0, 3.0, 3.9)}
    assert at == pytest.approx({0: 0, 0.5: 0, 1: 0.45, 2: 0.3, 3: 0, 3.9: 0}, abs=0.02)
    assert (np.diff(brow[13:25]) >= -1e-3).all()  # monotonous between points
    assert values(made, "AU04_R").max() < 0.02
    assert made.plan.not_understood == ()


def test_without_a_side_both_go_and_ends_are_held() -> None:
    made = compiled("AU1: 20% at 1 s, 50% at 2 s." + QUIET)
    for name in ("AU01_L", "AU01_R"):
        assert values(made, name)[[0, 20, 99]] == pytest.approx([0.2, 0.2, 0.5], abs=0.03)


def test_gaze_jumps_and_stays() -> None:
    made = compiled("Gaze: 12 left 5 up at 1 s, ahead at 2 s. Head: straight at 0 s." + QUIET)
    gaze = made.controls.gaze_deg.mean(1) + made.controls.head_deg[:, :2]
    assert gaze[20] == pytest.approx([0, 0], abs=0.5)
    assert gaze[28:49].mean(0) == pytest.approx([12, 5], abs=0.5)
    assert gaze[55:] == pytest.approx(np.zeros((45, 2)), abs=0.5)


def test_a_head_goes_through_its_poses() -> None:
    made = compiled("Head: straight at 0 s, 8 right 4 down 3 tilted left at 2 s." + QUIET)
    assert made.controls.head_deg[[0, 50, 99]] == pytest.approx(
        np.array([[0, 0, 0], [-8, -4, 3], [-8, -4, 3]]), abs=0.3
    )


def test_lids_blink_and_wink_when_it_is_told() -> None:
    made = compiled("AU45: 100% at 1 s, 60% at 2 s for 0.3 s. AU46R: 100% at 3 s." + QUIET)
    left, right = values(made, "AU43_L"), values(made, "AU43_R")
    for at, deep in ((1.0, 1.0), (2.0, 0.6)):
        around = slice(round(at * 25) - 3, round(at * 25) + 4)
        assert left[around].max() == pytest.approx(deep, abs=0.1)
        assert abs(round(at * 25) - (around.start + left[around].argmax())) <= 1
    assert right[70:80].max() > 0.9
    assert left[70:80].max() < 0.5
    assert len(made.plan.of_kind(EventKind.BLINK)) == 2


@pytest.mark.parametrize("label", ["anger", "laughter", "evasive_response"])
def test_nothing_else_keeps_the_label_out(label: str) -> None:
    made = compiled("AU4: 30% at 0 s." + QUIET, label)
    rest = [c for c in range(len(AU_INDEX)) if c not in au_columns(4)]
    assert made.controls.aus[:, rest].max() < 0.05
    assert np.abs(made.controls.head_deg).max() < 0.5
    assert np.abs(made.controls.gaze_deg).max() < 1
    assert made.controls.aus[:, list(au_columns(4))] == pytest.approx(0.3, abs=0.03)


def test_without_it_the_label_does_the_rest() -> None:
    made = compiled("AU4: 0% at 0 s.", "anger", 6.0)
    assert values(made, "AU04_L").max() == 0  # told to stay at rest
    assert values(made, "AU07_L").max() > 0.3


def test_other_sentences_are_read_as_ever() -> None:
    reading = read_instruction("AU4: 30% at 1 s. Then smiles.", 4.0)
    assert {e.prototype for e in reading.events} == {TOLD, ""}
    assert any(t.channel == "AU12" for e in reading.events for t in e.targets)
    assert reading.not_understood == ()


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        ("AU4: 30% at 1 s, lots at 2 s.", ("lots at 2 s",)),
        ("AU4: 30% at 1 s, 40% at 9 s.", ("40% at 9 s",)),
        ("Gaze: 5 left at 1 s, 5 sideways at 2 s.", ("5 sideways at 2 s",)),
        ("AU45: 100% at 1 s, soon.", ("soon",)),
    ],
)
def test_points_that_are_none_are_named(text: str, bad: tuple[str, ...]) -> None:
    notation = read_notation(text, 4.0)
    assert notation.not_understood == bad
    assert len(notation.events) == 1
    assert compiled(text).plan.not_understood == bad


@pytest.mark.parametrize(
    "text",
    ["AU4: a lot.", "Head: turns slowly to the left.", "He smiles.", "Head: nods 2 times at 1 s.",
     "gaze: down (1.5s) -> camera -> smile", "Gaze: down at 1.5 s, then up."],
)  # fmt: skip
def test_everyday_sentences_are_left_in_the_text(text: str) -> None:
    assert read_notation(text, 4.0).rest == text
    assert read_notation(text, 4.0).told == frozenset()


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        ("AU99: 30% at 1 s", "au99: 30% at 1 s"),
        ("AU17L: 30% at 1 s", "au17l: 30% at 1 s"),  # has no sides
        ("AU45L: 30% at 1 s", "au45l: 30% at 1 s"),  # of both, or it is a wink
        ("AU46: 100% at 1 s", "au46: 100% at 1 s"),
        ("AU4L: -40% at 1 s", "-40% at 1 s"),
        ("AU4L: 0.5 at 1 s", "0.5 at 1 s"),
        ("AU4L: 50% from 1 s to 2 s", "50% from 1 s to 2 s"),
        ("Gaze: 12 left 12 right at 1 s", "12 left 12 right at 1 s"),
        ("Gaze: 12 tilted left at 1 s", "12 tilted left at 1 s"),
    ],
)
def test_numbers_that_say_nothing_do_nothing(text: str, bad: str) -> None:
    with pytest.raises(InstructionError, match="nothing in"):
        compiled(text)
    made = compiled(f"AU1: 20% at 0 s. {text}.{QUIET}")
    assert made.plan.not_understood == (bad,)
    rest = [c for c in range(len(AU_INDEX)) if c not in au_columns(1)]
    assert made.controls.aus[:, rest].max() < 0.05
    assert np.abs(made.controls.gaze_deg).max() < 0.5


@pytest.mark.parametrize(
    "text",
    [
        "AU4L: 50% at 1 s. AU12: 60% at 2 s.", "AU4L: 50% at 1 s.AU12: 60% at 2 s.",
        "AU4L: 50% at 1 s AU12: 60% at 2 s", "AU4L: 50% at 1 s, AU12: 60% at 2 s",
        "- AU4L: 50% at 1 s\n- AU12: 60% at 2 s", "1. AU4L: 50% at 1 s\n2. AU12: 60% at 2 s",
        "AU04_L: 50% at 1 s; AU12: 60% at 2 s.", "au4l: 50 % at 1s,,. au 12: 60% at 2 sec.",
    ],
)  # fmt: skip
def test_sentences_may_end_in_many_ways(text: str) -> None:
    for more in ("", QUIET, "\nAnd nothing else, please."):
        made = compiled(text + more)
        told = {(e.targets[0].channel, e.side, e.targets[0].value) for e in made.plan.events
                if e.prototype == TOLD}  # fmt: skip
        assert told == {("AU04", "L", 0.5), ("AU12", "both", 0.6)}
        assert made.plan.not_understood == ()


def test_several_units_may_share_points() -> None:
    made = compiled("AU1+2L: 40% at 1 s." + QUIET)
    for name, size in (("AU01_L", 0.4), ("AU01_R", 0.4), ("AU02_L", 0.4), ("AU02_R", 0.0)):
        assert values(made, name)[50] == pytest.approx(size, abs=0.02)


def test_what_is_told_of_one_side_goes_before_that_of_both() -> None:
    made = compiled("AU4: 20% at 0 s, 60% at 2 s. AU4R: 10% at 2 s. AU4: 30% at 2 s." + QUIET)
    assert values(made, "AU04_L")[50] == pytest.approx(0.3, abs=0.02)  # the later counts
    assert values(made, "AU04_R")[50] == pytest.approx(0.1, abs=0.02)


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("AU4: 400% at 1 s.", "400% at 1 s (100 of 400%)"),
        ("Head: 80 left at 1 s.", "80 left at 1 s (35 of 80 degrees)"),
        ("Gaze: 400 left at 1 s.", "400 left at 1 s (73 of 400 degrees)"),
        ("AU45: 100% at 2 s for 3 s.", "100% at 2 s for 3 s (0.9 s; AU43 tells of longer ones)"),
        ("AU45: 50% at 2 s, 50% at 2.1 s.", "blink at 2.1 s (no room for it)"),
        ("AU45: 50% at 2 s, 100% at 4 s.", "blink at 4 s (no room for it)"),
    ],
)
def test_sizes_that_there_is_no_room_for_are_told(text: str, note: str) -> None:
    assert compiled(text + QUIET).plan.not_understood == (note,)


def test_a_long_blink_is_lowest_when_it_is_told() -> None:
    lids = values(compiled("AU45: 100% at 2 s for 3 s." + QUIET), "AU43_L")
    assert abs(int(lids.argmax()) - 50) <= 2


def test_a_time_may_be_late_in_the_clip() -> None:
    assert Request(instruction="Gaze: 40 left at 9 s.", duration_s=10.0).instruction
    assert compiled("Gaze: 10 left at 9 s.", duration_s=10.0).plan.not_understood == ()


def test_one_lid_is_lowered_alone() -> None:
    made = compiled("AU43L: 0% at 0.5 s, 100% at 1 s, 100% at 3 s, 0% at 3.5 s." + QUIET)
    assert values(made, "AU43_L")[30:70].min() > 0.95
    assert values(made, "AU43_R").max() < 0.05
    assert made.trace["repairs"] == []


def test_what_is_told_is_not_said_again_by_other_words() -> None:
    made = compiled("AU12: 0% at 0 s. Smiles widely, then frowns. Head: 9 left at 1 s. Nods.")
    assert values(made, "AU12_L").max() == 0
    assert values(made, "AU04_L").max() > 0.3
    assert not made.plan.of_kind(EventKind.NOD)
    assert any("nods" in words for words in made.plan.not_understood)


def test_told_lids_are_not_those_of_the_label() -> None:
    made = compiled("AU43: 10% at 0 s.", "drowsiness", 6.0)
    assert np.median(values(made, "AU43_L")) == pytest.approx(0.1, abs=0.02)
    assert not made.plan.of_kind(EventKind.CLOSURE)


def test_nothing_is_wrongly_missed() -> None:
    for label in ("drowsiness", "laughter", "disgust"):
        text = in_notation(compile_brief(Brief(label, 6.0, seed=1)).controls)
        assert compiled(text, duration_s=6.0).trace["semantic_findings"] == []
    head = compiled("Head: straight at 0 s, 12 down at 2 s, straight at 4 s." + QUIET)
    assert head.trace["semantic_findings"] == []


def test_nothing_else_belongs_to_what_is_told() -> None:
    text = "He smiles. Nothing else."
    assert read_notation(text, 4.0).rest == text
    assert read_notation("AU4: 1% at 0 s. Nothing else moves.", 4.0).told == {"AU04", ALL}


def test_sizes_beyond_what_there_is_are_bounded() -> None:
    made = compiled("AU4: 900% at 1 s. Head: 300 left at 2 s. Gaze: 500 up at 1 s." + QUIET)
    assert values(made, "AU04_L").max() <= 1
    assert not made.critique.hard


@pytest.mark.parametrize("shape", WILD)
@pytest.mark.parametrize(
    ("kind", "targets"),
    [
        (EventKind.EXPRESSION, (Target("AU04", 1.0), Target("AU43", 1.0))),
        (EventKind.PULSE, (Target("head_yaw", 40.0), Target("head_x", 1.0))),
        (EventKind.GAZE, (Target("gaze_yaw", 40.0),)),
        (EventKind.BLINK, (Target("closure", 1.0),)),
    ],
)
def test_wild_courses_of_others_are_made_possible(
    kind: EventKind, targets: tuple[Target, ...], shape: tuple[float, ...]
) -> None:
    made = of_others(kind, targets, shape)
    assert not criticize(made.controls, made.plan).hard


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_whatever_is_told_stays_possible(data: st.DataObject) -> None:
    times = st.floats(0, 3).map(lambda t: round(t, 2))
    heads = st.sampled_from(["AU1L", "AU2", "AU4R", "AU5", "AU6", "AU7L", "AU43", "AU12", "AU26"])
    names = data.draw(st.lists(heads, min_size=1, max_size=5, unique=True))
    parts = [
        f"{n}: " + ", ".join(
            f"{data.draw(st.integers(0, 100))}% at {data.draw(times)} s"
            for _ in range(data.draw(st.integers(1, 6)))
        ) for n in names
    ]  # fmt: skip
    ways = data.draw(st.sampled_from(["20 left 9 up", "25 right 15 down", "ahead", "3 up"]))
    parts += [f"Gaze: {ways} at {data.draw(times)} s, ahead at {data.draw(times)} s"]
    parts += [f"Head: 20 right at {data.draw(times)} s, 9 up 9 tilted left at {data.draw(times)} s"]
    parts += [f"AU45: 100% at {data.draw(times)} s, 30% at {data.draw(times)} s for 0.01 s"]
    text = ". ".join(parts) + "."
    made = compiled(text, data.draw(st.sampled_from(["neutral", "drowsiness"])), 3.0)
    assert not criticize(made.controls, made.plan).hard
    assert not made.critique.hard


@pytest.mark.parametrize("label", ["surprise", "evasive_response", "drowsiness"])
def test_what_is_written_down_is_planned_again(label: str) -> None:
    first = compile_brief(Brief(label, 6.0, seed=3)).controls
    text = in_notation(first)
    again = compiled(text, duration_s=6.0)
    assert again.plan.not_understood == ()
    one, other = scored_values(first), scored_values(again.controls)
    assert au_f1(one, other, 25.0) > 0.9
    assert au_temp_strict(one, other, 25.0) > 0.75
    for k in range(2):
        way = first.gaze_deg.mean(1)[:, k]
        if way.std() > 2:
            assert ccc(way, again.controls.gaze_deg.mean(1)[:, k]) > 0.9


def test_a_still_face_is_told_in_two_words() -> None:
    assert in_notation(sequence(still())) == "Nothing else."


def test_sides_that_are_alike_are_told_as_one() -> None:
    matrix = still()
    for name, size in (("AU01_L", 0.5), ("AU01_R", 0.5), ("AU04_L", 0.5), ("AU02_L", LEAST / 2)):
        matrix[20:40, CHANNELS.index(name)] = size
    names = re.findall(r"(\w+):", in_notation(sequence(matrix)))
    assert names == ["AU1", "AU4L"]


def test_blinks_are_told_apart_from_what_lids_hold() -> None:
    matrix = still(100)
    lids = [CHANNELS.index(f"AU43_{s}") for s in "LR"]
    matrix[40:, lids] = 0.3
    matrix[[20, 21, 22], :] = 0
    matrix[20:23, lids] = np.array([[0.6], [1.0], [0.4]])
    matrix[70:73, lids[1:]] = np.array([[0.7], [1.0], [0.6]])
    text = in_notation(sequence(matrix))
    assert re.search(r"AU45: 100% at 0\.84 s for 0\.\d+ s\.", text)
    assert re.search(r"AU46R: 100% at 2\.84 s for", text)
    assert re.search(r"AU43: 0% at 0 s, .*30% at \d", text)
    assert BLINK_LEAST < BLINK_S  # a shallower one is what lids hold


def test_frames_without_a_face_are_bridged() -> None:
    matrix = still()
    column = CHANNELS.index("AU01_L")
    matrix[:, column] = np.linspace(0, 0.5, 50)
    found = np.ones(50, np.bool_)
    found[20:25] = False
    matrix[20:25, column] = 1.0
    assert in_notation(sequence(matrix), found) == ("AU1L: 0% at 0 s, 50% at 1.96 s. Nothing else.")


def test_long_clips_are_told_more_coarsely() -> None:
    rng = np.random.default_rng(0)
    matrix = still(2000)
    matrix[:, :8] = rng.random((2000, 8))
    text = in_notation(sequence(matrix), most=3000)
    assert 500 < len(text) <= 3000


def test_corners_are_those_of_a_broken_line() -> None:
    times = np.arange(11) / 10
    line = np.interp(times, [0, 0.3, 0.8, 1], [0, 1, 0.5, 0.5])
    assert corners(line[:, None], times, 0.01) == [0, 3, 8, 10]


def test_fixations_are_spans_of_stillness() -> None:
    gaze = np.zeros((30, 2))
    gaze[10:20] = (8, 3)
    gaze[20:] = (-5, 0)
    assert fixations(gaze, 1.5) == [(0, 0, 10), (10, 10, 20), (20, 20, 30)]
    gaze[[10, 20]] = [(4, 1), (2, 1)]  # in flight
    assert fixations(gaze, 1.5) == [(0, 0, 10), (10, 11, 20), (20, 21, 30)]


def test_courses_are_kept_finely() -> None:
    (event,) = read_notation("AU4: 0% at 0 s, 50% at 1 s.", 2.0).events
    assert len(event.shape) == 2 * COURSE_HZ + 1
    assert (event.start_s, event.end_s) == (0.0, 2.0)
    assert max(event.shape) == 1.0

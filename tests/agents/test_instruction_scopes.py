"""What words reach over: denials, sides, paths, times, and what clauses leave unsaid."""

from collections.abc import Callable

import numpy as np
import pytest

from bench.instructions import judge
from cogportrait.agents.checks_meaning import check_instruction
from cogportrait.agents.instructions import Reading, read_instruction
from cogportrait.agents.loop import compile_brief
from cogportrait.errors import InstructionError
from cogportrait.facs.channels import CHANNEL_INDEX
from cogportrait.request import check_understood
from cogportrait.types import Brief, EventKind, PlannedEvent

SECONDS = 10.0
HEAD = {EventKind.HEAD, EventKind.NOD, EventKind.SHAKE}


def read(text: str) -> Reading:
    return read_instruction(text, SECONDS)


def of(reading: Reading, kind: EventKind) -> list[PlannedEvent]:
    return [e for e in reading.events if e.kind is kind]


def moving(reading: Reading, channel: str) -> list[PlannedEvent]:
    return [e for e in reading.events if e.value(channel)]


DENIED: tuple[tuple[str, set[str], set[EventKind]], ...] = (
    ("Looks down without moving the head or closing the eyes.", set(), {*HEAD, EventKind.CLOSURE}),
    ("Smiles without blinking, nodding or looking away.", set(), {EventKind.BLINK, EventKind.NOD}),
    ("Neither blinks nor smiles", {"AU12"}, {EventKind.BLINK}),
    ("Does not frown, nor does she squint.", {"AU04", "AU07"}, set()),
    ("Instead of smiling, frowns.", {"AU12"}, set()),
    ("Rather than nodding, shakes the head.", set(), {EventKind.NOD}),
    ("Does anything but smile.", {"AU12"}, set()),
    ("He does everything except blink.", set(), {EventKind.BLINK}),
    ("no head movement", set(), HEAD),
    ("doesn't turn the head", set(), HEAD),
    ("keeps her head still", set(), HEAD),
    ("no eye movement", set(), {EventKind.GAZE}),
    ("The eyes stay open the whole time.", set(), {EventKind.BLINK, EventKind.CLOSURE}),
    ("Hardly blinks.", set(), {EventKind.BLINK}),
    ("no expression", {"AU12", "AU04", "AU02"}, set()),
)


@pytest.mark.parametrize(("text", "aus", "kinds"), DENIED)
def test_a_denial_forbids_all_that_it_reaches_over(
    text: str, aus: set[str], kinds: set[EventKind]
) -> None:
    reading = read(text)
    assert reading.not_understood == ()
    assert aus <= reading.denied.aus
    assert kinds <= reading.denied.kinds
    assert not any(e.kind in kinds or any(e.value(au) > 0.5 for au in aus) for e in reading.events)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Not only smiles but also nods.", EventKind.NOD),
        ("Never stops smiling.", EventKind.EXPRESSION),
        ("He can't help but smile.", EventKind.EXPRESSION),
        ("Closes the eyes, but not completely.", EventKind.CLOSURE),
        ("Looks not left but right.", EventKind.GAZE),
    ],
)
def test_what_only_sounds_like_a_denial_is_done(text: str, kind: EventKind) -> None:
    reading = read(text)
    assert of(reading, kind)
    assert not reading.denied
    assert reading.not_understood == ()


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("No blinking for the first three seconds, then blinks twice.", (0.0, 3.0)),
        ("Stops blinking after two seconds.", (2.0, 10.0)),
        ("doesn't blink until 3 s", (0.0, 3.0)),
        ("From 2 to 5 s, no blinking.", (2.0, 5.0)),
    ],
)
def test_a_denial_with_a_time_holds_for_that_time(text: str, time: tuple[float, float]) -> None:
    reading = read(text)
    ((denied, interval),) = reading.denied_for
    assert denied.kinds == {EventKind.BLINK}
    assert (interval.start_s, interval.end_s) == pytest.approx(time, abs=0.1)
    assert all(e.start_s >= interval.end_s for e in of(reading, EventKind.BLINK))
    assert reading.may_blink
    plan = compile_brief(Brief("drowsiness", SECONDS, seed=2, instruction=text)).plan
    blinks = plan.of_kind(EventKind.BLINK)
    assert not [b for b in blinks if interval.start_s <= b.start_s < interval.end_s - 0.05]


def test_a_smile_of_the_label_ends_where_it_is_denied() -> None:
    made = compile_brief(
        Brief("happiness", SECONDS, seed=1, instruction="no smile in the second half")
    )
    smile = made.controls.au("AU12_L")
    half = len(smile) // 2
    assert smile[:half].max() > 0.4
    assert smile[half + 5 :].max() < 0.05


def test_a_smile_without_teeth_keeps_the_lips_closed() -> None:
    for text in ("Smiles without showing teeth", "a tight-lipped smile", "smiles, not the teeth"):
        reading = read(text)
        assert moving(reading, "AU12")
        assert not moving(reading, "AU25") or reading.not_understood


@pytest.mark.parametrize(
    "text",
    ["Smiles if the viewer smiles.", "Unless spoken to, keeps looking down."],
)
def test_what_depends_on_a_condition_is_left_out(text: str) -> None:
    assert read(text).events == ()
    with pytest.raises(InstructionError):
        check_understood(text)
    assert read(f"Looks left. {text}").not_understood == (text.lower().strip("."),)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Looks 400 degrees to the left", "looks 400 degrees to the left (38 of 400 degrees)"),
        ("turns the head 180 degrees left", "turns the head 180 degrees left (35 of 180 degrees)"),
        ("smiles 150%", "smiles 150% (100 % at most)"),
        ("smiles for 0 seconds", "smiles (for 0 s)"),
        ("smiles for -3 seconds", "smiles (for -3 s)"),
        ("looks left at -3 seconds", "looks left (at -3 s of 10 s)"),
        ("looks left until -3 seconds", "looks left (until -3 s)"),
        ("smiles after -2 s", "smiles (after -2 s of 10 s)"),
        ("smiles after 1000 seconds", "smiles (after 1000 s of 10 s)"),
        ("looks left for 1000 seconds", "looks left (for 1000 s of 10 s)"),
        ("nods over 1000 seconds", "nods (over 1000 s of 10 s)"),
    ],
)
def test_a_number_that_cannot_be_kept_is_reported(text: str, words: str) -> None:
    assert read(text).not_understood == (words,)


# Text, what becomes of it in the notation of ``bench.instructions``, whether a part is reported,
# and what else holds.
SAID: tuple[tuple[str, str, bool, Callable[[Reading], bool]], ...] = (
    ("Looks up without blinking or opening the mouth.", "look:up", False,
     lambda r: not r.may_blink and "AU26" in r.denied.aus),
    ("Neither nods nor shakes the head; just smiles.", "smile", False,
     lambda r: {EventKind.NOD, EventKind.SHAKE} <= r.denied.kinds),
    ("Instead of looking at the camera, looks at the floor.", "look:down", True, bool),
    ("Not only raises the eyebrows but also opens the mouth.", "brows + mouth", False,
     lambda r: not r.denied),
    ("Doesn't smile until 4 s, then smiles broadly.", "smile", False,
     lambda r: r.events[0].start_s >= 3.9),
    ("For the first two seconds she does not blink, then she blinks three times.", "blink*3", False,
     lambda r: r.events[0].start_s >= 1.9),
    ("Stops blinking after four seconds.", "-", False, lambda r: bool(r.denied_for)),
    ("The face does anything but frown.", "-", False, lambda r: "AU04" in r.denied.aus),
    ("Turns the head to the right with no eye movement.", "head:right", False,
     lambda r: EventKind.GAZE in r.denied.kinds),
    ("He never raises his eyebrows while he smiles.", "smile", False,
     lambda r: "AU02" in r.denied.aus),
    ("Purses the lips for two seconds, then lets go of them.", "purse", False,
     lambda r: r.events[0].end_s < 4.5),
    ("Frowns, and then the frown slowly fades.", "frown", False, lambda r: not r.events[0].sustain),
    ("The mouth stays open for two seconds, then closes.", "mouth", False,
     lambda r: not r.events[0].sustain),
    ("Her eyes stay shut for three seconds, then open and look right.", "close > look:right", False,
     lambda r: not r.events[0].sustain),
    ("The eyelids lower slowly until they are half closed, then lift again.", "droop", False,
     lambda r: abs(r.events[0].value("closure") - 0.5) < 0.1 and not r.events[0].sustain),
    ("Drops the eyelids halfway for two seconds, then raises them.", "droop", False,
     lambda r: abs(r.events[0].value("closure") - 0.5) < 0.1),
    ("Blinks only with the right eye.", "wink/R", False, bool),
    ("Raises just the right eyebrow and squints with the left eye.", "brows/R + squint/L", False,
     bool),
    ("Glances to the camera's right, then back to the viewer.", "look:left > look:ahead", False,
     bool),
    ("Turns her head towards the right edge of the picture.", "head:left", False, bool),
    ("The head slumps to the left shoulder.", "head:tilt-left", False, bool),
    ("The eyes sweep from right to left, then back to the center.",
     "look:right > look:left > look:ahead", False, bool),
    ("Tilts the head from left to right twice.",
     "head:tilt-left > head:tilt-right > head:tilt-left > head:tilt-right", False, bool),
    ("Moves the gaze from the floor up to the camera.", "look:down > look:ahead", False, bool),
    ("Opens the mouth slightly, then wider.", "mouth > mouth", False,
     lambda r: r.events[1].value("AU26") > r.events[0].value("AU26")),
    ("Frowns hard, then less.", "frown > frown", False,
     lambda r: r.events[1].value("AU04") < r.events[0].value("AU04")),
    ("Looks far up and slightly to the left.", "look:up", False,
     lambda r: r.events[0].value("gaze_pitch") > 15 and r.events[0].value("gaze_yaw") > 5),
    ("Slowly lets the gaze wander down to the floor over two seconds.", "look:down", False,
     lambda r: abs(r.events[-1].start_s - 2.15) < 0.4),
    ("Looks slowly to the right while turning the head to the right over two seconds.",
     "look:right + head:right", False, lambda r: of(r, EventKind.HEAD)[0].onset_s > 1.7),
    ("Smiles over three seconds and holds the smile.", "smile", False,
     lambda r: r.events[0].onset_s > 2.5),
    ("Keeps shaking the head for two seconds, then nods once.", "shake*3 > nod", False, bool),
    ("Nods every three seconds.", "nod > nod > nod > nod", False, bool),
    ("Alternates between looking left and looking right, three times each.",
     "look:left > look:right > look:left > look:right > look:left > look:right", False, bool),
    ("Looks down, then glances at the viewer three times.",
     "look:down > look:ahead > look:down > look:ahead > look:down > look:ahead > look:down", False,
     bool),
    ("Lowers the head 70 degrees.", "head:down", True, bool),
    ("Smiles, lastly winks, and in between nods twice.", "smile > nod*2 > wink", False, bool),
    ("The right eye closes, then the left one, then both open.", "wink/R > wink/L", False,
     lambda r: not any(e.sustain for e in r.events)),
    ("Squints, then relaxes the eyes, then squints harder.", "squint > squint", False,
     lambda r: r.events[1].value("AU07") > r.events[0].value("AU07")),
    ("The brows draw together and the inner corners lift.", "frown + brows", False, bool),
    ("Winks with the left eye if the light is bright.", "-", True, lambda r: not r.events),
)  # fmt: skip


# The same without more: text, what becomes of it, whether a part is reported.
SAID_TOO: tuple[tuple[str, str, bool], ...] = (
    ("She looks to the right, never moving her head or blinking.", "look:right", False),
    ("Without smiling or frowning, raises the left eyebrow.", "brows/L", False),
    ("He isn't nodding; he is shaking his head.", "shake", False),
    ("Avoids blinking for five seconds, then blinks once.", "blink", False),
    ("No nodding, no shaking, only a faint smile.", "smile", False),
    ("Closes the eyes rather than looking away.", "close", False),
    ("Doesn't open the mouth when smiling.", "smile", False),
    ("Does not close the eyes, but lets the lids droop halfway.", "droop", False),
    ("After three seconds, stops smiling.", "-", False),
    ("Smiles for two seconds and then doesn't smile anymore.", "smile", False),
    ("The brows remain raised until 5 s, then drop.", "brows", False),
    ("Her head stays lowered for three seconds, then comes up again.",
     "head:down > head:up", False),
    ("His lids are half closed at first; after three seconds they open fully.", "droop", False),
    ("Lets her eyelids sink all the way shut.", "close", False),
    ("Lifts the upper lids in alarm, then lets them sink halfway.", "widen > droop", True),
    ("Winks the right eye, then does the same with the left.", "wink/R > wink/L", False),
    ("Only the left corner of the mouth rises.", "smile/L", False),
    ("The left half of the mouth smiles.", "smile/L", False),
    ("Looks toward the left-hand side of the image.", "look:right", False),
    ("From the viewer's perspective, the head turns right.", "head:left", False),
    ("Lets the head fall to the right, then raises it.", "head:tilt-right > head:ahead", False),
    ("Eyes shift from center to the far left and back again.",
     "look:ahead > look:left > look:ahead", False),
    ("Scans from top to bottom with the eyes.", "look:up > look:down", False),
    ("Raises the eyebrows a bit, then a bit more, then as high as possible.",
     "brows > brows > brows", False),
    ("First frowns barely, then moderately, then strongly.", "frown > frown > frown", False),
    ("The gaze glides gradually upward.", "look:up", False),
    ("Over four seconds, the mouth opens.", "mouth", False),
    ("Gradually lowers the head over three seconds and leaves it there.", "head:down", False),
    ("Keeps winking with the right eye for four seconds.", "wink/R*4", False),
    ("Every other second, raises the eyebrows.", "brows*5", False),
    ("Alternately winks with the left and right eye.", "wink/L > wink/R", False),
    ("Tilts the head 90 degrees to the right.", "head:tilt-right", True),
    ("To begin with, looks up; at the end, smiles; in between, blinks twice.",
     "look:up > blink*2 > smile", False),
    ("Nods, but before that looks at the camera.", "look:ahead > nod", False),
    ("The eyes narrow, stay that way for two seconds, and return to normal.", "squint", False),
    ("Turns the head left, holds for a second, then returns to the center.",
     "head:left > head:ahead", False),
)  # fmt: skip


@pytest.mark.parametrize(("text", "expected", "reported", "also"), SAID)
def test_sentences_become_what_they_say(
    text: str, expected: str, reported: bool, also: Callable[[Reading], bool]
) -> None:
    outcome = judge(text, expected)
    assert (outcome.right, outcome.extra) == (outcome.wanted, 0)
    assert bool(outcome.left_out) == reported, outcome.left_out
    assert also(read(text))


@pytest.mark.parametrize(("text", "expected", "reported"), SAID_TOO)
def test_more_sentences_become_what_they_say(text: str, expected: str, reported: bool) -> None:
    test_sentences_become_what_they_say(text, expected, reported, lambda _: True)


def test_slow_looks_go_in_saccades_that_the_critic_accepts() -> None:
    for text in ("looks slowly to the left", "Eyes drift slowly to the left over three seconds"):
        made = compile_brief(Brief("neutral", 6.0, seed=1, instruction=text))
        assert not made.critique.hard
        yaw = made.controls.gaze_deg[:, 0, 0] + made.controls.head_deg[:, 0]
        assert np.diff(yaw).max() < 7  # degrees in a frame
        assert yaw[int(0.6 * 25)] < 10
        assert yaw[-10] == pytest.approx(20, abs=2)
        assert not check_instruction(made.controls, made.plan)


def test_more_is_more_and_less_is_less() -> None:
    slight, full = (e.value("AU12") for e in moving(read("Smiles slightly, then fully."), "AU12"))
    assert slight < 0.4
    assert full > 0.8
    one, wider = (e.value("AU12") for e in moving(read("Smiles, then smiles even wider."), "AU12"))
    assert one < wider
    far, near = (read(t).events[0].value("gaze_yaw") for t in ("Looks far left", "Looks left"))
    assert far > near


def test_a_shut_eye_alone_lets_the_other_one_be() -> None:
    text = "Shuts the right eye, keeping the left open."
    made = compile_brief(Brief("neutral", 6.0, seed=1, instruction=text))
    assert made.controls.au("AU43_R").max() > 0.9
    assert made.controls.au("AU43_L").max() < 0.2
    assert not check_instruction(made.controls, made.plan)


def test_what_lasts_goes_on_for_its_time() -> None:
    (nod,) = read("Keeps nodding for three seconds.").events
    assert nod.hold_s == pytest.approx(3.0, abs=0.1)
    assert nod.cycles >= 4
    assert len(read("Keeps blinking.").events) >= 8
    assert len(read("Blinks every 2 seconds").events) == 5


@pytest.mark.parametrize(
    ("text", "moved", "still"),
    [
        ("left eyebrow rises; the right eyebrow does not move", "AU01_L", "AU01_R"),
        ("the left eye closes; the right eye does not move", "AU43_L", "AU43_R"),
        ("left corner of the mouth rises; the right corner does not", "AU12_L", "AU12_R"),
    ],
)
def test_the_side_that_does_not_move_is_not_asked_to(text: str, moved: str, still: str) -> None:
    compiled = compile_brief(Brief("neutral", 6.0, instruction=text))
    asked = [e for e in compiled.plan.events if e.reason.startswith("asked")]
    assert len(asked) == 1
    names = [CHANNEL_INDEX[c] for c in (moved, still)]
    far, near = np.quantile(compiled.controls.to_matrix()[:, names], 0.8, axis=0)  # no blinks
    assert far > 0.4
    assert near < 0.2 * far
    assert not compiled.plan.not_understood


@pytest.mark.parametrize(
    "text", ["nods once", "looks down before nodding once", "shakes the head once"]
)
def test_once_is_once(text: str) -> None:
    kinds = (EventKind.NOD, EventKind.SHAKE)
    (event,) = (e for e in read_instruction(text, 8.0).events if e.kind in kinds)
    assert event.cycles == 1


def test_eyes_closed_throughout_stay_so_whatever_else_is_asked() -> None:
    text = "eyes closed throughout, nods three times, looks up"
    compiled = compile_brief(Brief("neutral", 8.0, instruction=text))
    assert (compiled.controls.au("AU43_L")[25:] > 0.8).all()
    assert not compiled.critique.hard

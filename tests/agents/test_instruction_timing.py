"""When and how long: units, time codes, pauses, "for 1.5s", "3 seconds in", "a beat"."""

import pytest
from tests.agents.readings import Check, near, seen

from cogportrait.types import EventKind

TIMED: tuple[tuple[str, Check], ...] = (
    ("t=2s: smile; t=4s: look left", lambda e, r: near(e[0].start_s, 2) and near(e[1].start_s, 4)),
    ("0:02 smile, 0:04 blink", lambda e, r: near(e[0].start_s, 2) and near(e[1].start_s, 4)),
    ("00:01 - 00:03 eyes closed", lambda e, r: near(e[0].start_s, 1) and near(e[0].end_s, 3)),
    ("brows up for 0.5s, then down", lambda e, r: not e[0].sustain and e[0].end_s < 2.5),
    ("blink 2x @ 3s", lambda e, r: near(e[0].start_s, 3)),
    ("look down 2s -> look up 2s -> blink", lambda e, r: near(e[1].start_s - e[0].start_s, 2, 0.8)),
    ("A beat. Then he smiles.", lambda e, r: e[0].start_s > 0.7),
    ("Hold the eyes closed for two seconds, then they snap open.",
     lambda e, r: not e[0].sustain and e[0].end_s < 4),
    ("Slow head turn to the right over 3 secs.", lambda e, r: near(e[0].onset_s, 3, 0.4)),
    ("Let the smile build over four seconds.", lambda e, r: near(e[0].onset_s, 4, 0.5)),
    ("Eyes down to start; on 3 seconds, eyes up to lens with a smile.",
     lambda e, r: near(e[1].start_s, 3)),
    ("She smiles, takes a beat, and looks left.", lambda e, r: e[1].start_s - e[0].start_s > 1.5),
    ("AU12 for two seconds", lambda e, r: not e[0].sustain and e[0].end_s < 3.4),
    ("Complete eyelid closure lasting 1 s.", lambda e, r: e[0].end_s < 2.5),
    ("Saccade to the right, fixation for 500 ms, saccade back to the center.",
     lambda e, r: e[1].start_s < 1.6),
    ("Downward gaze for two seconds; subsequently brow raise and jaw drop.",
     lambda e, r: near(e[1].start_s, 2.4, 0.6)),
    ("Lip press, 1.5 s duration", lambda e, r: not e[0].sustain and e[0].end_s < 2.9),
    ("eyelids shut for 800 milliseconds", lambda e, r: e[0].end_s < 2.0 and not e[0].sustain),
    ("He closes his eyes; they stay shut for 3 secs before opening.",
     lambda e, r: not e[0].sustain and near(e[0].end_s, 3.7, 0.8)),
    ("Closes the eyes for 1.5s, then looks left.",
     lambda e, r: near(e[0].end_s - e[0].start_s, 2.1, 0.5)),
    ("Keeps the eyes closed for half a second.",
     lambda e, r: e[0].end_s < 1.8 and not e[0].sustain),
    ("at 3 s, blink; at 5 s, wink the right eye",
     lambda e, r: near(e[0].start_s, 3) and near(e[1].start_s, 5)),
    ("from 2 to 4 seconds, look up", lambda e, r: near(e[0].start_s, 2) and near(e[1].start_s, 4)),
    ("Between the 2nd and the 4th second, frown.",
     lambda e, r: near(e[0].start_s, 2) and near(e[0].end_s, 4)),
    ("After 3 secs: raise eyebrows", lambda e, r: near(e[0].start_s, 3)),
    ("smile for a second and a half", lambda e, r: not e[0].sustain and near(e[0].end_s, 2.2, 0.4)),
    ("looks left for one and a half seconds, then right",
     lambda e, r: near(e[1].start_s - e[0].start_s, 2, 0.4)),
    ("wait 2 s, then nod", lambda e, r: near(e[0].start_s, 2, 0.3)),
    ("Pause for 1 second, then smile.", lambda e, r: near(e[0].start_s, 1, 0.3)),
    ("Blinks; a second later, smiles.", lambda e, r: near(e[1].start_s - e[0].start_s, 1, 0.3)),
    ("Three seconds in, raises the brows.", lambda e, r: near(e[0].start_s, 3)),
    ("Looks down at the 4-second mark.", lambda e, r: near(e[0].start_s, 4)),
    ("For the last 2 secs closes the eyes.", lambda e, r: near(e[0].start_s, 8)),
    ("smiles 2s, frowns 2s",
     lambda e, r: not e[0].sustain and near(e[1].start_s - e[0].start_s, 2.5, 0.6)),
    ("blinks at 1s, 3s and 5s",
     lambda e, r: near(e[0].start_s, 1) and near(e[1].start_s, 3) and near(e[2].start_s, 5)),
    ("Looks left, waits two seconds, then smiles.", lambda e, r: e[1].start_s - e[0].start_s > 2.2),
    ("Blink twice. Long pause. Look up.", lambda e, r: e[2].start_s - e[1].end_s > 1.8),
    ("looks down, and two seconds later looks back at the camera",
     lambda e, r: near(e[1].start_s - e[0].start_s, 2, 0.3)),
    ("starts smiling after 2 secs and stops after 4 secs",
     lambda e, r: near(e[0].start_s, 2) and not e[0].sustain and e[0].end_s < 5.2),
    ("From second 2 until second 5 she smiles.",
     lambda e, r: near(e[0].start_s, 2) and near(e[0].end_s, 5)),
    ("the head sinks a little, very slowly",
     lambda e, r: e[0].onset_s > 1.1 and e[0].value("head_pitch") > -9),
    ("No smile at first; at 4 s she smiles.", lambda e, r: near(e[0].start_s, 4)),
    ("close the two eyes during 2 seconds", lambda e, r: not e[0].sustain and e[0].end_s < 3.5),
    ("0-2s frown, 2-4s look down",
     lambda e, r: near(e[0].start_s, 0, 0.2) and near(e[1].start_s, 2)),
    ("@1.5s smile (slow)", lambda e, r: near(e[0].start_s, 1.5)),
    ("Starts with eyes cast down. Two seconds later, slowly lifts them to camera.",
     lambda e, r: near(e[1].start_s - e[0].start_s, 3.1, 0.9)),
    ("He waits, then nods.", lambda e, r: e[0].start_s > 0.9),
    ("Looks off left. Beat. Looks back.", lambda e, r: e[1].start_s - e[0].start_s > 1),
    ("Hold the smile for three seconds before closing the eyes.",
     lambda e, r: near(e[1].start_s, 3.2, 0.8)),
    ("Eyes closed at first, they are opened wide at 4 s.", lambda e, r: near(e[-1].start_s, 4)),
    ("Smiles for roughly 2.5 seconds.",
     lambda e, r: not e[0].sustain and near(e[0].end_s, 3.2, 0.6)),
    ("Blinks at the 1 s and 4 s marks.",
     lambda e, r: near(e[0].start_s, 1) and near(e[1].start_s, 4)),
    ("Eyes shut between second 3 and second 6.",
     lambda e, r: near(e[0].start_s, 3) and near(e[0].end_s, 6)),
    ("In the last third, smiles.", lambda e, r: near(e[0].start_s, 6.67, 0.3)),
    ("nods after 1 and a half seconds", lambda e, r: near(e[0].start_s, 1.5)),
    ("closing eyes very slow", lambda e, r: e[0].onset_s > 0.7),
    ("[0:03] smile", lambda e, r: near(e[0].start_s, 3)),
    ("T+1s smile, T+3s frown", lambda e, r: near(e[0].start_s, 1) and near(e[1].start_s, 3)),
    ("Brows lift first; the smile follows a second later.",
     lambda e, r: near(e[1].start_s - e[0].start_s, 1, 0.4)),
    ("Eyelids close for 300 ms.", lambda e, r: e[0].end_s < 1.5),
    ("Onset of the smile at 2 s, offset at 5 s.",
     lambda e, r: near(e[0].start_s, 2) and near(e[0].end_s, 5.3, 0.5)),
    ("The eyelids are slowly shut over two seconds.", lambda e, r: near(e[0].onset_s, 2, 0.3)),
    ("smile for 3 seconds starting at 2s",
     lambda e, r: near(e[0].start_s, 2) and near(e[0].end_s, 5.3, 0.6)),
    ("starting at 2 s, smile for 3 seconds",
     lambda e, r: near(e[0].start_s, 2) and near(e[0].end_s, 5.3, 0.6)),
    ("frown from second 4 on", lambda e, r: near(e[0].start_s, 4)),
    ("at the 3rd second nod twice", lambda e, r: near(e[0].start_s, 3)),
    ("during the first 2 secs look up", lambda e, r: e[0].start_s < 0.3),
    ("smile at t=1, raise brows at t=4",
     lambda e, r: near(e[0].start_s, 1) and near(e[1].start_s, 4)),
    ("closes the eyes for one and a half seconds", lambda e, r: near(e[0].end_s, 2.3, 0.4)),
    ("raises the brows 2 seconds before the end", lambda e, r: near(e[0].start_s, 8)),
    ("blinks and, half a second after that, smiles",
     lambda e, r: near(e[1].start_s - e[0].start_s, 0.5, 0.3)),
    ("turns head 30 degrees left over 2 secs",
     lambda e, r: near(e[0].value("head_yaw"), 30, 1) and near(e[0].onset_s, 2, 0.2)),
    ("1.0s: eyes wide; 3.0s: squint", lambda e, r: near(e[0].start_s, 1) and near(e[1].start_s, 3)),
    ("2-4 s look left, 4-6 s look right", lambda e, r: near(e[0].start_s, 2)),
    ("Give me a smile that fades after two seconds.",
     lambda e, r: not e[0].sustain and e[0].end_s < 4),
    ("One eyebrow goes up; a beat later the eyes cut to the right.",
     lambda e, r: e[1].start_s - e[0].start_s > 1),
    ("smiles after exactly 2.5 secs", lambda e, r: near(e[0].start_s, 2.5)),
    ("looks up 3 seconds in", lambda e, r: near(e[0].start_s, 3)),
    ("closes her eyes from 00:02 to 00:04",
     lambda e, r: near(e[0].start_s, 2) and near(e[0].end_s, 4)),
    ("smile gets bigger and bigger over five seconds", lambda e, r: e[0].onset_s > 3.5),
    ("eyes closed @2s until @4s", lambda e, r: near(e[0].start_s, 2) and near(e[0].end_s, 4)),
    ("fade in smile over 2s", lambda e, r: near(e[0].onset_s, 2, 0.4)),
    ("One blink at second 5.", lambda e, r: near(e[0].start_s, 5)),
    ("Inner and outer brow raise, bilaterally, 1-3 s.", lambda e, r: near(e[0].start_s, 1)),
    ("Maintains eye contact throughout.", lambda e, r: e[0].end_s > 9),
    ("nods at 2 seconds into the clip", lambda e, r: near(e[0].start_s, 2)),
    ("shakes head 3x from 4s", lambda e, r: near(e[0].start_s, 4)),
    ("after two seconds looks down for two seconds", lambda e, r: near(e[0].start_s, 2)),
    ("a second of smiling, then nothing", lambda e, r: not e[0].sustain and e[0].end_s < 2.6),
    ("Lids droop more and more over five seconds.", lambda e, r: near(e[0].onset_s, 5)),
    ("Nods once per second for 3 seconds.", lambda e, r: len(e) == 3),
    ("Blinks every 2 seconds for 6 seconds.", lambda e, r: len(e) == 3),
    ("blinks 3 times between 2 and 5 s", lambda e, r: e[0].start_s >= 2 and e[2].end_s <= 5.1),
)  # fmt: skip


@pytest.mark.parametrize(("text", "check"), TIMED, ids=[text for text, _ in TIMED])
def test_times_are_kept(text: str, check: Check) -> None:
    assert check(*seen(text))


@pytest.mark.parametrize(
    ("text", "starts_s"),
    [
        ("At 1, 3 and 5 seconds blinks.", (1, 3, 5)),
        ("At 1 s, 3 s and 5 s blinks.", (1, 3, 5)),
        ("At seconds 1, 3 and 5 blinks.", (1, 3, 5)),
        ("Blinks at 1 s, at 3 s and at 5 s.", (1, 3, 5)),
        ("Blinks at 1, 3, 5 seconds.", (1, 3, 5)),
        ("Smiles, then at 3 and 5 s, she nods.", (3, 5)),
        ("Blinks once at 1 s and once at 3 s.", (1, 3)),
        ("Blinks twice at 1 s and once at 3 s.", (1, 1.6, 3)),
        ("Nods at 1 s and again at 4 s.", (1, 4)),
    ],
)
def test_all_of_several_times_are_kept(text: str, starts_s: tuple[float, ...]) -> None:
    events, reading = seen(text)
    assert not reading.not_understood
    short = [e.start_s for e in events if e.kind in (EventKind.BLINK, EventKind.NOD)]
    assert short == pytest.approx(starts_s, abs=0.05)


def test_a_look_that_is_made_again_is_over_before() -> None:
    events, reading = seen("Looks left at 1 and 4 seconds.")
    assert not reading.not_understood
    assert [e.value("gaze_yaw") for e in events] == pytest.approx([20, 0, 20])
    assert [events[0].start_s, events[2].start_s] == pytest.approx([1, 4])
    assert 1.5 < events[1].start_s < 3.5


@pytest.mark.parametrize(
    "text",
    [
        "Keeps eye contact the whole time except for one quick glance down at 4 seconds.",
        "Keeps looking at the camera except at 4 seconds, when she glances down.",
    ],
)
def test_what_is_excepted_is_done(text: str) -> None:
    events, reading = seen(text)
    assert not reading.not_understood
    assert [e.value("gaze_pitch") for e in events] == pytest.approx([0, -14, 0])
    assert events[1].start_s == pytest.approx(4, abs=0.1)

"""The same said by many: scripters, directors, coders of faces, people who learnt English later."""

import csv
from pathlib import Path

import pytest
from tests.agents.readings import Check, near, seen

from bench.instructions import judge
from cogportrait.types import EventKind

HOW: tuple[tuple[str, Check], ...] = (
    ("head L 15deg, hold 1s, back to center", lambda e, r: near(e[0].value("head_yaw"), 15)),
    ("eyes closed 50%", lambda e, r: near(e[0].value("closure"), 0.5, 0.06)),
    ("50% closed eyes for 2 secs, then fully open",
     lambda e, r: near(e[0].value("closure"), 0.5, 0.06) and not e[0].sustain),
    ("IDLE: slight smile, no blink", lambda e, r: not r.may_blink),
    ("He smiles; beat; the smile drops.", lambda e, r: not e[0].sustain),
    ("Smile, hold, let it die.", lambda e, r: not e[0].sustain),
    ("Keep the head locked off; only the eyes move: left, right, left.",
     lambda e, r: EventKind.HEAD in r.denied.kinds),
    ("Duchenne smile, 3 s.", lambda e, r: e[0].value("AU06") > 0.3 and not e[0].sustain),
    ("A genuine smile appears and disappears slowly.", lambda e, r: not e[0].sustain),
    ("Brow flash, then a smile.", lambda e, r: not e[0].sustain),
    ("The mouth is opened slightly and closed again.", lambda e, r: not e[0].sustain),
    ("The left eyelid is lowered halfway.", lambda e, r: near(e[0].value("closure"), 0.5, 0.15)),
    ("The chin is raised slightly.", lambda e, r: e[0].value("head_pitch") < 8),
    ("The eyes should be narrowed for 1.5s.", lambda e, r: not e[0].sustain),
    ("Smiling broadly, she closes one eye and reopens it.",
     lambda e, r: not any(x.sustain for x in e if x.value("closure"))),
    ("After closing her eyes for a second she smiles.", lambda e, r: not e[0].sustain),
    ("left eye closes, opens, right eye closes, opens", lambda e, r: not any(x.sustain for x in e)),
    ("smiles for 2 secs", lambda e, r: not e[0].sustain),
    ("eyes 75% closed", lambda e, r: near(e[0].value("closure"), 0.75, 0.06)),
    ("closes the eyes by 30 percent", lambda e, r: near(e[0].value("closure"), 0.3, 0.06)),
    ("a 20-degree head turn to the left", lambda e, r: near(e[0].value("head_yaw"), 20)),
    ("looks 10° up", lambda e, r: near(e[0].value("gaze_pitch"), 10)),
    ("ever so slightly raises the left brow", lambda e, r: e[0].value("AU02") < 0.4),
    ("the faintest of smiles", lambda e, r: e[0].value("AU12") < 0.4),
    ("nearly closes the eyes", lambda e, r: 0.8 < e[0].value("closure") < 0.97),
    ("turns the head a touch to the right", lambda e, r: abs(e[0].value("head_yaw")) < 13),
    ("a hint of a smile", lambda e, r: e[0].value("AU12") < 0.4),
    ("raises the brows as far as they go", lambda e, r: e[0].value("AU02") > 0.7),
    ("squints hard", lambda e, r: e[0].value("AU07") > 0.85),
    ("smiles a tiny bit, then a lot", lambda e, r: e[1].value("AU12") > e[0].value("AU12") + 0.2),
    ("opens the mouth a crack", lambda e, r: e[0].value("AU26") < 0.4),
    ("grins from ear to ear", lambda e, r: e[0].value("AU12") > 0.7),
    ("looks left but does not blink", lambda e, r: not r.may_blink),
    ("smiles with no teeth", lambda e, r: not e[0].value("AU25")),
    ("eyes open, no blinking, head still",
     lambda e, r: not r.may_blink and EventKind.HEAD in r.denied.kinds),
    ("turns only the eyes, not the head, to the left",
     lambda e, r: EventKind.HEAD in r.denied.kinds),
    ("nods, but doesn't smile", lambda e, r: "AU12" in r.denied.aus),
    ("not a single blink", lambda e, r: not r.may_blink),
    ("He never moves his head, he only shifts his eyes to the right.",
     lambda e, r: EventKind.HEAD in r.denied.kinds),
    ("smile, mouth closed", lambda e, r: not e[0].value("AU25")),
    ("looks up with a motionless head", lambda e, r: EventKind.HEAD in r.denied.kinds),
    ("Smiles, brows unmoved.", lambda e, r: "AU02" in r.denied.aus),
    ("nods without closing or narrowing the eyes",
     lambda e, r: EventKind.CLOSURE in r.denied.kinds and "AU07" in r.denied.aus),
    ("make the eyes close and after open", lambda e, r: not e[0].sustain),
    ("please do a smile little bit", lambda e, r: e[0].value("AU12") < 0.5),
    ("smile during all the video", lambda e, r: e[0].sustain),
    ("purses lips, then relaxes", lambda e, r: not e[0].sustain),
    ("smiles, then the smile fades into a frown", lambda e, r: not e[0].sustain),
    ("frowns, then smiles", lambda e, r: not e[0].sustain),
    ("eyes_closed 2s", lambda e, r: not e[0].sustain),
    ("head shake → small smile", lambda e, r: e[1].value("AU12") < 0.5),
    ("The corners of her mouth lift almost imperceptibly.", lambda e, r: e[0].value("AU12") < 0.4),
    ("AU43 for 1.2 s", lambda e, r: not e[0].sustain),
    ("Gaze is averted 15 degrees to the right.",
     lambda e, r: near(abs(e[0].value("gaze_yaw")), 15, 1)),
    ("The mouth is held open for two seconds.", lambda e, r: not e[0].sustain),
    ("He shuts his eyes, keeps them shut for 2 secs, and opens them again.",
     lambda e, r: not e[0].sustain),
    ("smile, but only for a second", lambda e, r: not e[0].sustain),
    ("80% smile", lambda e, r: near(e[0].value("AU12"), 0.52, 0.08)),
    ("mouth open 20 percent", lambda e, r: e[0].value("AU26") < 0.2),
    ("10° tilt to the left", lambda e, r: near(e[0].value("head_roll"), 10, 1)),
    ("eyes a quarter closed", lambda e, r: near(e[0].value("closure"), 0.25, 0.08)),
    ("raises eyebrows a fraction", lambda e, r: e[0].value("AU02") < 0.4),
    ("smiles ever so faintly", lambda e, r: e[0].value("AU12") < 0.4),
    ("smiles, lips together", lambda e, r: not e[0].value("AU25")),
    ("looks left, head staying still", lambda e, r: EventKind.HEAD in r.denied.kinds),
    ("do not blink and do not move", lambda e, r: not r.may_blink),
    ("smiles; no nodding", lambda e, r: EventKind.NOD in r.denied.kinds),
    ("blinks exactly once", lambda e, r: not r.may_blink),
    ("little smile, after big smile", lambda e, r: e[1].value("AU12") > e[0].value("AU12") + 0.2),
    ("nod (subtle)", lambda e, r: abs(e[0].value("head_pitch")) < 7),
    ("The brows are lowered, then return to baseline.", lambda e, r: not e[0].sustain),
    ("Head pitch down by 10 degrees.", lambda e, r: near(e[0].value("head_pitch"), -10, 1)),
    ("squints at 40%", lambda e, r: near(e[0].value("AU07"), 0.3, 0.05)),
    ("mouth barely open", lambda e, r: e[0].value("AU26") < 0.3),
    ("a big broad smile", lambda e, r: e[0].value("AU12") > 0.7),
    ("raises her eyebrows only slightly", lambda e, r: e[0].value("AU02") < 0.4),
    ("looks a long way to the left", lambda e, r: e[0].value("gaze_yaw") > 24),
    ("He does not smile, blink or look away.",
     lambda e, r: not r.may_blink and "AU12" in r.denied.aus),
    ("smiles with eyes open, never blinking", lambda e, r: not r.may_blink),
    ("turns the head left without shifting the gaze",
     lambda e, r: EventKind.GAZE in r.denied.kinds),
    ("blinks twice, no more", lambda e, r: not r.may_blink),
    ("he close the eyes slow and keep closed", lambda e, r: e[0].sustain),
    ("SMILE 0.5s -> hold 2s -> fade", lambda e, r: not e[0].sustain),
    ("Eyes drift shut, then snap open.", lambda e, r: not e[0].sustain),
    ("The brows are raised by 30%.", lambda e, r: near(e[0].value("AU02"), 0.18, 0.05)),
    ("He closed his eyes for two seconds; then he smiled.", lambda e, r: not e[0].sustain),
    ("raise eyebrows for 1s then 2s smile", lambda e, r: not e[1].sustain),
    ("mouth falls slightly open", lambda e, r: e[0].value("AU26") < 0.45),
    ("turns head all the way to the left", lambda e, r: e[0].value("head_yaw") > 22),
    ("smile without opening the mouth", lambda e, r: not e[0].value("AU25")),
    ("looks left, then smiles",
     lambda e, r: [x for x in e if x.kind == EventKind.GAZE][-1].value("gaze_yaw") > 10),
    ("a quick look to the left", lambda e, r: e[-1].value("gaze_yaw") == 0),
    ("head tilt left 10 degrees for 2 s, no smile", lambda e, r: "AU12" in r.denied.aus),
    ("Smile builds slowly; hold through the end.", lambda e, r: e[0].sustain),
    ("looks left (but doesn't turn the head)", lambda e, r: EventKind.HEAD in r.denied.kinds),
    ("looks up, neither blinking nor smiling", lambda e, r: not r.may_blink),
    ("no blinking while nodding", lambda e, r: not r.may_blink),
    ("raises an eyebrow — the left one — slightly", lambda e, r: e[0].value("AU02") < 0.4),
)  # fmt: skip
with (Path(__file__).parent / "phrasings.tsv").open(newline="", encoding="utf-8") as stream:
    PHRASINGS = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.mark.parametrize("row", PHRASINGS, ids=[row["instruction"] for row in PHRASINGS])
def test_many_ways_to_say_it_become_what_they_say(row: dict[str, str]) -> None:
    outcome = judge(row["instruction"], row["expected"])
    assert (outcome.right, outcome.extra) == (outcome.wanted, 0)
    assert bool(outcome.left_out) == bool(row["reported"]), outcome.left_out


@pytest.mark.parametrize(("text", "check"), HOW, ids=[text for text, _ in HOW])
def test_how_much_on_which_side_and_what_not(text: str, check: Check) -> None:
    assert check(*seen(text))

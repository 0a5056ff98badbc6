"""How the planner plays the six basic emotions.

Each function returns the events of one label for a whole clip: the prototype's action units in the
order that the literature gives (physiology, section 7), gaze and head with them. The label must
read within the first second or two, and go on living for minutes.
"""

from cogportrait.agents.attention import Manners, attend, bouts_for_share, scan_face
from cogportrait.agents.blinks import COMPLETE_SHARE, PARTIAL
from cogportrait.agents.habits import brow_flash, droop, mood, peaks, wander
from cogportrait.agents.setting import (
    Scene,
    Setting,
    closure,
    expression,
    lognormal,
    look,
    nod,
    pose,
    pulse,
    sway,
)
from cogportrait.types import EventKind, Interval, PlannedEvent, Target


def happiness(setting: Setting) -> Scene:
    """Smiles that reach the eyes, small nods, a tilted head."""
    begin = setting.begin_s
    events = [
        sway(setting),
        *mood(setting, {12: 0.52, 6: 0.3, 7: 0.08, 25: 0.1}, "a smile lingers"),
    ]
    for i, t in enumerate(peaks(setting, 2.6, 1.6)):
        phases = (
            setting.draw("onset", 1e-3),
            setting.between(1.1, 2.2),
            setting.draw("offset", 1e-3),
        )
        smile = 0.3 + 0.7 * setting.au(12)
        felt = smile * setting.between(0.65, 0.85)
        events += [
            expression(setting, t, phases, {12: smile, 25: 0.3}, "smiles", source="MPR SCH06"),
            expression(
                setting,
                max(t + setting.between(-0.05, 0.12), begin),
                phases,
                {6: felt, 7: setting.au(7)},
                "the smile reaches the eyes",
                source="MPR RUCH13",
            ),
        ]
        if i == 0 or setting.chance(0.2):
            events.append(brow_flash(setting, t, 0.3, "lights up"))
    roll = setting.sign() * setting.draw("head.roll") * setting.posture
    bias = {"roll": roll, "pitch": 2.0 * setting.posture, "z": 0.03}
    events.append(pose(begin + 0.15, 0.9 * setting.hurry, bias, "tilts the head"))
    events += wander(setting, begin, bias, 2.0)
    t = begin + setting.between(0.9, 1.8)
    while t < setting.duration_s - 0.6:
        depth = setting.between(4.0, 7.0) * setting.posture
        events.append(nod(setting, t, depth, setting.between(1.6, 2.4), 2.0, "nods with pleasure"))
        t += max(2.5, lognormal(setting.rng, 60 / max(setting.draw("head.nods"), 2.0)))
    share = setting.draw("gaze_on_partner")
    manners = Manners(bouts_for_share(share, 1.0), 1.0, 11.0, side=0.6, up=0.15, down=0.25)
    return Scene(tuple(events + attend(setting, begin, setting.duration_s, manners)))


def sadness(setting: Setting) -> Scene:
    """Inner brows up, then gaze down by a saccade, then the head sinks."""
    begin, hurry = setting.begin_s, setting.hurry
    aus = {1: 0.35, 4: 0.25, 15: 0.3, 17: 0.15}
    events = [
        sway(setting, setting.draw("head.motion_factor")),
        *mood(setting, aus, "sadness stays in brows and mouth"),
        *droop(setting, begin + 0.3 * hurry, 0.8 * setting.au(43), "heavy lids"),
    ]
    for t in peaks(setting, 5.5, 1.5):
        onset = setting.draw("onset", 1e-3)
        phases = (onset, setting.between(2.5, 4.5), setting.draw("offset", 1e-3))
        aus = {1: setting.au(1), 4: 0.6 * setting.au(4), 15: 0.25, 17: 0.2, 7: setting.au(7)}
        events.append(expression(setting, t, phases, aus, "inner brows rise", source="MPR"))
    down = begin + hurry * setting.between(0.35, 0.7)
    bias = {
        "pitch": setting.draw("head.pitch_bias") * setting.posture,
        "roll": setting.sign() * setting.between(2.0, 5.0),
    }
    events.append(
        pose(
            down + setting.between(0.1, 0.4) * hurry,
            1.4 * hurry,
            bias,
            "the head sinks after the gaze",
        )
    )
    events += wander(setting, down + 2.0, bias, 1.2)
    t = down
    while t < setting.duration_s:
        low = bias["pitch"] - 0.65 * setting.draw("gaze_down_angle")
        held = max(1.2, lognormal(setting.rng, 2.8))
        yaw = setting.sign() * setting.between(1.0, 7.0)
        events.append(look(t, yaw, low, "gaze drops", "ADK05 NVB23"))
        t += held
        events.append(look(t, 0.0, -1.0, "looks up at the partner for a moment"))
        t += max(0.8, lognormal(setting.rng, 1.6))
    return Scene(tuple(events))


def _emphasis(setting: Setting, begin_s: float) -> list[PlannedEvent]:
    """Return jerks of an angry head: often while speaking, few and small while listening."""
    events: list[PlannedEvent] = []
    rate = setting.draw("head.emphatic_jerks") if setting.speaking else 3.0
    t = begin_s + setting.between(1.2, 2.5)
    while t < setting.duration_s - 0.5:
        size = (
            setting.draw("head.jerk_amplitude") * setting.posture * (1 if setting.speaking else 0.5)
        )
        angles = {"pitch": -size, "yaw": setting.sign() * 0.3 * size, "z": 0.03}
        events.append(pulse(t, (0.16, 0.06, 0.32), angles, "jerks the head for emphasis"))
        t += max(1.5, lognormal(setting.rng, 60 / max(rate, 1.0)))
    return events


def _outburst(setting: Setting, t: float) -> list[PlannedEvent]:
    """Return one peak of anger: brows first, then lids and lips."""
    phases = (
        setting.draw("onset", 1e-3),
        setting.between(1.2, 2.2),
        setting.draw("offset", 1e-3),
    )
    brows = {4: 0.75 * setting.au(4)}
    first = expression(setting, t, phases, brows, "brows come down", source="MPR")
    late = t + setting.between(0.05, 0.25)
    lids = {5: 0.8 * setting.au(5), 7: 0.6 * setting.au(7)}
    rest = {**lids, 23: 0.25, 24: 0.25, 17: 0.15, 10: 0.1}
    return [
        first,
        expression(setting, late, phases, rest, "lids tighten, lips press", source="MPR"),
    ]


def anger(setting: Setting) -> Scene:
    """Brows down, then lids tight and wide, head forward and down, a stare."""
    begin, hurry = setting.begin_s, setting.hurry
    aus = {4: 0.55, 7: 0.32, 5: 0.15, 23: 0.25, 24: 0.25}
    events = [sway(setting, 0.7), *mood(setting, aus, "anger stays between outbursts")]
    for t in peaks(setting, 2.8, 1.3):
        events += _outburst(setting, t)
    lean = 0.05 + 0.02 * setting.draw("head.forward_AU57")
    bias = {"pitch": setting.draw("head.pitch_bias") * setting.posture, "z": lean * setting.posture}
    events.append(pose(begin + 0.1, 0.55 * hurry, bias, "head lowers and comes forward"))
    events += wander(setting, begin, bias, 1.2)
    events += _emphasis(setting, begin)
    stare = setting.draw("fixation_bout")
    manners = Manners(
        stare, stare * 0.15 / 0.85, 9.0, side=0.8, up=0.05, down=0.15,
        face_fixation_s=1.6, reason="looks aside and back", source="ADK05",
    )  # fmt: skip
    return Scene(tuple(events + attend(setting, begin + 0.3, setting.duration_s, manners)))


def _startle(setting: Setting, t: float) -> list[PlannedEvent]:
    blink = PlannedEvent(
        EventKind.BLINK, t + setting.between(0.03, 0.06), 0.06, 0.01, 0.13,
        (Target("closure", 1.0 if setting.chance(COMPLETE_SHARE) else setting.between(*PARTIAL)),),
        reason="startle blink, 30 to 60 ms after the event", source="TEXTBOOK",
    )  # fmt: skip
    held = setting.between(0.7, 1.3)
    off = setting.draw("offset", 1e-3)
    back = 0.03 + 0.02 * setting.draw("head.back_AU58")
    brows = {1: 0.7 * setting.au(1), 2: 0.7 * setting.au(2), 4: 0.4 * setting.au(4)}
    lids = {5: 0.65 * setting.au(5)}
    events = [
        expression(setting, t + 0.1, (0.12, held, off), lids, "eyes widen first", source="JACK"),
        expression(setting, t + 0.16, (0.2, held, off), brows, "brows rise and knit", source="MPR"),
        expression(
            setting, t + 0.18, (0.2, held, off), {20: 0.35, 25: 0.35, 26: 0.15}, "mouth stretches",
            source="MPR",
        ),
        pulse(
            t + 0.06, (0.22, held + 0.4, 0.9),
            {"z": -back, "pitch": 3.5 * setting.posture}, "draws back",
        ),
    ]  # fmt: skip
    return [blink, *events] if t > 0.05 and setting.duration_s > 1.0 else events


def fear(setting: Setting) -> Scene:
    """Startle, freeze, then scanning, again and again."""
    begin = setting.begin_s
    aus = {1: 0.62, 2: 0.4, 4: 0.48, 5: 0.66, 7: 0.1, 20: 0.42, 25: 0.28, 26: 0.06}
    events = [sway(setting, 0.6), *mood(setting, aus, "fear stays between startles")]
    still: list[Interval] = []
    manners = Manners(
        0.9, 1.6, 13.0, side=0.85, up=0.05, down=0.1, face_fixation_s=0.7,
        away_fixation_s=0.38, head_share=0.45, reason="scans for the threat", source="LEE13",
    )  # fmt: skip
    t = begin
    while t < setting.duration_s:
        freeze = t + 0.35 + setting.draw("head.freeze_initial")
        following = t + max(4.5, lognormal(setting.rng, 8.0, 0.6))
        events += _startle(setting, t)
        events.append(look(t, 0.0, 0.0, "freezes on the threat", "LEE13"))
        still.append(Interval(t + 0.3, freeze + 0.3))
        stop = min(following - 0.1, setting.duration_s)
        events += attend(setting, freeze, stop, manners, away_first=True)
        t = following
    return Scene(tuple(events), tuple(still))


def disgust(setting: Setting) -> Scene:
    """Upper lip first, then narrowed eyes, gaze away, head after it."""
    hurry = setting.hurry
    aus = {10: 0.5, 7: 0.42, 4: 0.38, 17: 0.36, 15: 0.12}
    events = [sway(setting), *mood(setting, aus, "disgust stays between bouts")]
    times = peaks(setting, 3.0, 1.5)
    for t, following in zip(times, [*times[1:], setting.duration_s], strict=True):
        on, off = setting.draw("onset", 1e-3) * hurry, setting.draw("offset", 1e-3)
        held = setting.between(1.2, 2.2)
        lip = min(
            0.25 + 0.75 * setting.au(9), 0.9
        )  # AU10 and AU4 stand for the wrinkled nose (AU9 is no channel)
        narrow = {4: setting.au(4), 7: setting.au(7), 6: setting.au(6), 17: 0.5, 15: 0.25}
        late = t + setting.between(0.08, 0.2)
        side = setting.sign()
        yaw = side * (4.0 + setting.draw("head.yaw_away")) * setting.posture
        turn = late + hurry * setting.between(0.25, 0.5)
        away = late + hurry * setting.between(0.1, 0.25)
        back = turn + on + held
        events += [
            expression(setting, t, (on, held, off), {10: lip}, "upper lip rises", source="JACK"),
            expression(setting, late, (on, held, off), narrow, "eyes narrow", source="LEE13 MPR"),
            look(away, yaw + side * 9.0, setting.between(-8.0, 2.0), "looks away from it"),
            pulse(
                turn, (0.55 * hurry, held, 0.8),
                {"yaw": yaw, "pitch": 3.0 * setting.posture, "z": -0.05, "roll": -side * 2.0},
                "turns and draws the head away",
            ),
            look(back, 0.0, 0.0, "looks back"),
            *scan_face(setting, back + 0.5, following - 0.2, 0.9),
        ]  # fmt: skip
        if setting.chance(0.35) and held > 1.0:
            shut = (0.16, setting.between(0.3, 0.6), 0.3)
            events.append(closure(turn + 0.1, shut, 0.95, "shuts the eyes to it for a moment"))
    return Scene(tuple(events))


def surprise(setting: Setting) -> Scene:
    """Lids and brows shoot up, the jaw drops, gaze stays; over in a second and a half."""
    aus = {1: 0.32, 2: 0.32, 5: 0.28, 25: 0.18, 26: 0.12}
    events = [sway(setting, 0.8), *mood(setting, aus, "still astonished")]
    still: list[Interval] = []
    for t in peaks(setting, 1.6, 1.6):
        on, off = setting.draw("onset", 1e-3), setting.draw("offset", 1e-3)
        held = setting.between(0.5, 0.9)
        brows = setting.au(1)
        events += [
            expression(setting, t, (on, held, off), {5: 0.9 * setting.au(5)}, "lids widen"),
            expression(
                setting, t + setting.between(0.0, 0.08), (on, held, off),
                {1: 0.9 * brows, 2: 0.9 * brows * setting.between(0.85, 1.0)},
                "brows shoot up", source="MPR SCH09",
            ),
            expression(
                setting, t + 0.1, (0.25, held, 0.5), {26: 0.45, 25: 0.4}, "jaw drops", source="MPR"
            ),
            pulse(
                t + 0.05, (0.3, held + 0.2, 0.8),
                {"pitch": setting.draw("head.back_pitch_up") * setting.posture, "z": -0.04},
                "head goes up and back",
            ),
            look(t, 0.0, 0.0, "eyes stay on the event"),
        ]  # fmt: skip
        still.append(Interval(t - 0.15, t + on + held + 0.15))
    events += wander(setting, setting.begin_s, {}, 1.5)
    manners = Manners(6.0, 0.5, 8.0, face_fixation_s=1.1)
    events += attend(setting, setting.begin_s + 0.8, setting.duration_s, manners)
    return Scene(tuple(events), tuple(still))

"""How the planner plays neutral and the six states beyond emotion.

As in ``emotions``: events of one label for a whole clip, in the order of physiology, section 7.
"""

from typing import Final

from cogportrait.agents.attention import (
    Manners,
    attend,
    away_direction,
    bouts_for_share,
    dwell,
    scan_face,
)
from cogportrait.agents.blinks import blink
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
from cogportrait.behavior.expectations import LAUGHING_CLOSURE
from cogportrait.types import EventKind, Interval, PlannedEvent, Target

DEEP_NOD_DEG_S: Final = 13.0  # depth times cycles a second: deeper nods are slower
_TWO_PEAKS_S: Final = 2.4  # a bout from which the eyes are pressed together twice
_FLURRY_REST: Final = 1.5  # x the time that the label's rate gives for the blinks of a burst


def neutral(setting: Setting) -> Scene:
    """At ease: looks around a little, shifts posture, a brow moves now and then."""
    manner = "speaking" if setting.speaking else "listening"
    share = setting.draw(f"gaze_on_partner.{manner}")
    away = setting.draw("aversion.duration")
    manners = Manners(
        bouts_for_share(share, away), away, setting.draw("aversion.amplitude"),
        side=0.5, up=0.2, down=0.3, source="LISSPK",
    )  # fmt: skip
    events = [sway(setting), *wander(setting, setting.begin_s, {}, 2.0)]
    t = setting.begin_s + setting.between(4.0, 14.0)
    while t < setting.duration_s:
        small = {1: 0.14, 2: 0.12} if setting.chance(0.6) else {24: 0.2, 17: 0.12}
        events.append(expression(setting, t, (0.35, 0.4, 0.5), small, "a passing thought"))
        t += max(6.0, lognormal(setting.rng, 18.0))
    return Scene(tuple(events + attend(setting, setting.begin_s, setting.duration_s, manners)))


def _squeezes(setting: Setting, start_s: float, hold_s: float) -> list[PlannedEvent]:
    """Return the peaks of a bout, one or two, in which the lids close partly and open at once.

    They come and go more slowly than blinks, and do not stay at the bottom.
    """
    peaks_s = [start_s + hold_s * setting.between(0.05, 0.25)]
    if hold_s > _TWO_PEAKS_S:
        peaks_s.append(peaks_s[0] + setting.between(1.1, 1.6))
    events: list[PlannedEvent] = []
    for t in peaks_s:
        hold = setting.between(0.03, 0.1)
        phases = (setting.between(0.32, 0.4), hold, setting.between(0.7, 0.95))
        events.append(closure(t, phases, setting.between(0.45, 0.88), "eyes squeeze in a peak"))
    return events


def _bout(setting: Setting, t: float, hold: float) -> list[PlannedEvent]:
    """Return one bout of laughter: brows, cheeks, notes, a swing of the head, shut eyes."""
    on, off = max(setting.draw("onset", 1e-3), 0.3), setting.draw("offset", 1e-3)
    gain = setting.intensity
    smile = min(setting.au(12) * gain, 0.92)
    aus = {12: smile, 6: min(0.95 * setting.au(6) * gain, 0.92), 7: setting.au(7) * gain,
           43: min(LAUGHING_CLOSURE * setting.au(43), 0.3) * gain, 25: min(0.6 * gain, 0.8),
           26: min(0.5 * gain, 0.75)}  # fmt: skip
    targets = [Target(f"AU{n:02d}", min(v, 0.92)) for n, v in aus.items()]
    targets.append(Target("head_pitch", setting.draw("head.bounce_amplitude") * setting.posture))
    swing = setting.sign() * (5.0 + 0.4 * abs(setting.draw("head.pitch_swing"))) * setting.posture
    roll = setting.sign() * setting.draw("head.roll") * setting.posture
    rate = min(setting.draw("rhythm"), setting.fps / 4)
    laugh = PlannedEvent(
        EventKind.LAUGH, t, on, hold, off, tuple(targets), rate_hz=rate,
        reason="laughs in notes about 0.21 s apart", source="PRO91 RUCH13",
    )  # fmt: skip
    events = [
        laugh,
        pulse(t + 0.15, (0.55, hold, 1.1), {"pitch": swing, "roll": roll}, "throws the head"),
    ]
    if hold > 0.7:
        events += _squeezes(setting, t + on + 0.1, hold)
    if setting.chance(0.5):
        yaw = setting.sign() * setting.between(6.0, 14.0)
        events.append(look(t + on + 0.3 * hold, yaw, -setting.between(4.0, 12.0), "loses the gaze"))
    events.append(look(t + on + hold, 0.0, 0.0, "looks back"))
    return events


def laughter(setting: Setting) -> Scene:
    """Bouts of laughing with smiles between them."""
    events = [sway(setting), *mood(setting, {12: 0.35, 6: 0.28, 25: 0.18}, "smiles between bouts")]
    t = setting.begin_s
    while t < setting.duration_s:
        hold = max(0.8, setting.draw("bout_duration"))
        events += _bout(setting, t, hold)
        gap = max(0.8, lognormal(setting.rng, 2.0))
        manners = Manners(3.0, 0.8, 9.0)
        events += attend(setting, t + hold + 0.8, t + hold + 0.8 + gap, manners)
        t += hold + 1.2 + gap
    events += wander(setting, setting.begin_s, {}, 1.5)
    return Scene(tuple(events))


def _thought(
    setting: Setting, t: float, hold: float, manners: Manners, kind: str
) -> list[PlannedEvent]:
    """Return one time of thinking: look away and stay, brows and lids draw in, head follows."""
    yaw, pitch = away_direction(setting, manners)
    side = 1.0 if yaw > 0 else -1.0
    turn = side * (3.0 + setting.draw("head.yaw_follow")) * setting.posture
    tilt = -side * setting.draw("head.tilt") * setting.posture
    at = (yaw + turn, pitch + (3.0 if pitch > 3 else 0.0))
    move = 0.6 * setting.hurry
    effort = {4: 1.6 * setting.au(4), 7: 1.5 * setting.au(7), 24: 0.25, 17: 0.08, 14: 0.06}
    phases = (setting.draw("onset", 1e-3), max(hold - 0.6, 0.2), setting.draw("offset", 1e-3))
    return [
        look(t, *at, f"gaze leaves to think, {kind}", "DSP05 ACA21"),
        *dwell(setting, t, t + hold, at, setting.draw("fixation_in_aversion")),
        pulse(
            t + 0.05, (move, hold, 0.7),
            {"yaw": turn, "roll": tilt, "pitch": 0.3 * pitch}, "head follows and tilts",
        ),
        expression(setting, t + 0.1, phases, effort, "effort draws brows and lids", source="BEN17"),
    ]  # fmt: skip


def _flurry(setting: Setting, t: float) -> list[PlannedEvent]:
    """Return the burst of blinks after an effort (LEAL08)."""
    blinks: list[PlannedEvent] = []
    for _ in range(max(2, round(setting.draw("blink_burst_after")))):
        blinks.append(blink(setting, t, "blinks after the effort", "LEAL08"))
        t = max(t + setting.between(0.42, 0.9), blinks[-1].end_s + 0.12)
    return blinks


def cognitive_effort(setting: Setting) -> Scene:
    """Look away, hold with few blinks, look back, blink several times."""
    events = [sway(setting, 0.8)]
    quiet: list[Interval] = []
    odds = setting.priors.other("aversion.direction").parts
    rate = setting.priors.blink_rate(speaking=setting.speaking).number
    t, first, rested = setting.begin_s + 0.08, True, 0.0
    while t < setting.duration_s:
        size = max(setting.draw("aversion.amplitude"), 12.0)
        if first:  # up and aside is what everybody reads at once as thinking
            manners = Manners(1.0, 1.0, max(size, 16.0), side=0.0, up=1.0, down=0.0)
        else:
            manners = Manners(
                1.0, 1.0, size, side=odds["side"], up=odds["up_or_updiag"],
                down=odds["down_or_downdiag"],
            )  # fmt: skip
        hold = max(1.8, lognormal(setting.rng, 3.2, 0.35))
        events += _thought(setting, t, hold, manners, "as one does for a hard question")
        quiet.append(Interval(t + 0.3, t + hold - 0.1))
        back = t + hold
        events.append(look(back, 0.0, 0.0, "returns with the answer"))
        if back >= rested:  # a burst after every look away would be five times the label's rate
            flurry = _flurry(setting, back + setting.between(-0.03, 0.05))
            events += flurry
            rested = back + _FLURRY_REST * len(flurry) * 60 / rate
        pause = setting.between(1.0, 2.0)
        events += scan_face(setting, back + 0.5, back + pause - 0.2, 0.8)
        t, first = back + pause, False
    return Scene(tuple(events), tuple(quiet))


def _sinking_looks(setting: Setting, t: float, head_pitch: float) -> list[PlannedEvent]:
    """Return gaze that sinks below a sunken head and half comes up again."""
    events: list[PlannedEvent] = []
    while t < setting.duration_s:
        low = head_pitch - 0.6 * setting.draw("gaze_down_angle")
        held = max(2.0, lognormal(setting.rng, 4.0))
        at = (setting.sign() * setting.between(0.0, 9.0), low)
        events.append(look(t, *at, "gaze sinks", "NVB23"))
        events += dwell(setting, t, t + held, at, 1.6)
        t += held
        at, stay = (setting.sign() * 2.0, 0.4 * head_pitch), max(1.0, lognormal(setting.rng, 2.0))
        events.append(look(t, *at, "half looks up"))
        events += dwell(setting, t, t + stay, at, 1.0)
        t += stay
    return events


def low_arousal_negative(setting: Setting) -> Scene:
    """Heavy lids, gaze down, head sinking, hardly any motion."""
    begin, hurry = setting.begin_s, setting.hurry
    slow = setting.draw("transition_times_factor")
    aus = {1: 0.8 * setting.au(1), 4: 0.8 * setting.au(4), 15: 0.28, 17: 0.12, 14: 0.1}
    events = [
        sway(setting, setting.draw("head.motion_factor")),
        *mood(setting, aus, "a low mood"),
        *droop(setting, begin, 1.15 * setting.au(43), "lids hang"),
    ]
    bias = {
        "pitch": setting.draw("head.pitch_bias") * setting.posture,
        "roll": setting.sign() * setting.between(3.0, 7.0),
        "z": -0.03,
    }
    sink = begin + 0.15
    events.append(pose(sink, 1.2 * slow * hurry, bias, "the head sinks"))
    events += wander(setting, sink + 4.0, bias, 1.0)
    events += _sinking_looks(setting, begin + hurry * setting.between(0.2, 0.5), bias["pitch"])
    t = begin + setting.between(2.5, 8.0)
    while t < setting.duration_s - 1.5:
        shut = setting.between(0.5, 1.0)
        events += [
            closure(t, (0.4, shut, 0.6), 1.0, "a sigh with closed eyes"),
            pulse(t, (0.9, shut, 1.4), {"pitch": -3.0, "y": -0.02}, "sighs"),
            expression(setting, t + 0.3, (0.5, 0.5, 0.9), {25: 0.15}, "breathes out"),
        ]
        t += max(12.0, lognormal(setting.rng, 45.0))
    return Scene(tuple(events))


def _feedback(setting: Setting, t: float) -> list[PlannedEvent]:
    """Return one listener's signal: a nod, at times with a long blink (HOM18), or a brow flash."""
    depth = setting.draw("nod.amp_slow") * setting.posture
    if setting.chance(0.2):
        return [brow_flash(setting, t, 0.32, "shows interest")]
    fast = setting.chance(0.3)
    slow = min(setting.between(1.5, 2.2), DEEP_NOD_DEG_S / max(depth, 1.0))
    rate, cycles = (3.2, 3.0) if fast else (slow, 2.0)
    signal = nod(setting, t, depth * (0.5 if fast else 1.0), rate, cycles, "nods along")
    if not setting.chance(0.25):
        return [signal]
    return [signal, closure(t, (0.13, 0.22, 0.24), 1.0, "a long feedback blink", "HOM18")]


def social_engagement(setting: Setting) -> Scene:
    """Eye contact, a flash of the brows, a light smile, nods."""
    begin, hurry = setting.begin_s, setting.hurry
    smile = {12: max(setting.au(12), 0.36), 6: max(0.8 * setting.au(6), 0.14), 1: 0.08, 2: 0.1}
    events = [
        sway(setting, 1.1),
        brow_flash(setting, begin + 0.05, 0.32, "greets with the brows"),
        *mood(setting, smile, "a friendly face"),
    ]
    for t in peaks(setting, 2.6, 4.0)[1:]:
        phases = (0.55, setting.between(0.8, 1.6), 0.9)
        events.append(expression(setting, t, phases, {12: 0.25, 6: 0.15}, "smiles at a remark"))
    tilt = setting.sign() * setting.draw("head.tilt") * setting.posture
    bias = {"roll": tilt, "z": 0.06, "pitch": 1.5}
    events.append(pose(begin + 0.2, 0.8 * hurry, bias, "leans in and tilts the head"))
    events += wander(setting, begin, bias, 2.2)
    rate = setting.draw("nods.speaking" if setting.speaking else "nods.listening")
    t = begin + hurry * setting.between(0.7, 1.3)
    while t < setting.duration_s - 0.5:
        events += _feedback(setting, t)
        t += max(1.8, lognormal(setting.rng, 60 / max(rate + 2.0, 3.0)))
    share = setting.draw(f"gaze_on_partner.{'speaking' if setting.speaking else 'listening'}")
    manners = Manners(
        bouts_for_share(share, 0.8), 0.8, 12.0, side=0.7, up=0.2, down=0.1,
        face_fixation_s=0.65, reason="looks aside and back", source="LISSPK BIN16",
    )  # fmt: skip
    return Scene(tuple(events + attend(setting, begin + 0.2, setting.duration_s, manners)))


def _avoid(setting: Setting, t: float, length: float, side: float) -> list[PlannedEvent]:
    """Return one turn away with side glances: eyes first, then the head, then furtive returns."""
    hurry = setting.hurry
    down = setting.chance(0.5)
    turn = side * setting.draw("head.yaw_away") * setting.posture
    sink = setting.draw("head.pitch_down") * setting.posture * (1.0 if down else 0.4)
    at = (turn + side * setting.between(7.0, 13.0), sink - (10.0 if down else 1.0))
    lips = setting.draw("AU14_24.intensity") / 5
    aus = {14: 1.2 * lips, 24: 1.2 * lips, 1: setting.au(1), 4: setting.au(4), 17: 0.15}
    head_at = t + hurry * setting.between(0.12, 0.35)
    events = [
        look(t, *at, "eyes leave first", "KELT SAF23"),
        pose(
            head_at, 0.55 * hurry, {"yaw": turn, "pitch": sink, "roll": side * 2.5},
            "the head turns away after the eyes", "KELT",
        ),
        expression(setting, t + 0.15, (0.4, length, 0.6), aus, "controls the mouth", source="KELT"),
    ]  # fmt: skip
    glance = t + setting.between(0.9, 1.6)
    while glance < t + length - 0.5:
        stay = max(0.28, setting.draw("furtive_glance.duration"))
        again = (at[0] + setting.between(-3.0, 3.0), at[1] + setting.between(-3.0, 3.0))
        events.append(look(glance, 0.0, 0.0, "a furtive glance", "KELT"))
        events.append(look(glance + stay, *again, "and away again", "KELT"))
        glance += stay + setting.between(1.2, 2.4)
    return events


def evasive_response(setting: Setting) -> Scene:
    """Turn away and come back only for glances."""
    events = [sway(setting, 0.9)]
    t, side = setting.begin_s + 0.05, setting.sign()
    while t < setting.duration_s:
        length = setting.between(2.6, 4.5)
        events += _avoid(setting, t, length, side)
        t += length
        if setting.chance(0.55):  # to the other side only past the partner, not in one swing
            events += [
                look(t, 0.0, 0.0, "faces the partner for a moment"),
                pose(t + 0.1, 0.55, {"yaw": -2.0 * side, "pitch": -3.0, "roll": 0.0}, "turns back"),
            ]
            t += setting.between(0.55, 0.9)
            side = -side
    return Scene(tuple(events))

"""The page of a realism report: one file, nothing loaded from elsewhere, plots before tables."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Final

import numpy as np

from cogportrait.apps.realism_plots import (
    Played,
    fits_plot,
    gaze_plot,
    intervals_plot,
    main_sequence_plot,
    places_plot,
    quantity_plots,
    shares_plot,
    units_plot,
)
from cogportrait.behavior.labels import wording
from cogportrait.behavior.realism.judge import Judged, inside_of
from cogportrait.behavior.realism.ranges import Range, Rule
from cogportrait.behavior.realism.recorded import Recorded
from cogportrait.behavior.realism.saccades import Saccades, duration_law, peak_velocity_law
from cogportrait.facs.limits import constant, sources
from cogportrait.io.pages import cards, framed, page_of

_PANELS: Final[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
    ("Blinks", "blinks", ("blink rate", "blink interval", "blink interval skewness",
     "blink interval log sd", "blink closing", "blink held", "blink reopening", "blink total",
     "complete blinks", "partial closure", "double blinks", "PERCLOS P80")),
    ("Gaze", "looks", ("gaze on partner", "looks away", "look away length", "look away size",
     "fixation on partner", "fixation elsewhere", "saccade rate", "lowered by")),
    ("Head", "heads", ("head motion", "head pitch", "head roll", "head turned away",
     "head reach, yaw", "head reach, down", "head speed, yaw", "head speed, pitch")),
)  # fmt: skip


def page(
    played: Sequence[Played],
    recorded: Mapping[str, Mapping[str, Recorded]],
    saccades: Saccades,
    about: str,
) -> str:
    """Return the report.

    Parameters
    ----------
    played : sequence of Played
        Labels in order, listening and speaking.
    recorded : mapping
        What recordings of people show, by label and quantity.
    saccades : Saccades
        Recorded ones, of people at large.
    about : str
        One line: seed, length, rates, version.
    """
    labels = list(dict.fromkeys(p.label for p in played))
    parts = [
        f'<h1>Realism report</h1><p class="dim">{escape(about)}</p>',
        _cards(played),
        *_figures(played, saccades),
        "<h2>Labels</h2>", _explained(),
        "<nav>", *(f'<a href="#{n}">{escape(wording(n))}</a>' for n in labels), "</nav>",
        *(_label_part(name, [p for p in played if p.label == name], recorded.get(name, {}))
          for name in labels),
    ]  # fmt: skip
    return page_of("Realism report", parts)


def _cards(played: Sequence[Played]) -> str:
    good, known = np.sum([inside_of(p.judged) for p in played], axis=0)
    own_good, own_known = np.sum([inside_of(p.judged, own=True) for p in played], axis=0)
    nearest = sum(p.nearest == p.label for p in played)
    worst = min(played, key=lambda p: inside_of(p.judged)[0] / max(inside_of(p.judged)[1], 1))
    low, of = inside_of(worst.judged)
    manner = "speaking" if worst.speaking else "listening"
    return cards((
        (f"{100 * good / max(known, 1):.1f} %", f"of {known} quantities inside their range"),
        (f"{own_good} of {own_known}", "of those from labels' own priors"),
        (f"{nearest} of {len(played)}", "nearest to their own label's priors"),
        (f"{low} of {of}", f"least: {wording(worst.label)}, {manner}"),
    ))  # fmt: skip


def _figures(played: Sequence[Played], saccades: Saccades) -> Iterable[str]:
    yield framed(shares_plot(played))
    yield framed(places_plot(played))
    yield "<h2>Which label is nearest</h2>"
    yield framed(
        fits_plot(played),
        "Log likelihood of the whole recording under each label's priors (Student's t, features "
        "as independent), less that of the best. Rows: what was played.",
    )
    yield "<h2>Eyes and lids</h2>"
    yield framed(
        main_sequence_plot(played, saccades),
        "Saccades of all labels on the curves. Recorded ones come from eye trackers (library of "
        "movements) and are of nobody's label.",
    )
    yield framed(intervals_plot(played), "Onset to onset of blinks.")
    yield framed(gaze_plot(played), "Gaze in the room while the eyes are open. Circle: partner.")
    for title, salt, names in _PANELS:
        yield f"<h2>{title}</h2>"
        yield framed(
            quantity_plots(played, names, salt),
            "Gray: range; tick: mean of the prior; crosses: outside. No gray: no prior.",
        )
    yield "<h2>Action units</h2>"
    yield framed(units_plot(played), "90th percentile over time of the stronger side.")


def _explained() -> str:
    return (
        "<p>Ranges are <b>stated</b> (least and greatest in the data file), <b>2 sd</b> (mean and "
        "standard deviation in the file, range by our rule), a <b>tolerance</b> (one share in the "
        "file, 0.15 to each side by our rule) or <b>derived</b> from such. <b>published</b>: the "
        "numbers behind the range were read in a publication; <b>prior</b>: they are our own. "
        "Recorded: median, range and number of what people did, if there are recordings with "
        "that label. Rows without a range are measured and not judged.</p>"
    )


def _label_part(name: str, played: Sequence[Played], recorded: Mapping[str, Recorded]) -> str:
    counts: list[str] = []
    for one in played:
        good, known = inside_of(one.judged)
        manner = "speaking" if one.speaking else "listening"
        counts.append(f"{manner}: {good} of {known} inside, nearest {wording(one.nearest)}")
    fitted = "".join(f'<p class="dim">{escape(_fitted(p))}</p>' for p in played)
    head = "".join(f"<th>{'speaking' if p.speaking else 'listening'}</th><th>n</th><th>range</th>"
                   "<th></th>" for p in played)  # fmt: skip
    rows = [
        _row([p.quantity(q.name) for p in played], recorded.get(q.name)) for q in _union(played)
    ]
    return (
        f'<h3 id="{escape(name)}">{escape(wording(name))}</h3>'
        f'<p class="dim">{escape("; ".join(counts))}</p>{fitted}'
        '<div class="table"><table><thead><tr>'
        f'<th>quantity</th><th class="text">unit</th>{head}<th class="text">rule</th>'
        f'<th class="text">source</th><th>recorded</th></tr></thead><tbody>{"".join(rows)}'
        "</tbody></table></div>"
    )


def _fitted(one: Played) -> str:
    """Return the fitted main sequence beside the constants' relation."""
    across, up, length = (laws(one)[name] for name in ("sideways", "up or down", "duration"))
    manner = "speaking" if one.speaking else "listening"
    return (
        f"Main sequence, {manner}: sideways {_law(across)}, known {_known('h')}; up or "
        f"down {_law(up)}, known {_known('v')}; duration {_short(length[0])} ms + "
        f"{_short(length[1])} ms/deg, known {constant('saccade.duration.intercept').number:g} + "
        f"{constant('saccade.duration.slope').number:g}."
    )


def _known(axis: str) -> str:
    law = tuple(constant(f"saccade.vpeak.{axis}.{name}").number for name in ("asymptote", "scale"))
    return _law((law[0], law[1]))


def _law(law: tuple[float, float]) -> str:
    return (
        f"{_short(law[0])} (1 - exp(-A / {_short(law[1])}))" if np.isfinite(law[0]) else "too few"
    )


def laws(one: Played) -> dict[str, tuple[float, float]]:
    """Return the fitted laws: V in deg/s and c in deg, twice, and a in ms and b in ms/deg."""
    if one.seen.curves is None:
        return {}
    saccades = one.seen.curves.saccades
    across, up = peak_velocity_law(saccades, 0), peak_velocity_law(saccades, 1)
    length = duration_law(saccades)
    return {
        "sideways": (across.first, across.second),
        "up or down": (up.first, up.second),
        "duration": (1000 * length.first, 1000 * length.second),
    }


def _union(played: Sequence[Played]) -> list[Judged]:
    """Return the quantities of all, judged ones first."""
    every = {q.name: q for p in played for q in p.judged}
    ranged = {q.name for p in played for q in p.judged if q.expected is not None}
    return sorted(every.values(), key=lambda q: q.name not in ranged)


def _row(found: Sequence[Judged | None], recorded: Recorded | None) -> str:
    known = next(q for q in found if q is not None)
    expected = next((q.expected for q in found if q is not None and q.expected), None)
    cells = "".join(_cells(q) for q in found)
    rule = "" if expected is None else f"{expected.rule}"
    return (
        f'<tr><td>{escape(known.name)}</td><td class="text">{escape(known.unit)}</td>{cells}'
        f'<td class="text">{escape(rule)}</td><td class="text">{_origin(expected)}</td>'
        f"<td>{escape(_people(recorded))}</td></tr>"
    )


def _cells(q: Judged | None) -> str:
    if q is None:
        return "<td></td><td></td><td></td><td></td>"
    mark = {True: '<td class="good">in</td>', False: '<td class="bad">out</td>', None: "<td></td>"}
    value = "–" if np.isnan(q.value) else _short(q.value)
    return f"<td>{value}</td><td>{q.n}</td><td>{escape(_span(q.expected))}</td>{mark[q.inside]}"


def _span(expected: Range | None) -> str:
    if expected is None:
        return ""
    if np.isinf(expected.high):
        return f"≥ {_short(expected.low)}"
    return f"{_short(expected.low)} … {_short(expected.high)}"


def _short(value: float) -> str:
    """Return a number with three digits, thousands in full."""
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _origin(expected: Range | None) -> str:
    """Return the kind and the source of a range, with the prior's name and the citation."""
    if expected is None:
        return ""
    cite = sources()[expected.source].cite if expected.source in sources() else ""
    kind = "published" if expected.published else "prior"
    title = f"{expected.prior} {expected.how}".strip() + (f". {cite}" if cite else "")
    how = expected.how if expected.rule is Rule.DERIVED else ""
    text = f"{kind}, {expected.source} {how}".strip()
    return f'<span title="{escape(title)}">{escape(text)}</span>'


def _people(recorded: Recorded | None) -> str:
    if recorded is None:
        return ""
    return (
        f"{_short(recorded.median)} ({_short(recorded.least)} … {_short(recorded.greatest)}), "
        f"n {recorded.n} {recorded.source}"
    )

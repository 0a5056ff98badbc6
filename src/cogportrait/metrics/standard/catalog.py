"""Every standard measure by its name."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from cogportrait.metrics.standard.arcface import open_arcface
from cogportrait.metrics.standard.brisque import open_brisque
from cogportrait.metrics.standard.dlib_identity import open_dlib
from cogportrait.metrics.standard.dsl_fiqa import open_dsl_fiqa
from cogportrait.metrics.standard.fid import open_fid
from cogportrait.metrics.standard.files import NOTHING, Given
from cogportrait.metrics.standard.fvd import open_fvd
from cogportrait.metrics.standard.lpips import open_lpips
from cogportrait.metrics.standard.measure import Measure, MeasureName, Missing
from cogportrait.metrics.standard.sync_c import open_sync_c

_OPENERS: Final[Mapping[MeasureName, Callable[[Given], Measure | Missing]]] = {
    MeasureName.FID: open_fid,
    MeasureName.FVD: open_fvd,
    MeasureName.LPIPS: open_lpips,
    MeasureName.SYNC_C: open_sync_c,
    MeasureName.ARCFACE: open_arcface,
    MeasureName.DLIB: open_dlib,
    MeasureName.BRISQUE: open_brisque,
    MeasureName.DSL_FIQA: open_dsl_fiqa,
}


def open_measure(name: MeasureName, given: Given = NOTHING) -> Measure | Missing:
    """Return a measure ready to be told of clips, or what is missing for it.

    Parameters
    ----------
    name : MeasureName
        Which one.
    given : Given
        What the user says about its file of weights (of LPIPS: AlexNet's; of DSL-FIQA: a table).

    Raises
    ------
    ModelError
        A file is there and is not the one expected.
    InputError
        A table of scores cannot be read.
    """
    return _OPENERS[name](given)


def open_measures(
    names: Iterable[MeasureName], given: Mapping[MeasureName, Given]
) -> tuple[dict[MeasureName, Measure], tuple[Missing, ...]]:
    """Return the measures that have what they need, and what is missing for the others.

    Raises
    ------
    ModelError, InputError
        As :func:`open_measure`.
    """
    measures: dict[MeasureName, Measure] = {}
    missing: list[Missing] = []
    for name in names:
        opened = open_measure(name, given.get(name, NOTHING))
        if isinstance(opened, Missing):
            missing.append(opened)
        else:
            measures[name] = opened
    return measures, tuple(missing)

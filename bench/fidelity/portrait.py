"""One portrait through every sweep: rendered in memory, tracked again, measured."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from bench.fidelity import measures
from bench.fidelity.probes import FPS, GROUPS, TURNS, Probe, joined, probes_of
from bench.fidelity.readings import BROW, LIDS, Array, PixelTracker, Readings, stack
from cogportrait.agents.loop import compile_brief
from cogportrait.face.landmarker import track_portrait
from cogportrait.io.images import read_image
from cogportrait.pipeline import keypoints
from cogportrait.renderers.protocol import Renderer
from cogportrait.renderers.warp import WarpRenderer
from cogportrait.types import Brief, ControlSequence, Frame, Portrait

BORDER = 0.04  # width of the border that must not change, of the shorter side
FLICKER_S = 3.0
TILE_PX = 320

# Captions of the pictures on a contact sheet, by probe and step.
TILES = {
    ("rest", 0): "rest", ("AU43_both", 3): "lids 0.3", ("AU43_both", 5): "lids 0.5",
    ("AU43_both", 8): "lids 0.8", ("AU43_both", 10): "closed", ("AU43_L", 10): "left closed",
    ("AU43_R", 10): "right closed", ("gaze_yaw_both", 0): "gaze yaw -30",
    ("gaze_yaw_both", 12): "gaze yaw +30", ("gaze_pitch_both", 0): "gaze pitch -20",
    ("gaze_pitch_both", 8): "gaze pitch +20", ("AU01_L", 10): "AU1 L", ("AU02_L", 10): "AU2 L",
    ("AU04_L", 10): "AU4 L", ("AU05_L", 10): "AU5 L", ("AU06_L", 10): "AU6 L",
    ("AU07_L", 10): "AU7 L", ("head_yaw", 0): "head yaw -20", ("head_yaw", 8): "head yaw +20",
    ("head_pitch", 0): "head pitch -15", ("head_pitch", 6): "head pitch +15",
    ("head_roll", 0): "head roll -15", ("head_roll", 6): "head roll +15",
    **{(name, 2): name.removeprefix("head_") + ", closed" for name in TURNS},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PortraitResult:
    """All figures of one portrait."""

    name: str
    size_px: tuple[int, int]  # width, height as rendered
    face_px: float  # face width
    figures: measures.Figures


def load_portrait(path: Path, height: int | None, least: int = 512) -> Portrait:
    """Read and track a portrait, brought to `height`, or to `least` when it is smaller.

    Parameters
    ----------
    path : Path
        A picture; the name ``astronaut`` stands for the NASA portrait of scikit-image.
    height : int or None
        Height in pixels; None keeps the picture's own.
    least : int
        Smallest height that is measured.
    """
    image = _astronaut() if path == Path("astronaut") else read_image(path)
    wanted = height or max(image.shape[0], least)
    if wanted != image.shape[0]:
        scale = wanted / image.shape[0]
        size = (round(image.shape[1] * scale), wanted)
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        image = np.asarray(cv2.resize(image, size, interpolation=way), np.uint8)
    return track_portrait(image, name=path.stem)


def _astronaut() -> Frame:
    from skimage import data

    return np.ascontiguousarray(data.astronaut())


def measure_portrait(
    portrait: Portrait, sheet: Path | None, *, groups: Collection[str] = GROUPS, seed: int = 0
) -> PortraitResult:
    """Return the figures of one portrait and write its contact sheet.

    Parameters
    ----------
    portrait : Portrait
        Tracked.
    sheet : Path or None
        Where the pictures of the strongest steps go.
    groups : collection of str
        Which of ``probes.GROUPS`` to measure.
    seed : int
        Of the renderer and of the neutral clip.
    """
    renderer = WarpRenderer()
    swept = _sweep(renderer, portrait, probes_of(groups), seed)
    figures: measures.Figures = {}
    rest = swept.rest.points[0]
    if "lids" in groups:
        figures |= measures.lids(swept.seen)
        figures["lids.other_eye_pixels"] = measures.other_eye_pixels("AU43", swept.ends, rest)
    if "gaze" in groups:
        figures |= measures.gaze(swept.seen)
        figures |= measures.gaze_pixels(swept.seen, swept.ends, portrait.image, rest)
        for axis in ("yaw", "pitch"):
            leak = measures.other_eye_pixels(f"gaze_{axis}", swept.ends, rest)
            figures[f"gaze.{axis}_one_eye_leak_pixels"] = leak
    if "face" in groups:
        figures |= measures.face_units(swept.seen, rest)
        figures |= measures.face_pixels(swept.ends, rest)
    if "head" in groups:
        figures |= measures.head(swept.seen, swept.rest.rotation[0])
    if "turned" in groups:
        figures |= measures.turned(swept.seen)
    if "still" in groups:
        figures |= _flicker(renderer, portrait, seed)
        figures["still.border_psnr_db"] = swept.border_psnr_db
    if sheet is not None:
        _write_sheet(sheet, swept.tiles)
    height, width = portrait.image.shape[:2]
    face = float(np.ptp(portrait.landmarks_px[:, 0]))
    return PortraitResult(portrait.name, (width, height), face, figures)


@dataclass(frozen=True, slots=True, eq=False)
class _Swept:
    rest: Readings  # one frame of zeros
    seen: dict[str, Readings]  # by probe
    ends: dict[str, tuple[Frame, Frame]]  # first and last frame of probes of one side
    border_psnr_db: float  # the worst frame with the head still
    tiles: list[Frame]


def _sweep(renderer: Renderer, portrait: Portrait, probes: list[Probe], seed: int) -> _Swept:
    """Render and track all probes, after one frame of zeros."""
    probes = [Probe("rest", (), np.zeros(1, np.float32)), *probes]
    frames = iter(renderer.render(portrait, keypoints(portrait, joined(probes)), seed=seed))
    seen: dict[str, Readings] = {}
    border = np.inf
    tiles: dict[tuple[str, int], Frame] = {}
    ends: dict[str, tuple[Frame, Frame]] = {}
    centre = portrait.landmarks_px[:, :2].mean(0).astype(np.float64)
    with PixelTracker(centre) as tracker:
        for probe in probes:
            rows: list[tuple[Array, Array, Array]] = []
            first = frame = portrait.image
            for step in range(len(probe.steps)):
                frame = next(frames)
                rows.append(tracker.read(frame))
                if step == 0:
                    first = frame.copy()
                if not probe.name.startswith("head"):
                    border = min(border, _border_psnr(portrait.image, frame))
                if (probe.name, step) in TILES:
                    tiles[probe.name, step] = _crop(portrait, frame, probe.name)
            seen[probe.name] = stack(rows)
            if probe.name[-2:] in ("_L", "_R"):
                ends[probe.name] = (first, frame.copy())
    captioned = [_captioned(tile, TILES[key]) for key, tile in tiles.items()]
    return _Swept(seen["rest"], seen, ends, float(border), captioned)


def _border_psnr(still: Frame, frame: Frame) -> float:
    """Return the PSNR over the border of the picture in dB, at most 99."""
    n = max(1, round(BORDER * min(still.shape[:2])))
    inner = np.zeros(still.shape[:2], np.bool_)
    inner[n:-n, n:-n] = True
    error = (still[~inner].astype(np.float64) - frame[~inner]) ** 2
    return float(min(99.0, 10 * np.log10(255**2 / max(error.mean(), 1e-9))))


def _flicker(renderer: Renderer, portrait: Portrait, seed: int) -> measures.Figures:
    """Return mean absolute temporal differences of zeros and of a planned neutral clip."""
    planned = compile_brief(Brief("neutral", FLICKER_S, FPS, seed)).controls
    matrix = planned.to_matrix()
    unblinking = replace(planned, aus=planned.aus * 0)
    still = ControlSequence.from_matrix(matrix * 0, FPS)
    out: measures.Figures = {}
    for name, controls in (("zeros", still), ("neutral", unblinking)):
        previous: np.ndarray | None = None
        changes: list[float] = []
        for frame in renderer.render(portrait, keypoints(portrait, controls), seed=seed):
            if previous is not None:
                changes.append(float(cv2.absdiff(frame, previous).mean()))
            previous = frame.copy()
        out[f"still.flicker_{name}"] = float(np.mean(changes))
    return out


def _crop(portrait: Portrait, frame: Frame, probe: str) -> Frame:
    """Return a square as one tile: brows to nose, or for the head all with hair and neck."""
    points = portrait.landmarks_px[:, :2]
    if not probe.startswith("head"):
        points = points[list(BROW[0] + BROW[1] + LIDS[0] + LIDS[1])]
    low, high = points.min(0), points.max(0)
    half = float((high - low).max()) * (0.8 if probe.startswith("head") else 0.55)
    x, y = (low + high) / 2
    height, width = frame.shape[:2]
    top, bottom = max(0, int(y - half)), min(height, int(y + half))
    left, right = max(0, int(x - half)), min(width, int(x + half))
    tile = cv2.resize(
        frame[top:bottom, left:right], (TILE_PX, TILE_PX), interpolation=cv2.INTER_CUBIC
    )
    return np.asarray(tile, np.uint8)


def _captioned(tile: Frame, text: str) -> Frame:
    tile = tile.copy()
    for colour, width in (((0, 0, 0), 3), ((255, 255, 255), 1)):
        cv2.putText(tile, text, (8, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.55, colour, width, cv2.LINE_AA)
    return tile


def _write_sheet(path: Path, tiles: list[Frame], columns: int = 6) -> None:
    rows = -(-len(tiles) // columns)
    blank = np.zeros_like(tiles[0])
    padded = tiles + [blank] * (rows * columns - len(tiles))
    grid = [np.hstack(padded[i * columns : (i + 1) * columns]) for i in range(rows)]
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), cv2.cvtColor(np.vstack(grid), cv2.COLOR_RGB2BGR))

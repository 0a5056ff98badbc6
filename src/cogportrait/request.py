"""What somebody asks for, judged when it is said: before anything is read, planned or drawn."""

import math
from dataclasses import dataclass
from numbers import Integral, Real
from os import PathLike
from typing import Final

from cogportrait.agents.ablation_names import Ablation
from cogportrait.agents.instructions import check_understood
from cogportrait.agents.planner import DURATION_S, FPS, INTENSITY, check_instruction
from cogportrait.agents.reasoning import EXPERT_REASONING, ReasonerName, Reasoning
from cogportrait.behavior.labels import resolve_label
from cogportrait.errors import InputError, LabelError, PlanError, shown

LONGEST_LABEL: Final = 40  # characters; the longest name has 20

PathOrStr = str | PathLike[str]


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks for.

    Raises
    ------
    LabelError
        No such label.
    InstructionError
        The built-in expert is to carry out the instruction, and understands nothing in it.
    PlanError
        Something else is out of range or of the wrong type.
    InputError
        `audio` or `library` is no path.
    """

    label: str = "neutral"  # a label or an alias of one
    instruction: str = ""  # what happens, in words; in order
    audio: PathOrStr | None = None  # speech for the mouth; sets the duration unless one is given
    duration_s: float | None = None  # 0.5..600
    fps: float = 25.0  # 10..120
    seed: int = 0
    intensity: float = 1.0  # 0.25..1.5
    speaking: bool | None = None  # None: whether there is audio
    reasoning: Reasoning = EXPERT_REASONING  # who plans, composes and judges
    ablation: Ablation | None = None  # a part of Stage 1 that is left out, for comparisons
    library: PathOrStr | None = None  # of recorded movements; None: the one in the package

    def __post_init__(self) -> None:
        check_label(self.label)
        check_instruction(self.instruction)
        check_path("audio", self.audio, optional=True)
        check_path("library", self.library, optional=True)
        check_range("duration", self.duration_s, DURATION_S, "seconds", optional=True)
        check_range("fps", self.fps, FPS, "frames per second")
        check_range("intensity", self.intensity, INTENSITY, "times the usual amplitude")
        check_whole("seed", self.seed)
        if not (self.speaking is None or isinstance(self.speaking, bool)):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise PlanError(f"speaking: expected True, False or None, got {shown(self.speaking)}")
        if not isinstance(self.reasoning, Reasoning):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise PlanError(f"reasoning: expected a Reasoning, got {shown(self.reasoning)}")
        if self.reasoning.reasoner is ReasonerName.EXPERT:  # a model is given the text as it is
            check_understood(self.instruction)
        if not (self.ablation is None or isinstance(self.ablation, Ablation)):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise PlanError(f"ablation: expected an Ablation or None, got {shown(self.ablation)}")


@dataclass(frozen=True, slots=True)
class Setting:
    """How a video is drawn.

    Raises
    ------
    PlanError
        Something is out of range or of the wrong type.
    InputError
        `audio` is no path.
    """

    face: int | None = None  # which face of the picture, from 1 = the largest; None: the largest
    neutralize: float = 0.0  # 0: zeros show the photographed face; 1: its neutral
    audio: PathOrStr | None = None  # sound track
    seed: int = 0

    def __post_init__(self) -> None:
        check_face(self.face)
        check_range("neutralize", self.neutralize, (0.0, 1.0), "of the way to neutral")
        check_path("audio", self.audio, optional=True)
        check_whole("seed", self.seed)


def as_request(request: Request | str) -> Request:
    """Return the request that a bare label stands for."""
    if isinstance(request, str):
        return Request(label=request)
    if not isinstance(request, Request):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise PlanError(f"request: expected a Request or a label, got {shown(request)}")
    return request


def check_label(label: object) -> None:
    """Raise :class:`LabelError` unless `label` is a label or an alias of one."""
    if not isinstance(label, str):
        raise LabelError(f"label: expected a word such as 'joy', got {shown(label)}")
    if len(label.strip()) > LONGEST_LABEL:
        raise LabelError(
            f"label: expected a word, got {len(label)} characters, {shown(label)}; "
            "what happens in words is the instruction"
        )
    resolve_label(label)


def check_range(
    name: str, value: object, bounds: tuple[float, float], unit: str, *, optional: bool = False
) -> None:
    """Raise :class:`PlanError` unless `value` is a number within `bounds`, or None if optional."""
    if value is None and optional:
        return
    number = _number(value)
    if not bounds[0] <= number <= bounds[1]:
        got = f"{number:g}" if isinstance(value, Real) else shown(value)
        raise PlanError(f"{name}: expected {bounds[0]:g} to {bounds[1]:g} {unit}, got {got}")


def _number(value: object) -> float:
    """Return `value` as a number, NaN if it is none."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf


def check_whole(name: str, value: object) -> None:
    """Raise :class:`PlanError` unless `value` is a whole number."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise PlanError(f"{name}: expected a whole number, got {shown(value)}")


def check_face(face: object) -> None:
    """Raise :class:`PlanError` unless `face` is a whole number from 1, or None."""
    if face is not None:
        check_whole("face", face)
        if _number(face) < 1:
            raise PlanError(f"face: expected a number from 1 = the largest, got {shown(face)}")


def check_path(name: str, path: object, *, optional: bool = False) -> None:
    """Raise :class:`InputError` unless `path` is a path, or None if optional."""
    if path is None and optional:
        return
    if not isinstance(path, str | PathLike):
        raise InputError(f"{name}: expected a path, got {shown(path)}")
    text = str(path)
    if not text or "\0" in text:
        raise InputError(f"{name}: expected a path, got {shown(text)}")

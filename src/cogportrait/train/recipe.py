"""What a training run, or a refinement, is made of: read from TOML files."""

import json
import tomllib
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, TypeVar

from cogportrait.errors import InputError, shown
from cogportrait.renderers.dit.checkpoint import MOST_LENGTH
from cogportrait.renderers.dit.conditioning import Hint
from cogportrait.renderers.dit.guidance import FIXED_SCALE, MOST_SCALE
from cogportrait.renderers.dit.sizes import SIZES
from cogportrait.train.judging import By
from cogportrait.train.kto import Baseline, Kto
from cogportrait.train.samples import Left

MOST_RANK: Final = 1024
MOST_SAMPLES: Final = 256
MOST_STEPS: Final = 100_000_000
MOST_BATCH: Final = 65_536
MOST_SEED: Final = 2**32 - 1
PRECISIONS: Final = ("auto", "fp32", "bf16")

# Of recipes: a run may go on with others of these.
_FREE: Final = ("micro", "gradient_checkpointing", "save_every", "sheet_every", "scale")

_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class Recipe:
    """A training run."""

    footage: Path  # folder of prepared clips
    codec: Path  # folder of the codec
    size: str = "tiny"  # of the transformer
    start: Path | None = None  # checkpoint, or folder of Wan's weights; None is random weights
    words: Path | None = None  # folder of umT5 and its tokenizer; None: hashed words
    sound: Path | None = None  # folder of wav2vec 2.0; None: mel bands
    lora_rank: int = 0  # of adapters, the rest being frozen but for `whole`; 0 trains everything
    # Parts of names that are trained whole beside adapters: what no public checkpoint has.
    whole: tuple[str, ...] = ("pose_embedding", "audio_embedder", "attn_audio", "norm_audio",
                              "patch_embedding")  # fmt: skip
    gradient_checkpointing: bool = False  # less memory, a third more time
    precision: str = "auto"  # fp32, bf16, or auto: bf16 on a GPU, else as accelerate is told
    steps: int = 20_000
    batch: int = 4  # windows of a step, of all processes together
    micro: int = 0  # windows that a process takes at once, for less memory; 0: all of its own
    length: int = 8  # latent frames of a window
    rate: float = 3e-4
    warmup: int = 300  # steps in which the rate rises; it falls to a tenth by half a cosine
    weight_decay: float = 0.01
    ema: float = 0.999
    seed: int = 0
    save_every: int = 500
    sheet_every: int = 1000  # a sheet and a checkpoint, at the first saving after as many
    held_out: tuple[str, ...] = ()  # people that are not trained on, but told the loss of
    scale: float = FIXED_SCALE  # of guidance, of sheets and of who draws with the checkpoint
    left: Left = field(default_factory=Left)

    def __post_init__(self) -> None:
        if self.size not in SIZES:
            raise InputError(f"size: expected one of {', '.join(SIZES)}, got {shown(self.size)}")
        if self.precision not in PRECISIONS:
            raise InputError(
                f"precision: expected one of {', '.join(PRECISIONS)}, got {shown(self.precision)}"
            )
        for name in ("steps", "save_every", "sheet_every"):
            _within(self, name, 1, MOST_STEPS)
        for name in ("warmup", "micro"):
            _within(self, name, 0, MOST_STEPS)
        _within(self, "batch", 1, MOST_BATCH)
        _within(self, "length", 1, MOST_LENGTH)
        _within(self, "lora_rank", 0, MOST_RANK)
        _within(self, "seed", 0, MOST_SEED)
        _within(self, "weight_decay", 0, 1)
        _within(self, "scale", 1, MOST_SCALE)
        if not 0 < self.rate < 1 or not 0 <= self.ema < 1:
            raise InputError(
                f"rate, ema: expected 0 to 1, got {shown(self.rate)}, {shown(self.ema)}"
            )
        for one in fields(self.left):
            if not 0 <= getattr(self.left, one.name) <= 1:
                raise InputError(f"left.{one.name}: expected 0 to 1")
        if not all(self.whole):
            raise InputError("whole: expected parts of names, got an empty one")
        if len(set(self.held_out)) < len(self.held_out):
            raise InputError(f"held_out: expected names once each, got {shown(self.held_out)}")

    def identity(self) -> str:
        """Return what a run has to go on with: all but what does not change its steps."""
        return _identity(asdict(self), _FREE)


@dataclass(frozen=True, slots=True)
class Refining:
    """A run of KTO on boundary cases."""

    checkpoint: Path  # folder of the network and codec that are refined
    portraits: Path  # folder of pictures
    held_out: tuple[str, ...] = ()  # names of pictures, without ending, that are only compared on
    samples: int = 4  # of each case of each portrait
    # Of guidance, that samples are drawn with in turn, so that some do more of what is asked than
    # others; none: the checkpoint's. Held-out samples always are drawn with that.
    scales: tuple[float, ...] = ()
    by: By = By.MEDIAN
    warped: bool = False  # whether what the warp renderer draws counts as a good sample too
    mirrored: bool = True  # whether mirror images of samples are learnt from too
    steps: int = 200
    batch: int = 8  # half of it good samples, half bad ones
    length: int = 8  # latent frames of a window
    hint: Hint = Hint.AROUND  # what samples see of the warped portrait
    rate: float = 1e-4
    lora_rank: int = 8
    micro: int = 0  # windows that are learnt from at once, for less memory; 0: the batch
    gradient_checkpointing: bool = False  # less memory, a third more time
    seed: int = 0
    kto: Kto = field(default_factory=Kto)

    def __post_init__(self) -> None:
        for name in ("samples", "batch"):
            _within(self, name, 2, MOST_SAMPLES)
        if not all(1 <= scale <= MOST_SCALE for scale in self.scales):
            raise InputError(f"scales: expected 1 to {MOST_SCALE:.0f}, got {shown(self.scales)}")
        _within(self, "steps", 1, MOST_STEPS)
        _within(self, "length", 1, MOST_LENGTH)
        _within(self, "micro", 0, MOST_STEPS)
        _within(self, "lora_rank", 1, MOST_RANK)
        _within(self, "seed", 0, MOST_SEED)
        if not 0 < self.rate < 1:
            raise InputError(f"rate: expected 0 to 1, got {shown(self.rate)}")

    def identity(self) -> str:
        """Return what a run has to go on with: all but what does not change its steps."""
        return _identity(asdict(self), _FREE)


def _within(recipe: "Recipe | Refining", name: str, least: float, most: float) -> None:
    """Raise :class:`InputError` unless a value is in a range, and a number."""
    value = getattr(recipe, name)
    if not least <= value <= most:
        raise InputError(f"{name}: expected {least:g} to {most:.10g}, got {shown(value)}")


def other_keys(one: str, other: str) -> str:
    """Return in words which keys differ between two identities of recipes."""
    try:
        first, second = json.loads(one), json.loads(other)
        names = [k for k in {**first, **second} if first.get(k) != second.get(k)]
    except (ValueError, AttributeError, TypeError):
        return "all"
    return ", ".join(sorted(names)) or "none"


def _identity(held: dict[str, Any], free: tuple[str, ...]) -> str:
    told = {
        k: str(v.resolve()) if isinstance(v, Path) else v for k, v in held.items() if k not in free
    }
    return json.dumps(told, sort_keys=True)


def read_refining(path: Path) -> Refining:
    """Return the recipe of a refinement in a TOML file; its paths are relative to it.

    Raises
    ------
    InputError
        It cannot be read, or holds a key that is none, or a value of another type.
    """
    held = _read(path)
    values = _known(path, held, Refining, "", but="kto")
    if "kto" in held:
        told = _known(path, _table(path, held, "kto"), Kto, "kto.")
        values["kto"] = _made(path, "kto.", Kto, _chosen(path, told, "baseline", Baseline))
    values = _chosen(path, _chosen(path, values, "by", By), "hint", Hint)
    return _made(path, "", Refining, _placed(path, values, ("checkpoint", "portraits"), ()))


def read_recipe(path: Path) -> Recipe:
    """Return the recipe in a TOML file; its paths are relative to it.

    Raises
    ------
    InputError
        It cannot be read, or holds a key that is none, or a value of another type.
    """
    held = _read(path)
    values = _known(path, held, Recipe, "", but="left")
    if "left" in held:
        told = _known(path, _table(path, held, "left"), Left, "left.")
        values["left"] = _made(path, "left.", Left, told)
    return _made(
        path, "", Recipe, _placed(path, values, ("footage", "codec"), ("start", "words", "sound"))
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: expected a recipe in TOML, got a binary file; name a text file in UTF-8"
        ) from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:  # also numbers of thousands of digits
        raise InputError(f"{path}: expected a recipe in TOML: {shown(str(error))}") from error


def _table(path: Path, held: dict[str, Any], name: str) -> dict[str, Any]:
    if not isinstance(held[name], dict):
        raise InputError(f"{path}: {name}: expected a table, got {shown(held[name])}")
    return held[name]


def _placed(
    path: Path, values: dict[str, Any], wanted: tuple[str, ...], more: tuple[str, ...]
) -> dict[str, Any]:
    """Return the values with their folders, of which `wanted` have to be there."""
    for name in wanted:
        if name not in values:
            raise InputError(f"{path}: {name}: expected a folder, found no such key")
    for name in (*wanted, *more):
        if name in values:
            if not isinstance(values[name], str):
                raise InputError(f"{path}: {name}: expected a folder, got {shown(values[name])}")
            values[name] = path.parent / values[name]
    return values


def _chosen(path: Path, values: dict[str, Any], name: str, kind: type[StrEnum]) -> dict[str, Any]:
    """Return the values with one that is a word of some."""
    if name in values:
        words = [str(word) for word in kind]
        if values[name] not in words:
            raise InputError(
                f"{path}: {name}: expected one of {', '.join(words)}, got {shown(values[name])}"
            )
        values[name] = kind(values[name])
    return values


def _made(path: Path, prefix: str, kind: Callable[..., _Made], values: dict[str, Any]) -> _Made:
    try:
        return kind(**values)
    except (TypeError, InputError) as error:
        raise InputError(f"{path}: {prefix}{error}") from error


def _known(
    path: Path, held: dict[str, Any], kind: type[Any], prefix: str, but: str = ""
) -> dict[str, Any]:
    """Return the values of a table whose keys are a dataclass's fields."""
    types = {one.name: one.type for one in fields(kind)}
    for name, value in held.items():
        if name not in types:
            raise InputError(f"{path}: {prefix}{name}: no such key; there are {', '.join(types)}")
        wanted = types[name]
        if wanted in (int, "int") and (isinstance(value, bool) or not isinstance(value, int)):
            raise InputError(f"{path}: {prefix}{name}: expected a whole number, got {shown(value)}")
        if wanted in (float, "float") and (
            isinstance(value, bool) or not isinstance(value, int | float)
        ):
            raise InputError(f"{path}: {prefix}{name}: expected a number, got {shown(value)}")
        if wanted in (bool, "bool") and not isinstance(value, bool):
            raise InputError(f"{path}: {prefix}{name}: expected true or false, got {shown(value)}")
        numbers = "float" in str(wanted) and str(wanted).startswith("tuple")
        if numbers and not (
            isinstance(value, list)
            and all(isinstance(v, int | float) and not isinstance(v, bool) for v in value)
        ):
            raise InputError(
                f"{path}: {prefix}{name}: expected a list of numbers, got {shown(value)}"
            )
        words = "str" in str(wanted) and str(wanted).startswith("tuple")
        if words and not (isinstance(value, list) and all(isinstance(v, str) for v in value)):
            raise InputError(
                f"{path}: {prefix}{name}: expected a list of words, got {shown(value)}"
            )
    return {k: tuple(v) if isinstance(v, list) else v for k, v in held.items() if k != but}

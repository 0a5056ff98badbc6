"""What a training run is made of, read from a TOML file."""

import tomllib
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from cogportrait.errors import InputError, shown
from cogportrait.renderers.dit.sizes import SIZES
from cogportrait.train.samples import Left

MOST_RANK: Final = 1024


@dataclass(frozen=True, slots=True)
class Recipe:
    """A training run."""

    footage: Path  # folder of prepared clips
    codec: Path  # folder of the codec
    size: str = "tiny"  # of the transformer
    start: Path | None = None  # checkpoint, or folder of Wan's weights; None is random weights
    lora_rank: int = 0  # of adapters, the rest being frozen but for `whole`; 0 trains everything
    # Parts of names that are trained whole beside adapters: what no public checkpoint has.
    whole: tuple[str, ...] = ("pose_embedding", "audio_embedder", "attn_audio", "norm_audio",
                              "patch_embedding")  # fmt: skip
    gradient_checkpointing: bool = False  # less memory, a third more time
    steps: int = 20_000
    batch: int = 4  # windows of a step, of all processes together
    length: int = 8  # latent frames of a window
    rate: float = 3e-4
    warmup: int = 300  # steps in which the rate rises; it falls to a tenth by half a cosine
    weight_decay: float = 0.01
    ema: float = 0.999
    seed: int = 0
    save_every: int = 500
    sheet_every: int = 1000  # a multiple of save_every
    held_out: tuple[str, ...] = ()  # people that are not trained on, but told the loss of
    left: Left = field(default_factory=Left)

    def __post_init__(self) -> None:
        if self.size not in SIZES:
            raise InputError(f"size: expected one of {', '.join(SIZES)}, got {shown(self.size)}")
        for name in ("steps", "batch", "length", "save_every", "sheet_every"):
            if getattr(self, name) < 1:
                raise InputError(f"{name}: expected 1 or more, got {getattr(self, name)}")
        if not 0 <= self.lora_rank <= MOST_RANK:
            raise InputError(f"lora_rank: expected 0 to {MOST_RANK}, got {self.lora_rank}")
        if not 0 < self.rate < 1 or not 0 <= self.ema < 1:
            raise InputError(
                f"rate, ema: expected 0 to 1, got {shown(self.rate)}, {shown(self.ema)}"
            )
        for one in fields(self.left):
            if not 0 <= getattr(self.left, one.name) <= 1:
                raise InputError(f"left.{one.name}: expected 0 to 1")

    def as_dict(self) -> dict[str, object]:
        """Return what a checkpoint remembers of it."""
        return {k: str(v) if isinstance(v, Path) else v for k, v in asdict(self).items()}


def read_recipe(path: Path) -> Recipe:
    """Return the recipe in a TOML file; its paths are relative to it.

    Raises
    ------
    InputError
        It cannot be read, or holds a key that is none, or a value of another type.
    """
    try:
        held = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path}: expected a recipe in TOML: {shown(str(error))}") from error
    values = _known(path, held, Recipe, "")
    if "left" in held:
        if not isinstance(held["left"], dict):
            raise InputError(f"{path}: left: expected a table, got {shown(held['left'])}")
        values["left"] = Left(**_known(path, held["left"], Left, "left."))
    for name in ("footage", "codec", "start"):
        if isinstance(values.get(name), str):
            values[name] = path.parent / values[name]
    if missing := [name for name in ("footage", "codec") if name not in values]:
        raise InputError(f"{path}: {missing[0]}: expected a folder, found no such key")
    try:
        return Recipe(**values)
    except (TypeError, InputError) as error:
        raise InputError(f"{path}: {error}") from error


def _known(path: Path, held: dict[str, Any], kind: type[Any], prefix: str) -> dict[str, Any]:
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
    return {k: tuple(v) if isinstance(v, list) else v for k, v in held.items() if k != "left"}

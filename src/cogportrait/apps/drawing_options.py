"""Options that say what draws, and what they are turned into.

Nothing heavy is imported before something is drawn.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cogportrait.apps.option_values import input_named
from cogportrait.errors import InputError, MissingExtra

if TYPE_CHECKING:
    from cogportrait.renderers.dit.guidance import Guidance
    from cogportrait.renderers.dit.placing import Placing
    from cogportrait.renderers.protocol import Renderer

PACKAGES: Final = (
    "accelerate", "diffusers", "peft", "safetensors", "tensorboardX", "torch", "transformers",
)  # fmt: skip


class RendererName(StrEnum):
    """What can draw."""

    WARP = "warp"
    DIT = "dit"
    WAN_ANIMATE = "wan-animate"
    WAN_REFINE = "wan-refine"


# Where the weights of a folder are from.
WEIGHTS: Final = {
    RendererName.WAN_ANIMATE: "Wan-AI/Wan2.2-Animate-14B-Diffusers",
    RendererName.WAN_REFINE: "Wan-AI/Wan2.1-T2V-1.3B-Diffusers",
}


_DIFFUSION: Final = tuple(one for one in RendererName if one is not RendererName.WARP)
_MEANT: Final[Mapping[str, tuple[RendererName, ...]]] = {  # which renderers an option is for
    "checkpoint": _DIFFUSION,
    "guidance": _DIFFUSION,
    "guidance-scale": _DIFFUSION,
    "no-lora": (RendererName.DIT,),
    "hint": (RendererName.DIT,),
    "steps": _DIFFUSION,
    "strength": (RendererName.WAN_REFINE,),
    "area": tuple(WEIGHTS),
    "offload": _DIFFUSION,
    "precision": _DIFFUSION,
    "compile": _DIFFUSION,
}


class GuidanceName(StrEnum):
    """What the weight of guidance depends on."""

    FIXED = "fixed"
    TEMPORAL = "temporal"
    SPATIAL = "spatial"
    BOTH = "both"


class HintName(StrEnum):
    """What a network sees of the portrait as the warp renderer draws it."""

    WHOLE = "whole"
    AROUND = "around"
    NONE = "none"


class PrecisionName(StrEnum):
    """Numbers that networks count with."""

    FP32 = "fp32"
    BF16 = "bf16"


@dataclass(frozen=True, slots=True)
class DrawnBy:
    """What draws, and how."""

    name: RendererName = RendererName.WARP
    checkpoint: Path | None = None
    adapted: bool = True  # with adapters that lie in the checkpoint
    guidance: GuidanceName | None = None
    scale: float | None = None  # of guidance; None: what suits the weights
    hint: HintName | None = None
    steps: int | None = None
    strength: float | None = None  # of noise, of wan-refine
    area: int | None = None  # pixels that Wan draws, about
    offload: bool = False  # whether only a part of the networks is on the GPU at a time
    precision: PrecisionName | None = None
    compiled: bool = False  # the transformer's blocks, by torch.compile

    def open(self) -> "Renderer":
        """Return the renderer.

        Raises
        ------
        CogPortraitError
            It is not installed, or a checkpoint cannot be read.
        """
        if self.name is RendererName.WARP:
            from cogportrait.pipeline import default_renderer

            return default_renderer()
        check_extra()
        from cogportrait.renderers.dit.guidance import FIXED_SCALE, Guidance, Guided

        by = Guided.BOTH if self.guidance is None else Guided(self.guidance.value)
        if self.name in WEIGHTS:
            return self._wan(Guidance(by).scaled(self.scale or FIXED_SCALE))
        from cogportrait.renderers.dit.adapters import LORA, adapters_of
        from cogportrait.renderers.dit.checkpoint import SHIPPED, open_checkpoint, read_about
        from cogportrait.renderers.dit.conditioning import Hint
        from cogportrait.renderers.dit.flow import Schedule

        folder = self.checkpoint or SHIPPED
        if not self.adapted and adapters_of(folder) is None:
            raise InputError(
                f"--no-lora: expected adapters in {folder / LORA}, found none; leave it out"
            )
        how = read_about(folder).how(by, self.scale)
        if self.steps is not None:
            how = replace(how, schedule=Schedule(self.steps))
        opened = open_checkpoint(self.checkpoint, how, self._placing(), adapted=self.adapted)
        return opened if self.hint is None else replace(opened, hint=Hint(self.hint.value))

    def _placing(self) -> "Placing":
        from cogportrait.renderers.dit.placing import Placing, Precision

        precision = None if self.precision is None else Precision(self.precision.value)
        return Placing(offload=self.offload, precision=precision, compiled=self.compiled)

    def _wan(self, guidance: "Guidance") -> "Renderer":
        from cogportrait.renderers.dit.wan_animate import STEPS, open_wan_animate
        from cogportrait.renderers.dit.wan_refine import STEPS as FEWER
        from cogportrait.renderers.dit.wan_refine import STRENGTH, open_wan_refine
        from cogportrait.renderers.dit.wan_steps import AREA_PX

        folder = self.checkpoint
        if folder is None:
            raise InputError(_without_folder(self.name))
        area, placing = self.area or AREA_PX, self._placing()
        if self.name is RendererName.WAN_ANIMATE:
            return open_wan_animate(
                folder, guidance, steps=self.steps or STEPS, area_px=area, placing=placing
            )
        strength = STRENGTH if self.strength is None else self.strength
        return open_wan_refine(
            folder, guidance, strength=strength, steps=self.steps or FEWER, area_px=area,
            placing=placing,
        )  # fmt: skip

    def told(self) -> dict[str, str | float | None]:
        """Return what was asked, as JSON values."""
        told: dict[str, str | float | None] = {
            "renderer": self.name.value,
            "guidance": None if self.guidance is None else self.guidance.value,
            "guidance_scale": self.scale,
            "lora": None if self.adapted else False,
            "hint": None if self.hint is None else self.hint.value,
            "steps": self.steps,
            "precision": None if self.precision is None else self.precision.value,
        }
        if self.name in WEIGHTS:
            told |= {"strength": self.strength, "area": self.area, "offload": self.offload}
        return told

    def read(self) -> Mapping[str, Path | None]:
        """Return the files that a checkpoint is known by: weights and adapters; Wan's index."""
        if self.name is RendererName.WARP:
            return {"checkpoint": None}
        if self.name in WEIGHTS:
            index = None if self.checkpoint is None else self.checkpoint / "model_index.json"
            return {"checkpoint": index}
        from cogportrait.renderers.dit.adapters import adapters_of
        from cogportrait.renderers.dit.checkpoint import SHIPPED, TRANSFORMER
        from cogportrait.renderers.dit.checkpoint import WEIGHTS as NUMBERS

        folder = self.checkpoint or SHIPPED
        weights = folder / TRANSFORMER / NUMBERS
        adapters = adapters_of(folder) if self.adapted else None
        return {"checkpoint": weights} | ({} if adapters is None else {"lora": adapters})


def check_extra() -> None:
    """Raise :class:`MissingExtra` unless what the diffusion renderer needs is installed."""
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        raise MissingExtra(
            f"the diffusion renderer needs {missing[0]}; run: pip install 'cogportrait[dit]'"
        )


def drawn(
    renderer: Annotated[
        RendererName,
        typer.Option(
            "--renderer", help="What draws: warp moves the picture's pixels, dit generates the "
            "face by diffusion (extra dit), wan-animate draws the whole picture and wan-refine "
            "the warped face again by public weights (extra dit, a GPU)."
        ),
    ] = RendererName.WARP,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", parser=input_named,
            help="Of dit: folder of networks that `train` wrote; without it those of the package. "
            "Of wan-animate and wan-refine: folder of Wan2.2-Animate-14B-Diffusers or "
            "Wan2.1-T2V-1.3B-Diffusers.",
            show_default=False,
        ),
    ] = None,
    no_lora: Annotated[
        bool,
        typer.Option(
            "--no-lora", help="Of dit: leave out the adapters that lie in the checkpoint, as those "
            "of `refine` do."
        ),
    ] = False,
    guidance: Annotated[
        GuidanceName | None,
        typer.Option(
            help="Of diffusion: what the strength of guidance depends on: noise level, place, "
            "both, neither; both without it.", show_default=False,
        ),
    ] = None,
    scale: Annotated[
        float | None,
        typer.Option(
            "--guidance-scale", metavar="X", min=1, max=20,
            help="Of diffusion: how strongly conditions are followed where guidance is strongest, "
            "1 for none; without it what the checkpoint says, 3.5 of public weights.",
            show_default=False,
        ),
    ] = None,
    hint: Annotated[
        HintName | None,
        typer.Option(
            help="Of dit: what it sees of the portrait as warp draws it: all, all around the eyes, "
            "nothing; whole without it.", show_default=False,
        ),
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, max=1000,
            help="Of diffusion: denoising steps; without it 12, 20 of wan-animate.",
            show_default=False,
        ),
    ] = None,
    strength: Annotated[
        float | None,
        typer.Option(
            metavar="X", min=0, max=1,
            help="Of wan-refine: how much is drawn anew, 0 to 1; 0.3 without it.",
            show_default=False,
        ),
    ] = None,
    area: Annotated[
        int | None,
        typer.Option(
            metavar="PX", min=16384, max=4_000_000,
            help="Of wan-animate and wan-refine: pixels that are drawn, about; 399360 without it.",
            show_default=False,
        ),
    ] = None,
    offload: Annotated[
        bool,
        typer.Option(
            "--offload",
            help="Of diffusion: hold only a part of the networks on the GPU at a time.",
        ),
    ] = False,
    precision: Annotated[
        PrecisionName | None,
        typer.Option(
            help="Of diffusion: numbers that the transformer counts with; without it fp32 on a "
            "CPU, bf16 on a GPU.", show_default=False,
        ),
    ] = None,
    compiled: Annotated[
        bool,
        typer.Option(
            "--compile", help="Of diffusion: compile the transformer's blocks first (a C++ "
            "compiler is needed); worth it for long videos."
        ),
    ] = False,
) -> DrawnBy:  # fmt: skip
    """Return what draws."""
    given = {
        "checkpoint": checkpoint, "no-lora": no_lora or None, "guidance": guidance,
        "guidance-scale": scale, "hint": hint, "steps": steps, "strength": strength, "area": area,
        "offload": offload or None, "precision": precision, "compile": compiled or None,
    }  # fmt: skip
    for name, value in given.items():
        meant = _MEANT[name]
        if value is not None and renderer not in meant:
            raise typer.BadParameter(
                f"--{name} is for {'diffusion' if meant is _DIFFUSION else ' and '.join(meant)}; "
                f"give --renderer {meant[0]}"
            )
    if renderer in WEIGHTS and checkpoint is None:
        raise typer.BadParameter(_without_folder(renderer))
    return DrawnBy(
        renderer,
        checkpoint,
        not no_lora,
        guidance,
        scale,
        hint,
        steps,
        strength,
        area,
        offload,
        precision,
        compiled,
    )


def _without_folder(name: RendererName) -> str:
    return (
        f"--renderer {name}: expected a folder of weights, got none; fetch {WEIGHTS[name]} and "
        "give --checkpoint DIR"
    )

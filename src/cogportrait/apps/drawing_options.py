"""Options that say what draws, and what they are turned into.

Nothing heavy is imported before something is drawn.
"""

from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cogportrait.apps.option_values import input_named
from cogportrait.errors import MissingExtra

if TYPE_CHECKING:
    from cogportrait.renderers.protocol import Renderer

PACKAGES: Final = (
    "accelerate", "diffusers", "peft", "safetensors", "tensorboardX", "torch", "transformers",
)  # fmt: skip


class RendererName(StrEnum):
    """What can draw."""

    WARP = "warp"
    DIT = "dit"


class GuidanceName(StrEnum):
    """What the weight of guidance depends on."""

    FIXED = "fixed"
    TEMPORAL = "temporal"
    SPATIAL = "spatial"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class DrawnBy:
    """What draws, and how."""

    name: RendererName = RendererName.WARP
    checkpoint: Path | None = None
    guidance: GuidanceName | None = None
    steps: int | None = None

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
        from cogportrait.renderers.dit.checkpoint import open_checkpoint
        from cogportrait.renderers.dit.flow import Schedule
        from cogportrait.renderers.dit.guidance import Guidance, Guided
        from cogportrait.renderers.dit.sampling import Sampling

        schedule = Schedule() if self.steps is None else Schedule(self.steps)
        guidance = Guidance()
        if self.guidance is not None:
            guidance = Guidance(Guided(self.guidance.value))
        return open_checkpoint(self.checkpoint, Sampling(schedule, guidance))

    def told(self) -> dict[str, str | int | None]:
        """Return what was asked, as JSON values."""
        return {
            "renderer": self.name.value,
            "guidance": None if self.guidance is None else self.guidance.value,
            "steps": self.steps,
        }

    def read(self) -> Path | None:
        """Return the file of a checkpoint's weights."""
        if self.checkpoint is None:
            return None
        return self.checkpoint / "transformer" / "diffusion_pytorch_model.safetensors"


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
            "face by diffusion (extra dit)."
        ),
    ] = RendererName.WARP,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", parser=input_named,
            help="Of dit: folder of networks that `train` wrote; without it those of the package.",
            show_default=False,
        ),
    ] = None,
    guidance: Annotated[
        GuidanceName | None,
        typer.Option(
            help="Of dit: what the strength of guidance depends on: noise level, place, both, "
            "neither; both without it.", show_default=False,
        ),
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, max=1000, help="Of dit: denoising steps; 12 without it.",
            show_default=False,
        ),
    ] = None,
) -> DrawnBy:  # fmt: skip
    """Return what draws."""
    if renderer is RendererName.WARP:
        for name, value in (("checkpoint", checkpoint), ("guidance", guidance), ("steps", steps)):
            if value is not None:
                raise typer.BadParameter(f"--{name} is for diffusion; give --renderer dit")
    return DrawnBy(renderer, checkpoint, guidance, steps)

"""Dynamic guidance for diffusers' modular pipelines: a guider over ``guidance``'s functions.

    pipeline.update_components(guider=DynamicGuider(Guidance(), maps))

diffusers calls its guiders experimental; what it asks of one here is ``set_state`` before every
step, ``num_conditions`` and ``forward``. ``save_pretrained`` keeps the guidance; maps are of one
video, and are set anew: ``guider.maps = maps``.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import torch
from diffusers.guiders.classifier_free_guidance import ClassifierFreeGuidance
from diffusers.guiders.guider_utils import GuiderOutput
from torch import Tensor

from cogportrait.errors import InputError
from cogportrait.renderers.dit.guidance import (
    Guidance,
    Guided,
    Weights,
    coefficients,
    guided,
    weight,
)
from cogportrait.renderers.dit.model import STEPS


class DynamicGuider(ClassifierFreeGuidance):
    """Guidance that depends on the noise level and on where the eyes are.

    Parameters
    ----------
    guidance : Guidance, or a mapping of its fields, as a saved configuration has them
        Scales, ramp and floor.
    maps : array, shape [L, h, w], or None
        See ``guidance.eye_map``; for latents [B, C, L, h, w]. None with guidance that does not
        depend on the place.
    """

    def __init__(self, guidance: Guidance | Mapping[str, Any], maps: Weights | None = None) -> None:
        if not isinstance(guidance, Guidance):
            numbers = {name: value for name, value in guidance.items() if name != "by"}
            guidance = Guidance(by=Guided(guidance.get("by", Guided.BOTH)), **numbers)
        # Of those that count, what is farthest from 1: diffusers takes that as no guidance at all.
        timed = guidance.by in (Guided.TEMPORAL, Guided.BOTH)
        scales = (guidance.high, guidance.low) if timed else (guidance.fixed,)
        super().__init__(guidance_scale=max(scales, key=lambda scale: abs(scale - 1)))
        self.register_to_config(guidance={**asdict(guidance), "by": str(guidance.by)})
        self._guidance = guidance
        self.maps = maps

    def _weight(self) -> Weights | float:
        timestep: Tensor | None = getattr(self, "_timestep", None)
        # Before the first step all is noise.
        sigma = 1.0 if timestep is None else float(torch.as_tensor(timestep).max()) / STEPS
        return weight(sigma, self.maps, self._guidance)

    def _is_cfg_enabled(self) -> bool:
        """Return whether a prediction without the condition counts at this noise level."""
        return super()._is_cfg_enabled() and coefficients([self._weight()])[0] is not None

    def forward(self, pred_cond: Tensor, pred_uncond: Tensor | None = None) -> GuiderOutput:
        """Return what guidance makes of both predictions.

        Raises
        ------
        InputError
            The maps are not those of the latents' grid.
        """
        pred = pred_cond
        if pred_uncond is not None and self._is_cfg_enabled():
            weights = self._weight()
            if not isinstance(weights, float | int) and weights.shape != pred_cond.shape[-3:]:
                raise InputError(
                    f"maps: expected {list(pred_cond.shape[-3:])} as the latents are, got "
                    f"{list(weights.shape)}"
                )
            scale = torch.as_tensor(weights, dtype=pred_cond.dtype, device=pred_cond.device)
            pred = guided(pred_cond, pred_uncond, scale)
        return GuiderOutput(pred=pred, pred_cond=pred_cond, pred_uncond=pred_uncond)

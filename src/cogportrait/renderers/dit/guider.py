"""Dynamic guidance for diffusers' modular pipelines: a guider over ``guidance``'s functions.

    pipeline.update_components(guider=DynamicGuider(Guidance(), maps))

diffusers calls its guiders experimental; what it asks of one here is ``set_state`` before every
step, ``num_conditions`` and ``forward``.
"""

import torch
from diffusers.guiders.classifier_free_guidance import ClassifierFreeGuidance
from diffusers.guiders.guider_utils import GuiderOutput
from torch import Tensor

from cogportrait.renderers.dit.guidance import Guidance, Weights, coefficients, guided, weight
from cogportrait.renderers.dit.model import STEPS


class DynamicGuider(ClassifierFreeGuidance):
    """Guidance that depends on the noise level and on where the eyes are.

    Parameters
    ----------
    guidance : Guidance
        Scales, ramp and floor.
    maps : array, shape [L, h, w], or None
        See ``guidance.eye_map``; for latents [B, C, L, h, w]. None with guidance that does not
        depend on the place.
    """

    def __init__(self, guidance: Guidance, maps: Weights | None = None) -> None:
        super().__init__(guidance_scale=guidance.high)
        self._guidance = guidance
        self._maps = maps

    def _weight(self) -> Weights | float:
        timestep: Tensor | None = getattr(self, "_timestep", None)
        # Before the first step all is noise.
        sigma = 1.0 if timestep is None else float(torch.as_tensor(timestep).max()) / STEPS
        return weight(sigma, self._maps, self._guidance)

    def _is_cfg_enabled(self) -> bool:
        """Return whether a prediction without the condition counts at this noise level."""
        return super()._is_cfg_enabled() and coefficients([self._weight()])[0] is not None

    def forward(self, pred_cond: Tensor, pred_uncond: Tensor | None = None) -> GuiderOutput:
        """Return what guidance makes of both predictions."""
        pred = pred_cond
        if pred_uncond is not None and self._is_cfg_enabled():
            scale = torch.as_tensor(self._weight(), dtype=pred_cond.dtype, device=pred_cond.device)
            pred = guided(pred_cond, pred_uncond, scale)
        return GuiderOutput(pred=pred, pred_cond=pred_cond, pred_uncond=pred_uncond)

"""What guidance and conditioning add to the transformer's calls, and memory by length.

``python -m bench.diffusion_speed --checkpoint DIR -o OUT`` draws windows of a portrait. Seconds in
calls of the network are taken apart from the rest of sampling in the same run: guidance, noise,
ties, steps of the solver. Conditions are what makes keypoints, reference, hint and words of a
window into channels and maps; the warp renderer, decoding and laying back are other work. Peak
memory is that of drawing whole videos in a process of its own, with one step, since the number of
steps does not change it.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from bench.fidelity.portrait import load_portrait
from bench.memory import peak_mib
from bench.stamp import stamp
from cogportrait.face.view import View, view_of
from cogportrait.pipeline import Request, keypoints, plan
from cogportrait.renderers.dit.checkpoint import open_checkpoint
from cogportrait.renderers.dit.conditioning import Channels, Conditioner
from cogportrait.renderers.dit.flow import Schedule
from cogportrait.renderers.dit.guidance import Guidance, Guided
from cogportrait.renderers.dit.model import Conditions
from cogportrait.renderers.dit.placing import Placing
from cogportrait.renderers.dit.renderer import DitRenderer
from cogportrait.renderers.dit.sampling import Network, Sampling, Scene, draw_windows
from cogportrait.renderers.dit.warped import WarpedView, warped_views
from cogportrait.renderers.dit.windows import Window
from cogportrait.types import KeypointSequence, Portrait

FPS: Final = 25.0
HEIGHT_PX: Final = 512
CLIP_S: Final = 2.0
SHORT_S, LONG_S = 4.0, 60.0
MEMORY_STEPS: Final = 1
OVERHEAD_BOUND: Final = 0.05
MEMORY_BOUND: Final = 1.2


class Timed:
    """A network whose calls are timed."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self.seconds = 0.0
        self.calls = 0

    def __call__(self, latents: Tensor, timestep: Tensor, given: Conditions) -> Tensor:
        """Return what the network does."""
        begun = perf_counter()
        found = self._network(latents, timestep, given)
        self.seconds += perf_counter() - begun
        self.calls += 1
        return found


def motion_of(portrait: Portrait, seconds: float) -> Iterator[KeypointSequence]:
    """Yield the keypoints of some seconds."""
    controls = plan(Request(label="cognitive_effort", duration_s=seconds, fps=FPS)).controls
    return keypoints(portrait, controls)


def overhead(opened: DitRenderer, portrait: Portrait, how: Sampling) -> dict[str, float]:
    """Return the seconds of a clip in calls, and what conditions and sampling took besides."""
    network = opened.network
    made = Conditioner(opened.codec, Channels.of(network))
    view = view_of(portrait.landmarks_px, opened.view_px)
    reference = made.latents(view.cut(portrait.image)[None])[:, 0]
    windows = list(opened.how.windows.of(warped_views(portrait, motion_of(portrait, CLIP_S), view)))
    begun = perf_counter()
    scenes = [_scene(opened, made, view, reference, window) for window in windows]
    conditions_s = perf_counter() - begun
    clock = Timed(network)
    begun = perf_counter()
    for _ in draw_windows(clock, scenes, opened.codec.channels, how, seed=0):
        pass
    rest_s = perf_counter() - begun - clock.seconds
    return {
        "calls": clock.calls, "calls_s": clock.seconds, "sampling_s": rest_s,
        "conditions_s": conditions_s, "share": (rest_s + conditions_s) / clock.seconds,
    }  # fmt: skip


def _scene(
    opened: DitRenderer, made: Conditioner, view: View, reference: Tensor, window: Window[Any]
) -> Scene:
    """Return what a window is made from, as the renderer does."""
    rows: list[WarpedView] = window.frames
    points = np.stack([view.placed(row.points_px) for row in rows]).astype(np.float32)
    times = [(window.start + k, window.start + k + 1) for k in range(len(rows))]
    given = Conditions(
        opened.encoders.text("")[None],
        opened.encoders.audio.tokens(None, FPS, times)[None],
        made.pose(points, view.size_px)[None],
        made.reference(reference, len(rows))[None],
        made.latents(np.stack([row.seen for row in rows]))[None],
    )
    maps = made.eyes(points, view.size_px, reference.shape[-2:])
    return Scene(window.start, window.last, given, maps)


def peak_memory_mib(checkpoint: Path | None, seconds: float) -> float:
    """Return the peak resident memory of drawing some seconds in a process of its own."""
    command = [sys.executable, "-m", "bench.diffusion_speed", "--draw", str(seconds)]
    if checkpoint is not None:
        command += ["--checkpoint", str(checkpoint)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout.strip().splitlines()[-1])


def _draw(checkpoint: Path | None, seconds: float) -> None:
    portrait = load_portrait(Path("astronaut"), HEIGHT_PX)
    opened = open_checkpoint(checkpoint, Sampling(Schedule(MEMORY_STEPS)))
    for _ in opened.render(portrait, motion_of(portrait, seconds)):
        pass
    print(peak_mib())


@torch.no_grad()
def main(argv: Sequence[str] | None = None) -> int:
    """Print the figures, and write them."""
    parser = argparse.ArgumentParser(prog="python -m bench.diffusion_speed", description=__doc__)
    parser.add_argument("--checkpoint", type=Path, help="folder; without it the package's")
    parser.add_argument("-o", "--output", type=Path, default=Path("out/diffusion_speed"))
    parser.add_argument("--draw", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.draw is not None:
        _draw(options.checkpoint, options.draw)
        return 0
    portrait = load_portrait(Path("astronaut"), HEIGHT_PX)
    opened = open_checkpoint(options.checkpoint, placing=Placing("cpu"))
    ways = {str(by): replace(opened.how, guidance=Guidance(by), renew=1) for by in Guided}
    ways["as drawn"] = opened.how
    overhead(opened, portrait, ways["temporal"])  # warm-up
    found = {name: overhead(opened, portrait, how) for name, how in ways.items()}
    short, long = (peak_memory_mib(options.checkpoint, s) for s in (SHORT_S, LONG_S))
    figures = {**found, "memory": {"short_mib": short, "long_mib": long, "ratio": long / short}}
    lines = [
        *stamp().lines(),
        "",
        "| guidance | calls | in calls, s | sampling | conditions | share |",
    ]
    lines.append("|---|--:|--:|--:|--:|--:|")
    for name, f in found.items():
        lines.append(
            f"| {name} | {f['calls']} | {f['calls_s']:.2f} | {f['sampling_s']:.3f} | "
            f"{f['conditions_s']:.3f} | {100 * f['share']:.1f} % |"
        )
    lines += ["", f"share: bound {100 * OVERHEAD_BOUND:g} %"]
    lines.append(
        f"peak memory {short:.0f} MiB of {SHORT_S:g} s, {long:.0f} MiB of {LONG_S:g} s: "
        f"{long / short:.3f} times (bound {MEMORY_BOUND:g})"
    )
    print("\n".join(lines))
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "diffusion_speed.json").write_text(json.dumps(figures, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

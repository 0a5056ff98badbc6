"""KTO of a trained network: boundary cases are drawn, judged, and learnt from with LoRA.

RUN/samples/*.safetensors  drawn latents of each case, and what they were drawn from
RUN/judged.csv             errors and verdicts; a person may fill the last column
RUN/state.safetensors      what a run goes on from
RUN/held_out_*.csv         held-out cases, before and after, at the same seeds
RUN/checkpoint/            the network as it was, and the adapters, in lora/, that refine it
"""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from cogportrait.errors import InputError, ModelError, shown
from cogportrait.io.atomic import atomic_path
from cogportrait.io.manifest import sha256_of
from cogportrait.renderers.dit.adapters import adapters_of
from cogportrait.renderers.dit.checkpoint import TRANSFORMER, WEIGHTS
from cogportrait.renderers.dit.codec import Codec
from cogportrait.renderers.dit.conditioning import Conditioner
from cogportrait.renderers.dit.encoders import Encoders
from cogportrait.renderers.dit.fold import as_frames
from cogportrait.renderers.dit.model import Conditions
from cogportrait.renderers.dit.placing import reachable
from cogportrait.renderers.dit.sampling import Network, Sampling, Scene, sample
from cogportrait.train.boundary import Boundary
from cogportrait.train.judging import Judge, Judged, mark_of
from cogportrait.train.kto import Kto, baseline_of, kto_loss
from cogportrait.train.matching import draw_sigmas, velocity_error
from cogportrait.train.samples import Batch, rows_of, stacked
from cogportrait.train.session import add_adapters
from cogportrait.train.state import check_step, fitting, moments, norm_of, read_state

SAMPLES: Final = "samples"
KEPT: Final = "cogportrait-samples/2"  # 2: where the irises are is told too
MIRRORED: Final = "_mirrored"
PARTS: Final = ("text", "audio", "pose", "reference", "hint")


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A sample to learn from."""

    name: str
    batch: Batch  # of one window


@dataclass(slots=True)
class Course:
    """What a run has done."""

    step: int = 0
    baseline: float | None = None
    losses: list[float] = field(default_factory=list)
    # Of each step, the mean gain of good samples and of bad ones: e_ref - e.
    gains: list[tuple[float, float]] = field(default_factory=list)


def draw_samples(
    network: Network,
    codec: Codec,
    boundary: Boundary,
    count: int,
    how: Sequence[Sampling],
    first_seed: int = 0,
) -> Tensor:
    """Return `count` samples of a boundary case, latents [count, C, L, h, w], each way in turn."""
    scene = Scene(0, True, boundary.given, boundary.eyes[0, 0].numpy())
    drawn = [
        next(iter(sample(network, [scene], codec.channels, how[k % len(how)], seed=first_seed + k)))
        for k in range(count)
    ]
    return torch.cat(drawn)


@torch.no_grad()
def judge_samples(
    codec: Codec, boundary: Boundary, latents: Tensor, first_seed: int = 0
) -> list[Judged]:
    """Return what is measured of the samples of a boundary case."""
    judge = Judge(boundary)
    return [
        Judged(
            f"{boundary.name}_{first_seed + k}", boundary.portrait, boundary.case, first_seed + k,
            judge.errors(as_frames(codec.decode(one[None])[0])), latents=mark_of(one),
        )
        for k, one in enumerate(latents)
    ]  # fmt: skip


def keep_samples(folder: Path, boundary: Boundary, latents: Tensor, network: str) -> None:
    """Write the samples of a case with what they were drawn from, in half precision."""
    target = folder / SAMPLES / f"{boundary.name}.safetensors"
    network = f"{KEPT} {network} {boundary.identity}"
    target.parent.mkdir(parents=True, exist_ok=True)
    held = {name: t for name in PARTS if (t := getattr(boundary.given, name)) is not None}
    held |= {"latents": latents, "eyes": boundary.eyes}
    tensors = {name: t.detach().half().contiguous().clone() for name, t in held.items()}
    with atomic_path(target) as temporary:
        save_file(tensors, temporary, metadata={"network": network, "count": str(len(latents))})


def kept_samples(
    folder: Path, boundary: Boundary, network: str, first_seed: int = 0
) -> list[Drawn] | None:
    """Return the samples of a case that were drawn before by the same network, or None."""
    path = folder / SAMPLES / f"{boundary.name}.safetensors"
    network = f"{KEPT} {network} {boundary.identity}"
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as held:
            if (held.metadata() or {}).get("network") != network:
                return None
            tensors = {name: held.get_tensor(name).float() for name in held.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ModelError(
            f"{path}: expected drawn samples, got a file that cannot be read: {shown(str(error))}; "
            "remove it"
        ) from error
    given = Conditions(*(tensors.get(name) for name in PARTS))  # pyright: ignore[reportArgumentType]
    return [
        Drawn(f"{boundary.name}_{first_seed + k}", Batch(one[None], given, tensors["eyes"]))
        for k, one in enumerate(tensors["latents"])
    ]


@torch.no_grad()
def mirror_images(
    samples: Sequence[Drawn], boundary: Boundary, made: Conditioner, encoders: Encoders
) -> list[Drawn]:
    """Return mirror images of the samples of a case, called as they are and ``_mirrored``.

    Cases are of one side each, and a network that learns from them alone leans to it.
    """
    given, eyes = boundary.mirrored(made, encoders)
    out: list[Drawn] = []
    for one in samples:
        frames = as_frames(made.codec.decode(one.batch.data)[0])
        latents = made.latents(frames[:, :, ::-1].copy())[None]
        out.append(Drawn(f"{one.name}{MIRRORED}", Batch(latents, given, eyes)))
    return out


def network_id(checkpoint: Path) -> str:
    """Return what tells a checkpoint's transformer from others."""
    adapters = adapters_of(checkpoint)
    files = [checkpoint / TRANSFORMER / WEIGHTS, *([] if adapters is None else [adapters])]
    return " ".join(sha256_of(file) for file in files)


class Refiner:
    """A network whose adapters learn from good and bad samples."""

    def __init__(
        self,
        network: Any,  # noqa: ANN401
        how: Kto,
        rank: int,
        rate: float,
        seed: int,
        micro: int = 0,
    ) -> None:
        torch.manual_seed(seed)
        add_adapters(network, rank)
        self.network = network
        self.asked = reachable(network)
        self.how = how
        self.seed = seed
        self.micro = micro
        self.course = Course()
        self.trained = {n: p for n, p in network.named_parameters() if p.requires_grad}
        self.optimizer = torch.optim.AdamW(self.trained.values(), rate, weight_decay=0.0)

    def step(self, good: Sequence[Drawn], bad: Sequence[Drawn], batch: int) -> float:
        """Learn from half a batch of good samples and half of bad ones; return the loss."""
        number = self.course.step
        rng = np.random.default_rng([0x0C70, self.seed, number])
        half = batch // 2
        some = [good[k] for k in rng.integers(len(good), size=batch - half)]
        some += [bad[k] for k in rng.integers(len(bad), size=half)]
        is_good = torch.arange(batch) < batch - half
        windows = stacked([one.batch for one in some])
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + number)
        sigmas = draw_sigmas(batch, generator)
        noise = torch.randn(windows.data.shape, generator=generator)
        size = self.micro or batch
        parts = [
            (rows_of(windows, rows), sigmas[rows], noise[rows], is_good[rows])
            for rows in (slice(k, k + size) for k in range(0, batch, size))
        ]
        self.optimizer.zero_grad()
        losses, gains, running = self._learn(parts)
        norm = torch.nn.utils.clip_grad_norm_(list(self.trained.values()), 1.0)
        check_step(number + 1, losses, norm_of(norm))
        self.optimizer.step()
        course = self.course
        course.step, course.baseline = number + 1, running
        course.losses.append(losses)
        course.gains.append((float(gains[is_good].mean()), float(gains[~is_good].mean())))
        return course.losses[-1]

    def _learn(
        self, parts: Sequence[tuple[Batch, Tensor, Tensor, Tensor]]
    ) -> tuple[float, Tensor, float]:
        """Collect gradients of a batch in parts; return its loss, its gains, and the baseline.

        The baseline is that of the whole batch: with several parts its gains are found first.
        """
        count = sum(len(sigmas) for _, sigmas, *_ in parts)
        before = [self.reference(*part[:3]) for part in parts]
        mean = None
        if len(parts) > 1:
            with torch.no_grad():
                now = [velocity_error(self.asked, *part[:3]) for part in parts]
            mean = baseline_of(torch.cat(before) - torch.cat(now), self.how, self.course.baseline)
        loss, gains, running = 0.0, [], 0.0
        for part, reference in zip(parts, before, strict=True):
            errors = velocity_error(self.asked, *part[:3])
            judged = kto_loss(errors, reference, part[3], self.how, self.course.baseline, mean)
            share = judged.loss * (len(errors) / count)
            share.backward()
            loss, running = loss + float(share.detach()), judged.running
            gains.append(judged.gains)
        return loss, torch.cat(gains), running

    @torch.no_grad()
    def reference(self, windows: Batch, sigmas: Tensor, noise: Tensor) -> Tensor:
        """Return the errors of the network as it was."""
        self.network.disable_adapters()
        try:
            return velocity_error(self.asked, windows, sigmas, noise)
        finally:
            self.network.enable_adapters()

    def save(self, path: Path, about: str) -> None:
        """Write adapters, optimizer and course."""
        held = {f"lora.{n}": p.detach() for n, p in self.trained.items()}
        state = self.optimizer.state_dict()["state"]
        for k, name in enumerate(self.trained):
            for part, value in state.get(k, {}).items():
                held[f"adam.{part}.{name}"] = torch.as_tensor(value).detach()
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(path) as temporary:
            save_file(
                {n: t.contiguous().clone() for n, t in held.items()}, temporary,
                metadata={"course": json.dumps(asdict(self.course)), "about": about},
            )  # fmt: skip

    def resume(self, path: Path, about: str) -> bool:
        """Go on from a file; return whether there was one.

        Raises
        ------
        InputError
            It is of another recipe, or of other samples.
        ModelError
            It is damaged.
        """
        if not path.exists():
            return False
        held, told = read_state(path)
        if told.get("about") != about:
            raise InputError(
                f"{path}: holds a run of another recipe or of other verdicts; name another folder"
            )
        try:
            course = json.loads(told["course"])
            gone = Course(
                int(course["step"]), course["baseline"], course["losses"],
                [(a, b) for a, b in course["gains"]],
            )  # fmt: skip
            weights = {n: fitting(held, f"lora.{n}", p) for n, p in self.trained.items()}
            state = self.optimizer.state_dict()
            state["state"] = moments(held, self.trained)
        except (LookupError, ValueError, TypeError, OverflowError) as error:
            raise ModelError(
                f"{path}: is damaged, or of another network: {shown(str(error))}"
            ) from error
        with torch.no_grad():
            for name, parameter in self.trained.items():
                parameter.copy_(weights[name])
        self.optimizer.load_state_dict(state)
        self.course = gone
        return True


def refine(
    refiner: Refiner,
    drawn: Sequence[Drawn],
    good: dict[str, bool],
    steps: int,
    batch: int,
    tell: Callable[[int], None] = lambda _: None,
) -> None:
    """Learn from samples that were judged.

    Raises
    ------
    InputError
        There are no good ones, or no bad ones.
    """
    ones = [one for one in drawn if good.get(one.name) is True]
    others = [one for one in drawn if good.get(one.name) is False]
    if not ones or not others:
        raise InputError(
            f"samples: expected good and bad ones, got {len(ones)} and {len(others)}; draw more, "
            "or judge by median"
        )
    while refiner.course.step < steps:
        refiner.step(ones, others, batch)
        tell(refiner.course.step)


@dataclass(frozen=True, slots=True)
class Compared:
    """Held-out samples before and after, at the same seeds."""

    wins: int
    ties: int
    losses: int
    before: tuple[float, float, float, float]  # mean errors: AU, gaze, head, identity
    after: tuple[float, float, float, float]

    @property
    def win_rate(self) -> float:
        """Share of pairs in which the sum of errors fell; ties count half."""
        count = self.wins + self.ties + self.losses
        return (self.wins + self.ties / 2) / count if count else math.nan


def compare(before: Sequence[Judged], after: Sequence[Judged]) -> Compared:
    """Return how samples did against those of the same cases and seeds before.

    Raises
    ------
    InputError
        They are not of the same cases.
    """
    if [s.sample for s in before] != [s.sample for s in after]:
        raise InputError("samples: expected those of the same cases before and after")
    pairs = [(b.total, a.total) for b, a in zip(before, after, strict=True)]
    return Compared(
        sum(a < b for b, a in pairs), sum(a == b for b, a in pairs), sum(a > b for b, a in pairs),
        _means(before), _means(after),
    )  # fmt: skip


def _means(samples: Sequence[Judged]) -> tuple[float, float, float, float]:
    rows = np.array([list(asdict(s.errors).values()) for s in samples], float)
    au, gaze, head, identity = (
        float(np.nanmean(column)) if np.isfinite(column).any() else math.nan for column in rows.T
    )
    return au, gaze, head, identity

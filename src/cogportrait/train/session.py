"""A training run as a whole: what a recipe names is opened, trained, shown and exported.

RUN/state.safetensors  weights, running mean, optimizer: what a run goes on from
RUN/log.jsonl          a line each time it is saved; TensorBoard's file lies beside it
RUN/latents/           of the footage, so that going on does not begin with coding it
RUN/sheets/*.png       held-out windows as the running mean draws them
RUN/checkpoint/        the running mean and its codec, as the renderer opens them, written with
                       every sheet and at the end; of a LoRA run the adapters alone lie in lora/
"""

import math
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor

from cogportrait.errors import InputError, ModelError, shown
from cogportrait.renderers.dit.adapters import LORA, save_adapters
from cogportrait.renderers.dit.checkpoint import (
    About,
    open_codec,
    open_transformer,
    save_checkpoint,
)
from cogportrait.renderers.dit.codec import Codec, FrameCodec, WanCodec
from cogportrait.renderers.dit.conditioning import Channels, Conditioner
from cogportrait.renderers.dit.encoders import RATE_HZ, check_encoders, open_encoders
from cogportrait.renderers.dit.model import CogPortraitTransformer3DModel
from cogportrait.renderers.dit.placing import reachable
from cogportrait.renderers.dit.sizes import build
from cogportrait.renderers.dit.wan import load_wan
from cogportrait.train.footage import Pictures, is_of, read_footage, read_origin
from cogportrait.train.latents import data_of, files_of, load_clips
from cogportrait.train.loop import Progress, Trainer, run, whole
from cogportrait.train.pixels import PixelClip
from cogportrait.train.recipe import Recipe
from cogportrait.train.samples import (
    Clip,
    mirrored_words,
    windows_of,
)
from cogportrait.train.sheets import write_sheet
from cogportrait.train.state import clear
from cogportrait.types import AudioClip

if TYPE_CHECKING:
    from tensorboardX import SummaryWriter

CHECKPOINT: Final = "checkpoint"
SHEETS: Final = "sheets"
LATENTS: Final = "latents"
# Of a run's folder: where files are written.
PARTS: Final = (CHECKPOINT, f"{CHECKPOINT}/transformer", f"{CHECKPOINT}/codec", SHEETS, LATENTS,
                LORA)  # fmt: skip
# Of a block: what LoRA is laid on, the attentions' and the feed forward's linear maps.
LORA_TARGETS: Final = ("to_q", "to_k", "to_v", "to_out.0", "net.0.proj", "net.2")


@dataclass(slots=True)
class Session:
    """What a recipe names, opened."""

    recipe: Recipe
    trainer: Trainer
    codec: Codec
    about: About
    clips: list[Clip] = field(default_factory=list)
    held_out: list[Clip] = field(default_factory=list)
    report: tuple[str, ...] = ()  # of the weights that training starts from

    def train(
        self,
        folder: Path,
        *,
        tell: Callable[[Progress], None] = lambda _: None,
        most_seconds: float = float("inf"),
    ) -> Progress:
        """Train into a folder, going on from what is there; export when done or out of time."""
        main = self.trainer.accelerator.is_main_process
        known = self.trainer.resume(folder)
        if main and (known or (folder / LATENTS).is_dir()):  # else it may be anybody's
            clear(folder, PARTS)
        board = _board(folder) if main else None
        drawn = self.trainer.progress.step // self.recipe.sheet_every

        def saved(progress: Progress) -> None:
            nonlocal drawn
            if board is not None:
                for name, value in (("train", progress.loss), ("held out", progress.held_out)):
                    if math.isfinite(value):
                        board.add_scalar(f"loss/{name}", value, progress.step)
                board.flush()
            if progress.step // self.recipe.sheet_every > drawn:
                drawn = progress.step // self.recipe.sheet_every
                self.show(folder)
            tell(progress)

        done = run(
            self.trainer, self.clips, self.held_out, folder, tell=saved, most_seconds=most_seconds
        )
        if board is not None:
            board.close()
        self.export(folder)
        return done

    def show(self, folder: Path) -> None:
        """Write a sheet of windows as the running mean draws them, and it as a checkpoint."""
        network = self.averaged()
        if network is None:
            return
        self._write(folder, network)
        clips = self.held_out or self.clips
        path = folder / SHEETS / f"{self.trainer.progress.step:07d}.png"
        asked = reachable(network.to(self.trainer.accelerator.device))
        how = About(scale=self.recipe.scale).how()
        write_sheet(path, asked, self.codec, clips, self.recipe.length, how)

    def averaged(self) -> CogPortraitTransformer3DModel | None:
        """Return a copy of the network with the running mean as weights; None but in the first.

        Every process has to call it: parts of a sharded network are put together.
        """
        bare: Any = self.trainer.bare
        main = self.trainer.accelerator.is_main_process
        held: dict[str, Tensor] = {}
        for name, tensor in [*bare.state_dict().items(), *self.trainer.ema.items()]:
            found = whole(tensor)
            if main:
                held[name] = found
        if not main:
            return None
        copy = build(self.recipe.size) if not self.recipe.lora_rank else _with_lora(self.recipe)
        copy.load_state_dict(held)
        return copy.eval()

    def export(self, folder: Path) -> None:
        """Write the running mean and the codec as a checkpoint that the renderer opens."""
        network = self.averaged()
        if network is not None:
            self._write(folder, network)

    def _write(self, folder: Path, network: CogPortraitTransformer3DModel) -> None:
        if self.recipe.lora_rank:
            save_adapters(network, folder)
            network = merged(network)
        save_checkpoint(folder / CHECKPOINT, network, self.codec, about=self.about)


def open_session(recipe: Recipe, accelerator: Accelerator, kept: Path | None = None) -> Session:
    """Return a run's networks and footage; its latents are kept in a folder, if one is given.

    Raises
    ------
    InputError
        There is no footage, none of it is trained on, or a held-out person is not in it.
    ModelError
        A codec, a start or a file of footage cannot be read, or they do not fit.
    """
    codec = open_codec(recipe.codec)
    if isinstance(codec, WanCodec):
        codec.to(accelerator.device)
    network, report = _network(recipe)
    try:
        made = Conditioner(codec, Channels.of(network))
    except ModelError as error:
        raise ModelError(f"{recipe.codec}: {error}; size {recipe.size}") from error
    clips = _clips(recipe, made, kept)
    known = {clip.person for clip in clips}
    for person in recipe.held_out:
        if person not in known:
            raise InputError(
                f"held_out: expected people of {recipe.footage}, got {shown(person)}; there are "
                f"{', '.join(sorted(known))}"
            )
    held = [clip for clip in clips if clip.person in recipe.held_out]
    rest = [clip for clip in clips if not is_of(clip.person, recipe.held_out)]
    if not rest:
        raise InputError(f"held_out: expected somebody of {recipe.footage} to be left, none is")
    for name, some in (("footage", rest), ("held_out", held)):
        if some and not any(len(windows_of(clip, recipe.length, 1)) for clip in some):
            raise InputError(
                f"{name}: expected {some[0].frames(recipe.length)} frames in a row with a face in "
                f"a clip of {recipe.footage}, found none; make length smaller"
            )
    words, sound = (None if p is None else str(p.resolve()) for p in (recipe.words, recipe.sound))
    view_px = read_origin(files_of(recipe.footage)[0]).size_px
    about = About(view_px, words, sound, recipe.length, recipe.scale)
    trainer = Trainer(network, recipe, accelerator)
    trainer.data = data_of(recipe.footage, codec)
    return Session(recipe, trainer, codec, about, rest, held, report)


def _clips(recipe: Recipe, made: Conditioner, kept: Path | None) -> list[Clip]:
    """Return footage in latents, or, with a codec of several frames, in pixels."""
    codec = made.codec
    encoders = open_encoders(recipe.words, recipe.sound)
    check_encoders(encoders, made.channels)
    if isinstance(codec, FrameCodec) and recipe.words is None and recipe.sound is None:
        shown = recipe.held_out or None  # on sheets: those held out, if there are any
        return [*load_clips(recipe.footage, codec, kept, shown)]
    words: dict[str, Tensor] = {}

    def told(caption: str) -> Tensor:
        if caption not in words:
            words[caption] = encoders.text(caption)
        return words[caption]

    clips: list[Clip] = []
    for path in files_of(recipe.footage):
        footage = read_footage(path, pixels=False)
        heard = None
        if len(footage.samples):
            sound = AudioClip((footage.samples / 32767).astype(np.float32), RATE_HZ)
            heard = encoders.audio.heard(sound, footage.origin.fps)
        caption = footage.origin.caption
        text = told(caption), told(mirrored_words(caption))
        pixels, hints = Pictures(path, "frames"), Pictures(path, "hints")
        clips.append(PixelClip(footage, pixels, hints, made, text, encoders.audio, heard))
    return clips


def _network(recipe: Recipe) -> tuple[CogPortraitTransformer3DModel, tuple[str, ...]]:
    """Return the network that training starts with, and what was loaded into it."""
    torch.manual_seed(recipe.seed)
    network = build(recipe.size)
    report: tuple[str, ...] = ()
    if recipe.start is not None:
        if (recipe.start / "codec").is_dir():  # a checkpoint of our own
            started = open_transformer(recipe.start)
            try:
                network.load_state_dict(started.state_dict())
            except RuntimeError as error:
                raise ModelError(
                    f"{recipe.start}: expected a transformer of size {recipe.size}: "
                    f"{shown(str(error))}"
                ) from error
        else:
            report = tuple(load_wan(network, recipe.start).lines())
    if recipe.lora_rank:
        _add_lora(network, recipe)
    if recipe.gradient_checkpointing:
        network.enable_gradient_checkpointing()
    return network, report


def _with_lora(recipe: Recipe) -> CogPortraitTransformer3DModel:
    network = build(recipe.size)
    _add_lora(network, recipe)
    return network


def add_adapters(network: CogPortraitTransformer3DModel, rank: int) -> None:
    """Freeze a network, and lay LoRA on the linear maps of its blocks."""
    from peft import LoraConfig

    network.requires_grad_(False)
    targets = [
        name for name, _ in network.named_modules()
        if name.startswith("blocks.") and name.endswith(LORA_TARGETS)
    ]  # fmt: skip
    network.add_adapter(LoraConfig(r=rank, lora_alpha=rank, target_modules=targets))


def _add_lora(network: CogPortraitTransformer3DModel, recipe: Recipe) -> None:
    """Freeze a network but for adapters, and for the parts that a public checkpoint lacks."""
    names = [name for name, _ in network.named_parameters()]
    for part in recipe.whole:
        if not any(part in name for name in names):
            raise InputError(
                f"whole: expected parts of names of the network, got {shown(part)}, such as "
                "pose_embedding"
            )
    add_adapters(network, recipe.lora_rank)
    for name, parameter in network.named_parameters():
        if any(part in name for part in recipe.whole):
            parameter.requires_grad_(True)


def merged(network: CogPortraitTransformer3DModel) -> CogPortraitTransformer3DModel:
    """Return a plain network whose weights hold those of the adapters; `network` is as before."""
    return _plain(network, fused=True)


def without_adapters(network: CogPortraitTransformer3DModel) -> CogPortraitTransformer3DModel:
    """Return a plain network as if there were no adapters; `network` is as before."""
    return _plain(network, fused=False)


def _plain(network: CogPortraitTransformer3DModel, *, fused: bool) -> CogPortraitTransformer3DModel:
    copy: Any = deepcopy(network).cpu()
    if fused:
        copy.fuse_lora()
    copy.unload_lora()
    plain: Any = CogPortraitTransformer3DModel.from_config(network.config)
    plain.load_state_dict(copy.state_dict())
    return plain.eval()


def _board(folder: Path) -> "SummaryWriter | None":
    from tensorboardX import SummaryWriter

    folder.mkdir(parents=True, exist_ok=True)
    return SummaryWriter(str(folder / "tensorboard"))

"""A trained transformer and its codec in one folder, as safetensors with their configurations.

FOLDER/transformer/config.json, diffusion_pytorch_model.safetensors
FOLDER/lora/pytorch_lora_weights.safetensors, if it was refined (see :mod:`adapters`)
FOLDER/codec/config.json, diffusion_pytorch_model.safetensors
FOLDER/cogportrait.json   side of the view in pixels; where the encoders of words and sound lie, if
                          they are not those of the small transformer
"""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from cogportrait.errors import InputError, ModelError, shown
from cogportrait.io.atomic import atomic_path, write_text
from cogportrait.renderers.dit.adapters import adapters_of, merge_adapters
from cogportrait.renderers.dit.codec import Codec, FrameCodec, WanCodec
from cogportrait.renderers.dit.conditioning import Channels, Conditioner
from cogportrait.renderers.dit.encoders import Encoders, check_encoders, open_encoders
from cogportrait.renderers.dit.guidance import FIXED_SCALE, MOST_SCALE, Guidance, Guided
from cogportrait.renderers.dit.model import CogPortraitTransformer3DModel
from cogportrait.renderers.dit.placing import Placing, placed
from cogportrait.renderers.dit.renderer import VIEW_PX, DitRenderer
from cogportrait.renderers.dit.sampling import Sampling
from cogportrait.renderers.dit.windows import LENGTH, OVERLAP, Windows

TRANSFORMER: Final = "transformer"
CODEC: Final = "codec"
ABOUT: Final = "cogportrait.json"
FORMAT: Final = "cogportrait-dit/1"
MOST_VIEW_PX: Final = 4096
MOST_LENGTH: Final = 1024  # latent frames, as many as rotary positions are made for
CONFIG: Final = "config.json"  # as diffusers calls both
SHIPPED: Final = Path(__file__).parent / "weights"
WEIGHTS: Final = "diffusion_pytorch_model.safetensors"
# How our transformers draw unless they are told otherwise: eyes are guided until late, and
# predictions with conditions left out are made at every second step, so that it takes no more calls
# than guidance of the first six of twelve steps would, and eyes are as exact as with fixed guidance
# (docs/diffusion.md, chosen on people that the model card's figures are not of).
DYNAMIC: Final = Guidance(low=2.5, ramp_to=0.3)
RENEW: Final = 2


@dataclass(frozen=True, slots=True)
class About:
    """What a checkpoint says besides its networks."""

    view_px: int = VIEW_PX
    words: str | None = None  # folder of umT5 and its tokenizer; None: hashed words
    sound: str | None = None  # folder of wav2vec 2.0; None: mel bands
    length: int = LENGTH  # latent frames of the windows that it was trained with
    scale: float = FIXED_SCALE  # of guidance, that suits the weights

    def how(self, by: Guided = Guided.BOTH, scale: float | None = None) -> Sampling:
        """Return how its networks are to draw, guided in one of the paper's ways.

        `scale` None is its own. Fixed guidance is plain: all predictions at every step.
        """
        windows = Windows(self.length, min(OVERLAP, self.length // 2))
        guidance = replace(DYNAMIC, by=by).scaled(self.scale if scale is None else scale)
        renew = 1 if by is Guided.FIXED else RENEW
        return Sampling(guidance=guidance, windows=windows, renew=renew)


def save_checkpoint(
    folder: Path,
    network: CogPortraitTransformer3DModel,
    codec: Codec,
    dtype: torch.dtype = torch.float16,
    about: About | None = None,
) -> None:
    """Write both into a folder; the transformer's numbers as `dtype`."""
    target = folder / TRANSFORMER
    target.mkdir(parents=True, exist_ok=True)
    network.save_config(target)
    tensors = {n: t.detach().cpu().to(dtype).contiguous() for n, t in network.state_dict().items()}
    with atomic_path(target / WEIGHTS) as temporary:
        save_file(tensors, temporary, metadata={"format": "pt"})
    codec.save_pretrained(folder / CODEC)
    config = json.loads((folder / CODEC / CONFIG).read_text(encoding="utf-8"))
    config.pop("_name_or_path", None)  # where it was read from concerns nobody
    write_text(folder / CODEC / CONFIG, json.dumps(config, indent=2, sort_keys=True) + "\n")
    told = {"format": FORMAT, **asdict(about or About())}
    write_text(folder / ABOUT, json.dumps(told, indent=1) + "\n")


def open_checkpoint(
    folder: Path | None = None,
    how: Sampling | None = None,
    placing: Placing | None = None,
    *,
    adapted: bool = True,
) -> DitRenderer:
    """Return a renderer of the networks in a folder, or of those that ship with the package.

    The transformer, and Wan's codec, are held as `placing` says; without it on a GPU if there is
    one. Without `how` they draw as :meth:`About.how` says: windows as long as those they were
    trained with, guidance of the scale that suits them. Adapters that lie in the folder are left
    out unless `adapted`.

    Raises
    ------
    InputError
        There is no such folder.
    ModelError
        A part is missing, damaged or of another network.
    """
    folder = SHIPPED if folder is None else folder
    placing = placing or Placing()
    network, codec, encoders, about = open_parts(folder, placing, placing.dtype(), adapted=adapted)
    return DitRenderer(
        placed(network, placing), codec, how or about.how(), Channels.of(network),
        view_px=about.view_px, encoders=encoders,
    )  # fmt: skip


def open_parts(
    folder: Path, placing: Placing, dtype: torch.dtype = torch.float32, *, adapted: bool = True
) -> tuple[CogPortraitTransformer3DModel, Codec, Encoders, About]:
    """Return the transformer of a checkpoint, on the CPU, and what it works with.

    Raises as :func:`open_checkpoint` does.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: expected a folder with a checkpoint, found none")
    network = open_transformer(folder, dtype, adapted=adapted)
    codec = open_codec(folder / CODEC)
    if isinstance(codec, WanCodec):
        codec.to(placing.place(), tiled=placing.offload)
    about = read_about(folder)
    words, sound = (None if p is None else Path(p) for p in (about.words, about.sound))
    encoders = open_encoders(words, sound)
    channels = Channels.of(network)
    try:
        Conditioner(codec, channels)
        check_encoders(encoders, channels)
    except ModelError as error:
        raise ModelError(f"{folder}: {error}") from error
    token_px = codec.spatial * int(network.config["patch_size"][1])
    if about.view_px % token_px:
        raise ModelError(
            f"{folder / ABOUT}: view_px: expected a multiple of {token_px}, got {about.view_px}"
        )
    most = max(about.view_px // token_px, about.length)
    if most > int(network.config["rope_max_seq_len"]):
        raise ModelError(
            f"{folder / TRANSFORMER / CONFIG}: rope_max_seq_len: expected {most} or more, for "
            f"{about.view_px} px and {about.length} latent frames, got "
            f"{network.config['rope_max_seq_len']}"
        )
    return network, codec, encoders, about


def read_about(folder: Path) -> About:
    """Return what a checkpoint says; one without such a file is of the small transformer.

    Raises
    ------
    ModelError
        The file cannot be read.
    """
    path = folder / ABOUT
    if not path.is_file():
        return About()
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        if held.pop("format") != FORMAT:
            raise ValueError("of another format")
        about = About(**held)
        _check_about(about)
        return about
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ModelError(f"{path}: expected {FORMAT}: {shown(str(error))}") from error


def _check_about(about: About) -> None:
    """Raise ValueError for what no checkpoint can say."""
    wholes = {"view_px": (about.view_px, MOST_VIEW_PX), "length": (about.length, MOST_LENGTH)}
    for name, (value, most) in wholes.items():
        if type(value) is not int or not 1 <= value <= most:
            raise ValueError(f"{name}: expected a whole number of 1 to {most}, got {value!r}")
    if type(about.scale) not in (int, float) or not 1 <= about.scale <= MOST_SCALE:
        raise ValueError(f"scale: expected 1 to {MOST_SCALE:.0f}, got {about.scale!r}")
    for name, value in (("words", about.words), ("sound", about.sound)):
        if value is not None and type(value) is not str:
            raise ValueError(f"{name}: expected a folder or null, got {value!r}")


def open_transformer(
    folder: Path, dtype: torch.dtype = torch.float32, *, adapted: bool = True
) -> CogPortraitTransformer3DModel:
    """Return the transformer of a checkpoint; raises as :func:`open_checkpoint` does.

    Adapters that lie in the folder are merged into it, unless it is not to be `adapted`.
    """
    network = _opened(CogPortraitTransformer3DModel, folder / TRANSFORMER, dtype)
    adapters = adapters_of(folder) if adapted else None
    if adapters is not None:
        merge_adapters(network, adapters)
    return network.eval()


def open_codec(folder: Path) -> Codec:
    """Return the codec in a folder of its own, ours or Wan's; raises as the others do."""
    config = folder / CONFIG
    if config.is_file() and b'"AutoencoderKLWan"' in config.read_bytes():
        from diffusers.models.autoencoders.autoencoder_kl_wan import AutoencoderKLWan

        return WanCodec(_opened(AutoencoderKLWan, folder))
    return _opened(FrameCodec, folder)


def _opened(kind: Any, folder: Path, dtype: torch.dtype = torch.float32) -> Any:  # noqa: ANN401
    """Return a network of diffusers' classes from a folder, every tensor of it, as `dtype`.

    Some layers keep single precision: those that their class names.
    """
    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            inside = folder.parent / "checkpoint"  # of a folder that a run writes
            hint = f"; did you mean {inside}?" if inside.is_dir() else ""
            raise ModelError(
                f"{folder / name}: expected a file of the checkpoint, found none{hint}"
            )
    try:
        _check_files(kind, folder)
        network, report = kind.from_pretrained(
            folder, use_safetensors=True, local_files_only=True, output_loading_info=True,
            torch_dtype=dtype,
        )  # fmt: skip
    except (
        SafetensorError, OSError, ValueError, RuntimeError, TypeError, LookupError,
        AssertionError, AttributeError, ZeroDivisionError, RecursionError,
    ) as error:  # fmt: skip
        raise ModelError(
            f"{folder}: expected a network of this program, got one that cannot be read: "
            f"{shown(str(error))}; fetch or train it again"
        ) from error
    wrong = [*report["missing_keys"], *report["unexpected_keys"], *report["mismatched_keys"]]
    if wrong:
        raise ModelError(
            f"{folder}: expected the tensors of its configuration, {len(wrong)} are missing, "
            f"unknown or of another shape, such as {shown(str(wrong[0]))}"
        )
    lost = [name for name, t in network.state_dict().items() if not torch.isfinite(t).all()]
    if lost:
        raise ModelError(
            f"{folder / WEIGHTS}: expected numbers, {len(lost)} tensors hold NaN or infinity, such "
            f"as {shown(lost[0])}: the run has diverged; train it again, with a smaller rate"
        )
    return network.eval()


def _check_files(kind: Any, folder: Path) -> None:  # noqa: ANN401
    """Raise ValueError for a configuration of another class, and for tensors of whole numbers."""
    named = json.loads((folder / CONFIG).read_text(encoding="utf-8")).get("_class_name")
    if named != kind.__name__:
        raise ValueError(f"{CONFIG} is of {named!r} and not of {kind.__name__}")
    with safe_open(folder / WEIGHTS, framework="pt") as held:
        for name in held.keys():  # noqa: SIM118 - it is no dictionary
            if not (dtype := held.get_slice(name).get_dtype()).startswith(("F", "BF")):
                raise ValueError(f"{name} holds {dtype} and not floating-point numbers")

"""Public Wan weights, opened from a folder as diffusers saves a pipeline.

Nothing is downloaded, and no pickle is opened: networks are safetensors, and the index may name
classes of diffusers and transformers alone, so no code of the folder is run either.
"""

import json
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import diffusers
import torch
import transformers

from cogportrait.errors import CogPortraitError, InputError, ModelError, shown
from cogportrait.renderers.dit.placing import Placing

INDEX: Final = "model_index.json"
CONFIG: Final = "config.json"
CODEC: Final = "AutoencoderKLWan"
_LIBRARIES: Final = ("diffusers", "transformers")


@dataclass(frozen=True, slots=True)
class Kind:
    """Which weights a renderer needs."""

    pipeline: str  # class of diffusers that drives them
    named: tuple[str, ...]  # what an index may call it
    transformer: str  # class
    networks: tuple[str, ...]  # folders with safetensors
    public: str  # where there are such weights


ANIMATE: Final = Kind(
    "WanAnimatePipeline",
    ("WanAnimatePipeline",),
    "WanAnimateTransformer3DModel",
    ("transformer", "vae", "text_encoder", "image_encoder"),
    "Wan-AI/Wan2.2-Animate-14B-Diffusers",
)
TEXT_TO_VIDEO: Final = Kind(
    "WanVideoToVideoPipeline",
    ("WanPipeline", "WanVideoToVideoPipeline"),
    "WanTransformer3DModel",
    ("transformer", "vae", "text_encoder"),
    "Wan-AI/Wan2.1-T2V-1.3B-Diffusers",
)


def open_folder(folder: Path, kind: Kind, placing: Placing) -> Any:  # noqa: ANN401 - of diffusers
    """Return the pipeline of a folder, on its device.

    The codec and the image encoder keep single precision, as diffusers advises for Wan.

    Raises
    ------
    InputError
        There is no such folder.
    ModelError
        It holds something else, is not whole, or needs more memory than there is.
    """
    check_folder(folder, kind)
    try:
        with within_memory():
            parts = {name: _network(folder, name, kind, placing) for name in kind.networks}
            pipeline = getattr(diffusers, kind.pipeline).from_pretrained(
                folder, local_files_only=True, use_safetensors=True, **parts
            )
            if placing.offload:
                pipeline.vae.enable_tiling()
            if placing.compiled:
                pipeline.transformer.compile_repeated_blocks()
            if placing.offload and placing.place().type != "cpu":
                pipeline.enable_model_cpu_offload(device=placing.place())
            else:
                pipeline.to(placing.place())
    except CogPortraitError:
        raise
    except Exception as error:  # of three libraries, one of which raises it itself
        raise _unreadable(folder, kind, error) from error
    # diffusers cleans prompts with ftfy, and fails where it is not installed. Ours are whole.
    vars(sys.modules[type(pipeline).__module__]).setdefault("ftfy", SimpleNamespace(fix_text=str))
    return pipeline


def check_folder(folder: Path, kind: Kind) -> None:
    """Raise as :func:`open_folder` does where a look at the files is enough to."""
    fix = f"fetch {kind.public} and give its folder"
    if not folder.is_dir():
        raise InputError(f"{folder}: expected a folder of Wan's weights, found none; {fix}")
    index = _json(folder / INDEX, fix)
    named = index.get("_class_name")
    if named not in kind.named:
        raise ModelError(
            f"{folder / INDEX}: expected the weights of {' or '.join(kind.named)}, got those of "
            f"{shown(named)}; {fix}"
        )
    for name, what in index.items():
        if isinstance(what, list) and what[:1] != [None] and what[0] not in _LIBRARIES:
            raise ModelError(
                f"{folder / INDEX}: {shown(name)}: expected a class of {' or '.join(_LIBRARIES)}, "
                f"got one of {shown(what[0])}; {fix}"
            )
    for name in kind.networks:
        _json(folder / name / CONFIG, fix)
        if not any((folder / name).glob("*.safetensors")):
            raise ModelError(
                f"{folder / name}: expected weights as safetensors, found none (no pickle is "
                f"opened); {fix}"
            )
    found = _json(folder / "transformer" / CONFIG, fix).get("_class_name")
    if found != kind.transformer:
        raise ModelError(
            f"{folder / 'transformer' / CONFIG}: expected {kind.transformer}, got "
            f"{shown(found)}; {fix}"
        )
    if any(index.get("transformer_2") or ()):
        raise ModelError(
            f"{folder / INDEX}: expected weights with one transformer, got those with two; {fix}"
        )


@contextmanager
def within_memory() -> Generator[None, None, None]:
    """Turn a GPU's lack of memory into one line.

    Raises
    ------
    ModelError
        There was too little.
    """
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise ModelError(
            "the GPU has too little memory for Wan; give --offload, or a smaller --area "
            f"({shown(str(error))})"
        ) from error


def _network(folder: Path, name: str, kind: Kind, placing: Placing) -> Any:  # noqa: ANN401
    """Return a network of a folder."""
    how: dict[str, Any] = {"local_files_only": True, "use_safetensors": True}
    match name:
        case "text_encoder":
            how["dtype"] = placing.dtype()
            return transformers.UMT5EncoderModel.from_pretrained(folder / name, **how).eval()
        case "image_encoder":
            how["dtype"] = torch.float32
            return transformers.CLIPVisionModel.from_pretrained(folder / name, **how).eval()
        case "vae":
            what, how["torch_dtype"] = CODEC, torch.float32
        case _:
            what, how["torch_dtype"] = kind.transformer, placing.dtype()
    how["output_loading_info"] = True
    network, report = getattr(diffusers, what).from_pretrained(folder / name, **how)
    missing = [*report["missing_keys"], *report["mismatched_keys"]]
    if missing:  # they would be random numbers
        raise ValueError(f"{name}: {len(missing)} tensors are missing, as {missing[0]}")
    return network.eval()


def _json(file: Path, fix: str) -> Mapping[str, Any]:
    if not file.is_file():
        raise ModelError(f"{file}: expected a file of Wan's weights, found none; {fix}")
    try:
        held = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{file}: expected JSON, got {shown(str(error))}; {fix}") from error
    if not isinstance(held, dict):
        raise ModelError(f"{file}: expected a JSON object, got {shown(held)}; {fix}")
    return held


def _unreadable(folder: Path, kind: Kind, error: Exception) -> ModelError:
    return ModelError(
        f"{folder}: expected whole weights of {kind.named[0]}, got some that cannot be read: "
        f"{shown(str(error))}; fetch {kind.public} again"
    )

"""Footage in latents, kept in a folder so that a run that goes on does not begin with coding it."""

import hashlib
import json
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from typing import Final

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from cogportrait.errors import InputError
from cogportrait.io.atomic import atomic_path
from cogportrait.renderers.dit.codec import Codec, FrameCodec
from cogportrait.train.footage import read_footage, read_origin
from cogportrait.train.samples import Coded, Prepared, code, prepare

PICTURES: Final = ("frames", "hints")
LOOKED_AT: Final = 16  # of a clip's pictures, to tell it from others


def files_of(folder: Path) -> list[Path]:
    """Return the files of a folder of footage, by name.

    Raises
    ------
    InputError
        There are none.
    """
    files = sorted(folder.glob("*.safetensors")) if folder.is_dir() else []
    if not files:
        raise InputError(f"{folder}: expected a folder of footage, found no file of it")
    return files


def load_clips(
    folder: Path,
    codec: FrameCodec,
    kept: Path | None = None,
    hinted: Collection[str] | None = None,
) -> list[Prepared]:
    """Return the clips of a folder of footage, in latents, by name.

    Parameters
    ----------
    folder : Path
        Of footage.
    codec : FrameCodec
        What codes them.
    kept : Path or None
        Folder in which latents are kept, so that they are coded once.
    hinted : collection of str, or None
        People of whom the warped hints are coded too; None: of all. A clip that is learnt from is
        its own hint.

    Raises
    ------
    InputError
        There are none.
    """
    clips: list[Prepared] = []
    name = _identity(codec) if kept is not None else ""
    for path in files_of(folder):
        clip = read_footage(path)
        more = not clip.origin.drawn and (hinted is None or clip.origin.person in hinted)
        coded = None
        if kept is None:
            coded = code(clip, codec, hints_too=more)
        else:
            about = json.dumps([asdict(clip.origin), content_of(path), name], sort_keys=True)
            coded = _kept(kept / path.name, about)
            if coded is None or (more and not len(coded.hints[0])):
                coded = code(clip, codec, hints_too=more)
                _keep(kept / path.name, coded, about)
        clips.append(prepare(clip, codec, coded=coded))
    return clips


def data_of(footage: Path, codec: Codec) -> str:
    """Return what tells footage, by :func:`content_of` its files, and codec from others."""
    files = [(p.name, content_of(p)) for p in files_of(footage)]
    coded = _identity(codec) if isinstance(codec, FrameCodec) else ""
    return hashlib.sha256(json.dumps([files, coded], sort_keys=True).encode()).hexdigest()


def content_of(path: Path) -> str:
    """Return what tells a file of footage from others: all but pictures, and some of these.

    Footage may be larger than what can be read each time that a run goes on.

    Raises
    ------
    ModelError
        It is no such file.
    """
    digest = hashlib.sha256(json.dumps(asdict(read_origin(path)), sort_keys=True).encode())
    with safe_open(path, framework="np") as held:
        for name in sorted(held.keys()):
            every = held.get_slice(name)
            shape = every.get_shape()
            digest.update(f"{name} {shape}".encode())
            if name not in PICTURES:
                digest.update(np.ascontiguousarray(held.get_tensor(name)).tobytes())
                continue
            looked_at = min(LOOKED_AT, shape[0])
            for row in np.linspace(0, shape[0] - 1, looked_at).astype(int):
                digest.update(np.ascontiguousarray(every[row : row + 1]).tobytes())
    return digest.hexdigest()


def _identity(codec: FrameCodec) -> str:
    """Return what tells a codec from others."""
    # Names with an underscore say where it was read from.
    config = {k: v for k, v in codec.config.items() if not k.startswith("_")}
    digest = hashlib.sha256(json.dumps(config, default=str, sort_keys=True).encode())
    for _, tensor in sorted(codec.state_dict().items()):
        digest.update(tensor.numpy().tobytes())
    return digest.hexdigest()


def _keep(path: Path, coded: Coded, about: str) -> None:
    """Write a clip's latents; what is filmed and mirrored lies in one tensor."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pairs = {"latents": coded.latents, "hints": coded.hints}
    held = {name: torch.stack(pair).contiguous() for name, pair in pairs.items()}
    with atomic_path(path) as temporary:
        save_file(held, temporary, metadata={"about": about})


def _kept(path: Path, about: str) -> Coded | None:
    """Return a clip's latents if they were kept, and of the same footage and codec."""
    try:
        with safe_open(path, framework="pt") as held:
            if (held.metadata() or {}).get("about") != about:
                return None
            latents, hints = held.get_tensor("latents"), held.get_tensor("hints")
    except (SafetensorError, OSError):
        return None
    return Coded((latents[0], latents[1]), (hints[0], hints[1]))

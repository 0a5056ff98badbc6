"""Words and sound to tokens: hashed words and mel bands, or umT5 and wav2vec 2.0 from disk."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import torch
from safetensors import SafetensorError
from torch import Tensor

from cogportrait.errors import InputError, ModelError, shown
from cogportrait.renderers.dit.conditioning import Channels
from cogportrait.renderers.dit.sound import DIM, hear, silence
from cogportrait.renderers.dit.words import DIM as WORDS_DIM
from cogportrait.renderers.dit.words import embed_words
from cogportrait.types import AudioClip

LATENT_TOKENS: Final = 8  # of wav2vec's, 50 a second, that a latent frame hears
TEXT_TOKENS: Final = 226  # of umT5's; longer texts are cut
RATE_HZ: Final = 16_000
HOP: Final = 320  # samples of one of wav2vec's tokens
PIECE_S: Final = 20  # of sound that wav2vec hears at once
_OF_TRAINING: Final = ("masked_spec_embed", "lm_head.weight", "lm_head.bias")  # never asked for
AROUND_S: Final = 1  # that it hears before and after as well

Times = Sequence[tuple[int, int]]  # of each latent frame, its first frame and the first behind it


class TextEncoder(Protocol):
    """Words to tokens."""

    @property
    def dim(self) -> int:
        """Numbers of a token."""
        ...

    def __call__(self, text: str) -> Tensor:
        """Return [tokens, dim], zeros behind the text's end."""
        ...


class AudioEncoder(Protocol):
    """Sound to tokens of latent frames."""

    @property
    def dim(self) -> int:
        """Numbers of a token."""
        ...

    def heard(self, sound: AudioClip, fps: float) -> Tensor:
        """Return what is kept of a whole sound."""
        ...

    def tokens(self, heard: Tensor | None, fps: float, times: Times) -> Tensor:
        """Return [L, tokens, dim] of latent frames; zeros for None and behind the sound's end."""
        ...


@dataclass(frozen=True, slots=True)
class HashedWords:
    """A vector a word; see :mod:`cogportrait.renderers.dit.words`."""

    dim: int = WORDS_DIM

    def __call__(self, text: str) -> Tensor:
        """Return [48, dim]."""
        return embed_words(text, self.dim)


@dataclass(frozen=True, slots=True)
class MelAudio:
    """Mel bands and speech sounds of single frames; see :mod:`cogportrait.renderers.dit.sound`."""

    dim: int = DIM

    def heard(self, sound: AudioClip, fps: float) -> Tensor:
        """Return the tokens of all frames, [T, 4, 64]."""
        return hear(sound, fps, math.ceil(sound.duration_s * fps))

    def tokens(self, heard: Tensor | None, fps: float, times: Times) -> Tensor:
        """Return [L, 4, dim]; a latent frame is one frame."""
        out = silence(len(times), self.dim)
        if heard is not None:
            for row, (first, _) in enumerate(times):
                if first < len(heard):
                    out[row] = heard[first]
        return out


class Wav2VecAudio:
    """wav2vec 2.0 of transformers, its last layer: 50 tokens a second."""

    def __init__(self, folder: Path) -> None:
        from transformers import Wav2Vec2Model

        self.network: Any = _opened(Wav2Vec2Model, folder, torch.float32)
        self.dim = int(self.network.config.hidden_size)

    @torch.no_grad()
    def heard(self, sound: AudioClip, fps: float) -> Tensor:
        """Return the tokens of a whole sound, [N, dim], piece by piece."""
        samples = torch.from_numpy(sound.samples)
        spread = samples.std(unbiased=False).clamp_min(1e-7)
        samples = (samples - samples.mean()) / spread  # as its feature extractor does
        count = max(1, len(samples) // HOP)
        piece, around = PIECE_S * RATE_HZ, AROUND_S * RATE_HZ
        out: list[Tensor] = []
        for start in range(0, count * HOP, piece):
            low, high = max(0, start - around), min(len(samples), start + piece + around)
            part = torch.nn.functional.pad(samples[low:high], (0, HOP))
            found = self.network(part[None]).last_hidden_state[0]
            first = (start - low) // HOP
            out.append(found[first : first + piece // HOP])
        return torch.cat(out)[:count]

    def tokens(self, heard: Tensor | None, fps: float, times: Times) -> Tensor:
        """Return the eight tokens around the middle of each latent frame, [L, 8, dim]."""
        out = torch.zeros(len(times), LATENT_TOKENS, self.dim)
        if heard is None:
            return out
        for row, (first, behind) in enumerate(times):
            middle = (first + behind) / 2 / fps * RATE_HZ / HOP
            start = round(middle) - LATENT_TOKENS // 2
            for k in range(LATENT_TOKENS):
                if 0 <= start + k < len(heard):
                    out[row, k] = heard[start + k]
        return out


class UmT5Words:
    """umT5 of transformers, from a Wan folder's ``text_encoder`` and ``tokenizer``."""

    def __init__(self, folder: Path) -> None:
        from transformers import AutoTokenizer, UMT5EncoderModel

        self.network: Any = _opened(UMT5EncoderModel, folder / "text_encoder", torch.bfloat16)
        self.dim = int(self.network.config.d_model)
        try:
            self.tokenizer: Any = AutoTokenizer.from_pretrained(
                folder / "tokenizer", local_files_only=True, trust_remote_code=False
            )
        except (OSError, ValueError) as error:
            raise ModelError(
                f"{folder / 'tokenizer'}: expected umT5's tokenizer: {shown(str(error))}"
            ) from error

    @torch.no_grad()
    def __call__(self, text: str) -> Tensor:
        """Return [226, dim]."""
        told = self.tokenizer(
            [text], padding="max_length", max_length=TEXT_TOKENS, truncation=True,
            return_tensors="pt",
        )  # fmt: skip
        found = self.network(told.input_ids, told.attention_mask).last_hidden_state[0].float()
        return found * told.attention_mask[0, :, None]


@dataclass(frozen=True, slots=True)
class Encoders:
    """What brings words and sound to a transformer."""

    text: TextEncoder = field(default_factory=HashedWords)
    audio: AudioEncoder = field(default_factory=MelAudio)


def open_encoders(words: Path | None, sound: Path | None) -> Encoders:
    """Return the encoders in folders, None for those of the small transformer.

    Raises
    ------
    InputError
        There is no such folder.
    ModelError
        It holds no such network.
    """
    for name, folder in (("words", words), ("sound", sound)):
        if folder is not None and not folder.is_dir():
            raise InputError(f"{name}: {folder}: expected a folder with an encoder, found none")
    return Encoders(
        HashedWords() if words is None else UmT5Words(words),
        MelAudio() if sound is None else Wav2VecAudio(sound),
    )


def check_encoders(encoders: Encoders, channels: Channels) -> None:
    """Raise :class:`ModelError` unless a transformer takes what encoders make."""
    made = (
        ("words", encoders.text.dim, channels.text),
        ("sound", encoders.audio.dim, channels.audio),
    )
    for name, found, wanted in made:
        if found != wanted:
            raise ModelError(
                f"{name}: expected an encoder of {wanted} numbers a token, as the transformer "
                f"takes, got one of {found}; name its folder in the recipe"
            )


def _opened(kind: Any, folder: Path, dtype: torch.dtype) -> Any:  # noqa: ANN401
    """Return a network of a folder; its numbers are those of the file, or `dtype`."""
    try:
        network, report = kind.from_pretrained(
            folder, local_files_only=True, use_safetensors=True, dtype=dtype,
            output_loading_info=True,
        )  # fmt: skip
    except (SafetensorError, OSError, ValueError, RuntimeError, KeyError) as error:
        raise ModelError(
            f"{folder}: expected {kind.__name__} as safetensors: {shown(str(error))}"
        ) from error
    missing = [n for n in report["missing_keys"] if not n.endswith(_OF_TRAINING)]
    if missing or report["mismatched_keys"]:  # they would be random numbers
        some = [*missing, *report["mismatched_keys"]]
        raise ModelError(
            f"{folder}: expected the tensors of {kind.__name__}, {len(some)} are missing or of "
            f"another shape, such as {shown(str(some[0]))}"
        )
    return network.eval()

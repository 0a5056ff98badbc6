"""Words to tokens without a language model, for the small transformer.

Every word has a vector of its own, drawn at random from its letters' digest, and one for its place;
the transformer learns what they mean. A text encoder such as umT5 takes this one's place with
Wan's weights. Our definition.
"""

import hashlib
import re
from typing import Final

import numpy as np
import torch
from torch import Tensor

TOKENS: Final = 48  # of a text; longer ones are cut
DIM: Final = 64  # of a token, with the small transformer
_WORD: Final = re.compile(r"[a-z0-9]+")


def embed_words(text: str, dim: int = DIM, tokens: int = TOKENS) -> Tensor:
    """Return the tokens of a text, [tokens, dim], zeros behind its end."""
    out = np.zeros((tokens, dim), np.float32)
    for i, word in enumerate(_WORD.findall(text.lower())[:tokens]):
        out[i] = _vector(word, dim) + 0.3 * _place(i, dim)
    return torch.from_numpy(out)


def _vector(word: str, dim: int) -> np.ndarray:
    digest = hashlib.sha256(word.encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big")).standard_normal(dim, np.float32)


def _place(i: int, dim: int) -> np.ndarray:
    """Return sines and cosines of a place (Vaswani et al. 2017)."""
    turns = i / 1000 ** (np.arange(dim // 2) * 2 / dim)
    return np.concatenate([np.sin(turns), np.cos(turns), np.zeros(dim % 2)]).astype(np.float32)

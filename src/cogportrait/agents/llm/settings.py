"""How a language model is asked; no library is needed to say it."""

import math
from dataclasses import dataclass
from enum import StrEnum
from numbers import Real
from os import PathLike
from typing import Final
from urllib.parse import urlsplit

from cogportrait.errors import PlanError, shown

ADDRESS: Final = "OPENAI_BASE_URL"  # variable of the environment
KEYS: Final = ("COGPORTRAIT_API_KEY", "OPENAI_API_KEY")  # the first that is set is sent
OPENAI_URL: Final = "https://api.openai.com/v1"  # never asked unless named


def check_address(name: str, url: object) -> None:
    """Raise :class:`PlanError` unless `url` is the address of an endpoint, without a secret in it.

    Addresses are said in messages and seen in lists of processes; keys are not.
    """
    if not isinstance(url, str):
        raise PlanError(f"{name}: expected an address, got {shown(url)}")
    if "@" in url or "?" in url or "#" in url:
        raise PlanError(
            f"{name}: expected an address without a name, password or query, got one with "
            f"{'@' if '@' in url else 'a query'}; put the key into {KEYS[0]}"
        )
    if not url.startswith(("http://", "https://")):
        raise PlanError(
            f"{name}: expected an address that starts with http:// or https://, got {shown(url)}"
        )
    try:
        parts = urlsplit(url)
        named = parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:  # a port that is none, a bracket that is open
        named = False
    if not named or not url.isprintable() or " " in url:
        raise PlanError(
            f"{name}: expected an address such as http://HOST:8000/v1, got {shown(url)}"
        )


class Replies(StrEnum):
    """How an endpoint is made to reply in a fixed form."""

    SCHEMA = "schema"  # response_format json_schema: OpenAI, vLLM, Ollama, llama.cpp
    TOOL = "tool"  # a tool call
    PROMPT = "prompt"  # the schema is told in the prompt; for endpoints with neither


@dataclass(frozen=True, slots=True)
class LlmSettings:
    """A language model behind an OpenAI-compatible endpoint, and what it may cost.

    The key is read from the environment variable ``COGPORTRAIT_API_KEY``, else ``OPENAI_API_KEY``;
    it is never written anywhere.

    Raises
    ------
    PlanError
        A setting is out of range or of the wrong type.
    """

    model: str = ""
    base_url: str | None = None  # None: that of OPENAI_BASE_URL; needed unless replayed
    replies: Replies = Replies.SCHEMA
    short: bool = False  # few and short replies, for models of less than about 1 B parameters
    vision: bool = False  # whether pictures are sent
    timeout_s: float = 60.0  # of one request, from first to last byte
    total_s: float = 300.0  # of all requests of one compilation, retries included
    retries: int = 2  # of a request that failed for the time being
    max_calls: int = 12  # requests of one compilation, retries included
    max_tokens: int = 100_000  # of one compilation, asked and answered
    reply_tokens: int = 4_000  # of one reply
    record: str | PathLike[str] | None = None  # replies are added to this file
    replay: str | PathLike[str] | None = None  # replies come from this file, nothing is asked

    def __post_init__(self) -> None:
        if not isinstance(self.model, str) or not self.model.strip():  # pyright: ignore[reportUnnecessaryIsInstance]
            raise PlanError(f"model: expected the name of a model, got {shown(self.model)}")
        if self.base_url is not None:
            check_address("base_url", self.base_url)
        for name, low, high in (
            ("timeout_s", 0.1, 3600.0), ("total_s", 0.1, 86_400.0), ("retries", 0, 10),
            ("max_calls", 1, 100), ("max_tokens", 100, 10**8), ("reply_tokens", 50, 10**6),
        ):  # fmt: skip
            value: object = getattr(self, name)
            number = float(value) if isinstance(value, Real) else math.nan
            if isinstance(value, bool) or not low <= number <= high:
                raise PlanError(f"{name}: expected {low:g} to {high:g}, got {shown(value)}")
        if self.record is not None and self.replay is not None:
            raise PlanError("record, replay: expected one of them; a replay asks nobody")

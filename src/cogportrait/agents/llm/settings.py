"""How a language model is asked; no library is needed to say it."""

import math
from dataclasses import dataclass
from enum import StrEnum
from numbers import Real
from os import PathLike
from typing import Final

from cogportrait.errors import PlanError, shown

ADDRESS: Final = "OPENAI_BASE_URL"  # variable of the environment
OPENAI_URL: Final = "https://api.openai.com/v1"  # never asked unless named


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
        if self.base_url is not None and not self.base_url.startswith(("http://", "https://")):
            raise PlanError(
                f"base_url: expected an address that starts with http:// or https://, "
                f"got {shown(self.base_url)}"
            )
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

"""One question to a language model: bounded in time, tokens and bytes, typed, on file.

What an endpoint can do wrong (hang, drip, send too much, refuse, reply in another form) ends in a
:class:`~cogportrait.errors.ReasonerError` of one line, within the time allowed.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import httpx2
from openai import APIStatusError, AsyncOpenAI
from pydantic import BaseModel, ValidationError
from pydantic_ai import Agent, BinaryContent, NativeOutput, PromptedOutput, ToolOutput
from pydantic_ai.exceptions import (
    ModelConnectionError,
    ModelHTTPError,
    UsageLimitExceeded,
)
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import UsageLimits

from cogportrait.agents.llm.faults import cause_of, cut, fault_of, first_fault, line
from cogportrait.agents.llm.settings import (
    ADDRESS,
    KEYS,
    OPENAI_URL,
    LlmSettings,
    Replies,
    check_address,
)
from cogportrait.agents.llm.tape import Player, Recorder, question_key
from cogportrait.errors import LONGEST_QUOTE, ReasonerError
from cogportrait.types import JsonValue

MOST_REPLY_BYTES: Final = 2 * 2**20
BACKOFF_S: Final = 0.5  # before the first retry, doubled before each further one
LONGEST_WAIT_S: Final = 20.0
LEAST_KEY: Final = 8  # characters: shorter ones are stand-ins for no key, and may be any word
_FOR_NOW: Final = frozenset((408, 409, 425, 429, 500, 502, 503, 504, 529))

_Reply = TypeVar("_Reply", bound=BaseModel)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Question:
    """What one agent is asked."""

    role: str  # "planner", "composer" or "critic"
    system: str
    text: str
    pictures: tuple[bytes, ...] = ()  # PNG


class Client:
    """Asks the model of some settings, and counts what it costs.

    Raises
    ------
    ReasonerError
        It is not said where the model is: nobody is asked that was not named.
    """

    def __init__(self, settings: LlmSettings) -> None:
        if not settings.replay and not (settings.base_url or os.environ.get(ADDRESS)):
            raise ReasonerError(
                f"{settings.model}: expected the address of an endpoint; give --base-url URL or "
                f"set {ADDRESS}; OpenAI's is {OPENAI_URL}"
            )
        if not settings.replay and settings.base_url is None:
            check_address(ADDRESS, os.environ[ADDRESS])
        self.settings = settings
        self._recorder = None if settings.record is None else Recorder(settings.record)
        self._player = None if settings.replay is None else Player(settings.replay)
        self._notes: list[JsonValue] = []
        self._calls, self._tokens = 0, 0
        self._until: float | None = None

    def start(self) -> None:
        """Begin a compilation: what it may cost is counted from here."""
        self._calls, self._tokens, self._notes = 0, 0, []
        self._until = time.monotonic() + self.settings.total_s

    def notes(self) -> list[JsonValue]:
        """Return what was asked and answered since the last call."""
        notes, self._notes = self._notes, []
        return notes

    def ask(self, question: Question, form: type[_Reply]) -> _Reply:
        """Return the reply to a question, in the form asked for.

        Raises
        ------
        ReasonerError
            No such reply came in the time and for the tokens allowed.
        """
        key = question_key(question.role, question.system, question.text)
        began = time.monotonic()
        if self._player is not None:
            reply = self._checked(self._player.reply(key, question.role), question, form)
            model = "recorded"
        else:
            reply, model = self._tried(question, form), self.settings.model
        answer = reply.model_dump(mode="json")
        if self._recorder is not None:
            self._recorder.add(key, question.role, model, answer)
        note: dict[str, JsonValue] = {
            "role": question.role, "model": model, "question": question.text,
            "pictures": len(question.pictures), "reply": answer, "tokens_so_far": self._tokens,
            "seconds": None if self._player else round(time.monotonic() - began, 2),
        }  # fmt: skip
        self._notes.append(note)
        return reply

    def _checked(self, reply: JsonValue, question: Question, form: type[_Reply]) -> _Reply:
        try:
            return form.model_validate(reply)
        except ValidationError as error:
            raise ReasonerError(
                f"{question.role}: recorded reply: {first_fault(error)}; record it again"
            ) from error

    def _tried(self, question: Question, form: type[_Reply]) -> _Reply:
        """Return the reply, asked for again after failures that may pass."""
        wait = BACKOFF_S
        last = ReasonerError(f"{question.role}: not asked")
        for attempt in range(self.settings.retries + 1):
            if attempt:
                time.sleep(min(wait, LONGEST_WAIT_S, max(self._left(question), 0.0)))
                wait *= 2
            try:
                return self._once(question, form)
            except _Passing as error:
                last = error.error
        raise last

    def _left(self, question: Question) -> float:
        """Return the seconds left of the compilation's time."""
        left = self.settings.total_s if self._until is None else self._until - time.monotonic()
        if left <= 0:
            raise ReasonerError(
                f"{question.role}: the {self.settings.total_s:g} s for all requests are over"
            )
        return left

    def _once(self, question: Question, form: type[_Reply]) -> _Reply:
        limit = min(self.settings.timeout_s, self._left(question))
        calls, tokens = self.settings.max_calls - self._calls, self.settings.max_tokens
        if calls <= 0:
            raise ReasonerError(
                f"{question.role}: all {self.settings.max_calls} requests of this compilation are "
                "used up; allow more calls or fewer rounds"
            )
        usage = UsageLimits(
            request_limit=min(calls, 2), total_tokens_limit=max(tokens - self._tokens, 1)
        )
        self._calls += 1
        try:
            return _run(asyncio.wait_for(self._exchange(question, form, usage), limit))
        except Exception as error:  # whatever a library makes of a broken reply
            raise self._fault(question, error, limit) from error

    def _fault(self, question: Question, error: Exception, limit: float) -> Exception:
        """Return what went wrong as one line, and whether it may pass."""
        passing = True
        match error:
            case _ if cause_of(error, _TooLarge):
                said, passing = _TooLarge.said, False
            case TimeoutError():
                said = f"no reply within {limit:.3g} s"
            case ModelHTTPError():
                said = f"the endpoint says {error.status_code}: {_body(error)}"
                passing = error.status_code in _FOR_NOW
            case _ if odd := cause_of(error, APIStatusError):
                said, passing = f"the endpoint says {odd.status_code}", False
                if httpx2.codes.is_redirect(odd.status_code):
                    said += ": it sends on to another address; give that one as --base-url URL"
            case ModelConnectionError() if _is_torn(error):
                said = "the endpoint's answer is cut off: the connection ended in the middle of it"
            case ModelConnectionError():
                said = f"no connection to {self._where()}: {line(error)}"
            case UsageLimitExceeded():
                said, passing = line(error), False
            case _:
                said = fault_of(error)
        said = _without_key(said)
        return _Passing(question, said) if passing else ReasonerError(f"{question.role}: {said}")

    def _where(self) -> str:
        return self.settings.base_url or os.environ.get(ADDRESS) or "the endpoint"

    async def _exchange(self, question: Question, form: type[_Reply], usage: UsageLimits) -> _Reply:
        settings = self.settings
        headers = {"Accept-Encoding": "identity"}  # a small reply cannot unfold to a large one
        async with httpx2.AsyncClient(
            transport=_Bounded(httpx2.AsyncHTTPTransport()),
            timeout=settings.timeout_s, headers=headers,
        ) as http:  # fmt: skip
            client = AsyncOpenAI(
                base_url=settings.base_url, api_key=_key() or "none", max_retries=0,
                http_client=http,
            )  # fmt: skip
            agent: Agent[None, _Reply] = Agent(
                OpenAIChatModel(settings.model, provider=OpenAIProvider(openai_client=client)),
                output_type=_FORMS[settings.replies](form),
                instructions=question.system,
                retries=1,
                model_settings=ModelSettings(max_tokens=settings.reply_tokens),
            )
            parts: Sequence[str | BinaryContent] = [
                question.text,
                *(BinaryContent(png, media_type="image/png") for png in question.pictures),
            ]
            result = await agent.run(parts, usage_limits=usage)
        self._tokens += result.usage.total_tokens
        self._calls += max(result.usage.requests - 1, 0)
        return result.output


_FORMS: Final[dict[Replies, Any]] = {
    Replies.SCHEMA: NativeOutput, Replies.TOOL: ToolOutput, Replies.PROMPT: PromptedOutput,
}  # fmt: skip


def _key() -> str:
    """Return the key that is sent; empty without one."""
    return next((key for name in KEYS if (key := os.environ.get(name))), "")


def _without_key(text: str) -> str:
    """Return what an endpoint says without the key, which it may repeat."""
    key = _key()
    return text.replace(key, "(the key)") if len(key) >= LEAST_KEY else text


def _body(error: ModelHTTPError) -> str:
    """Return what an endpoint says with a refusal; the key goes first, lest half of it be left."""
    return cut(_without_key(repr(error.body or "")), LONGEST_QUOTE)


def _is_torn(error: Exception) -> bool:
    """Return whether a connection ended within a reply, not before it."""
    broken = cause_of(error, httpx2.RemoteProtocolError)
    return broken is not None and "without sending a response" not in str(broken)


class _Passing(Exception):  # noqa: N818 - a failure that may pass
    """Worth another try."""

    def __init__(self, question: Question, said: str) -> None:
        super().__init__(said)
        self.error = ReasonerError(f"{question.role}: {said}")


class _TooLarge(httpx2.TransportError):
    """A reply has more bytes than any reply to us needs."""

    said: Final = f"the endpoint sent more than {MOST_REPLY_BYTES >> 20} MiB, or packed its reply"


class _Bounded(httpx2.AsyncBaseTransport):
    """Passes requests on, and cuts replies that are too large."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; its reply is counted while it is read."""
        response = await self._inner.handle_async_request(request)
        if response.headers.get("content-encoding", "identity") != "identity":
            await response.aclose()
            raise _TooLarge(_TooLarge.said)
        stream = response.stream
        assert isinstance(stream, httpx2.AsyncByteStream)  # noqa: S101 - an async transport's
        response.stream = _Counted(stream)
        return response

    async def aclose(self) -> None:
        """Close what sends."""
        await self._inner.aclose()


class _Counted(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        total = 0
        async for chunk in self._inner:
            total += len(chunk)
            if total > MOST_REPLY_BYTES:
                raise _TooLarge(_TooLarge.said)
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


def _run(task: Coroutine[Any, Any, _T]) -> _T:
    """Return what a coroutine returns; also where a loop runs already, as in a notebook."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(task)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, task).result()

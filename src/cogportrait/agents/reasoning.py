"""Which reasoner is wanted, and making it ready."""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from cogportrait.agents.llm.settings import LlmSettings
from cogportrait.errors import MissingExtra, PlanError, ReasonerError

if TYPE_CHECKING:
    from cogportrait.agents.reasoner import Reasoner
    from cogportrait.behavior.library.retrieve import Library
    from cogportrait.types import Portrait


class ReasonerName(StrEnum):
    """Who plans, composes and judges."""

    EXPERT = "expert"  # built in: offline, deterministic
    LLM = "llm"  # a language model behind an OpenAI-compatible endpoint
    LOCAL = "local"  # a language model on this machine


@dataclass(frozen=True, slots=True)
class Reasoning:
    """Who thinks, and what happens when that fails.

    Raises
    ------
    PlanError
        A language model is wanted and none is named.
    """

    reasoner: ReasonerName = ReasonerName.EXPERT
    llm: LlmSettings | None = None  # of `llm`; of `local` it may be left out
    model_file: str = ""  # of `local`: a GGUF file; empty is the small model of a package
    fallback: bool = False  # to the expert, where a language model fails

    def __post_init__(self) -> None:
        if self.reasoner is ReasonerName.LLM and self.llm is None:
            raise PlanError("reasoner llm: expected the name of a model; give --model NAME")


LOCAL_TOKENS: Final = 900  # of one reply of a model on this machine
EXPERT_REASONING: Final = Reasoning()


@contextmanager
def open_reasoner(
    wanted: Reasoning, portrait: "Portrait | None" = None, library: "Library | None" = None
) -> "Generator[Reasoner]":
    """Make a reasoner ready, and put it away afterwards.

    Parameters
    ----------
    wanted : Reasoning
        Which one.
    portrait : Portrait or None
        Shown to models with vision.
    library : Library or None
        Recordings that play the events; None is the library that comes with the package.

    Raises
    ------
    MissingExtra
        Its extra is not installed.
    CogPortraitError
        Its files cannot be used, or its server does not start.
    """
    # Here and not above: a request is judged before anything heavy is loaded.
    from cogportrait.agents.reasoner import ExpertReasoner

    if wanted.reasoner is ReasonerName.EXPERT:
        yield ExpertReasoner(library)
        return
    try:
        from cogportrait.agents.llm.reasoner import LanguageReasoner
    except ImportError as error:
        raise MissingExtra(
            "language models need an extra; run: pip install 'cogportrait[llm]'"
        ) from error
    if wanted.reasoner is ReasonerName.LLM:
        if wanted.llm is None:
            raise PlanError("reasoner llm: expected the name of a model")
        yield _safe(LanguageReasoner(wanted.llm, portrait, library), fallback=wanted.fallback)
        return
    from cogportrait.agents.llm.local import local_server, model_file

    path = model_file(wanted.model_file)
    settings = wanted.llm or LlmSettings(model=path.name, short=True, reply_tokens=LOCAL_TOKENS)
    if settings.replay is not None:
        yield _safe(LanguageReasoner(settings, None, library), fallback=wanted.fallback)
        return
    with ExitStack() as stack:
        try:
            address = stack.enter_context(local_server(path))
        except ReasonerError:
            if not wanted.fallback:
                raise
            yield ExpertReasoner(library)
            return
        asked = replace(settings, base_url=address, vision=False)
        yield _safe(LanguageReasoner(asked, None, library), fallback=wanted.fallback)


def _safe(reasoner: "Reasoner", *, fallback: bool) -> "Reasoner":
    from cogportrait.agents.reasoner import FallbackReasoner

    return FallbackReasoner(reasoner) if fallback else reasoner

"""What is wrong with a reply, on one line, whatever a library made of it."""

from json import JSONDecodeError
from typing import Final, TypeVar

from pydantic import ValidationError
from pydantic_ai.exceptions import UnexpectedModelBehavior

from cogportrait.errors import plain, shown

# What a library stumbles over when a reply parses and is no chat completion.
_STUMBLES: Final = (AttributeError, IndexError, KeyError, TypeError)
_LONGEST: Final = 200  # characters of a text of our own or of pydantic's
_LONGEST_PLACE: Final = 80  # characters of the name of a field, which a reply makes up

_Error = TypeVar("_Error", bound=BaseException)


def cause_of(error: BaseException | None, kind: type[_Error]) -> _Error | None:
    """Return the first error of a kind behind an error, or the error itself; None without one."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, kind):
            return error
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return None


def innermost(error: BaseException) -> BaseException:
    """Return the first error of a group of them, or the error itself."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def line(error: BaseException) -> str:
    """Return an error's message on one line, not too long."""
    return shown(" ".join(str(error).split()) or type(error).__name__)


def cut(text: str, longest: int = _LONGEST) -> str:
    """Return a text that may quote a reply on one line, plain, not too long."""
    text = plain(" ".join(text.split()))
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def first_fault(error: ValidationError) -> str:
    """Return the field that a reply is wrong in first, how, and what stands there."""
    every = error.errors(include_url=False, include_input=True)
    first = every[0]
    where = cut(".".join(map(str, first["loc"])), _LONGEST_PLACE) or "the whole"
    more = f" (and {len(every) - 1} more)" if len(every) > 1 else ""
    message = cut(str(first["msg"]))
    return f"{where}: {message}, got {shown(first['input'])}{more}"


def fault_of(error: BaseException) -> str:
    """Return what is wrong with a reply that no other words were found for."""
    error = innermost(error)
    invalid = cause_of(error, ValidationError)
    if invalid is not None:
        return f"the reply is not in the form asked for: {first_fault(invalid)}"
    torn = cause_of(error, JSONDecodeError)
    if torn is not None:
        at = f"line {torn.lineno}, column {torn.colno}"
        return f"the endpoint's answer is no JSON ({at}: {torn.msg}), got {shown(torn.doc)}"
    if isinstance(error, UnexpectedModelBehavior):
        return f"the reply is not in the form asked for: {cut(str(error.__cause__ or error))}"
    if isinstance(error, _STUMBLES):
        said = f"{type(error).__name__}: {line(error)}"
        return f"the endpoint's answer is no chat completion with a reply in it ({said})"
    return f"{type(error).__name__}: {line(error)}"

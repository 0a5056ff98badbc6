"""Commands whose options are given once, and whose numbers are refused as they were given.

Of two values the last does not silently win.
"""

import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperCommand, TyperOption

from cogportrait.errors import LONGEST_QUOTE, plain


class OnceEach(TyperCommand):
    """A command that refuses an option with a value that is given twice, or out of its range.

    Options that are made to be given several times may be, and flags, of which two say as much as
    one.
    """

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Read the arguments; ``--help`` is heard whatever stands beside it."""
        values, _, order = self.make_parser(ctx).parse_args(args=[*args])
        given = Counter(o for o in order if isinstance(o, TyperOption))
        if any(option.is_eager for option in given):
            given.clear()
        for option, times in given.items():
            if times > 1 and not (option.multiple or option.is_flag or option.count):
                name = max(option.opts, key=len)
                raise typer.BadParameter(
                    f"{name}: expected one value, got the option {times} times; leave one", ctx=ctx
                )
            _check_range(ctx, option, values.get(str(option.name)))
        return super().parse_args(ctx, args)


def _check_range(ctx: typer.Context, option: TyperOption, given: object) -> None:
    """Raise for a number beyond its option's range; what is no number is left to Typer.

    Raises
    ------
    BadParameter
        It is too small, too large, or not a number.
    """
    low, high = option.min, option.max
    if (low is None and high is None) or not isinstance(given, str):
        return
    try:
        number = float(given)
    except ValueError:
        return
    least = -math.inf if low is None else low
    most = math.inf if high is None else high
    if not (least <= number <= most and math.isfinite(number)):
        wanted = f"{low:g} or more" if high is None else f"{least:g} to {most:.15g}"
        message = f"expected {wanted}, got {plain(given.strip())[:LONGEST_QUOTE]}"
        raise typer.BadParameter(f"{max(option.opts, key=len)}: {message}", ctx=ctx)


class Commands(typer.Typer):
    """Typer, with commands of this kind."""

    def command(  # type: ignore[override]
        self,
        name: str | None = None,
        *,
        cls: type[TyperCommand] | None = None,
        **more: Any,  # noqa: ANN401 - as Typer has them
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Add a command, as Typer does."""
        return super().command(name, cls=OnceEach if cls is None else cls, **more)

"""Commands whose options are given once: of two values the last does not silently win."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperCommand, TyperOption


class OnceEach(TyperCommand):
    """A command that refuses an option with a value that is given twice.

    Options that are made to be given several times may be, and flags, of which two say as much as
    one.
    """

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Read the arguments; ``--help`` is heard whatever stands beside it."""
        order = self.make_parser(ctx).parse_args(args=[*args])[2]
        given = Counter(o for o in order if isinstance(o, TyperOption))
        if any(option.is_eager for option in given):
            given.clear()
        for option, times in given.items():
            if times > 1 and not (option.multiple or option.is_flag or option.count):
                name = max(option.opts, key=len)
                raise typer.BadParameter(
                    f"{name}: expected one value, got the option {times} times; leave one", ctx=ctx
                )
        return super().parse_args(ctx, args)


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

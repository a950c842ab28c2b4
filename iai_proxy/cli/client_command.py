"""Commands that take a client command after ``--``."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from typing import Any, Final, NoReturn, TypeVar

import click

_CLIENT: Final = "client"
_Command = TypeVar("_Command", bound=Callable[..., Any])


class ClientCommand(click.Command):
    """Reads its own options before the first ``--`` only.

    What follows is the client's, whatever it looks like. Words of a client before it are refused:
    ``record python x.py --seed 3`` would take an option that is meant for the client.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read our own words; keep the client's as they are."""
        own, client = _divided(args)
        try:
            rest = super().parse_args(ctx, list(own))  # which it empties
        except click.UsageError:
            if stray := self._stray(ctx, own):
                self._refuse(ctx, own, stray, args)
            raise
        if stray := ctx.params[_CLIENT]:
            self._refuse(ctx, own, stray, args)
        if "--" in args and not any(client[:1]):  # as where a variable is not set
            raise click.UsageError(
                "there is no command after --: give the client's, or leave out -- to start the "
                "proxy alone",
                ctx,
            )
        ctx.params[_CLIENT] = tuple(client)
        return rest

    def _stray(self, ctx: click.Context, own: Sequence[str]) -> Sequence[str]:
        """Return the words of a client among our own, also where options in them are unknown."""
        words = (self._parsed(ctx, own) or {}).get(_CLIENT)
        # An unknown option that comes first is more likely one of ours, misspelled.
        return words if isinstance(words, tuple) and not words[0].startswith("-") else ()

    def _refuse(
        self, ctx: click.Context, own: Sequence[str], stray: Sequence[str], args: Sequence[str]
    ) -> NoReturn:
        """Show the command line that was meant, unless words behind the client's may be ours."""
        has_output = any(option.name == "output" for option in self.params)
        if has_output and len(stray) == 1 and stray[0].endswith(".iairec"):
            raise click.UsageError(f"did you mean -o {shlex.quote(stray[0])}?", ctx)
        begin = next(
            index
            for index, word in enumerate(own)
            # else the word is the value of an option
            if word == stray[0] and self._parsed(ctx, own[:index]) is not None
        )
        if self._values(ctx, own[:begin]) != self._values(ctx, own):
            line = f"{ctx.command_path} OPTIONS -- {shlex.quote(stray[0])} …"
            raise click.UsageError(
                f"put -- before the client's command, and {ctx.command_path}'s own options before "
                f"the --: {line}",
                ctx,
            )
        meant = shlex.join([*ctx.command_path.split(), *own[:begin], "--", *args[begin:]])
        raise click.UsageError(f"put -- before the client's command: {meant}", ctx)

    def _values(self, ctx: click.Context, words: Sequence[str]) -> dict[str, Any]:
        """Return what a command line says of our own options and arguments."""
        values = self._parsed(ctx, words) or {}
        return {name: value for name, value in values.items() if name != _CLIENT}

    def _parsed(self, ctx: click.Context, words: Sequence[str]) -> dict[str, Any] | None:
        """Return the values of a command line, or None if an option of ours lacks its own."""
        parser = self.make_parser(ctx)
        parser.ignore_unknown_options = True
        try:
            return dict(parser.parse_args(list(words))[0])
        except click.UsageError:
            return None


def client_argument(command: _Command) -> _Command:
    """Add the client's command."""
    argument = click.argument(_CLIENT, nargs=-1, type=click.UNPROCESSED, metavar="[-- CLIENT...]")
    return argument(command)


def _divided(args: Sequence[str]) -> tuple[list[str], list[str]]:
    """Divide a command line at its first ``--``."""
    begin = args.index("--") if "--" in args else len(args)
    return list(args[:begin]), list(args[begin + 1 :])

"""``iai-proxy export``: each format is a command in a module of its own."""

from __future__ import annotations

import importlib
from typing import Final

import click

from iai_proxy.errors import did_you_mean

#: Each stands in ``export_<name>.py``, which is imported when it is used.
_FORMATS: Final = ("debug-log", "scenario", "parquet", "har", "mcap", "pytest")


class _ExportGroup(click.Group):
    """Imports the commands when they are used, and says which there are where none is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_FORMATS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _FORMATS:
            return None
        module = f"iai_proxy.cli.export_{cmd_name.replace('-', '_')}"
        command: click.Command = importlib.import_module(module).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _FORMATS and not args[0].startswith("-"):
            named = f": say one of {', '.join(_FORMATS)} before FILE"
            hint = did_you_mean(args[0], _FORMATS) or named
            ctx.fail(f"{args[0]!r} is no format to export{hint}")
        return super().resolve_command(ctx, args)


@click.group("export", cls=_ExportGroup)
def command() -> None:
    """Turn recordings into files for other programs."""

"""The settings of the checks, and of ``iai-proxy diagnose``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import field_validator

from iai_proxy.settings import values
from iai_proxy.settings.base import Settings
from iai_proxy.settings.option import Option

if TYPE_CHECKING:
    from iai_proxy.diagnosis.check import Check

FORMATS: Final = ("text", "json", "junit", "sarif", "sdk")


class CheckSettings(Settings):
    """Which checks are made, and of which agents."""

    ego: Annotated[
        values.Indices,
        Option(
            "Agents that the client drives itself, by their indices when they first appear; 'none' "
            "for none.",
            metavar="I,J",
            repeats=True,
            default="those that it overwrites at most steps, if these are at most half of all",
        ),
    ] = None
    select: Annotated[
        values.Texts,
        Option(
            "Only these checks, by code, IAI code or name; separate several with commas.",
            metavar="CODE",
            repeats=True,
        ),
    ] = ()
    # replay's --ignore names fields: a variable for both would break one of them
    ignore: Annotated[
        values.Texts,
        Option(
            "Leave these checks out.",
            metavar="CODE",
            repeats=True,
            variable="IAI_PROXY_IGNORE_CHECKS",
        ),
    ] = ()

    @field_validator("select")
    @classmethod
    def _selects_something(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("give at least one check, or leave it out for all")
        return value

    @property
    def chosen_checks(self) -> tuple[type[Check], ...]:
        """The checks that `select` and `ignore` leave.

        Raises:
            UsageError: they name no check, or leave none.
        """
        from iai_proxy.diagnosis.selection import selected

        return selected(self.select, self.ignore)


class DiagnoseSettings(CheckSettings):
    """``iai-proxy diagnose``."""

    format: Annotated[
        str,
        Option("sdk is what the SDK's own DiagnosticTool prints, line for line.", choices=FORMATS),
    ] = "text"
    fail_on: Annotated[
        values.Joined | None,
        Option(
            "Exit with 1 if a finding has this severity or a worse one, or this code.",
            metavar="error|warning|info|CODE",
        ),
    ] = None
    output: Annotated[
        Path | None,
        Option("Write there instead of to standard output.", letter="o", metavar="OUT"),
    ] = None

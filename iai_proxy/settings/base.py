"""What the settings of all commands have in common: a model declares each of them once.

Name, type, default and limits are the field's; what users see of it is in its :class:`Option`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator

from iai_proxy.settings.option import Option, settings_of

READY_FILE: Final = Option(
    "Write the addresses into this file, as JSON, as soon as something listens there; it is "
    "removed at the end.",
    metavar="PATH",
)


class Settings(BaseModel):
    """The settings of a command."""

    model_config = ConfigDict(
        defer_build=True, frozen=True, extra="forbid", arbitrary_types_allowed=True
    )

    @field_validator("*")
    @classmethod
    def _is_a_choice(cls, value: Any, info: ValidationInfo) -> Any:
        setting = settings_of(cls).get(info.field_name or "")
        choices = setting.option.choices if setting else ()
        if choices and value not in choices:
            raise ValueError(f"give {', '.join(choices[:-1])} or {choices[-1]}")
        return value


class CaSettings(Settings):
    """``iai-proxy ca``."""

    ca_dir: Annotated[Path | None, Option("Folder of our CA.", metavar="DIR")] = None

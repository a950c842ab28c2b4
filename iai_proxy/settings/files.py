"""Settings files: TOML, one table a command, the keys named as the flags are.

    [record]
    output = "run.iairec"
    reverse-listen = "127.0.0.1:8000"

The command line reads them with ``--config FILE``, the addon scripts with ``--set
iai_config=FILE``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from iai_proxy.errors import InputError, UsageError, did_you_mean
from iai_proxy.input_files import read_file
from iai_proxy.settings.base import Settings
from iai_proxy.settings.checking import DiagnoseSettings
from iai_proxy.settings.reading import S, from_table
from iai_proxy.settings.recording import RecordSettings
from iai_proxy.settings.replaying import ReplaySettings
from iai_proxy.settings.serving import SandboxSettings, ViewSettings

#: In bytes. One with every setting has 4 kB.
_LARGEST: Final = 1_000_000

_TABLES: Final[dict[str, type[Settings]]] = {
    "record": RecordSettings,
    "replay": ReplaySettings,
    "sandbox": SandboxSettings,
    "diagnose": DiagnoseSettings,
    "view": ViewSettings,
}


@dataclass(frozen=True, slots=True)
class Config:
    """A whole settings file: what it sets, by the model of the command."""

    settings: Mapping[type[Settings], Settings]

    def of(self, model: type[S]) -> S:
        """Return what the file sets for a command; nothing for one without a table."""
        found = self.settings.get(model)
        return found if isinstance(found, model) else model()


#: Used if no file was given.
NO_CONFIG: Final = Config({})


def load_config(path: Path) -> Config:
    """Read a settings file.

    Raises:
        InputError: it can't be read, or is not TOML.
        UsageError: it has a setting that does not exist, or an invalid value.
    """
    try:
        text = read_file(path, _LARGEST).decode("utf-8")
        tables: dict[str, Any] = tomllib.loads(text)
    except OSError as error:
        raise InputError(f"can't read the settings file {path}: {error.strerror}") from error
    except RecursionError as error:
        raise InputError(f"the settings file {path} is nested too deeply to be read") from error
    except ValueError as error:  # no TOML, no UTF-8, a number of thousands of digits
        raise InputError(f"the settings file {path} is not TOML: {error}") from error
    settings = {}
    for name, table in tables.items():
        if name not in _TABLES or not isinstance(table, dict):
            hint = did_you_mean(name, _TABLES) or f" (there are: {', '.join(_TABLES)})"
            raise UsageError(f"{path}: {name} is no table for a command{hint}")
        settings[_TABLES[name]] = from_table(_TABLES[name], table, f"{path}: [{name}]")
    return Config(settings)

"""Settings files: TOML, one table a command, the keys named as the flags are.

    [record]
    output = "run.iairec"
    reverse-listen = "127.0.0.1:8000"

The command line reads them with ``--config FILE``, the addon scripts with ``--set
iai_config=FILE``.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from iai_proxy.errors import InputError, UsageError, did_you_mean


def _dashed(name: str) -> str:
    return name.replace("_", "-")


class _Table(BaseModel):
    model_config = ConfigDict(
        extra="forbid", alias_generator=_dashed, populate_by_name=True, strict=True
    )


class _Proxy(_Table):
    listen: str | None = None
    reverse_listen: str | None = None
    proxy_password: str | None = None
    ca_dir: str | None = None
    verbose: bool | None = None


def _texts(value: Any) -> Any:
    """Take one value for a list of one, and numbers for their texts, as the flags do."""
    values = value if isinstance(value, list) else [value]
    return [
        str(one) if isinstance(one, int) and not isinstance(one, bool) else one for one in values
    ]


def _egos(value: Any) -> Any:
    return _texts("none" if value == [] else value)


def _joined(value: Any) -> Any:
    """Take a list for its values with commas between them, as the flag does."""
    texts = _texts(value)
    return ",".join(texts) if texts and all(isinstance(one, str) for one in texts) else value


_Texts = Annotated[list[str], BeforeValidator(_texts)]


class _Checks(_Table):
    ego: Annotated[list[str], BeforeValidator(_egos)] | None = None
    select: Annotated[_Texts, Field(min_length=1)] | None = None
    ignore: _Texts | None = None


class RecordTable(_Proxy, _Checks):
    """``[record]``."""

    output: str | None = None
    append: bool | None = None
    upstream: str | None = None
    upstream_ca: str | None = None
    logs: str | None = None
    check: bool | None = None


class ReplayTable(_Proxy):
    """``[replay]``."""

    recording: str | None = None
    match: str | None = None
    ignore: list[str] | None = None
    tolerance: float | None = None
    on_miss: str | None = None
    until_step: int | None = None
    latency: str | float | None = None
    fault: list[str] | None = None
    explain: bool | None = None
    upstream: str | None = None
    upstream_ca: str | None = None
    fail_on_miss: bool | None = None
    fail_on_unused: bool | None = None


class SandboxTable(_Table):
    """``[sandbox]``."""

    listen: str | None = None
    seed: int | None = None
    api_key: str | None = None
    latency: float | None = None
    fault: list[str] | None = None


class DiagnoseTable(_Checks):
    """``[diagnose]``."""

    form: str | None = Field(None, alias="format")
    fail_on: Annotated[str, BeforeValidator(_joined)] | None = None
    output: str | None = None


class Config(_Table):
    """A whole settings file."""

    record: RecordTable = RecordTable()
    replay: ReplayTable = ReplayTable()
    sandbox: SandboxTable = SandboxTable()
    diagnose: DiagnoseTable = DiagnoseTable()

    def table(self, command: str) -> dict[str, Any]:
        """Return what the file sets for a command, by parameter name; nothing for a command without a table."""
        table: _Table | None = getattr(self, command, None)
        return table.model_dump(exclude_none=True) if table else {}


def load_config(path: Path) -> Config:
    """Read a settings file.

    Raises:
        InputError: it can't be read, or is not TOML.
        UsageError: it sets what does not exist, or to a value of the wrong type.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"can't read the settings file {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"the settings file {path} is not TOML: {error}") from error
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        raise UsageError("; ".join(_sentence(path, one) for one in error.errors())) from None


def _sentence(path: Path, error: Any) -> str:
    *tables, key = (str(part) for part in error["loc"][:2])
    place = f"[{tables[0]}] {key}" if tables else key
    if error["type"] != "extra_forbidden":
        return f"{path}: {place} is {error['input']!r}: {error['msg'].lower()}"
    model: type[BaseModel] = type(getattr(Config(), tables[0])) if tables else Config
    known = [field.alias or name for name, field in model.model_fields.items()]
    hint = did_you_mean(key, known) or f" (there are: {', '.join(known)})"
    return f"{path}: {place} is no setting{hint}"

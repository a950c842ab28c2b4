"""What ``@pytest.mark.iai_recording("name", …)`` says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from iai_proxy.errors import UsageError
from iai_proxy.testing.names import default_name, recording_path

NAME: Final = "iai_recording"


def description(options: tuple[str, ...] = ()) -> str:
    """Return what ``pytest --markers`` shows, with the keywords if they are known."""
    signature = f"name=None, *, {', '.join(options)}" if options else "name=None, **options"
    return (
        f"{NAME}({signature}): the test's calls to the Inverted AI API are answered from "
        "recordings/<module>/<name>.iairec, <name> being the test's own unless given."
    )


def option_names() -> tuple[str, ...]:
    """Return the keywords that say how to replay and how to record; `upstream` is for both."""
    from iai_proxy.settings.option import settings_of
    from iai_proxy.settings.recording import RecordSettings
    from iai_proxy.settings.replaying import ReplaySettings

    settings = (*settings_of(ReplaySettings).values(), *settings_of(RecordSettings).values())
    return tuple(dict.fromkeys(found.keyword for found in settings if found.option.marker))


def options_of(
    arguments: tuple[Any, ...], keywords: Mapping[str, Any]
) -> tuple[str | None, dict[str, Any]]:
    """Return the name that a marker gives, or None, and its other settings, their values unread.

    Raises:
        UsageError: it has arguments that mean nothing.
    """
    given = dict(keywords)
    names = [*arguments, *([given.pop("name")] if "name" in given else [])]
    known = option_names()
    if unknown := sorted(given.keys() - set(known)):
        raise UsageError(
            f"@pytest.mark.{NAME} knows no {', '.join(unknown)}; it knows {', '.join(known)}"
        )
    if len(names) > 1 or not all(isinstance(name, str) and name for name in names):
        raise UsageError(f'@pytest.mark.{NAME} takes one name, such as "merging", or none')
    return (names[0] if names else None), given


def path_of(name: str | None, module: Path, class_name: str | None, test: str) -> Path:
    """Return the recording that belongs to a test."""
    return recording_path(module, name or default_name(class_name, test))

"""What ``@pytest.mark.iai_recording("name", …)`` says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from iai_proxy.errors import UsageError
from iai_proxy.testing.names import default_name, recording_path

NAME: Final = "iai_recording"
DESCRIPTION: Final = (
    f"{NAME}(name=None, *, match, tolerance, ignore, upstream, until_step, latency): the test's calls to the Inverted "
    "AI API are answered from recordings/<module>/<name>.iairec, <name> being the test's own unless given."
)
#: Keyword arguments that say how to replay; `upstream` is for recording too.
_OPTIONS: Final = frozenset({"match", "tolerance", "ignore", "upstream", "until_step", "latency"})


def options_of(
    arguments: tuple[Any, ...], keywords: Mapping[str, Any]
) -> tuple[str | None, dict[str, Any]]:
    """Return the name that a marker gives, or None, and its other settings.

    Raises:
        UsageError: it has arguments that mean nothing.
    """
    given = dict(keywords)
    names = [*arguments, *([given.pop("name")] if "name" in given else [])]
    unknown = sorted(given.keys() - _OPTIONS)
    if unknown:
        raise UsageError(
            f"@pytest.mark.{NAME} knows no {', '.join(unknown)}; it knows {', '.join(sorted(_OPTIONS))}"
        )
    if len(names) > 1 or not all(isinstance(name, str) and name for name in names):
        raise UsageError(f'@pytest.mark.{NAME} takes one name, such as "merging", or none')
    if isinstance(given.get("ignore"), str):
        given["ignore"] = (given["ignore"],)
    return (names[0] if names else None), given


def path_of(name: str | None, module: Path, class_name: str | None, test: str) -> Path:
    """Return the recording that belongs to a test."""
    return recording_path(module, name or default_name(class_name, test))

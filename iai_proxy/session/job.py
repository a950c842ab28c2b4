"""What a proxy is run for: a recording that is open to write into, or to answer from.

It is opened by :func:`iai_proxy.proxy.record_job.open_recording`,
:func:`iai_proxy.proxy.replay_job.open_replay` or :func:`iai_proxy.player.job.open_player`, and run
in the foreground (the command line), in the background (tests and notebooks), or inside mitmproxy's
own programs.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from iai_proxy.client.authority import Authority, default_folder
from iai_proxy.session.notices import Notices
from iai_proxy.settings.base import CaSettings
from iai_proxy.settings.proxying import ProxySettings

if TYPE_CHECKING:
    from iai_proxy.replay import SeenMiss


@dataclass(frozen=True, slots=True)
class Job(ABC):
    """A recording that is open, and what has come of it so far.

    Attributes:
        path: the recording.
        title: what the proxy does, in a few words.
        notices: what goes wrong is shown by these.
    """

    path: Path
    title: str
    notices: Notices

    @abstractmethod
    def summary(self) -> Iterator[str]:
        """Say what came of the job, in a few lines."""

    @property
    def recorded(self) -> int:
        """How many calls were recorded."""
        return 0

    @property
    def served(self) -> Counter[str]:
        """How many calls were answered from the recording, by level of matching."""
        return Counter()

    @property
    def misses(self) -> tuple[SeenMiss, ...]:
        """The distinct calls that nothing recorded answers."""
        return ()

    @property
    def unused(self) -> tuple[int, ...]:
        """The numbers of the recorded calls that were never used, of a replay."""
        return ()

    def left_over(self, path: Path | None = None) -> str | None:
        """Say what there was no time for when the recording was closed; None for nothing.

        Args:
            path: of the recording as its user knows it, if that is another.
        """
        return None


def authority_of(settings: CaSettings) -> Authority:
    """Return our CA; it is made at first use."""
    return Authority.ensure(settings.ca_dir or default_folder())


def known_secrets(settings: ProxySettings, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the secrets known before any call: the SDK's key and the proxy's password."""
    key = environment.get("IAI_API_KEY")
    password = (settings.proxy_password or "").partition(":")[2]
    return tuple(secret for secret in (key, password) if secret)

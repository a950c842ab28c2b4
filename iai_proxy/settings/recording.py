"""The settings of ``iai-proxy record``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from iai_proxy.settings import values
from iai_proxy.settings.checking import CheckSettings
from iai_proxy.settings.option import Option
from iai_proxy.settings.proxying import ProxySettings


class RecordSettings(CheckSettings, ProxySettings):
    """``iai-proxy record``."""

    output: Annotated[
        Path | None,
        Option(
            "The recording.",
            letter="o",
            metavar="FILE",
            default="run-<date>-<time>.iairec",
            addon="recording",
        ),
    ] = None
    append: Annotated[bool, Option("Continue an existing recording.", addon="append")] = False
    fsync: Annotated[
        bool,
        Option(
            "Have each call on the disk itself before its client has the answer, for machines that "
            "lose power; without it a power cut can cost the last calls, never the file.",
            addon="fsync",
        ),
    ] = False
    label: Annotated[
        values.Labels,
        Option(
            "Label the recording, such as team=planning; `iai-proxy label` shows and changes that. "
            "May be given several times.",
            metavar="KEY=VALUE",
            repeats=True,
            addon="label",
        ),
    ] = ()
    logs: Annotated[
        Path | None,
        Option(
            "Afterwards, write the SDK's debug log and a scenario log of each simulation into this "
            "folder.",
            metavar="DIR",
        ),
    ] = None
    upload: Annotated[
        values.Prefix | None,
        Option(
            "When the recording is closed and verified, upload it under this prefix of object "
            "storage: s3://, gs:// or az://. `iai-proxy upload` tries again what failed.",
            metavar="URL",
            secret=True,
        ),
    ] = None
    maps: Annotated[
        bool,
        Option(
            "At the end, ask for location_info of each location that the run used and the client "
            "did not ask about, so that the SDK's LogReader can load scenario logs offline.",
            addon="maps",
            marker=True,
        ),
    ] = False
    sdk_log_names: Annotated[
        bool,
        Option(
            "Give the logs the SDK's own names, whose colons Windows and upload actions refuse; "
            "without this they are dashes."
        ),
    ] = False
    check: Annotated[
        bool, Option("Check the calls while they come in, and say what the client does wrong.")
    ] = True
    tunnel: Annotated[
        bool,
        Option(
            "Pass hosts other than the API through, unread, for all clients of the forward proxy, "
            "not only for a CLIENT; never to ports of this machine."
        ),
    ] = False

    @property
    def labels(self) -> dict[str, str]:
        """Their values by key."""
        pairs = (label.partition("=") for label in self.label)
        return {key: value for key, _, value in pairs}

    def tunnels(self, *, wrapped: bool) -> bool:
        """Return whether hosts other than the API may be passed through."""
        return wrapped or self.tunnel

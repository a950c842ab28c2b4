"""Every setting of the commands that have more than flags, each declared once.

Name, type, default and limits are the field's; what users see of it is in its :class:`Option`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator

from iai_proxy.api import DEFAULT_IGNORED
from iai_proxy.errors import UsageError
from iai_proxy.settings import values
from iai_proxy.settings.listen import Address, Listening, refuse_open
from iai_proxy.settings.option import Option, settings_of

if TYPE_CHECKING:
    from iai_proxy.diagnosis.check import Check
    from iai_proxy.replay import MatchRules

FORMATS: Final = ("text", "json", "junit", "sarif", "sdk")
#: The levels of :data:`iai_proxy.replay.LEVELS`, which takes longer to import than to spell.
MATCH_LEVELS: Final = ("exact", "seedless", "step", "nearest")
ON_MISS: Final = ("refuse", "forward", "record")
SHELLS: Final = ("posix", "fish", "powershell")


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


class EnvSettings(CaSettings):
    """``iai-proxy env``."""

    listen: Annotated[values.Address, Option("Where the proxy listens.", metavar="HOST:PORT")] = (
        Address("127.0.0.1", 8080)
    )
    proxy_password: Annotated[
        values.Password | None,
        Option("The proxy's password, if it has one.", metavar="USER:PASS", secret=True),
    ] = None


class WaitSettings(Settings):
    """``iai-proxy wait``."""

    listen: Annotated[
        values.Address, Option("Where the proxy, or the sandbox, listens.", metavar="HOST:PORT")
    ] = Address("127.0.0.1", 8080)
    ready_file: Annotated[
        Path | None,
        Option(
            "Wait for this --ready-file of a proxy instead, and print the address in it.",
            metavar="PATH",
        ),
    ] = None
    timeout: Annotated[
        values.NumberFrom0, Option("How long to wait, in seconds, from 0.", metavar="S")
    ] = 30.0


_READY_FILE: Final = Option(
    "Write the addresses into this file, as JSON, as soon as something listens there; it is "
    "removed at the end.",
    metavar="PATH",
)


class ProxySettings(CaSettings):
    """What the commands that run a proxy have in common."""

    upstream: Annotated[
        values.Upstream | None,
        Option(
            "Send the calls for the API elsewhere; 'sandbox' starts a stand-in for the API.",
            metavar="URL|sandbox",
            addon="upstream",
            marker=True,
        ),
    ] = None
    upstream_ca: Annotated[
        Path | None,
        Option("Root certificates to check the upstream's certificate against.", metavar="FILE"),
    ] = None
    listen: Annotated[
        values.Listener | None,
        Option(
            "Address of the forward proxy, or 'none'.",
            metavar="HOST:PORT",
            default="127.0.0.1:8080; with a client command, any free port",
        ),
    ] = None
    reverse_listen: Annotated[
        values.Address | None,
        Option(
            "Listen here for plain HTTP from clients that can't use a proxy; 127.0.0.1:8000 suits "
            "the C++ SDK and CARLA.",
            metavar="HOST:PORT",
        ),
    ] = None
    proxy_password: Annotated[
        values.Password | None,
        Option(
            "What clients must give; needed to listen on anything but loopback.",
            metavar="USER:PASS",
            secret=True,
        ),
    ] = None
    ready_file: Annotated[Path | None, _READY_FILE] = None
    python_seed: Annotated[
        int | None,
        Option(
            "Seed Python's random in the client command, and in each Python process that it "
            "starts.",
            metavar="N",
        ),
    ] = None
    verbose: Annotated[bool, Option("Show the proxy's own log as well.")] = False

    def listening(self, *, wrapped: bool) -> Listening:
        """Return where to listen.

        Args:
            wrapped: there is a client command, which is told the address: any port will do.

        Raises:
            UsageError: an address is open to others without a password, or there is none at all.
        """
        if self.listen != values.NONE:
            forward = self.listen or Address("127.0.0.1", 0 if wrapped else 8080)
            return Listening(forward, self.reverse_listen, self.proxy_password)
        if self.reverse_listen:
            return Listening(None, self.reverse_listen, self.proxy_password)
        raise UsageError(
            "--listen none leaves nothing to listen on: give --reverse-listen HOST:PORT as well"
        )


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
    logs: Annotated[
        Path | None,
        Option(
            "Afterwards, write the SDK's debug log and a scenario log of each simulation into this "
            "folder.",
            metavar="DIR",
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


class ViewSettings(CheckSettings):
    """``iai-proxy view``."""

    listen: Annotated[
        values.Address,
        Option(
            "Where it listens; port 0 for any that is free.",
            metavar="HOST:PORT",
            variable="IAI_PROXY_VIEW_LISTEN",  # a proxy's address is in the other variable
        ),
    ] = Address("127.0.0.1", 8090)
    password: Annotated[
        values.Password | None,
        Option(
            "What browsers must give; needed to listen on anything but loopback.",
            metavar="USER:PASS",
            secret=True,
            variable="IAI_PROXY_VIEW_PASSWORD",
        ),
    ] = None
    open: Annotated[bool, Option("Open it in the browser.")] = False
    check: Annotated[
        bool,
        Option("Look for what the client does wrong as well, in a process of the lowest priority."),
    ] = True
    ready_file: Annotated[Path | None, _READY_FILE] = None

    @property
    def address(self) -> Address:
        """Where to listen.

        Raises:
            UsageError: it is open to other machines and there is no password.
        """
        refuse_open(self.listen, self.password, "--password")
        return self.listen


class ReplaySettings(ProxySettings):
    """``iai-proxy replay``."""

    recording: Annotated[Path | None, Option("The recording.", flag=False, addon="recording")] = (
        None
    )
    match: Annotated[
        str,
        Option(
            "How far a recorded call may differ from the request that it answers: not at all; in "
            "the ignored fields; in the agents' order, number and partition, as long as it is the "
            "same step of the simulation; in the agents' states too, as long as it is at the same "
            "position.",
            choices=MATCH_LEVELS,
            addon="match",
            marker=True,
        ),
    ] = "step"
    ignore: Annotated[
        values.Texts,
        Option(
            "Another field that may differ from level seedless on; repeat for several. 'none' "
            "leaves out the default.",
            metavar="FIELD",
            repeats=True,
            default="random_seed",
            addon="ignore",
            marker=True,
        ),
    ] = ()
    tolerance: Annotated[
        values.NumberFrom0 | None,
        Option(
            "How far an agent's state may be from the recorded one (m, rad, m/s), from 0.",
            metavar="M",
            default="0 at level step, any distance at nearest",
            addon="tolerance",
            marker=True,
        ),
    ] = None
    on_miss: Annotated[
        str,
        Option(
            "What to do with a request that has no recorded answer: refuse it with 404; forward it "
            "to the API; forward it, and record the answer into FILE.",
            choices=ON_MISS,
        ),
    ] = "refuse"
    until_step: Annotated[
        values.WholeNumberFrom0 | None,
        Option(
            "Replay each simulation up to step N, from 0; the API answers what follows.",
            metavar="N",
            marker=True,
        ),
    ] = None
    latency: Annotated[
        values.Factor,
        Option(
            "How long answers take: no longer than needed, as long as recorded, or that times a "
            "factor from 0.",
            metavar="none|recorded|FACTOR",
            default="none",
            addon="latency",
            marker=True,
        ),
    ] = None
    faults: Annotated[
        values.Faults,
        Option(
            "Make calls fail: drive:every=10:status=503, drive:step=30:status=500:times=3, "
            "drive:delay=2s, drive:drop, …; step counts the calls of that endpoint.",
            name="fault",
            metavar="SPEC",
            repeats=True,
            addon="fault",
            marker=True,
        ),
    ] = ()
    explain: Annotated[
        values.Report,
        Option(
            "Afterwards, write all distinct misses as JSON into this file; without one to standard "
            "output, which is the client's too.",
            metavar="[FILE]",
            bare="-",
        ),
    ] = None
    fail_on_miss: Annotated[bool, Option("Exit with 1 if a request had no recorded answer.")] = (
        False
    )
    fail_on_unused: Annotated[bool, Option("Exit with 1 if a recorded answer was never used.")] = (
        False
    )

    @property
    def rules(self) -> MatchRules:
        """What counts as the same request."""
        from iai_proxy.replay import MatchRules

        return MatchRules(self.match, self.ignored, self.tolerance, self.until_step)

    @property
    def ignored(self) -> frozenset[str]:
        """The fields that may differ: those given and the default, unless `none` is among them."""
        given = frozenset(self.ignore)
        return given - {values.NONE} if values.NONE in given else given | DEFAULT_IGNORED

    @property
    def offline(self) -> bool:
        """Whether nothing at all may reach the network."""
        return self.on_miss == "refuse" and self.until_step is None


class SandboxSettings(Settings):
    """``iai-proxy sandbox``. Two servers with equal settings give equal answers."""

    listen: Annotated[values.Address, Option("Where it listens.", metavar="HOST:PORT")] = Address(
        "127.0.0.1", 8000
    )
    ready_file: Annotated[Path | None, _READY_FILE] = None
    seed: Annotated[int, Option("Seed for the calls that give none.", metavar="N")] = 0
    api_key: Annotated[
        str | None, Option("Answer any other key with 403.", metavar="KEY", secret=True)
    ] = None
    latency_ms: Annotated[
        values.NumberFrom0,
        Option(
            "Added to the time that each answer takes, in ms, from 0.", name="latency", metavar="MS"
        ),
    ] = 0.0
    faults: Annotated[
        values.Faults,
        Option(
            "Make calls fail: drive:every=10:status=503, drive:delay=2s, drive:drop, …",
            name="fault",
            metavar="SPEC",
            repeats=True,
        ),
    ] = ()
    #: Compress answers for clients that accept it; costs some milliseconds a call.
    gzip: bool = False


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

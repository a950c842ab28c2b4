"""The settings of ``iai-proxy replay``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from iai_proxy.api import DEFAULT_IGNORED
from iai_proxy.settings import values
from iai_proxy.settings.option import Option
from iai_proxy.settings.proxying import ProxySettings

if TYPE_CHECKING:
    from iai_proxy.replay import MatchRules

#: The levels of :data:`iai_proxy.replay.LEVELS`, which takes longer to import than to spell.
MATCH_LEVELS: Final = ("exact", "seedless", "step", "nearest")
ON_MISS: Final = ("refuse", "forward", "record")


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

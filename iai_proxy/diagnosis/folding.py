"""Joins findings that a check repeats at consecutive steps into one."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import Final

from iai_proxy.diagnosis.check import Check, Finding, Located

#: Findings of one check that are kept apart in one simulation; all later ones become one.
MOST_FINDINGS: Final = 1000

_NOT_ALL: Final = " (not at all of these steps)"
#: As messages write them: ``-0.25``, ``1e-05``, ``1 144``.
_NUMBER: Final = re.compile(r"(?<!\w)-?(?:\d{1,3}(?: \d{3})+(?!\d)|\d+(?:[.,]\d+)*(?:e[+-]?\d+)?)")
#: Simulation, code, kind (or the message without its numbers), agents.
_Key = tuple[int | None, int, str, tuple[int, ...]]


class Folder:
    """Takes findings as checks make them, and holds what they fold to."""

    def __init__(self) -> None:
        self._open: dict[_Key, Located] = {}
        self._shown: dict[_Key, dict[int, None]] = {}
        #: Of joined findings whose agents differ: there may be as many as there are agents.
        self._agents: dict[_Key, set[int]] = {}
        self._closed: list[Located] = []
        self._counts: Counter[tuple[int | None, int]] = Counter()

    def add(self, new: Located) -> None:
        """Join a finding with the one that it continues, or begin a new one."""
        group = new.simulation, new.check.code
        is_full = self._counts[group] >= MOST_FINDINGS
        key = (*group, "", ()) if is_full else (*group, _kind(new.finding), new.finding.agents)
        before = self._open.get(key)
        if (
            before is not None
            and new.simulation is not None
            and (is_full or _are_consecutive(before.finding, new.finding))
        ):
            joined = _joined(new.check, before.finding, new.finding)
            first = before if joined.step == before.finding.step else new
            self._open[key] = replace(before, finding=joined, call=first.call)
            self._shown[key].update(dict.fromkeys(new.shown))
            if new.finding.agents != before.finding.agents:
                known = self._agents.setdefault(key, set(before.finding.agents))
                known.update(new.finding.agents)
            return
        if before is not None:
            self._closed.append(self._whole(key))
        self._agents.pop(key, None)
        self._open[key] = new
        self._shown[key] = dict.fromkeys(new.shown)
        self._counts[group] += 1

    def take(self) -> list[Located]:
        """Return all findings, and forget those that could still have gone on."""
        found = [*self._closed, *map(self._whole, self._open)]
        self._closed.clear()
        self._open.clear()
        self._shown.clear()
        self._agents.clear()
        return found

    def _whole(self, key: _Key) -> Located:
        """Return a finding with all its agents, and all the steps that showed it."""
        whole = replace(self._open[key], shown=tuple(self._shown[key]))
        if key not in self._agents:
            return whole
        return replace(whole, finding=replace(whole.finding, agents=self._all_agents(key)))

    def _all_agents(self, key: _Key) -> tuple[int, ...]:
        return tuple(sorted(self._agents[key]))


def _kind(finding: Finding) -> str:
    return finding.kind or _NUMBER.sub("#", finding.message)


def _are_consecutive(before: Finding, new: Finding) -> bool:
    """Return whether the steps of two findings overlap or follow each other."""
    return before.step - 1 <= new.last_step and new.step <= before.last_step + 1


def _joined(check: type[Check], before: Finding, new: Finding) -> Finding:
    """Return one finding for both: the worse message and value, and the latest guess.

    If both are equally bad the first is kept, which belongs to the first step; of one kind the
    later, which may know more. Agents are those of the first.
    """
    rank_before, rank_new = check.badness(before), check.badness(new)
    is_new_kept = rank_new > rank_before or (rank_new == rank_before and new.kind)
    worse = new if is_new_kept else before
    has_gaps = before.message.endswith(_NOT_ALL) or not _are_consecutive(before, new)
    return replace(
        worse,
        step=min(before.step, new.step),
        last_step=max(before.last_step, new.last_step),
        agents=before.agents,
        agents_at=before.agents_at,
        message=worse.message.removesuffix(_NOT_ALL) + (_NOT_ALL if has_gaps else ""),
        guess=new.guess,
    )

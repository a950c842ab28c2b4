"""Inputs diagnosed, wherever they are: a worker runs this."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from iai_proxy.diagnosis.check import Check
from iai_proxy.diagnosis.egos import Egos
from iai_proxy.diagnosis.result import Diagnosis
from iai_proxy.diagnosis.runs import Tell, diagnosed
from iai_proxy.errors import IaiProxyError
from iai_proxy.sources import Source


def diagnosed_input(
    source: Source,
    checks: Sequence[type[Check]],
    egos: Collection[int] | None,
    tell: Tell | None = None,
) -> Diagnosis:
    """Make checks over an input as :func:`diagnosed` does; the diagnosis has its name.

    What is not needed to report it, the steps, is left out, so that it can be sent.

    Args:
        source: the input.
        checks: the ones to make.
        egos: indices of the agents that the client drives itself; None to infer them.
        tell: called at each step with how many are done, and how many there are.
    """
    try:
        with source.reading() as path:
            return _named(diagnosed(path, checks, egos, tell), path, source.name)
    except IaiProxyError as error:
        return undiagnosed(source.name, str(error), egos)


def undiagnosed(name: str, error: str, egos: Collection[int] | None = None) -> Diagnosis:
    """Return the diagnosis of an input that can't be read.

    Args:
        name: of the input.
        error: says why, or what happened instead.
        egos: the indices that the user named.
    """
    sentence = error if name in error else f"{name}: {error}"
    return Diagnosis(name, 0, 0, Egos(frozenset(egos or ())), (), error=sentence)


def _named(found: Diagnosis, path: Path, name: str) -> Diagnosis:
    egos = Egos(found.egos.named, found.egos.by_simulation, found.egos.too_many)
    error, note = (text and text.replace(str(path), name) for text in (found.error, found.note))
    return replace(found, file=name, egos=egos, error=error, note=note)

"""Outcomes as bytes that another process reads."""

from __future__ import annotations

import pickle
from typing import Any

from iai_proxy.errors import unexpected
from iai_proxy.jobs.outcome import Outcome, failed


def pickled(outcome: Outcome[Any]) -> bytes:
    """Return an outcome pickled; one that can't be becomes an error that says so."""
    try:
        return pickle.dumps(outcome)
    except Exception as error:
        return pickle.dumps(failed(unexpected("the result can't be sent", error)))

"""Diagnoses in each format of ``iai-proxy diagnose``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from iai_proxy.diagnosis.check import Located
from iai_proxy.diagnosis.result import Diagnosis
from iai_proxy.report.findings_json import as_json
from iai_proxy.report.findings_junit import as_junit
from iai_proxy.report.findings_sarif import as_sarif
from iai_proxy.report.findings_text import text


def rendered(
    diagnoses: Sequence[Diagnosis],
    form: str,
    *,
    colour: bool = False,
    fails: Callable[[Located], bool] | None = None,
) -> str:
    """Return diagnoses in one format.

    Args:
        diagnoses: of the inputs.
        form: ``text``, ``json``, ``junit`` or ``sarif``.
        colour: whether a text is for a terminal.
        fails: tells which findings are failures to JUnit; None for errors and warnings.
    """
    match form:
        case "json":
            return as_json(diagnoses)
        case "junit":
            return as_junit(diagnoses, fails)
        case "sarif":
            return as_sarif(diagnoses)
        case _:
            return text(diagnoses, colour=colour)

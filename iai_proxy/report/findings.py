"""Diagnoses as text for people and for programs: one function a format, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from iai_proxy.checks.diagnosis import Diagnosis
from iai_proxy.report.findings_json import as_json
from iai_proxy.report.findings_junit import as_junit
from iai_proxy.report.findings_sarif import as_sarif
from iai_proxy.report.findings_text import text

FORMATS: Final[Mapping[str, Callable[[Sequence[Diagnosis]], str]]] = {
    "text": text,
    "json": as_json,
    "junit": as_junit,
    "sarif": as_sarif,
}

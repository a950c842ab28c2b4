"""Check 276, model-version-changed."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.values import text


class ModelVersionChanged(Check):
    """Another version of the model answers than at the previous step.

    Why: a recurrent state is one version's memory; another version may read it otherwise. And
        results of a run that
    mixes versions can't be compared with any other.

    Example: ``api_model_version`` given to ``initialize`` and not to ``drive``; or a new best model
        while the run
    goes on.

    Fix: give the version that ``initialize`` answered (``response.api_model_version``) with every
        ``drive``.
    """

    code = 276
    name = "model-version-changed"
    severity = Severity.WARNING
    help = "Give the model version that initialize answered with every drive."

    def step(self, view: StepView) -> Iterable[Finding]:
        """Compare with the previous step."""
        if view.previous is None:
            return
        now, before = (
            text(view.answer.get("model_version")),
            text(view.previous.answer.get("model_version")),
        )
        if now and before and now != before:
            yield self.finding(
                view, f"model {now} answers; the previous step was answered by {before}"
            )

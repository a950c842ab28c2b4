"""Check 276, model-version-changed."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.values import text


class ModelVersionChanged(Check):
    """Another version of the model answers than at the previous step.

    Why: a recurrent state is the memory of one version; another version may read it differently.
    And results of a run that mixes versions can't be compared with any other.

    Example: ``api_model_version`` given to ``initialize`` and not to ``drive``; or the service
    switches to a new best model during the run.

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
        now = text(view.answer.get("model_version"))
        before = text(view.previous.answer.get("model_version"))
        if now and before and now != before:
            message = f"model {now} answers; the previous step was answered by {before}"
            yield self.finding(view, message)

"""Refusals: which statuses they have. That faults of ours become some is shown with the addons."""

from __future__ import annotations

import pytest

from iai_proxy.session.refusals import FAULT, MISS, UNREADABLE


@pytest.mark.parametrize("status", [FAULT, UNREADABLE, MISS])
def test_the_sdk_does_not_retry_a_refusal(status: int) -> None:
    sdk = pytest.importorskip("invertedai")
    assert status not in sdk.session.status_force_list

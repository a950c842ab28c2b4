"""A proxy on a thread of this process: one at a time, any number one after another."""

from __future__ import annotations

import threading

import pytest

from iai_proxy.client.authority import Authority
from iai_proxy.errors import UsageError
from iai_proxy.proxy.background import background_proxy
from iai_proxy.proxy.embed import ProxySpec
from iai_proxy.session.background import THREADS
from iai_proxy.settings.listen import Address, Listening


@pytest.fixture
def spec(authority: Authority) -> ProxySpec:
    return ProxySpec(Listening(Address("127.0.0.1", 0), None), authority.folder)


def test_a_second_proxy_is_refused_and_the_first_one_leaves_room_for_another(
    spec: ProxySpec,
) -> None:
    with (
        background_proxy(spec, list),
        pytest.raises(UsageError, match="a proxy runs in this process already"),
        background_proxy(spec, list),
    ):
        pass
    with background_proxy(spec, list) as bound:
        assert bound.forward


def test_what_there_is_to_do_at_the_end_is_done_on_the_proxys_thread_before_it_stops(
    spec: ProxySpec,
) -> None:
    names: list[str] = []

    async def at_end() -> None:
        names.append(threading.current_thread().name)

    with background_proxy(spec, list, at_end):
        assert names == []
    assert names == [f"{THREADS}-loop"]
    assert not any(thread.name == names[0] for thread in threading.enumerate())


def test_a_failure_in_the_block_ends_the_proxy_too(spec: ProxySpec) -> None:
    with pytest.raises(ZeroDivisionError), background_proxy(spec, list):
        raise ZeroDivisionError
    with background_proxy(spec, list) as bound:
        assert bound.forward


def test_addons_that_can_not_be_made_are_the_callers_error(spec: ProxySpec) -> None:
    def broken() -> list[object]:
        raise KeyError("addon")

    with pytest.raises(KeyError, match="addon"), background_proxy(spec, broken):
        pass

"""What models do beyond holding values."""

from __future__ import annotations

import inspect

import pytest

import iai_proxy
from iai_proxy.api.faults import FaultRule
from iai_proxy.errors import UsageError
from iai_proxy.settings.listen import Address
from iai_proxy.settings.option import settings_of
from iai_proxy.settings.proxying import ProxySettings
from iai_proxy.settings.reading import from_flags
from iai_proxy.settings.recording import RecordSettings
from iai_proxy.settings.replaying import ReplaySettings
from iai_proxy.settings.serving import SandboxSettings

ANY = Address("127.0.0.1", 0)


def test_any_port_will_do_for_a_client_that_is_told_it() -> None:
    assert ProxySettings().listening(wrapped=True).forward == ANY
    assert ProxySettings().listening(wrapped=False).forward == Address("127.0.0.1", 8080)


def test_one_listener_is_enough_and_none_is_refused() -> None:
    settings = ProxySettings(listen="none", reverse_listen="127.0.0.1:0")
    listening = settings.listening(wrapped=True)
    assert (listening.forward, listening.reverse) == (None, ANY)
    with pytest.raises(UsageError, match="--listen none leaves nothing to listen on"):
        ProxySettings(listen="none").listening(wrapped=True)


def test_listening_beyond_this_machine_needs_a_password() -> None:
    open_to_all = {"listen": "0.0.0.0:0"}
    with pytest.raises(UsageError, match="open to other machines: give --proxy-password"):
        ProxySettings(**open_to_all).listening(wrapped=True)
    assert ProxySettings(**open_to_all, proxy_password="a:b").listening(wrapped=True).forward


def test_settings_of_a_sandbox_survive_the_way_to_another_process() -> None:
    rules = (
        FaultRule.parse("drive:every=10:status=503"),
        FaultRule.parse("*:step=3:delay=20ms:drop"),
    )
    settings = SandboxSettings(seed=3, api_key="key", latency_ms=1.5, faults=rules, gzip=True)
    assert SandboxSettings.model_validate_json(settings.model_dump_json()) == settings


def test_the_checks_are_those_that_select_and_ignore_leave() -> None:
    codes = [check.code for check in RecordSettings(select="11,20", ignore=20).chosen_checks]
    assert codes == [11]
    with pytest.raises(UsageError, match="'nonsense' is neither the code nor the name of a check"):
        _ = RecordSettings(select="nonsense").chosen_checks


@pytest.mark.parametrize(
    ("function", "model"),
    [(iai_proxy.replaying, ReplaySettings), (iai_proxy.recording, RecordSettings)],
)
def test_the_python_api_has_the_commands_names_and_defaults(function, model) -> None:
    by_keyword = {setting.keyword: setting for setting in settings_of(model).values()}
    for name, parameter in inspect.signature(function).parameters.items():
        if name != "path":
            assert parameter.default == by_keyword[name].default


@pytest.mark.parametrize(
    ("given", "ignored"),
    [
        ((), {"random_seed"}),
        ("location", {"random_seed", "location"}),
        ("none", set()),
        (("none", "location"), {"location"}),
    ],
)
def test_what_is_ignored_adds_to_the_default_unless_none_leaves_that_out(
    given: str | tuple[str, ...], ignored: set[str]
) -> None:
    assert from_flags(ReplaySettings, {"ignore": given}).rules.ignored == ignored

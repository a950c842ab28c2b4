"""How settings are called on each surface."""

from __future__ import annotations

from typing import Annotated

import pytest

from iai_proxy.settings.base import Settings
from iai_proxy.settings.option import Option, Setting, settings_of
from iai_proxy.settings.recording import RecordSettings
from iai_proxy.settings.replaying import ReplaySettings


@pytest.mark.parametrize("model", [RecordSettings, ReplaySettings])
def test_no_two_settings_have_a_name_in_common(model: type[Settings]) -> None:
    settings = settings_of(model).values()
    assert len({setting.flag for setting in settings}) == len(settings)
    assert len({setting.variable for setting in settings}) == len(settings)


def setting(field: str, option: Option) -> Setting:
    return Setting(field, option, None, is_switch=False)


def test_all_names_follow_from_the_fields_name() -> None:
    made = setting("reverse_listen", Option("Where.", addon="reverse"))
    assert made.name == "reverse-listen"
    assert made.flag == "--reverse-listen"
    assert made.variable == "IAI_PROXY_REVERSE_LISTEN"
    assert made.keyword == "reverse_listen"
    assert made.addon_option == "iai_reverse"


def test_an_option_may_have_names_of_its_own() -> None:
    made = setting("faults", Option("What fails.", name="fault"))
    assert (made.flag, made.variable, made.keyword) == ("--fault", "IAI_PROXY_FAULT", "fault")
    named = setting("ignored", Option("What.", name="ignore", variable="IAI_PROXY_IGNORE_FIELDS"))
    assert (named.flag, named.variable) == ("--ignore", "IAI_PROXY_IGNORE_FIELDS")


def test_a_commands_own_settings_come_before_those_it_shares() -> None:
    class Shared(Settings):
        config: Annotated[bool, Option("Shared.")] = False

    class Own(Shared):
        speed: Annotated[float, Option("How fast.")] = 0.5
        hidden: int = 3

    found = settings_of(Own)
    assert list(found)[:2] == ["speed", "config"]
    assert "hidden" not in found
    assert (found["speed"].default, found["speed"].is_switch) == (0.5, False)
    assert (found["config"].default, found["config"].is_switch) == (False, True)

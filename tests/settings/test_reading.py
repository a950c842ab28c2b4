"""One setting on every surface: what it means, how a wrong value is refused, which counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from iai_proxy.errors import UsageError
from iai_proxy.settings.option import settings_of
from iai_proxy.settings.reading import (
    from_addon_options,
    from_flags,
    from_keywords,
    from_table,
    from_variables,
    layered,
)
from iai_proxy.settings.recording import RecordSettings
from iai_proxy.settings.replaying import ReplaySettings


def on_each_surface(field: str, text: str, value: Any) -> dict[str, Any]:
    """What reads a replay setting, by the name that the surface has for it."""
    setting = settings_of(ReplaySettings)[field]
    unset = {s.addon_option: "" for s in settings_of(ReplaySettings).values()}
    readers = {
        setting.flag: lambda: from_flags(ReplaySettings, {field: text}),
        setting.variable: lambda: from_variables(ReplaySettings, {setting.variable: text}),
        f"c.toml: [replay] {setting.name}": lambda: from_table(
            ReplaySettings, {setting.name: value}, "c.toml: [replay]"
        ),
        setting.keyword: lambda: from_keywords(ReplaySettings, {setting.keyword: value}),
    }
    if setting.option.addon:
        options = {**unset, setting.addon_option: text}
        readers[setting.addon_option] = lambda: from_addon_options(ReplaySettings, options)
    return readers


@pytest.mark.parametrize(
    ("field", "value", "advice"),
    [
        ("tolerance", -1, "give a number from 0"),
        ("until_step", -1, "give a number from 0"),
        ("match", "fuzzy", "give exact, seedless, step or nearest"),
        ("on_miss", "ask", "give refuse, forward or record"),
        ("latency", "fast", "give none, recorded, or a factor such as 0.5"),
        ("latency", -1, "give none, recorded, or a factor such as 0.5"),
        ("faults", "drive", "it does not say what happens: status=CODE, delay=2s or drop"),
        ("upstream", "nonsense", "give a URL such as http://127.0.0.1:8000, or sandbox"),
        ("listen", "nonsense", "give an address HOST:PORT, such as 127.0.0.1:8080"),
    ],
)
def test_a_wrong_value_gets_the_same_sentence_on_each_surface(
    field: str, value: Any, advice: str
) -> None:
    for name, read in on_each_surface(field, str(value), value).items():
        with pytest.raises(UsageError) as refused:
            read()
        assert str(refused.value).replace("'", "").startswith(f"{name} is {value}: {advice}")


@pytest.mark.parametrize(
    ("field", "value", "read"),
    [
        ("tolerance", 0.5, 0.5),
        ("until_step", 3, 3),
        ("match", "exact", "exact"),
        ("ignore", "a", ("a",)),
        ("latency", "recorded", 1.0),
        ("latency", 0, 0.0),
        ("latency", "none", None),
        ("verbose", True, True),
        ("recording", "a.iairec", Path("a.iairec")),
        ("listen", "none", "none"),
        ("upstream", "sandbox", "sandbox"),
    ],
)
def test_a_value_means_the_same_on_each_surface(field: str, value: Any, read: Any) -> None:
    for name, reader in on_each_surface(field, str(value), value).items():
        if field == "recording" and name.startswith("IAI_PROXY"):
            continue  # an argument of the command, not an option
        assert getattr(reader(), field) == read, name


def test_several_values_are_repeated_flags_or_separated_by_blanks_or_a_list() -> None:
    expected = ("a", "b")
    assert from_flags(ReplaySettings, {"ignore": ("a", "b")}).ignore == expected
    assert from_variables(ReplaySettings, {"IAI_PROXY_IGNORE": "a b"}).ignore == expected
    assert from_table(ReplaySettings, {"ignore": ["a", "b"]}, "").ignore == expected
    assert from_keywords(ReplaySettings, {"ignore": {"a", "b"}}).ignore in {expected, ("b", "a")}


def test_what_is_given_first_counts_and_what_is_given_nowhere_has_its_default() -> None:
    settings = layered(
        from_flags(ReplaySettings, {"match": "exact"}),
        from_variables(ReplaySettings, {"IAI_PROXY_MATCH": "nearest", "IAI_PROXY_TOLERANCE": "2"}),
        from_table(ReplaySettings, {"tolerance": 3, "until-step": 4}, ""),
    )
    assert (settings.match, settings.tolerance, settings.until_step) == ("exact", 2.0, 4)
    assert settings.on_miss == "refuse"


def test_an_empty_variable_is_none_and_one_that_a_flag_replaces_is_not_read() -> None:
    assert from_variables(ReplaySettings, {"IAI_PROXY_MATCH": ""}).match == "step"
    wrong = {"IAI_PROXY_LATENCY": "fast"}  # the sandbox's latency has the same variable
    assert from_variables(ReplaySettings, wrong, {"match"}).latency is None


def test_replay_and_the_checks_have_different_variables_for_what_they_ignore() -> None:
    variables = {"IAI_PROXY_IGNORE": "seed", "IAI_PROXY_IGNORE_CHECKS": "11 12"}
    assert from_variables(RecordSettings, variables).ignore == ("11", "12")


def test_a_file_has_types_that_the_command_line_has_not() -> None:
    for table, said in (
        ({"until-step": "3"}, "until-step is '3': give a whole number"),
        ({"verbose": "yes"}, "verbose is 'yes': give true or false"),
        ({"tolerance": float("nan")}, "tolerance is nan: give a finite number"),
        ({"match": 3}, "match is 3: give a text"),
    ):
        with pytest.raises(UsageError, match=said):
            from_table(ReplaySettings, table, "c.toml: [replay]")


@pytest.mark.parametrize(
    ("given", "wrong"),
    [(("-1", "none"), "-1"), (("0,3", "x"), "x"), (("0", "none"), "none")],
)
def test_of_several_flags_the_wrong_value_is_named(given: tuple[str, ...], wrong: str) -> None:
    expected = f"--ego is {wrong}: give the indices of agents, such as 0,3, or 'none' alone"
    with pytest.raises(UsageError) as refused:
        from_flags(RecordSettings, {"ego": given})
    assert str(refused.value) == expected


@pytest.mark.parametrize(
    ("field", "value", "advice"),
    [
        ("tolerance", "far", "give a number"),
        ("until_step", "soon", "give a whole number"),
        ("until_step", "2.5", "give a whole number"),
        ("until_step", "9" * 5000, "give a whole number"),
        ("python_seed", "x", "give a whole number"),
    ],
)
def test_what_is_no_number_is_refused_in_our_words(field: str, value: str, advice: str) -> None:
    with pytest.raises(UsageError) as refused:
        from_flags(ReplaySettings, {field: value})
    assert str(refused.value).endswith(f" is {value}: {advice}")


def test_an_unknown_name_in_a_file_is_told_with_the_closest() -> None:
    with pytest.raises(UsageError, match=r"has no setting until-stop \(did you mean 'until-step'"):
        from_table(ReplaySettings, {"until-stop": 3}, "c.toml: [replay]")
    with pytest.raises(UsageError, match=r"has no setting x \(there are: output, append, "):
        from_table(RecordSettings, {"x": 3}, "c.toml: [record]")


def test_a_secret_is_not_quoted() -> None:
    with pytest.raises(UsageError) as refused:
        from_flags(ReplaySettings, {"proxy_password": "hunter2"})
    assert str(refused.value) == "--proxy-password can't be used: give USER:PASSWORD"


@pytest.mark.parametrize(
    ("model", "keywords", "sentence"),
    [
        (RecordSettings, {"append": "maybe"}, "append is 'maybe': give True or False"),
        (RecordSettings, {"output": 5}, "path is 5: give a path"),
        (ReplaySettings, {"recording": 5}, "path is 5: give a path"),
        (
            ReplaySettings,
            {"match": "fuzzy"},
            "match is 'fuzzy': give exact, seedless, step or nearest",
        ),
        (ReplaySettings, {"until_step": 1.5}, "until_step is 1.5: give a whole number"),
    ],
)
def test_what_a_python_user_gave_is_told_as_python_writes_it(
    model: type[RecordSettings | ReplaySettings], keywords: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(UsageError) as refused:
        from_keywords(model, keywords)
    assert str(refused.value) == sentence

"""Sentences in the words of Python and of pytest.

They are written with the command line's flags, wherever in the package that is. Whoever calls
``iai_proxy.replaying`` has keyword arguments instead, and a test has its marker and pytest's
options.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Final

from iai_proxy.settings.model import RecordSettings, ReplaySettings
from iai_proxy.settings.option import Setting, settings_of

#: Rewords a sentence.
Words = Callable[[str], str]

#: What the functions of the Python API take beside what the marker takes.
_ALSO_IN_PYTHON: Final = frozenset({"append", "ca_dir", "on_miss", "fail_on_miss"})
_NUMBERS: Final = frozenset({"tolerance", "until_step", "latency"})
#: Where the path is an argument, another file needs no flag.
_OUTPUT: Final = re.compile(r" with -o\b")


def in_python(sentence: str) -> str:
    """Write flags as keyword arguments: ``--match seedless`` is ``match="seedless"``."""
    return _OUTPUT.sub("", _flags(in_python=True).sub(_as_arguments, sentence))


def in_pytest(sentence: str) -> str:
    """Write flags as what a test has: the marker with its arguments, or an option of pytest."""
    worded = sentence.replace("--on-miss record", "--iai-record-mode=new_episodes")
    worded = worded.replace("--ca-dir or IAI_PROXY_CA_DIR", "IAI_PROXY_CA_DIR")
    worded = _flags(in_python=False).sub(
        lambda found: f"@pytest.mark.iai_recording({_as_arguments(found)})", worded
    )
    return _OUTPUT.sub("", worded)


@cache
def _settings() -> dict[str, Setting]:
    """Return the settings that Python or the marker can give, by flag."""
    both = (*settings_of(ReplaySettings).values(), *settings_of(RecordSettings).values())
    return {
        setting.flag: setting
        for setting in both
        if setting.option.marker or setting.keyword in _ALSO_IN_PYTHON
    }


@cache
def _flags(*, in_python: bool) -> re.Pattern[str]:
    """Return what matches one or several flags in a row, with their values."""
    flags = "|".join(
        _spelled(setting) for setting in _settings().values() if in_python or setting.option.marker
    )
    return re.compile(rf"(?<![\w-])(?:{flags})(?: (?:{flags}))*(?![\w-])")


def _spelled(setting: Setting) -> str:
    """Return what matches a flag with a value of its kind; without one, it is just named."""
    value = ""
    if setting.option.choices:
        value = f"(?: (?:{'|'.join(setting.option.choices)}))?"
    elif setting.keyword in _NUMBERS:
        value = r"(?: \d+(?:\.\d+)?)?"
    elif setting.option.repeats:
        value = r" [\w.*]+(?:[:=][\w.]+)*"
    return setting.flag + value


def _as_arguments(found: re.Match[str]) -> str:
    given: dict[str, list[str]] = {}
    for words in found[0].split("--")[1:]:
        flag, _, value = words.strip().partition(" ")
        given.setdefault(f"--{flag}", []).append(value)
    return ", ".join(_argument(_settings()[flag], values) for flag, values in given.items())


def _argument(setting: Setting, values: list[str]) -> str:
    if setting.is_switch:
        return f"{setting.keyword}=True"
    quoted = [value if setting.keyword in _NUMBERS else f'"{value}"' for value in values if value]
    if not quoted:
        return setting.keyword
    listed = ", ".join(quoted)
    return f"{setting.keyword}={listed if len(quoted) == 1 else f'[{listed}]'}"

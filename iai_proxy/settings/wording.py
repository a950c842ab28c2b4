"""Sentences that name settings, in the words of the place where a user reads them.

All over the package they are written with the flags of the command line: ``--match seedless accepts
it``. A script of mitmproxy has ``--set iai_match=seedless`` instead, a test its marker and pytest's
options, and Python code keyword arguments. What a place can't set is named with the command that
can. Commands, which stand between backticks, stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from types import TracebackType
from typing import Final, Self

from iai_proxy.errors import IaiProxyError
from iai_proxy.settings.option import Setting, settings_of
from iai_proxy.settings.recording import RecordSettings
from iai_proxy.settings.replaying import ReplaySettings

#: Returns how a place spells settings, each with its values; None if it can't set all of them.
_Spell = Callable[[Mapping[str, Sequence[str]]], str | None]

#: What the functions of the Python API take as well, beside what the marker takes.
ALSO_IN_PYTHON: Final = frozenset(
    {"append", "ca_dir", "on_miss", "fail_on_miss", "fail_on_unused", "upload"}
)
_NUMBERS: Final = frozenset(
    {"tolerance", "until-step", "latency", "python-seed", "max-body", "max-decoded", "grace"}
)
#: Settings whose values are URLs, or ``sandbox``.
_URLS: Final = frozenset({"upstream", "upload"})
#: As sentences have it: a stop, a comma or a bracket behind it is the sentence's.
_URL: Final = r"[a-z][a-z0-9+.-]*://[^\s,;)]*[\w/\]]"


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where users meet the package. Called with a sentence, it rewords that; twice does no harm.

    Attributes:
        spell: spells settings; None if they have their flags.
        trust: how a client comes to trust the CA, and which that is.
        phrases: what becomes of phrases that would not do with their flags replaced alone.
    """

    spell: _Spell | None
    trust: str
    phrases: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, sentence: str) -> str:
        """Return a sentence in the words of this place."""
        if self.spell is None:
            return sentence
        parts = sentence.split("`")
        parts[::2] = [self._reworded(part) for part in parts[::2]]
        return "`".join(parts)

    def _reworded(self, text: str) -> str:
        for phrase, instead in self.phrases.items():
            text = text.replace(phrase, instead)
        return _flags().sub(self._spelled, text)

    def _spelled(self, found: re.Match[str]) -> str:
        given: dict[str, list[str]] = {}
        for words in found[0].split("--")[1:]:
            name, _, value = words.strip().partition(" ")
            given.setdefault(name, []).extend([value] if value else [])
        here = self.spell(given) if self.spell else None
        return here or f"`iai-proxy {_command(given)} {found[0]}`"


class Worded:
    """A block whose errors of ours have the words of a place, those of its caller as they are.

    Args:
        place: where users read them.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._theirs: BaseException | None = None

    @contextmanager
    def theirs(self) -> Iterator[None]:
        """Run what is the caller's own, such as the body of a ``with`` block."""
        try:
            yield
        except BaseException as error:
            self._theirs = error
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, IaiProxyError) and error is not self._theirs:
            error.args = (self._place(str(error)),)


@cache
def _settings() -> dict[str, Setting]:
    """Return the settings of both commands that run a proxy, by name."""
    both = (*settings_of(RecordSettings).values(), *settings_of(ReplaySettings).values())
    return {setting.name: setting for setting in both}


def _command(given: Mapping[str, object]) -> str:
    replayed = {setting.name for setting in settings_of(ReplaySettings).values()}
    return "replay" if given.keys() <= replayed else "record"


@cache
def _flags() -> re.Pattern[str]:
    """Return what matches one or several flags in a row, with their values."""
    flags = "|".join(_matched(setting) for setting in _settings().values() if setting.option.flag)
    return re.compile(rf"(?<![\w-])(?:{flags})(?: (?:{flags}))*(?![\w-])")


def _matched(setting: Setting) -> str:
    """Return what matches a flag with a value of its kind; without one, it is just named."""
    placeholder = r"[A-Z]+(?::[A-Z]+)*\b"
    if setting.is_switch:
        return setting.flag
    if setting.option.choices:
        return f"{setting.flag}(?: (?:{'|'.join(setting.option.choices)}))?"
    if setting.option.repeats:
        return rf"{setting.flag}(?: [\w*][\w.*-]*(?:[:=][\w.]+)*)?"
    if setting.name in _URLS:
        return rf"{setting.flag}(?: (?:{_URL}|sandbox\b|{placeholder}))?"
    number = r"|\d+(?:\.\d+)?" if setting.name in _NUMBERS else ""
    return f"{setting.flag}(?: (?:{placeholder}{number}))?"


def _in_python(given: Mapping[str, Sequence[str]]) -> str | None:
    if not all(
        _settings()[name].option.marker or _settings()[name].keyword in ALSO_IN_PYTHON
        for name in given
    ):
        return None
    return _as_arguments(given)


def _in_pytest(given: Mapping[str, Sequence[str]]) -> str | None:
    if not all(_settings()[name].option.marker for name in given):
        return None
    return f"@pytest.mark.iai_recording({_as_arguments(given)})"


def _as_arguments(given: Mapping[str, Sequence[str]]) -> str:
    return ", ".join(_argument(_settings()[name], values) for name, values in given.items())


def _argument(setting: Setting, values: Sequence[str]) -> str:
    if setting.is_switch:
        return f"{setting.keyword}=True"
    quoted = [value if setting.name in _NUMBERS else f'"{value}"' for value in values]
    if not quoted:
        return setting.keyword
    listed = ", ".join(quoted)
    return f"{setting.keyword}={listed if len(quoted) == 1 else f'[{listed}]'}"


def _in_mitmproxy(given: Mapping[str, Sequence[str]]) -> str | None:
    if not all(_settings()[name].option.addon for name in given):
        return None
    return " ".join(
        f"--set {_settings()[name].addon_option}{value}"
        for name, values in given.items()
        for value in _assigned(_settings()[name], values)
    )


def _assigned(setting: Setting, values: Sequence[str]) -> list[str]:
    if setting.is_switch:
        return ["=true"]
    return [f"={value}" for value in values] or [""]


_SEED: Final = "--python-seed N"
_FOLDER: Final = "--ca-dir or IAI_PROXY_CA_DIR"

COMMAND_LINE: Final = Place(
    None,
    "the CA of iai-proxy: start the client with `iai-proxy {command} … -- CLIENT…`, or run "
    '`eval "$(iai-proxy env)"` in its shell; `iai-proxy ca` explains',
)
PYTHON: Final = Place(
    _in_python,
    "the CA of iai-proxy: create the client within the block, where REQUESTS_CA_BUNDLE and "
    "SSL_CERT_FILE name that, or give it the `ca_bundle` of what the block is given",
    # The path is an argument there, and needs no name.
    {
        " with -o": "",
        _SEED: "random.seed(N)",
        _FOLDER: "ca_dir or IAI_PROXY_CA_DIR",
        "with --ego": "with `run.findings(egos=[…])`",
        "where you start iai-proxy": "before the block",
    },
)
PYTEST: Final = Place(
    _in_pytest,
    "the CA of iai-proxy: create the client within the test, where REQUESTS_CA_BUNDLE and "
    "SSL_CERT_FILE name that, or give it the `ca_bundle` of the fixture iai_recording",
    {
        "--on-miss record": "--iai-record-mode=new_episodes",
        "--append": "--iai-record-mode=all",
        " with -o": "",
        _SEED: "random.seed(N)",
        _FOLDER: "IAI_PROXY_CA_DIR",
    },
)
MITMPROXY: Final = Place(
    _in_mitmproxy,
    "mitmproxy's CA: give the client mitmproxy-ca-cert.pem of mitmproxy's confdir (~/.mitmproxy, "
    "unless set), in REQUESTS_CA_BUNDLE, SSL_CERT_FILE or NODE_EXTRA_CA_CERTS",
    {" with -o": " with --set iai_recording=FILE", _SEED: "random.seed(N) in the client"},
)

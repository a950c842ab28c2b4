"""What importing costs, and what it must not load."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("mitmproxy", "matplotlib", "invertedai", "numpy", "starlette", "PIL")


@pytest.mark.parametrize(
    "statement",
    [
        "import iai_proxy",
        "import iai_proxy.cli",
        "import iai_proxy.recordings",
        "import iai_proxy.report",
        "import iai_proxy.testing.plugin",
    ],
)
def test_importing_loads_neither_mitmproxy_nor_what_draws_pictures(statement: str) -> None:
    code = f"{statement}\nimport sys\nprint(*[name for name in {HEAVY} if name in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).split() == []


def test_the_pytest_plugin_loads_nothing_but_pytest_and_what_python_has() -> None:
    code = (
        "import sys, pytest\nbefore = set(sys.modules)\nimport iai_proxy.testing.plugin\n"
        "loaded = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(*sorted(loaded - sys.stdlib_module_names))"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).split() == ["iai_proxy"]


def test_the_python_api_is_found_on_the_package_and_nothing_else_is() -> None:
    import iai_proxy

    assert (
        iai_proxy.replaying.__module__ == iai_proxy.recording.__module__ == "iai_proxy.testing.api"
    )
    with pytest.raises(AttributeError, match="no attribute 'replying'"):
        _ = iai_proxy.replying


def test_help_loads_no_command() -> None:
    code = (
        "import sys\nfrom iai_proxy.cli import group\n"
        "group(['--help'], standalone_mode=False)\n"
        "heavy = ('iai_proxy.proxy', 'iai_proxy.recording', 'pydantic')\n"
        "assert not [name for name in sys.modules if name.startswith(heavy)]"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)

"""Which of mitmproxy's addons are imported. Each program is a new one: imports are for good."""

from __future__ import annotations

import subprocess
import sys

import pytest

#: What mitmproxy's other addons bring along, some of it up to version 11.
NEEDLESS = ("flask", "ldap3", "passlib")

RECORDING = "import iai_proxy.proxy.record_job"
MASTER = "from mitmproxy.tools.dump import DumpMaster"


def modules_after(*statements: str) -> list[str]:
    program = "\n".join(("import sys", *statements, "print(*sys.modules)"))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    return done.stdout.decode().split()


def test_a_recording_imports_no_addon_that_it_does_not_use() -> None:
    modules = modules_after(RECORDING)
    assert "mitmproxy.addons.tlsconfig" in modules
    assert not [name for name in modules if name in NEEDLESS]


@pytest.mark.parametrize("statements", [(RECORDING, MASTER), (MASTER, RECORDING)])
def test_mitmproxys_own_programs_have_them_all(statements: tuple[str, ...]) -> None:
    count = "import mitmproxy.addons; assert len(mitmproxy.addons.default_addons()) > 20"
    assert "flask" in modules_after(*statements, count)

import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "supply_chain"

LOCK = """\
brotli==1.2.0 ; python_full_version >= '3.12' \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via mitmproxy
Ruamel_Yaml==0.18.6 \\
    --hash=sha256:cc
plain==1.0
"""


@pytest.fixture
def advisories(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(FOLDER)
    return pytest.importorskip("advisories")


def test_a_lock_is_read_with_markers_hashes_and_plain_names(advisories: Any) -> None:
    pins = advisories.pins(LOCK)
    assert [(pin.name, pin.version, pin.marker) for pin in pins] == [
        ("brotli", "1.2.0", "python_full_version >= '3.12'"),
        ("ruamel-yaml", "0.18.6", ""),
        ("plain", "1.0", ""),
    ]
    assert "--hash=sha256:bb" in pins[0].text


@pytest.mark.parametrize(("version", "is_affected"), [("1.2.0", True), ("1.2.1", False)])
def test_a_version_is_affected_up_to_the_one_that_mends_it(
    version: str, is_affected: bool, advisories: Any
) -> None:
    pins = advisories.pins(f"brotli=={version} \\\n    --hash=sha256:aa\n")
    known = [{"id": "CVE-1", "package": "Brotli", "affected": ">=1.0.3,<1.2.1", "summary": "x"}]
    assert bool(list(advisories.affected(pins, known))) == is_affected


def test_what_is_locked_has_no_known_fault_without_a_reason() -> None:
    done = subprocess.run(
        [sys.executable, FOLDER / "advisories.py"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "advisories, looked up on" in done.stdout


def test_every_advisory_names_a_package_of_the_lock(advisories: Any) -> None:
    import tomllib

    known = tomllib.loads(advisories.ADVISORIES.read_text())
    locked = {pin.name for pin in advisories.pins(advisories.LOCK.read_text())}
    assert {each["package"] for each in known["advisory"]} <= locked
    assert known["looked_up"] <= date.today()

"""What an import loads, little, so that all starts fast; and what a wheel holds."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

HEAVY = ("mitmproxy", "matplotlib", "invertedai", "numpy", "starlette", "PIL")


def loaded_by(statements: str) -> set[str]:
    """Return the modules that are loaded once these statements have run in a new process."""
    code = f"{statements}\nimport sys\nprint(*sys.modules)"
    return set(subprocess.check_output([sys.executable, "-c", code], text=True).split())


@pytest.mark.parametrize(
    "module",
    [
        "iai_proxy",
        "iai_proxy.cli",
        "iai_proxy.recordings",
        "iai_proxy.report",
        "iai_proxy.testing.plugin",
    ],
)
def test_importing_loads_neither_mitmproxy_nor_what_draws_pictures(module: str) -> None:
    assert loaded_by(f"import {module}").isdisjoint(HEAVY)


def test_reading_a_recording_loads_no_pydantic() -> None:
    loaded = loaded_by("import iai_proxy.recordings, iai_proxy.report, iai_proxy.cli.show")
    assert "pydantic" not in loaded


def test_what_is_imported_late_is_the_same_in_any_order() -> None:
    loaded_by(
        "from iai_proxy.recordings import Problem, PackedFile\n"
        "from iai_proxy.recordings import RecordingWriter, pack_file, salvage, verify\n"
        "assert all(map(callable, (pack_file, salvage, verify)))"
    )


def test_the_pytest_plugin_loads_nothing_but_pytest_and_the_standard_library() -> None:
    new = loaded_by("import pytest, iai_proxy.testing.plugin") - loaded_by("import pytest")
    packages = {name.partition(".")[0] for name in new}
    assert packages - sys.stdlib_module_names == {"iai_proxy"}


def test_help_loads_no_command() -> None:
    loaded = loaded_by(
        "import contextlib, io\n"
        "from iai_proxy.cli import group\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        "    group(['--help'], standalone_mode=False)"
    )
    heavy = ("iai_proxy.proxy", "iai_proxy.recordings", "pydantic")
    assert not [name for name in loaded if name.startswith(heavy)]


def test_the_package_has_the_python_api_and_no_other_names() -> None:
    import iai_proxy

    api = "iai_proxy.testing.api"
    assert iai_proxy.replaying.__module__ == iai_proxy.recording.__module__ == api
    with pytest.raises(AttributeError, match="no attribute 'replying'"):
        _ = iai_proxy.replying


def test_a_wheel_has_the_scripts_and_settings_files_and_finds_them(tmp_path: Path) -> None:
    pytest.importorskip("hatchling")
    build = "from hatchling.build import build_wheel; print(build_wheel({!r}))"
    subprocess.run(
        [sys.executable, "-c", build.format(str(tmp_path))], cwd=ROOT, check=True, timeout=60
    )
    (wheel,) = tmp_path.glob("*.whl")
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    for name, place in (("record", "addons/record.py"), ("replay", "addons/replay.py")):
        found = _addon(name, site)
        assert found.is_relative_to(site)
        assert found.read_text() == (ROOT / place).read_text()
        assert _addon(name, ROOT) == ROOT / place
    names = {path.name for path in _addon("configs", site).iterdir()}
    assert names == {path.name for path in (ROOT / "configs").iterdir()}


def _addon(name: str, installed: Path) -> Path:
    """Return what ``iai-proxy addon`` prints where the package is installed in a folder."""
    command = [sys.executable, "-m", "iai_proxy", "addon", name]
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    printed = subprocess.check_output(command, cwd=installed, env=environment, text=True)
    return Path(printed.rstrip("\n"))

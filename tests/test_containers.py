"""The image, the example beside it, the workflow of docs/ci.md, as far as no daemon is needed."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/ci.md").read_text()


def workflow() -> str:
    (block,) = re.findall(r"(?ms)^```yaml\n(.*?)^```$", PAGE)
    return str(block)


def yaml(text: str) -> Any:
    return YAML(typ="safe").load(text)


def checked(schema: str, path: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}"]
    return subprocess.run([*command, path], capture_output=True, text=True, check=False)


def test_the_dockerfile_passes_its_linter() -> None:
    linter = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if linter is None:
        pytest.skip("hadolint is not installed for this system")
    done = subprocess.run(
        [linter, ROOT / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_all_that_the_image_copies_is_there_and_not_ignored() -> None:
    named = re.findall(r"(?m)^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text())
    kept = [
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    ]
    for path in " ".join(named).split():
        assert (ROOT / path).exists(), path
        assert any(fnmatch(path, pattern) for pattern in kept), path


def test_the_image_runs_as_a_user_without_rights_and_knows_when_it_is_ready() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert re.findall(r"(?m)^USER (\S+)$", text) == ["10001"]
    assert 'CMD ["iai-proxy", "wait", "--timeout", "3"]' in text


def test_what_the_image_installs_is_locked_with_hashes_for_all_that_the_package_can_need() -> None:
    locked = (ROOT / "supply_chain" / "image.lock").read_text()
    pins = re.findall(r"(?m)^([\w.-]+)==", locked)
    blocks = re.split(r"\n(?=\S)", locked.strip())
    assert all("--hash=sha256:" in block for block in blocks)
    needed = {
        "mitmproxy",
        "pyarrow",
        "pandas",
        "foxglove-sdk",
        "obstore",
        "distributed",
        "hatchling",
    }
    assert needed <= set(pins)
    everything = (ROOT / "requirements.lock").read_text()
    versions = re.findall(r"(?m)^([\w.-]+==[\w.]+)", locked)
    assert [version for version in versions if version not in everything] == []


def test_the_compose_file_is_valid() -> None:
    done = checked("compose-spec", ROOT / "compose.yaml")
    assert done.returncode == 0, done.stdout


def test_the_client_of_the_compose_file_waits_for_the_recorder_and_has_its_network() -> None:
    services = yaml((ROOT / "compose.yaml").read_text())["services"]
    assert services["client"]["network_mode"] == "service:proxy"
    assert services["client"]["depends_on"]["proxy"]["condition"] == "service_healthy"


def test_the_recorder_of_the_compose_file_takes_its_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its words are options that there are; the client has the API's port on its own loopback."""
    from iai_proxy.cli.record import command

    words = yaml((ROOT / "compose.yaml").read_text())["services"]["proxy"]["command"].split()
    assert words[0] == "record"
    given = command.make_context("record", words[1:]).params
    assert str(given["reverse_listen"]) == "127.0.0.1:8000"
    assert given["listen"] == "none"


def test_the_workflow_is_valid(tmp_path: Path) -> None:
    path = tmp_path / "simulation.yml"
    path.write_text(workflow())
    done = checked("github-workflows", path)
    assert done.returncode == 0, done.stdout


def test_only_the_job_that_records_sees_the_key() -> None:
    jobs = yaml(workflow())["jobs"]
    assert {name for name, job in jobs.items() if "IAI_API_KEY" in str(job)} == {"record"}
    assert jobs["record"]["if"] == "github.event_name == 'workflow_dispatch'"


def test_what_the_workflow_says_to_iai_proxy_it_understands() -> None:
    from iai_proxy.cli.diagnose import command

    runs = [
        step["run"]
        for job in yaml(workflow())["jobs"].values()
        for step in job["steps"]
        if "run" in step
    ]
    (words,) = [run.split() for run in runs if run.startswith("iai-proxy")]
    assert words[:2] == ["iai-proxy", "diagnose"]
    assert command.make_context("diagnose", words[2:]).params["format"] == "sarif"

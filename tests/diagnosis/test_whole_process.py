"""A whole diagnosis in a process of its own: the same findings, and it ends when it should."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from diagnosis.test_live_process import PATIENCE_S, record  # type: ignore[import-not-found]

from iai_proxy.diagnosis.registry import ALL
from iai_proxy.diagnosis.runs import diagnosed
from iai_proxy.diagnosis.whole_process import WholeDiagnosis
from iai_proxy.errors import IaiProxyError


def test_it_finds_what_a_diagnosis_here_finds(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    record(path).close()
    with WholeDiagnosis(path, ALL) as process:
        found = process.result()
    assert found == diagnosed(path, ALL)
    assert found.located


def test_a_file_that_can_not_be_read_is_told_with_the_result(tmp_path: Path) -> None:
    with WholeDiagnosis(tmp_path / "none.iairec", ALL) as process:
        assert "none.iairec" in (process.result().error or "")


def test_who_waits_for_one_that_is_stopped_is_told(tmp_path: Path) -> None:
    with WholeDiagnosis(tmp_path / "run.iairec", ALL) as process:
        process.stop()
        with pytest.raises(IaiProxyError, match="ended early"):
            process.result()


def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from iai_proxy.diagnosis.whole_process import WholeDiagnosis\n"
        "made = WholeDiagnosis(Path(sys.argv[1]), ())\n"
        "print(made._process.pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, tmp_path / "run.iairec"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout
        child = psutil.Process(int(parent.stdout.readline()))
        parent.send_signal(signal.SIGKILL)
        child.wait(PATIENCE_S)

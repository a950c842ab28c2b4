"""Looks for bytes that make a reader fail, by what they make it run (atheris, libFuzzer).

    pip install atheris    # there are wheels for Linux
    PYTHONPATH=.:tests python tests/fuzzing/atheris_run.py            # each target for a while
    PYTHONPATH=.:tests python tests/fuzzing/atheris_run.py logs -runs=100000

The first form gives each target the same number of runs in a process of its own, notes how many
there were as tests do (``IAI_PROXY_TRIES``), and ends with 1 if any failed. libFuzzer writes the
bytes that did to the folder that it was started in.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from support.tries import Tries

#: Runs of each target: some ten minutes in all.
RUNS = 20_000
#: Bytes that are tried at most, memory in MB, and seconds that one run may take.
BOUNDS = ("-max_len=4096", "-rss_limit_mb=2000", "-timeout=20")


def main(arguments: list[str]) -> int:
    """Run what was asked for, and return the exit code."""
    if arguments:
        fuzz(arguments[0], arguments[1:])
        return 0
    from fuzzing.targets import TARGETS

    failed = [name for name in TARGETS if not holds(name)]
    if failed:
        print(f"failed: {', '.join(failed)}")
        return 1
    Tries("tests/fuzzing/atheris_run.py").note("fuzzing", RUNS * len(TARGETS))
    return 0


def holds(name: str) -> bool:
    """Whether nothing was found that makes a target fail."""
    done = subprocess.run([sys.executable, __file__, name, f"-runs={RUNS}"], check=False)
    return done.returncode == 0


def fuzz(name: str, arguments: list[str]) -> None:
    """Give bytes to one target; ends the process."""
    import atheris

    with atheris.instrument_imports(include=["iai_proxy"]):
        from fuzzing.targets import TARGETS, try_

    with tempfile.TemporaryDirectory() as corpus:
        (Path(corpus) / "begin").write_bytes(TARGETS[name][1])
        atheris.Setup(
            [sys.argv[0], corpus, *BOUNDS, *arguments], lambda data: try_(name, bytes(data))
        )
        atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

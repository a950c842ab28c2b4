"""Writes docs/reliability.md from what tests noted: ``make soak`` runs it.

    python benchmarks/reliability.py NOTES.jsonl [SOAK.json]

Tests note what they tried with the fixture ``tries`` (tests/support/tries.py).
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from support.tries import PROMISES  # noqa: E402

PAGE = ROOT / "docs/reliability.md"
INTRODUCTION = """\
# Reliability

What is promised, which tests show it, and how often it was tried in the last `make soak`, which
takes half an hour. Each run of the tests tries the same, less often. This page is made by
`benchmarks/reliability.py`.
"""


def main() -> None:
    notes = Path(sys.argv[1])
    soak = json.loads(Path(sys.argv[2]).read_text()) if len(sys.argv) > 2 else None
    noted = [json.loads(line) for line in notes.read_text().splitlines()]
    PAGE.write_text("\n".join(page(noted, soak)))
    print(f"{PAGE.relative_to(ROOT)} is written")


def page(noted: list[dict[str, Any]], soak: Mapping[str, Any] | None) -> Iterator[str]:
    """Yield the lines of the page."""
    yield INTRODUCTION
    yield f"Last run: {datetime.now(UTC):%Y-%m-%d}, {machine()}.\n"
    yield "| promise | tried | shown by |"
    yield "| --- | ---: | --- |"
    counts: Counter[str] = Counter()
    for note in noted:
        counts[note["promise"]] += note["count"]
    for name, sentence in PROMISES.items():
        tests = sorted({plain(note["test"]) for note in noted if note["promise"] == name})
        shown = "<br>".join(f"`{test}`" for test in tests)
        yield f"| {sentence} | {counts[name]:,} | {shown} |"
    yield ""
    if soak:
        yield from memory(soak)


def memory(soak: Mapping[str, Any]) -> Iterator[str]:
    """Yield what recording held, at the beginning and at the end."""
    yield "## Hours of recording\n"
    yield (
        f"{soak['clients']} clients of {soak['agents']} agents, {soak['of_them_sdk']} of them with "
        f"the real SDK, for {soak['minutes']:g} minutes: {soak['answered']:,} calls were answered, "
        f"{soak['recorded']:,} are recorded. What each process held (resident memory), and the "
        "write-ahead log, as medians:\n"
    )
    yield "| MB | first third | last third | most |"
    yield "| --- | ---: | ---: | ---: |"
    for name, third in soak["thirds"].items():
        yield f"| {name} | {third['first']:,.0f} | {third['last']:,.0f} | {third['most']:,.0f} |"
    yield ""


def plain(test: str) -> str:
    """Return a test's identity without its parameters."""
    return test.partition("[")[0]


def machine() -> str:
    """Say what it ran on."""
    revision = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(revision, capture_output=True, text=True, check=True).stdout.strip()
    python = platform.python_version()
    return f"commit {commit}, Python {python}, mitmproxy {version('mitmproxy')}"


if __name__ == "__main__":
    main()

"""How long `iai-proxy view` takes until the first picture of a recording, in the browser.

    python benchmarks/recorded.py ten --calls 10
    python benchmarks/recorded.py many --calls 10000
    python benchmarks/viewing.py ten/run.iairec many/run.iairec --rounds 5

The server is started anew for each round; its own start is not counted, the opening of the page
is: from the request for it until the first step is drawn, and until the whole recording has been
read. Files take turns, and are warm.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from support.browser import launched_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser

VIEW = [sys.executable, "-m", "iai_proxy", "view", "--no-check", "--listen", "127.0.0.1:0"]
#: Resolves once the server says that there is no more to be read.
READ = """
() => new Promise((done) => {
  const events = new EventSource("events");
  events.onmessage = ({ data }) => {
    if (Object.values(JSON.parse(data)).some((state) => state.reading)) return;
    events.close();
    done();
  };
})
"""


class Opened(NamedTuple):
    picture_s: float
    read_s: float
    requests: int


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    found: dict[Path, list[Opened]] = {file: [] for file in given.files}
    with launched_browser() as browser:
        for _ in range(given.rounds):
            for file in given.files:
                with serving(file) as url:
                    found[file].append(opened(browser, url))
    for file, rounds in found.items():
        pictures, reads, requests = zip(*rounds, strict=True)
        print(
            f"{file}: first picture {statistics.median(pictures):.2f} s "
            f"({min(pictures):.2f} to {max(pictures):.2f}), {max(requests)} requests until then; "
            f"all read {statistics.median(reads):.2f} s"
        )


@contextmanager
def serving(file: Path) -> Iterator[str]:
    with subprocess.Popen([*VIEW, str(file)], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def opened(browser: Browser, url: str) -> Opened:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    begun = time.perf_counter()
    page.goto(url)
    page.wait_for_selector("html[data-ready]")
    picture_s, count = time.perf_counter() - begun, len(requests)
    page.evaluate(READ)
    read_s = time.perf_counter() - begun
    page.close()
    return Opened(picture_s, read_s, count)


if __name__ == "__main__":
    main()

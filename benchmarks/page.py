"""What the page costs: writing it, its size, opening it, frames a second while it plays.

    taskset -c 0 python benchmarks/page.py --agents 100 --steps 1000

Agents drive round in circles; all of them are on the screen. The browser shares the processors that
this program may use with it, so `taskset -c 0` measures one core.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from support.browser import launched_browser
from support.scenes import circling

from iai_proxy.page import write_page

if TYPE_CHECKING:
    from playwright.sync_api import Page

PLAYED_S = 5
#: Resolves to the milliseconds between pictures, while the page plays.
COUNT = """
(seconds) => new Promise((done) => {
  const gaps = [];
  let before = performance.now();
  const end = before + seconds * 1000;
  const next = (now) => {
    gaps.push(now - before);
    before = now;
    if (now < end) requestAnimationFrame(next);
    else done(gaps.slice(2));
  };
  requestAnimationFrame(next);
})
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--agents", type=int, default=100)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--speed", type=float, nargs="+", default=[1, 10])
    parser.add_argument("--page", type=Path, help="a page to measure instead")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.page or _written(Path(folder) / "run.html", options.agents, options.steps)
        with launched_browser() as browser:
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            begun = time.perf_counter()
            page.goto(path.absolute().as_uri())
            page.wait_for_selector("html[data-ready]")
            print(f"opened in {time.perf_counter() - begun:.2f} s")
            _play(page, options.speed)


def _written(path: Path, agents: int, steps: int) -> Path:
    scene = circling(agents, steps, location="benchmark")
    begun = time.perf_counter()
    write_page([scene], path)
    print(f"{agents} agents, {steps} steps: written in {time.perf_counter() - begun:.2f} s")
    print(f"{path.stat().st_size / 1e6:.2f} MB")
    return path


def _play(page: Page, speeds: list[float]) -> None:
    for layers in ("as it opens", "with trails, numbers and velocities"):
        if layers != "as it opens":
            for key in "tiv":
                page.keyboard.press(key)
        for speed in speeds:
            page.select_option("#speed", f"{speed:g}")
            page.keyboard.press("Tab")
            page.click("#to-first")
            page.click("#play")
            gaps = page.evaluate(COUNT, PLAYED_S)
            page.click("#play")
            late = sum(gap > 25 for gap in gaps)
            print(
                f"speed {speed:g}, {layers}: {1000 / statistics.mean(gaps):.1f} frames a second, "
                f"median {statistics.median(gaps):.1f} ms, {late} of {len(gaps)} over 25 ms"
            )


if __name__ == "__main__":
    main()

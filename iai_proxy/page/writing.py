"""The page as one HTML file: assets inlined, data beside them, nothing loaded from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from iai_proxy.diagnosis.check import Located
from iai_proxy.page.bundle import asset, script
from iai_proxy.page.encode import (
    Compared,
    IndexWriter,
    chunk_of,
    chunk_ranges,
    overview_of,
    own_steps,
)
from iai_proxy.page.fitting import fitted
from iai_proxy.recordings.files import atomic_output
from iai_proxy.scene import Problem, Scene
from iai_proxy.scene.opening import Run

Source = Run | Sequence[Scene]


def write_page(
    source: Source,
    out: Path,
    *,
    problems: Sequence[Located] = (),
    unchecked: str = "",
    over: Source | None = None,
    over_problems: Sequence[Located] = (),
    over_unchecked: str = "",
    compared: Sequence[Compared] = (),
) -> None:
    """Write a page that shows a run, as one file that needs no network.

    Args:
        source: a run, all of which is shown, or scenes of branches of one file: then the page has
            just their steps.
        out: the HTML file; replaced if it is there, unless it is a recording.
        problems: findings of a diagnosis of the run; scenes have theirs already.
        unchecked: why the run could not be checked; empty if it was.
        over: a second run to compare with; its simulations have keys that begin with ``b``.
        over_problems: those of the second run.
        over_unchecked: why the second run could not be checked; empty if it was.
        compared: what to lay over what when the page opens; the first of them is shown.

    Raises:
        UsageError: the file can't be written.
    """
    written = whole_page(
        scenes_of(source, problems, unchecked),
        scenes_of(over or (), over_problems, over_unchecked),
        compared,
    )
    with atomic_output(out) as stream:
        stream.write(written)


def whole_page(
    scenes: Iterable[Scene], over: Iterable[Scene] = (), compared: Sequence[Compared] = ()
) -> str:
    """Return a page that shows scenes, as :func:`scenes_of` gives them, and needs no network.

    Args:
        scenes: of one file.
        over: of a second one to compare with.
        compared: what to lay over what when the page opens.
    """
    data: dict[str, Any] = {}
    index = IndexWriter(compared=list(compared))
    for prefix, of_file in (("", scenes), ("b", over)):
        for scene in of_file:
            data.update(_branch_data(index.add(scene, prefix=prefix), scene))
    return page_html({"index": index.index(), **data})


def scenes_of(
    source: Source, problems: Sequence[Located] = (), unchecked: str = ""
) -> Iterator[Scene]:
    """Return of every branch its own steps, and the one before, where it leaves another."""
    if isinstance(source, Sequence):
        yield from fitted(source)
        return
    for simulation in source.simulations:
        for branch in simulation.branches:
            own = own_steps(simulation, branch.number)
            steps = range(max(own.start - 1, branch.first), own.stop)
            scene = source.scene(simulation.number, branch.number, steps)
            found = _problems(source, scene, problems)
            yield replace(scene, problems=found, unchecked=unchecked or scene.unchecked)


def _problems(run: Run, scene: Scene, located: Sequence[Located]) -> Sequence[Problem]:
    """Return the findings of all steps of a scene's branch, its own and those that it shares."""
    if not located:
        return ()
    simulation, branch = scene.simulation.number, scene.branch
    return run.scene(simulation, branch, details=False, problems=located).problems


def _branch_data(key: str, scene: Scene) -> Iterator[tuple[str, Any]]:
    """Return overview and chunks of a branch's own steps, by the ids of their elements."""
    own = own_steps(scene.simulation, scene.branch)
    yield f"overview/{key}/{scene.branch}", overview_of(scene, own)
    for steps in chunk_ranges(own):
        frames = scene.frames[steps.start - scene.frames[0].step :][: len(steps)]
        yield f"chunk/{key}/{scene.branch}/{steps.start}", chunk_of(replace(scene, frames=frames))


def page_html(data: Mapping[str, Any] | None = None) -> str:
    """Return the page.

    Args:
        data: JSON values by the ids of the elements that hold them; None for a page that asks the
            server that it comes from.
    """
    style, code = f"\n{asset('style.css')}", f"\n{script()}"
    parts = {
        "<!-- policy -->": policy(code, style),
        "<!-- style -->": f"<style>{style}</style>",
        "<!-- data -->": "\n".join(_data_elements((data or {}).items())),
        "<!-- script -->": f'<script type="module">{code}</script>',
    }
    return "".join(parts.get(line.strip(), line) for line in _lines(asset("page.html")))


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def policy(code: str, style: str) -> str:
    """Return the element that allows our script and style, and nothing else but data of ours."""
    rules = (
        "default-src 'none'",
        f"script-src '{_hash(code)}'",
        f"style-src '{_hash(style)}'",
        "img-src data: 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return f'<meta http-equiv="Content-Security-Policy" content="{"; ".join(rules)}">\n'


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _data_elements(data: Iterable[tuple[str, Any]]) -> Iterator[str]:
    for name, value in data:
        yield f'<script type="application/json" id="{name}">{escaped_json(value)}</script>'


def escaped_json(value: Any) -> str:
    """Return JSON for a script element: no text in it can end that, or begin another."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    for char in "<>&":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text

"""A run as notebooks show it: the page, small, or a text where that would be too much."""

from __future__ import annotations

from html import escape
from typing import Final

from iai_proxy.page.writing import scenes_of, whole_page
from iai_proxy.run.reading import Reading

#: Agents of all steps together: 500 steps of 100 agents. The page of as many is made in a second.
MOST_AGENTS: Final = 50_000
#: A longer page makes the notebook that it is in slow to load and to save. Half of it are pictures
#: of the place.
LONGEST_PAGE: Final = 8_000_000
_HEIGHT: Final = 560  # pixels
_NOT_CHECKED: Final = "it is not checked when a notebook shows it: `run.findings()` does that"


def page_of(reading: Reading) -> str | None:
    """Return an element that shows a run; None for one that has no steps, or is too large.

    What the recording says stays text: the page is in a frame of its own, which has no origin, and
    has the policy of every page of ours: nothing but our script runs, nothing is loaded.

    Args:
        reading: the run.

    Raises:
        InputError: the recording is damaged.
        UsageError: it has been closed.
    """
    scenes = reading.scenes
    count = sum(len(joined.step.agents) for joined in scenes.steps)
    if not 0 < count <= MOST_AGENTS:
        return None
    with reading.recording():
        page = whole_page(scenes_of(scenes, unchecked=_NOT_CHECKED))
    if len(page) > LONGEST_PAGE:
        return None
    return (
        f'<iframe title="{escape(reading.name)}" sandbox="allow-scripts" '
        f'style="width: 100%; height: {_HEIGHT}px; border: 0" srcdoc="{escape(page)}"></iframe>'
    )


def text_of(line: str, advice: str = "") -> str:
    """Return an element with a text.

    Args:
        line: says what it is.
        advice: what shows more; a sentence.
    """
    return f"<pre>{escape(line)}</pre>" + (f"<p>{escape(advice)}</p>" if advice else "")

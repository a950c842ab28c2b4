"""What the page reads: an index of the run, and its steps in chunks; format 1.

The file that ``write_page`` makes and the server of ``iai-proxy view`` give the page the same
values. All are JSON objects; lengths are metres and angles radians where nothing else is said.

``index``: ``format``, ``source`` (name of the file), ``step_s``, ``chunk_steps``, ``simulations``,
``compared``. A simulation has

- ``key``: what the page asks for it by: its number, with ``b`` before it in a second file;
- ``number``, ``source``, ``location``, ``large``, ``trunk``;
- ``branches``: of each its ``number``, ``first``, ``last``, ``leaves_branch``, ``leaves_at``;
- ``actors``: of each its ``id``, ``kind``, ``x``, ``y``, ``heading``, ``length``, ``width``;
- ``ground``: ``borders`` and ``areas`` as lists of lines of centimetres ``[x, y, x, y, …]``, and
  ``picture``: None, or its ``url`` (or data), ``center``, ``fov``, ``mirrored``;
- ``problems``: the fields of ``Problem``, and ``branches``: numbers of those that show it;
- ``unchecked``: why it was not checked for problems, a sentence; empty if it was;
- ``left_out``: a sentence for each part of the location that is not drawn since it is too large.

``compared`` says what to lay over what when the page opens: of each pair ``sim`` and ``branch``,
``over_sim`` and ``over_branch``, ``parts_at`` (the first step that differs, or None), ``agents``
(pairs of numbers; None if they have the same numbers in both), ``note``, a sentence, and
``details``, None or what ``iai_proxy.comparison`` found: both sides, ``set_up``, ``steps`` of both
and ``metres`` of the agent furthest from itself at each, ``agents`` that part, findings that
are ``new`` in the second run and ``gone`` in it, ``unchecked``: of both why there are none, and
``latency`` of both.

``overview`` of a branch, for its timeline: ``first``, then for each step ``present`` (agents),
``latency`` (ms, None without a call), ``failures``, ``parts``; then ``arrivals`` and ``departures``
as pairs of step and agent, ``agents``: numbers of all, ``bounds``: least x and y, greatest x and
y, and ``most``: those of the agents that are not far away from most (None if there are none).

``chunk`` of up to 200 steps of a branch. A branch has chunks, and an overview, only of its own
steps: from the one after which it leaves another branch. ``own_steps`` and ``chunk_ranges`` say
which these are. A chunk has

- ``first``, ``count``;
- ``agents``: of those that occur in it ``number``, ``kind``, ``length``, ``width``, ``rear`` (axle,
  behind the middle), ``ego``;
- ``layout``: name, length and coding of its columns, and ``data``: the columns (see ``columns``);
- ``lights``: pairs of a step and all lights' states (or None) wherever they change;
- ``calls``: for each step None, or ``started`` (ms since the epoch), ``latency`` (ms), ``attempts``
  (numbers of failed calls), ``parts`` (number of the call, agents in its answer), ``seed``,
  ``model``.

Its columns have agents as rows, in the order of ``agents``, and a number for each step of a row:
``flags`` (see ``Flag``), ``x`` and ``y`` as answered in cm, ``heading`` in 0.1 degrees, ``speed``
in cm/s (an absent agent keeps its last ones); ``order``, its place in the client's order; ``part``,
``place`` (in the part's answer); ``mark``, the lowest 32 bits of the fingerprint of its recurrent
state as answered (0 for none), and ``sent``, those of the one that the client had sent for it. The
columns ``applied_row``, ``applied_step`` (from the chunk's first), ``applied_x`` …
``applied_speed`` list what the client put instead of the answer.
"""

from __future__ import annotations

from iai_proxy.page.chunks import CHUNK_STEPS, Flag, chunk_of, chunk_ranges, own_steps
from iai_proxy.page.index import (
    FORMAT,
    STEP_S,
    Compared,
    IndexWriter,
    data_url,
    index_of,
    media_type,
)
from iai_proxy.page.overview import overview_of

__all__ = [
    "CHUNK_STEPS",
    "FORMAT",
    "STEP_S",
    "Compared",
    "Flag",
    "IndexWriter",
    "chunk_of",
    "chunk_ranges",
    "data_url",
    "index_of",
    "media_type",
    "overview_of",
    "own_steps",
]

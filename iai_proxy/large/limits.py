"""How large a large call may be."""

from __future__ import annotations

from typing import Final

#: Agents: a hundred full calls of the API for each step.
MOST_AGENTS: Final = 10_000
#: Regions: each is a call of the API, and they are made one after the other. At half a second each
#: so many take an hour and a half.
MOST_REGIONS: Final = 10_000
#: Bytes of its body, decoded: an agent of the API's has some 3.4 KB, most of it recurrent state.
MOST_BODY: Final = 100_000_000

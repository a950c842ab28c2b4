"""How often each promise is tried: a little in every run, much in ``make soak``.

A test asks for :meth:`Tries.rounds`, and notes at its end what it has tried. What is noted makes
``docs/reliability.md``.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

#: Where notes are kept, a line of JSON each; none are kept without it.
NOTES: Final = "IAI_PROXY_TRIES"
#: Set in ``make soak``.
SOAK: Final = "IAI_PROXY_SOAK"

#: What is promised, by the name that tests note it under, in the order of the page.
PROMISES: Final[dict[str, str]] = {
    "kills": "A recorder killed at any moment has lost no answer a client got",
    "disk faults": "A call that a full or failing disk does not take is refused, and none is lost",
    "flips": "A recording with a flipped byte gives the same answer, or an error that says so",
    "one writer": "A recording has one writer at a time, by whatever name it is opened",
    "changed files": "No call counts that is written to a file which someone else has changed",
    "upstream faults": "What goes wrong upstream is said; a part is never taken for the whole",
    "fuzzing": "Bytes that a stranger wrote end in a value or in a sentence, never in a traceback",
    "hostile files": "A hostile recording, log or settings file ends in seconds, with a sentence",
    "smuggling": "No request reaches the upstream that is not in the recording",
    "plantings": "A key, a cookie or a password that a call holds stands nowhere afterwards",
    "endings": "A call that is under way when the proxy is asked to end is answered and recorded",
    "bounds": "A body that is too large is refused before it takes memory, and its call recorded",
    "loop": "Calls of other clients go on while a large call is divided",
    "scrubbed": "No place, time or address of a recording is in its scrubbed copy",
    "no connection": "An offline replay answered a request, and tried no connection",
    "text": "Text from outside is text in all that is printed and written, on its own lines",
    "web pages": "What a web page makes a browser send is refused, neither sent on nor recorded",
}


@dataclass(frozen=True, slots=True)
class Tries:
    """The tries of one test.

    Args:
        test: its identity, as pytest gives it.
    """

    test: str

    def rounds(self, usual: int, soak: int) -> int:
        """Return how often to try: ``usual`` in every run, ``soak`` in ``make soak``."""
        return soak if os.environ.get(SOAK) else usual

    def note(self, promise: str, count: int) -> None:
        """Note that a promise was kept ``count`` times. To be called once all of it held."""
        if promise not in PROMISES:
            raise KeyError(f"{promise}: name it in PROMISES")
        file = os.environ.get(NOTES)
        if file:
            line = json.dumps({"promise": promise, "test": self.test, "count": count})
            with Path(file).open("a") as notes:  # a short line is written in one piece
                notes.write(f"{line}\n")

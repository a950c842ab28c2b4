"""What stands in the way of a goal: what is so whatever the figures are, or follows from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from figures import Rows

#: 100 agents with 152 float32 each.
RECURRENT_KB = 100 * 152 * 4 / 1e3
_Found = Mapping[str, Rows]

#: By the beginning of the goal's name.
_CERTAIN: Mapping[str, str] = {
    "a call's median to bare `mitmdump`'s": (
        "Before the client has its answer, both bodies are searched for secrets, hashed with "
        "SHA-256 and committed."
    ),
    "a call's time to bare `mitmdump`'s": (
        "Eight clients without think time leave no pause: client, upstream, proxy, packing and "
        "checks share the machine's cores."
    ),
    "a call's CPU to bare `mitmdump`'s": (
        "Each body is hashed, cut up, packed, and unpacked again and compared; the checks read it "
        "too. While calls are made, processes with the lowest priority do both."
    ),
    "`exact` and `seedless`, calls/s": (
        "Connections take turns in one interpreter, where a body is unpacked, and what differs "
        "from the recorded request is read."
    ),
    "the same to mockttp": (
        "mockttp holds the whole recording in memory, looks up a hash and writes what it finds; "
        "`replay` unpacks a body from the file, and `seedless` reads what is not the recorded "
        "request."
    ),
    "`record` to the first call served": "It imports what `mitmdump` does, and our own modules.",
    "from its start until it listens": (
        "The start of Python, the imports and opening the recording are in it."
    ),
}


def obstacle(name: str, found: _Found) -> str:
    """Return a sentence for a goal; "" where nothing is certain.

    Args:
        name: of the goal.
        found: the rows of each benchmark that ran, by its name.
    """
    for begin, say in _BY_FIGURES.items():
        if name.startswith(begin):
            return say(found)
    return next((text for begin, text in _CERTAIN.items() if name.startswith(begin)), "")


def _sdk_loop(found: _Found) -> str:
    rows = found.get("sdk_loop")
    theirs = rows and rows.ratio("ms", {"way": "mitmdump -w"}, {"way": "direct"})
    return f"`mitmdump -w` took {theirs:.2f} x in the same rounds." if theirs else ""


def _memory(found: _Found) -> str:
    rows = found.get("recording")
    theirs = rows and rows.median("memory_mb", way="mitmdump", agents=100, mode="all")
    beside = "Packing and checks are processes of their own."
    return (
        f"{beside} Bare `mitmdump` held {theirs:.0f} MB after 100 agents' calls." if theirs else ""
    )


def _recurrent(what: str) -> Callable[[_Found], str]:
    def say(found: _Found) -> str:
        rows = found.get("disk")
        whole = rows and rows.median("kb", what=what)
        if not whole:
            return ""
        return (
            f"The recurrent states of a call alone, as 32-bit floats, are {RECURRENT_KB:.1f} kB, "
            f"{RECURRENT_KB / whole:.3f} x."
        )

    return say


#: As `_CERTAIN`.
_BY_FIGURES: Mapping[str, Callable[[_Found], str]] = {
    "the SDK's loop recorded": _sdk_loop,
    "memory up to call": _memory,
    "a recording to the SDK's debug log": _recurrent("SDK run, its log"),
    "a recording to one that doesn't know": _recurrent(
        "calls, recorded without knowing the traffic"
    ),
}

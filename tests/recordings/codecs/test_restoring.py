"""What a damaged or hostile recording says is stored never makes more than the body's size."""

from __future__ import annotations

from array import array

import pytest

from iai_proxy.errors import InputError
from iai_proxy.recordings.codecs.restoring import restore
from iai_proxy.recordings.codecs.source import Source
from iai_proxy.recordings.codecs.written import ALL_COPIED, Change, Kind, Run, Written

SOURCE = Source(b"[[1.5,2.5],null,[1e-5]]", b"{}")
COPIED, PRINTED = Kind.COPIED, Kind.PRINTED


def body(
    *runs: Run,
    python: bool = False,
    spaced: bool = False,
    texts: tuple[bytes, ...] = (),
    singles: tuple[float, ...] = (),
    doubles: tuple[float, ...] = (),
    changes: tuple[Change, ...] = (),
) -> Written:
    numbers = array("f", singles), array("d", doubles)
    return Written(b"<", b">", python, spaced, runs, texts, *numbers, changes)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (body(), b"<[]>"),
        (body(ALL_COPIED), b"<[[1.5,2.5],null,[1e-5]]>"),
        (body(ALL_COPIED, spaced=True), b"<[[1.5, 2.5], null, [1e-5]]>"),
        (body(Run(COPIED, 2, 1), Run(COPIED, 0, 2)), b"<[[1e-5],[1.5,2.5],null]>"),
        (body(Run(PRINTED, 2, 1)), b"<[[0.00001]]>"),
        (body(Run(PRINTED, 2, 1), python=True), b"<[[1e-05]]>"),
        (body(Run(Kind.NULL, 0, 2), spaced=True), b"<[null, null]>"),
        (body(Run(Kind.SINGLES, 2, 1), singles=(0.5, -0.0)), b"<[[0.5,-0.0]]>"),
        (body(Run(Kind.SINGLES, 0, 2)), b"<[[],[]]>"),
        (
            body(Run(Kind.DOUBLES, 1, 2), doubles=(0.1, 1e-6), python=True, spaced=True),
            b"<[[0.1], [1e-06]]>",
        ),
        (body(Run(Kind.TEXT, 0, 1), texts=(b'["a"]',)), b'<[["a"]]>'),
        (
            body(Run(COPIED, 0, 1), changes=(Change(0, 1, b"2.50"),)),
            b"<[[1.5,2.50]]>",
        ),
        (
            body(ALL_COPIED, spaced=True, changes=(Change(0, 1, b"2.50"), Change(2, 0, b"1e-05"))),
            b"<[[1.5, 2.50], null, [1e-05]]>",
        ),
    ],
)
def test_a_body_is_put_together(written: Written, text: bytes) -> None:
    assert restore(written, [SOURCE], 99) == text


@pytest.mark.parametrize(
    ("spaced", "text"),
    [(False, b"<[[1.5,2.5],[3e-05,4],[5.0]]>"), (True, b"<[[1.5, 2.5], [3e-05, 4], [5.0]]>")],
)
def test_an_answer_that_is_sent_back_may_have_numbers_written_in_another_way(
    spaced: bool, text: bytes
) -> None:
    source = Source(b"[[1.5,2.5],[0.00003,4.0],[5]]", b"{}")
    changes = (Change(1, 0, b"3e-05"), Change(1, 1, b"4"), Change(2, 0, b"5.0"))
    written = body(ALL_COPIED, spaced=spaced, changes=changes)
    assert restore(written, [source], 99) == text


@pytest.mark.parametrize("change", [Change(2, 0, b"1"), Change(0, 2, b"1"), Change(2**39, 0, b"")])
def test_a_change_of_a_number_that_is_not_there_is_damage(change: Change) -> None:
    source = Source(b"[[1.5,2.5],[3.0,4.0]]", b"{}")
    with pytest.raises(InputError, match="damaged"):
        restore(body(ALL_COPIED, changes=(change,)), [source], 99)


@pytest.mark.parametrize(
    "written",
    [
        body(Run(Kind.SINGLES, 0, 2**39)),
        body(Run(Kind.DOUBLES, 0, 2**39)),
        body(Run(Kind.NULL, 0, 2**39)),
        body(Run(Kind.TEXT, 0, 2**39)),
        body(Run(COPIED, 0, 2**39)),
        body(Run(COPIED, 2**39, 1)),
        body(Run(COPIED, 1, 3)),
        body(Run(COPIED + 2, 0, 1)),
        body(Run(2**39, 0, 1)),
        body(Run(PRINTED, 1, 1)),
        body(*[ALL_COPIED] * 1000),
        body(*[Run(COPIED, 0, 3)] * 1000),
        body(Run(Kind.TEXT, 0, 2), texts=(b"[]",)),
        body(Run(COPIED, 0, 1), changes=(Change(1, 0, b"1"),)),
        body(Run(COPIED, 0, 1), changes=(Change(0, 2, b"1"),)),
    ],
)
def test_what_can_not_be_put_together_is_damage(written: Written) -> None:
    with pytest.raises(InputError, match="damaged"):
        restore(written, [SOURCE], 99)

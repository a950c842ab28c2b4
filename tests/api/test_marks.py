"""Marks of redacted secrets, as comparing sees them."""

from __future__ import annotations

from iai_proxy.api.marks import has_marks, without_marks


def test_marks_are_made_alike_for_comparing() -> None:
    assert without_marks(b"a [redacted:00112233] [redacted] b") == b"a [redacted] [redacted] b"
    assert (
        without_marks(b"[redacted:xyz] [redacted:001122334]")
        == b"[redacted:xyz] [redacted:001122334]"
    )
    assert has_marks(b"x[redacted:00112233]")
    assert not has_marks(b"redacted")

"""Fingerprints in a long list, against a dictionary."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from iai_proxy.lineage.fingerprint_table import FingerprintTable

#: Some are alike in the bits that say where to look, some are equal; 0 stands for none.
FINGERPRINTS = st.integers(0, 5) | st.integers(0, 5).map(lambda high: high << 40 | 3)


@given(st.lists(st.lists(FINGERPRINTS, max_size=6), max_size=12))
def test_each_is_found_where_it_stands_first(batches: list[list[int]]) -> None:
    table = FingerprintTable()
    first: dict[int, int] = {}
    count = 0
    for batch in batches:
        expected = []
        for place, fingerprint in enumerate(batch, start=count):
            if fingerprint in first:
                expected.append((first[fingerprint], place))
            elif fingerprint:
                first[fingerprint] = place
        assert table.extend(batch) == expected
        count += len(batch)
    assert len(table) == count
    for fingerprint in {0, 1, 2, 3, 4, 5, 6, *first}:
        assert table.place_of(fingerprint) == first.get(fingerprint)


def test_it_grows() -> None:
    table = FingerprintTable()
    fingerprints = [(number * 0x9E3779B97F4A7C15) % (1 << 64) for number in range(1, 5001)]
    for begin in range(0, 5000, 100):
        assert table.extend(fingerprints[begin : begin + 100]) == []
    assert [table.place_of(found) for found in fingerprints] == list(range(5000))

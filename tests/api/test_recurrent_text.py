"""Recurrent states are cut out of a body as text, or the body is said to be unusual."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iai_proxy.api.recurrent_text import Split, split

ROWS = [[0.5, -1e-05], [], None, [2.0, 1e22]]
TEXTS = [b"[0.5,-1e-05]", b"[]", b"null", b"[2.0,1e+22]"]
PLACEHOLDER = b"7203718203651"


def cut(body: bytes) -> Split:
    found = split(body)
    assert found is not None
    assert found.head + found.value + found.tail == body
    return found


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": "), (", ", ":"), (",", " : ")])
def test_rows_are_found_however_members_stand(order: int, separators: tuple[str, str]) -> None:
    members = {"agent_states": [[1.0, 2.0]], "recurrent_states": ROWS, "random_seed": 7}
    body = json.dumps(dict(list(members.items())[::order]), separators=separators).encode()
    found = cut(body)
    assert found.rows() == TEXTS
    assert found.rest == {"agent_states": [[1.0, 2.0]], "random_seed": 7}


def test_an_indented_body_is_cut_and_its_rows_are_unusual() -> None:
    found = cut(json.dumps({"a": 1, "recurrent_states": ROWS, "b": []}, indent=2).encode())
    assert json.loads(found.value) == ROWS
    assert found.rows() is None


def test_no_rows_are_no_rows() -> None:
    assert cut(b'{"recurrent_states":[]}').rows() == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'"recurrent_states"',
        b'"recurrent_states":[[1]]',
        b'{"recurrent_states"',
        b'{"recurrent_states":',
        b'{"recurrent_states": null}',
        b'{"recurrent_states": "[[1]]"}',
        b'{"recurrent_states": [[1',
        b'{"recurrent_states": [[1]]',
        b'{"recurrent_states": [[1]]} and more',
        b'{"recurrent_states": [[1]]}]',
        b'{"recurrent_states": [[1]]5}',
        b'[{"recurrent_states": [[1]]}, [2]]',
        b'{"x": {"recurrent_states": [[1]]}}',
        b'{"x": {"recurrent_states": [[1]]}, "recurrent_states": [[2]]}',
        b'{"recurrent_states": [[1]], "recurrent_states": [[2]]}',
        b'{"recurrent_states": [[1]], "recurrent\\u005fstates": [[2]]}',
        b'{"recurrent_states": [[1]], "recurrent_states": 7203718203651}',
        b'{"recurrent_states": [[1]], "recurrent_states": 7.203718203651e12}',
        b'{"a\\"recurrent_states": [[1]]}',
        b'{"a": "\\\\\\"recurrent_states", "b": [[1]]}',
        b'{"recurrent_states": [{"a": [1]}]}',
        b'{"recurrent_states": [["a"]]}',
        b'{"a": NaN, "recurrent_states": [[1]]}',
        b'{"a": "\xff", "recurrent_states": [[1]]}',
        b'\xef\xbb\xbf{"recurrent_states": [[1]]}',
        b'{"a": %s, "recurrent_states": [[1]]}' % PLACEHOLDER,
        b'{"recurrent_states": [[1]], "a": "%s"}' % PLACEHOLDER,
        b'{"a": ' + b"[" * 2000 + b"]" * 2000 + b', "recurrent_states": [[1]]}',
    ],
)
def test_an_unusual_body_is_not_cut(body: bytes) -> None:
    assert split(body) is None


@pytest.mark.parametrize(
    "value",
    [
        b"[1]",
        b"[[1],]",
        b"[,[1]]",
        b"[[1][2]]",
        b"[[1],[2]]]",
        b"[[1]],[[2]]",
        b"[[1]]]",
        b"[[[1],[2]]]",
        b"[[[1]]]",
        b"[[1],2]",
        b"[nul]",
        b"[nullnull]",
        b"[null[1]]",
        b"[null,]",
        b"[{}]",
        b"[",
        b"[]]",
        b"[1 2]",
        b"[[1 2]]",
        b"[[1 ,2]]",
        b"[[1,2], [3,4]]",
        b"[[1,  2]]",
        b"[ [1, 2]]",
        b"[[1,\t2]]",
    ],
)
def test_a_value_that_is_no_list_of_rows_has_none(value: bytes) -> None:
    assert Split(b"", value, b"", {}).rows() is None


def test_a_row_may_hold_anything_but_brackets() -> None:
    """Whether a row is JSON is for those to find out who have not seen it before."""
    assert Split(b"", b"[[1,,x],[NaN]]", b"", {}).rows() == [b"[1,,x]", b"[NaN]"]


def test_a_far_longer_body_than_usual_is_cut_in_the_same_way() -> None:
    body = b'{"recurrent_states":[' + b",".join([b"null"] * 300_000) + b"]}"
    assert cut(body).rows() == [b"null"] * 300_000


NAMES = st.sampled_from(["recurrent_states", "a", 'x"recurrent_states', "light_recurrent_states"])
NUMBERS = st.none() | st.integers(-9, 9) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    NUMBERS | st.text(max_size=3) | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)
STATES = st.lists(st.none() | st.lists(st.floats(allow_nan=False, allow_infinity=False)))
MEMBERS = st.lists(st.tuples(NAMES, VALUES | STATES), max_size=5)
SEPARATORS = st.sampled_from([(",", ":"), (", ", ": "), (" ,", " :")])


def written(members: list[tuple[str, Any]], separators: tuple[str, str]) -> bytes:
    """An object whose names may come twice."""
    comma, colon = separators
    parts = (json.dumps(n) + colon + json.dumps(v, separators=separators) for n, v in members)
    return ("{" + comma.join(parts) + "}").encode()


def same_as_parsing_all(body: bytes) -> None:
    found = split(body)
    if found is None:
        return
    assert found.head + found.value + found.tail == body
    try:
        value = orjson.loads(found.value)
    except ValueError:
        with pytest.raises(ValueError):
            orjson.loads(body)
        return
    assert orjson.loads(body) == {**found.rest, "recurrent_states": value}
    rows = found.rows()
    if rows is not None:
        assert [orjson.loads(row) for row in rows] == value


@given(MEMBERS, SEPARATORS, st.integers(0, 3))
def test_a_cut_means_what_the_parsed_body_means(
    members: list[tuple[str, Any]], separators: tuple[str, str], wrapped: int
) -> None:
    body = written(members, separators)
    same_as_parsing_all([body, b"[" + body + b"]", b'{"a":' + body + b"}", body + b"]"][wrapped])


@given(MEMBERS, STATES, st.data())
def test_a_damaged_body_is_never_cut_wrongly(
    members: list[tuple[str, Any]], states: list[Any], data: st.DataObject
) -> None:
    body = bytearray(written([*members, ("recurrent_states", states)], (",", ":")))
    for _ in range(data.draw(st.integers(1, 3))):
        begin = data.draw(st.integers(0, len(body)))
        end = data.draw(st.integers(begin, min(len(body), begin + 4)))
        body[begin:end] = data.draw(
            st.sampled_from([b"", b"[", b"]", b"{", b"}", b'"', b",", b"1"])
        )
    same_as_parsing_all(bytes(body))


@given(STATES, st.dictionaries(st.text(max_size=5), NUMBERS), st.booleans())
def test_every_common_body_is_cut(
    states: list[Any], others: dict[str, Any], with_spaces: bool
) -> None:
    members = {**others, "recurrent_states": states}
    separators = (", ", ": ") if with_spaces else (",", ":")
    rows = cut(json.dumps(members, separators=separators).encode()).rows()
    assert rows == [json.dumps(row, separators=(",", ":")).encode() for row in states]

"""Which recorded exchange answers. Each case is worked out by hand from ``docs/replay.md``."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.exchanges import CALL

from iai_proxy.api import DEFAULT_IGNORED, Call, Endpoint, RequestKeys, request_keys
from iai_proxy.replay import (
    LEVELS,
    Decision,
    IncomingRequest,
    KeyedCall,
    MatchRules,
    Miss,
    MissKind,
    Replayer,
    Serve,
)
from iai_proxy.replay.key_index import KeysOf

#: Method, target and body of a request, then the status of its answer; a text stands for a failure.
Asked = tuple[str, str, bytes]
Line = tuple[str, str, bytes, int | str]


def recorded(lines: Iterable[Line], ignored: frozenset[str] = DEFAULT_IGNORED) -> list[KeyedCall]:
    found = []
    for number, (method, target, body, outcome) in enumerate(lines, 1):
        call = replace(
            CALL,
            id=number,
            method=method,
            target=target,
            endpoint=Endpoint.of(method, target),
            status=outcome if isinstance(outcome, int) else None,
            failure=outcome if isinstance(outcome, str) else None,
            request_hash=hashlib.sha256(body).digest(),
        )
        found.append(KeyedCall(call, request_keys(method, target, body, ignored)))
    return found


def without_keys(
    lines: Iterable[Line], ignored: frozenset[str] = DEFAULT_IGNORED
) -> tuple[list[KeyedCall], KeysOf, list[int]]:
    """Recorded calls whose keys are yet to be made, what makes them, and whose it has made."""
    keyed = recorded(lines, ignored)
    keys = {found.call.id: found.keys for found in keyed}
    made: list[int] = []

    def keys_of(call: Call) -> RequestKeys:
        made.append(call.id)
        found = keys[call.id]
        assert found is not None
        return found

    return [KeyedCall(found.call, None) for found in keyed], keys_of, made


@pytest.fixture(autouse=True, scope="module", params=["with keys", "without keys"])
def keys_given(request: pytest.FixtureRequest) -> Iterator[None]:
    """Run every test with keys that are stored, and with keys that are made when needed."""
    Replay.has_keys = request.param == "with keys"
    yield
    Replay.has_keys = True


def incoming(asked: Asked, ignored: frozenset[str] = DEFAULT_IGNORED) -> IncomingRequest:
    method, target, body = asked
    return IncomingRequest(Endpoint.of(method, target), method, target, body, ignored)


class Replay:
    """A replayer that can be asked in one line."""

    has_keys = True

    def __init__(
        self, *lines: Line, match: str = "seedless", ignored: frozenset[str] = DEFAULT_IGNORED
    ) -> None:
        self.ignored = ignored
        rules = MatchRules(match, ignored)
        if self.has_keys:
            self.replayer = Replayer(recorded(lines, ignored), rules)
        else:
            keyed, keys_of, _ = without_keys(lines, ignored)
            self.replayer = Replayer(keyed, rules, keys_of=keys_of)

    def ask(self, method: str, target: str, body: bytes = b"") -> Serve | Miss:
        return self.replayer.decide(incoming((method, target, body), self.ignored))

    def drive(self, body: bytes) -> Serve | Miss:
        return self.ask("POST", "/v0/aws/m1/drive", body)


def drive(body: bytes, outcome: int | str = 200) -> Line:
    return "POST", "/v0/aws/m1/drive", body, outcome


def info(location: str, outcome: int | str = 200, more: str = "") -> Line:
    return "GET", f"/v0/aws/m1/location_info?location={location}{more}", b"", outcome


def seeded(seed: int) -> bytes:
    return b'{"location":"iai:demo","random_seed":%d}' % seed


def test_identical_requests_are_served_in_recorded_order_and_the_last_repeats() -> None:
    replay = Replay(drive(b"{}"), drive(b'{"a":1}'), drive(b"{}"), drive(b"{}"))
    assert [replay.drive(b"{}") for _ in range(5)] == [
        Serve(number, "exact") for number in (1, 3, 4, 4, 4)
    ]
    assert replay.drive(b'{"a":1}') == Serve(2, "exact")


def test_white_space_and_order_of_members_make_no_difference_at_level_exact() -> None:
    replay = Replay(
        drive(b'{"a":1,"b":2}'),
        drive(b'{"b": 2.0, "a": 1}'),
        drive(b'{"a":1,"b":2}'),
        match="exact",
    )
    assert [replay.drive(b'{"a":1,"b":2}') for _ in range(4)] == [
        Serve(number, "exact") for number in (1, 2, 3, 3)
    ]


def test_the_prefix_of_the_api_makes_no_difference() -> None:
    replay = Replay(drive(b"{}"), ("POST", "/drive", b"{}", 200), match="exact")
    assert replay.ask("POST", "/v0/academic/m1/drive", b"{}") == Serve(1, "exact")
    assert replay.ask("POST", "/drive/", b"{}") == Serve(2, "exact")


def test_another_seed_is_answered_at_level_seedless() -> None:
    replay = Replay(drive(seeded(1)), drive(seeded(2)))
    assert replay.drive(seeded(2)) == Serve(2, "exact")
    assert replay.drive(seeded(3)) == Serve(1, "seedless")
    assert replay.drive(seeded(4)) == Serve(2, "seedless")


def test_what_was_served_exactly_is_not_served_again_while_others_wait() -> None:
    replay = Replay(drive(seeded(1)), drive(seeded(2)), drive(seeded(3)))
    assert replay.drive(seeded(1)) == Serve(1, "exact")
    assert [replay.drive(seeded(9)) for _ in range(3)] == [
        Serve(number, "seedless") for number in (2, 3, 3)
    ]


def test_level_exact_refuses_another_seed_and_names_the_flag_that_accepts_it() -> None:
    replay = Replay(drive(seeded(1)), match="exact")
    assert replay.drive(seeded(2)) == Miss(
        MissKind.LEVEL,
        "is recorded, but does not match at this level",
        nearest=1,
        accepted_by="--match seedless",
    )


def test_other_fields_can_be_ignored() -> None:
    replay = Replay(drive(b'{"a":1,"b":2}'), ignored=frozenset({"b"}))
    assert replay.drive(b'{"a":1,"b":3}') == Serve(1, "seedless")
    assert isinstance(replay.drive(b'{"a":2,"b":2}'), Miss)
    strict = Replay(drive(seeded(1)), ignored=frozenset())
    assert isinstance(strict.drive(seeded(2)), Miss)


def test_marks_of_another_key_make_no_difference() -> None:
    replay = Replay(("GET", "/test?api_key=[redacted:00000001]", b"", 200), match="exact")
    assert replay.ask("GET", "/test?api_key=[redacted:00000002]") == Serve(1, "exact")


@pytest.mark.parametrize("match", LEVELS)
def test_a_location_is_answered_by_any_answer_for_it(match: str) -> None:
    replay = Replay(
        info("iai:demo"),
        info("carla:Town03"),
        info("iai:demo", more="&rendering_fov=50"),
        match=match,
    )
    asked = "/location_info?location=iai:demo&rendering_fov=70"
    assert [replay.ask("GET", asked) for _ in range(3)] == [
        Serve(number, "location") for number in (1, 3, 3)
    ]
    assert replay.ask("GET", "/location_info?rendering_fov=50&location=iai%3Ademo") == Serve(
        3, "exact"
    )


def test_the_source_of_a_map_comes_only_from_an_answer_that_has_it() -> None:
    asked = "/location_info?location=iai:demo&include_map_source=True"
    without = Replay(info("iai:demo"), info("iai:demo", more="&include_map_source=False"))
    miss = without.ask("GET", asked)
    assert isinstance(miss, Miss)
    assert "asks for the source of the map of iai:demo, which was recorded without" in miss.reason
    assert miss.accepted_by == "--ignore include_map_source"
    with_source = Replay(info("iai:demo", more="&include_map_source=True&rendering_fov=50"))
    assert with_source.ask("GET", asked) == Serve(1, "location")


@pytest.mark.parametrize("ignored", [(), ("rendering_center",)])
def test_a_picture_of_which_nothing_was_recorded_is_a_miss_that_says_what_was(
    ignored: tuple[str, ...],
) -> None:
    call = info("iai:demo", more="&rendering_fov=100&rendering_center=0,0")
    answer = {"birdview_image": [1], "map_center": [0.0, 0.0], "map_fov": 100.0}
    fields = frozenset({"random_seed", *ignored})
    rules = MatchRules("step", fields)
    replayer = Replayer(recorded([call], fields), rules, answers=lambda _: answer)

    def ask(center: str) -> Decision:
        target = f"/location_info?location=iai:demo&rendering_fov=50&rendering_center={center}"
        return replayer.decide(incoming(("GET", target, b""), fields))

    assert ask("60,0") == Serve(1, "location")  # a corner of it
    far = ask("9999,0")
    if ignored:
        assert far == Serve(1, "location")
        return
    assert isinstance(far, Miss)
    assert far.reason == (
        "asks for a picture of 50 m around (9999, 0) of iai:demo, of which nothing was recorded, "
        "only 100 m around (0, 0)"
    )
    assert far.accepted_by == "--ignore rendering_center"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("&rendering_fov=-5", "rendering_fov is '-5', not a number above 0"),
        ("&rendering_fov=wide", "rendering_fov is 'wide', not a number above 0"),
        ("&rendering_fov=inf", "rendering_fov is 'inf', not a number above 0"),
        ("&rendering_fov=nan", "rendering_fov is 'nan', not a number above 0"),
        ("&rendering_fov=0", "rendering_fov is '0', not a number above 0"),
        ("&rendering_fov=", "rendering_fov is '', not a number above 0"),
        ("&rendering_center=1", "rendering_center is '1', not x,y"),
        ("&rendering_center=nan,1", "rendering_center is 'nan,1', not x,y"),
    ],
)
def test_a_frame_that_the_api_cannot_read_is_a_miss(more: str, said: str) -> None:
    miss = Replay(info("iai:demo")).ask("GET", f"/location_info?location=iai:demo{more}")
    assert isinstance(miss, Miss)
    assert (miss.kind, said in miss.reason) == (MissKind.UNREADABLE, True)


CHOSEN = "&rendering_fov=60&rendering_center=200,50"


@pytest.mark.parametrize(
    ("recorded_with", "asked_with", "left"),
    [
        ([CHOSEN], "", "rendering_center and rendering_fov"),
        ([CHOSEN], "&rendering_fov=60", "rendering_center"),
        ([CHOSEN], "&rendering_center=200,50", "rendering_fov"),
        ([CHOSEN, "&rendering_fov=60"], "", "rendering_fov"),
        ([CHOSEN, ""], "", None),
        ([CHOSEN, "", "&x=1"], "&rendering_fov=40", None),
    ],
)
def test_the_frame_that_the_api_chooses_is_not_the_one_that_a_client_chose(
    recorded_with: list[str], asked_with: str, left: str | None
) -> None:
    answer = {"birdview_image": [1], "map_center": [200.0, 50.0], "map_fov": 60.0}
    lines = [info("iai:demo", more=more) for more in recorded_with]
    rules = MatchRules("step", DEFAULT_IGNORED)
    replayer = Replayer(recorded(lines, DEFAULT_IGNORED), rules, answers=lambda _: answer)
    target = f"/location_info?y=1&location=iai:demo{asked_with}"
    found = replayer.decide(incoming(("GET", target, b""), DEFAULT_IGNORED))
    if left is None:
        assert isinstance(found, Serve)
        return
    assert isinstance(found, Miss)
    assert found.reason.startswith(f"leaves {left} to the API, and what that chooses for iai:demo")
    assert found.accepted_by == " ".join(f"--ignore {name}" for name in left.split(" and "))


@pytest.mark.parametrize("seed", ["abc", "", "1.5", "nan"])
def test_a_seed_of_a_query_that_can_not_be_read_is_a_miss(seed: str) -> None:
    replay = Replay(("GET", "/light?location=a&random_seed=1", b"", 200))
    assert replay.ask("GET", "/light?location=a&random_seed=-2") == Serve(1, "seedless")
    miss = replay.ask("GET", f"/light?location=a&random_seed={seed}")
    assert isinstance(miss, Miss)
    assert miss.kind is MissKind.UNREADABLE
    assert f"random_seed is {seed!r}, not a whole number" in miss.reason


def test_a_location_that_is_not_recorded_is_named() -> None:
    replay = Replay(info("iai:demo"))
    assert replay.ask("GET", "/location_info?location=carla:Town03") == Miss(
        MissKind.LOCATION,
        "is not recorded for location 'carla:Town03', only for iai:demo",
        compared=True,
    )
    assert isinstance(replay.ask("GET", "/location_info"), Miss)


def test_a_refusal_of_a_location_answers_no_other_request() -> None:
    replay = Replay(info("iai:typo", 404), match="exact")
    assert replay.ask("GET", "/location_info?location=iai:typo") == Serve(1, "exact")
    assert isinstance(replay.ask("GET", "/location_info?location=iai:typo&rendering_fov=5"), Miss)


def test_a_location_in_another_endpoint_is_no_map() -> None:
    replay = Replay(("GET", "/light?location=iai:demo", b"", 200))
    assert isinstance(replay.ask("GET", "/location_info?location=iai:demo"), Miss)


@pytest.mark.parametrize("target", ["/v0/aws/m1", "/v0/academic/m1/", "/", "", "/v0/aws/m1?x=1"])
@pytest.mark.parametrize("match", LEVELS)
def test_the_key_check_is_granted_whether_recorded_or_not(target: str, match: str) -> None:
    assert Replay(match=match).ask("GET", target) == Serve(None, "key-check")
    assert Replay(("GET", "/v0/aws/m1", b"", 403), match=match).ask("GET", target) == Serve(
        None, "key-check"
    )
    assert Replay(("GET", "/v0/aws/m1", b"", 401), match=match).ask("GET", target) == Serve(
        None, "key-check"
    )
    assert Replay(("GET", "/v0/aws/m1", b"", "reset"), match=match).ask("GET", target) == Serve(
        None, "key-check"
    )
    kept = Replay(
        ("GET", "/v0/aws/m1", b"", 403), ("GET", "/v0/academic/m1", b"", 200), match=match
    )
    assert [kept.ask("GET", target) for _ in range(2)] == [Serve(2, "key-check")] * 2


def test_a_refused_key_check_is_not_counted_as_never_used() -> None:
    replay = Replay(("GET", "/v0/aws/m1", b"", 401), ("GET", "/v0/academic/m1", b"", 200))
    replay.ask("GET", "/v0/aws/m1")
    assert (replay.replayer.tally.unused, replay.replayer.tally.failures) == ([], 1)


@pytest.mark.parametrize("outcome", [403, 408, 429, 500, 502, 503, 504, "connection reset"])
def test_a_failure_is_passed_over(outcome: int | str) -> None:
    replay = Replay(drive(b"{}", outcome), drive(b"{}"), drive(b"{}", outcome))
    assert [replay.drive(b"{}") for _ in range(2)] == [Serve(2, "exact")] * 2
    assert replay.replayer.tally.failures == 2


@pytest.mark.parametrize("status", [200, 204, 302, 400, 401, 404, 413, 422, 501])
def test_an_answer_that_the_client_does_not_retry_is_replayed(status: int) -> None:
    assert Replay(drive(b"{}", status)).drive(b"{}") == Serve(1, "exact")


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (503, "is recorded only as a failure (status 503)"),
        ("reset", "is recorded only as a failure (reset)"),
    ],
)
def test_what_is_recorded_only_as_a_failure_is_a_miss(outcome: int | str, said: str) -> None:
    replay = Replay(drive(b'{"a":1}'), drive(seeded(1), outcome))
    for seed in (1, 2):
        assert replay.drive(seeded(seed)) == Miss(
            MissKind.FAILURE, f"{said}, which is never replayed", nearest=2
        )


def test_an_answer_that_was_cut_short_is_a_failure() -> None:
    (keyed,) = recorded([drive(b"{}")])
    cut = KeyedCall(replace(keyed.call, failure="cut short"), keyed.keys)
    decision = Replayer([cut], MatchRules("seedless", DEFAULT_IGNORED)).decide(
        incoming(("POST", "/drive", b"{}"))
    )
    assert decision == Miss(
        MissKind.FAILURE,
        "is recorded only as a failure (cut short), which is never replayed",
        nearest=1,
    )


def test_a_miss_points_at_the_next_unused_call_of_the_same_endpoint() -> None:
    replay = Replay(info("x"), drive(b'{"step":1}'), drive(b'{"step":2}'))
    assert replay.drive(b'{"step":1}') == Serve(2, "exact")
    assert replay.drive(b'{"step":9}') == Miss(
        MissKind.REQUEST, "is not in the recording", nearest=3
    )
    assert replay.ask("POST", "/blame", b"{}") == Miss(
        MissKind.ENDPOINT, "is not in the recording, which holds no blame call"
    )


def test_an_unknown_endpoint_is_replayed_too() -> None:
    replay = Replay(("PUT", "/v0/aws/m1/tomorrow?x=1", b"new", 201))
    assert replay.ask("PUT", "/tomorrow?x=1", b"new") == Serve(1, "exact")
    assert isinstance(replay.ask("PUT", "/tomorrow?x=2", b"new"), Miss)
    assert isinstance(replay.ask("POST", "/tomorrow?x=1", b"new"), Miss)


def test_an_empty_recording_misses_everything_but_the_key_check() -> None:
    replay = Replay()
    assert isinstance(replay.drive(b"{}"), Miss)
    assert replay.ask("GET", "/v0/aws/m1") == Serve(None, "key-check")
    assert (replay.replayer.tally.misses, replay.replayer.tally.served) == (
        1,
        Counter({"key-check": 1}),
    )


def test_the_tally_counts_levels_misses_what_is_left_and_failures() -> None:
    replay = Replay(
        drive(seeded(1)),
        drive(seeded(2)),
        info("iai:demo"),
        drive(b'{"never":1}'),
        drive(b"x", 503),
        drive(seeded(3)),
    )
    replay.drive(seeded(1))
    replay.drive(seeded(1))
    replay.drive(seeded(7))
    replay.ask("GET", "/location_info?location=iai:demo&x=1")
    replay.ask("GET", "/v0/aws/m1")
    replay.drive(b'{"other":1}')
    replay.ask("POST", "/blame")
    tally = replay.replayer.tally
    assert tally.served == Counter({"exact": 2, "seedless": 1, "location": 1, "key-check": 1})
    assert (tally.misses, tally.unused, tally.failures) == (2, [4, 6], 1)


def test_every_recorded_call_is_served_or_counted_as_not_served() -> None:
    lines = [("GET", "/v0/aws/m1", b""), ("POST", "/drive", b"{}"), ("POST", "/blame", b"{}")]
    replayer = Replayer(
        recorded([(*line, 200) for line in lines]), MatchRules("exact", DEFAULT_IGNORED)
    )
    replayer.decide(incoming(lines[1]))
    tally = replayer.tally
    assert (tally.unused, tally.optional, replayer.recorded) == ([3], [1], 3)


def test_a_tally_is_a_copy() -> None:
    replay = Replay(drive(b"{}"))
    before = replay.replayer.tally
    replay.drive(b"{}")
    assert (before.served, before.unused) == (Counter(), [1])


def test_an_exact_hit_parses_nothing() -> None:
    replay = Replay(drive(b"{}"))
    asked = incoming(("POST", "/v0/aws/m1/drive", b"{}"))
    replay.replayer.decide(asked)
    assert "keys" not in vars(asked)  # a cached property is kept there once it is worked out


bodies = st.sampled_from(
    [
        b"",
        b"{}",
        b"{ }",
        b'{"random_seed":1}',
        b'{"random_seed":2}',
        b'{"a":1}',
        b'{"a": 1.0}',
        b'{"a":NaN}',
        b"text",
        b"\xff",
    ]
)
asked_lines = st.lists(
    st.tuples(
        st.sampled_from(["POST"]),
        st.sampled_from(
            ["/drive", "/v0/aws/m1/drive", "/initialize", "/tomorrow", "/light?random_seed=3"]
        ),
        bodies,
    )
    | st.tuples(
        st.just("GET"),
        st.sampled_from(
            [
                "/location_info?location=a",
                "/location_info?location=b&x=1",
                "/test",
                "/v0/aws/m1",
                "",
            ]
        ),
        st.just(b""),
    ),
    max_size=25,
)


@given(asked_lines, st.sampled_from(LEVELS))
def test_replaying_in_recorded_order_serves_each_once_and_exactly(
    lines: list[Asked], match: str
) -> None:
    replayer = Replayer(
        recorded([(*line, 200) for line in lines]), MatchRules(match, DEFAULT_IGNORED)
    )
    decisions = [replayer.decide(incoming(line)) for line in lines]
    levels = [
        "key-check" if Endpoint.of(method, target) == "key_check" else "exact"
        for method, target, _ in lines
    ]
    assert decisions == [Serve(number, level) for number, level in enumerate(levels, 1)]
    assert (replayer.tally.misses, replayer.tally.unused) == (0, [])


@given(asked_lines, st.data(), st.sampled_from(LEVELS))
def test_replaying_in_any_order_misses_nothing_and_uses_everything(
    lines: list[Asked], data: st.DataObject, match: str
) -> None:
    replayer = Replayer(
        recorded([(*line, 200) for line in lines]), MatchRules(match, DEFAULT_IGNORED)
    )
    for line in data.draw(st.permutations(lines)):
        assert isinstance(replayer.decide(incoming(line)), Serve)
    assert replayer.tally.misses == 0
    if match == "exact":
        assert replayer.tally.unused == []


@given(
    asked_lines,
    asked_lines,
    st.lists(st.sampled_from([200, 404, 503, "reset"]), min_size=25, max_size=25),
)
def test_failures_are_never_served(
    lines: list[Asked], asked: list[Asked], outcomes: list[int | str]
) -> None:
    replayer = Replayer(
        recorded([(*line, outcome) for line, outcome in zip(lines, outcomes, strict=False)]),
        MatchRules("seedless", DEFAULT_IGNORED),
    )
    for line in asked:
        decision = replayer.decide(incoming(line))
        if isinstance(decision, Serve) and decision.number is not None:
            assert outcomes[decision.number - 1] in (200, 404)
    tally = replayer.tally
    assert tally.served.total() + tally.misses == len(asked)


def test_a_body_of_a_hundred_agents_is_decided_by_its_bytes() -> None:
    body = json.dumps({"recurrent_states": [[0.1 * index for index in range(152)]] * 100}).encode()
    assert Replay(drive(body)).drive(body) == Serve(1, "exact")


def test_what_comes_byte_by_byte_as_recorded_needs_no_keys() -> None:
    bodies = [seeded(seed) for seed in range(3)]
    keyed, keys_of, made = without_keys([drive(body) for body in bodies])
    replayer = Replayer(keyed, MatchRules("seedless", DEFAULT_IGNORED), keys_of=keys_of)
    for number, body in enumerate(bodies, 1):
        assert replayer.decide(incoming(("POST", "/drive", body))) == Serve(number, "exact")
    assert not made


def test_keys_are_made_of_the_calls_of_an_endpoint_once_they_are_needed() -> None:
    keyed, keys_of, made = without_keys([info("iai:demo"), drive(seeded(1)), drive(seeded(2))])
    replayer = Replayer(keyed, MatchRules("seedless", DEFAULT_IGNORED), keys_of=keys_of)
    for _ in range(2):
        assert isinstance(replayer.decide(incoming(("POST", "/drive", seeded(7)))), Serve)
    assert made == [2, 3]

"""Agents that the client itself drives: how they move, against the headings and speeds that it sends with them."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from iai_proxy.diagnosis.checks.motion.degrees import Degrees
from iai_proxy.diagnosis.registry import ALL, by_code
from iai_proxy.diagnosis.runner import run_checks

from . import mistakes
from .views import findings_of, told, views_of

Json = dict[str, Any]

DRIVERS: dict[str, tuple[float, float, float, float, float]] = {  # by what: see driver()
    "straight on": (8.0, 0.0, 1.0, 0.0, 1.0),
    "in a tight circle": (8.0, 1.3, 1.0, 0.0, 1.0),
    "in circles, angles counted on": (8.0, 6.0, 1.0, 0.0, 1.0),
    "drifting by 40 degrees": (8.0, 0.5, 1.0, 0.7, 1.0),
    "reversing": (4.0, 0.2, 1.0, math.pi, -1.0),
}
MISTAKEN: dict[str, tuple[float, float, float, float, float]] = {
    "a y axis that points the other way": (8.0, 0.1, -1.0, 0.0, 1.0),
    "an x axis that points the other way": (8.0, 0.1, -1.0, math.pi, 1.0),
    "a compass course": (8.0, -0.5, -1.0, math.pi / 2, 1.0),
    "its rear taken for its front, or reversing without a negative speed": (
        8.0,
        0.1,
        1.0,
        math.pi,
        1.0,
    ),
    "a quarter turn too much": (8.0, 0.1, 1.0, math.pi / 2, 1.0),
    "a quarter turn too little": (8.0, 0.1, 1.0, -math.pi / 2, 1.0),
}


def driver(way: tuple[float, float, float, float, float], course: float = 0.4) -> mistakes.Edit:
    """An ego at a speed in m/s, turning by rad/s, with its way times a factor plus an angle in rad for its heading."""
    speed, turning, factor, angle, sign = way
    x, y = 0.0, 0.0

    def edit(step: int, request: dict[str, Any]) -> None:
        nonlocal x, y, course
        if step:
            course += 0.1 * turning
            x, y = x + 0.1 * speed * math.cos(course), y + 0.1 * speed * math.sin(course)
            request["agent_states"][0] = [x, y, factor * course + angle, sign * speed]

    return edit


@pytest.mark.parametrize("way", DRIVERS.values(), ids=DRIVERS)
def test_nobody_is_told_to_head_off_its_way_who_does_not(
    way: tuple[float, float, float, float, float],
) -> None:
    assert not [
        one
        for one in findings_of(*views_of(mistakes.run(driver(way), steps=30), [0]), ALL)
        if one.code == 229
    ]


@pytest.mark.parametrize("mistake", MISTAKEN)
def test_a_heading_off_its_way_is_explained_and_told_from_its_first_step_on(mistake: str) -> None:
    calls = mistakes.run(driver(MISTAKEN[mistake]), steps=20)
    assert told(calls, [0]) == [(229, 1, 20)]
    (one,) = [
        one for one in run_checks(*views_of(calls, [0]), ALL).located if one.check.code == 229
    ]
    assert one.finding.sentence.endswith(f": this looks like {mistake}")


def test_what_the_first_steps_leave_open_the_later_ones_decide() -> None:
    """At 45 degrees off x a mirrored heading is a quarter turn off as well; 12 degrees further on it is not."""
    way = driver((8.0, 0.15, -1.0, 0.0, 1.0), course=math.pi / 4)
    found = [
        one
        for one in findings_of(*views_of(mistakes.run(way, steps=20), [0]), ALL)
        if one.code == 229
    ]
    both = ": this looks like a y axis that points the other way, or a quarter turn too little"
    assert found[0].sentence.endswith(both)
    assert found[-1].sentence.endswith(": this looks like a y axis that points the other way")


@pytest.mark.parametrize(
    "way",
    [
        (8.0, 0.0, 180 / math.pi, 102 - 0.4 * 180 / math.pi, 1.0),  # 102 rad would be 1.47
        (8.0, 0.3, 180 / math.pi, 0.0, 1.0),  # through angles that are small in degrees too
        (8.0, -0.3, -180 / math.pi, 90.0, 1.0),  # a compass course
        (8.0, 0.9, -180 / math.pi, 41.0, 1.0),  # one that comes below two turns
        (
            8.0,
            -0.3,
            -180 / math.pi,
            71.84,
            1.0,
        ),  # one that is 0.37 + 16 pi at first, as rad by chance where it goes
        (8.0, 0.1, 180 / math.pi, 0.0, 1.0),
    ],
)
def test_degrees_are_degrees_at_all_steps(way: tuple[float, float, float, float, float]) -> None:
    (one,) = told(mistakes.run(driver(way), steps=30), [0])
    assert (one[0], one[2]) == (220, 30)
    assert one[1] <= 2


def test_a_heading_that_is_off_is_not_in_degrees_because_the_way_crosses_the_x_axis() -> None:
    """A spin: from 2.3 to 2.5 rad on a way that turns from -0.4 to 0.4 rad; these angles in degrees are 0.04."""

    def edit(step: int, request: Json) -> None:
        if step:
            x, y, way = (
                request["agent_states"][0][0],
                request["agent_states"][0][1],
                -0.4 + 0.05 * step,
            )
            if step > 1:
                x, y = place[0] + 0.5 * math.cos(way), place[1] + 0.5 * math.sin(way)
            place[:] = x, y
            request["agent_states"][0] = [x, y, 2.3 + 0.01 * step, 5.0]

    place = [0.0, 0.0]
    assert {code for code, _, _ in told(mistakes.run(edit, steps=16), [0])} == {229}


def swerving(step: int, answer: Json) -> None:
    """The service would put agent 0 elsewhere than the client does, wherever that is."""
    answer["agent_states"] = [
        [answer["agent_states"][0][0], 0.5 + answer["agent_states"][0][1], 0.0, 8.0]
    ]


@pytest.mark.parametrize("course", [2.4, 0.3, 0.13, -2.4, -0.3])
def test_degrees_that_are_fixed_on_a_straight_road_end_there(course: float) -> None:
    good = driver((8.0, 0.0, 1.0, 0.0, 1.0), course=course)

    def edit(step: int, request: Json) -> None:
        good(step, request)
        if step and step <= 15:
            request["agent_states"][0][2] = math.degrees(course)

    ((code, _, end),) = told(mistakes.run(edit, steps=40, agents=1, answered=swerving), [0])
    assert (code, end) == (220, 15)


@pytest.mark.parametrize("course", [2.4, -2.4, 0.3])
def test_degrees_that_are_mended_at_a_stop_end_there(course: float) -> None:
    good = driver((8.0, 0.0, 1.0, 0.0, 1.0), course=course)

    def edit(step: int, request: Json) -> None:
        if step <= 15:
            good(step, request)
            place[:] = request["agent_states"][0] if step else []
        x, y, heading, _ = place or [0.0] * 4
        shown = math.degrees(heading) if step <= 20 else heading
        if step:
            request["agent_states"][0] = [x, y, shown, 8.0 if step <= 15 else 0.0]

    place: list[float] = []
    ((code, _, end),) = told(mistakes.run(edit, steps=30, agents=1, answered=swerving), [0])
    assert (code, end) == (220, 20)


def test_a_negative_speed_of_one_that_goes_forwards_is_named_so() -> None:
    calls = mistakes.run(driver((8.0, 0.0, 1.0, 0.0, -1.0)), steps=20)
    (one,) = [
        one for one in run_checks(*views_of(calls, [0]), ALL).located if one.check.code == 229
    ]
    assert one.finding.guess == "a negative speed of an agent that goes forwards"


@pytest.mark.parametrize("moves_on", [False, True])
def test_who_was_put_elsewhere_has_not_gone_there(moves_on: bool) -> None:
    """An ego is put 20 m aside at step 10, and then stands, or goes on as before."""
    good = driver((4.0, 0.0, 1.0, 0.0, 1.0), course=0.4)

    def edit(step: int, request: Json) -> None:
        if moves_on or step <= 10:
            good(step, request)
            place[:] = request["agent_states"][0] if step else []
        if step >= 10:
            x, y, heading, speed = place
            request["agent_states"][0] = [x, y + 20.0, heading, speed if moves_on else 0.0]

    place: list[float] = []
    assert told(mistakes.run(edit, steps=40), [0]) == [(225, 10, 10)]


@pytest.mark.parametrize(
    ("first", "last"), [(5, 19), (1, 16), (9, 30)], ids=["amid", "at first", "to the end"]
)
@pytest.mark.parametrize(
    ("code", "mistake"),
    [
        (220, lambda heading, speed: (math.degrees(heading), speed)),
        (221, lambda heading, speed: (heading, 3.6 * speed)),
        (228, lambda heading, speed: (heading, 2.0 * speed)),
        (229, lambda heading, speed: (-heading, speed)),
        (230, lambda heading, _: (heading, 0.0)),
    ],
)
def test_a_mistake_is_dated_to_the_steps_that_it_begins_and_ends_at(
    code: int, mistake: Callable[[float, float], tuple[float, float]], first: int, last: int
) -> None:
    good = driver((10.0, 0.1, 1.0, 0.0, 1.0), course=1.0)

    def edit(step: int, request: Json) -> None:
        good(step, request)
        if first <= step <= last:
            x, y, heading, speed = request["agent_states"][0]
            request["agent_states"][0] = [x, y, *mistake(heading, speed)]

    assert told(mistakes.run(edit, steps=30), [0]) == [(code, first, last)]


def test_what_was_answered_before_a_client_takes_over_is_none_of_its_mistakes() -> None:
    """From step 6 on agent 0 is put half a metre ahead, and goes on at 8 m/s, but with a speed of 0."""

    def edit(step: int, request: Json) -> None:
        if step >= 6:
            _, y, heading, _ = request["agent_states"][0]
            request["agent_states"][0] = [0.8 * step + 0.5, y, heading, 0.0]

    assert told(mistakes.run(edit, steps=30), [0]) == [(230, 6, 30)]


def test_a_mistake_is_told_of_the_index_that_its_agent_has() -> None:
    """Agent 2's speed is in km/h from step 5 on; at step 12 agent 0 leaves, and 2 becomes 1."""

    def edit(step: int, request: Json) -> None:
        if step == 12:
            for name in ("agent_states", "recurrent_states", "agent_properties"):
                del request[name][0]
        if step:
            x = 0.7 * step + 0.02 * (step % 2)
            request["agent_states"][1 if step >= 12 else 2] = [
                x,
                16.0,
                0.0,
                7.0 if step < 5 else 25.2,
            ]

    found = run_checks(*views_of(mistakes.run(edit, agents=4, steps=25)), [by_code(221)]).located
    spans = [(one.finding.agents, one.finding.step, one.finding.last_step) for one in found]
    assert spans == [((2,), 5, 11), ((1,), 12, 25)]


def test_small_degrees_are_told_from_the_step_on_that_they_show_at() -> None:
    """Up to step 3 an ego goes along x; then at 0.02 rad, which are 1.1 degrees: told since 4."""
    way = driver((8.0, 0.0, 1.0, 0.0, 1.0), course=0.0)
    veered = driver((8.0, 0.0, 57.29577951308232, 0.0, 1.0), course=0.02)

    def edit(step: int, request: Json) -> None:
        way(step, request)
        if step > 3:
            x, y, *_ = place
            veered(step, request)
            ahead = request["agent_states"][0]
            request["agent_states"][0] = [x + ahead[0], y + ahead[1], *ahead[2:]]
        elif step:
            place[:] = request["agent_states"][0]

    place: list[float] = []
    assert told(mistakes.run(edit, steps=20), [0]) == [(220, 4, 20)]


@pytest.mark.parametrize("slow", [1.5, 2.5])
def test_reversing_with_a_positive_speed_is_found_where_cars_reverse_and_walking_sideways_is_not(
    slow: float,
) -> None:
    assert told(mistakes.run(driver((slow, 0.2, 1.0, math.pi, 1.0)), steps=20), [0]) == [
        (229, 1, 20)
    ]
    people = [mistakes.car(agent_type="pedestrian", length=0.6, width=0.6) for _ in range(3)]
    sideways = (slow, 0.2, 1.0, math.pi / 2, 1.0)
    assert told(mistakes.run(driver(sideways), steps=20, properties=people), [0]) == []
    assert told(mistakes.run(driver(sideways), steps=20), [0]) == [(229, 1, 20)]  # no car goes so


def around(
    steps: int, turning: Callable[[int], float], speed: Callable[[int], float], heading: float = 5.6
) -> list[list[float]]:
    """States of an ego, by rad/m and m/s at each step, that begins at a heading, rad, which is never wrapped."""
    x, y, states = 0.0, 0.0, []
    for step in range(steps):
        way = 0.1 * speed(step)
        heading += turning(step) * way
        x, y = x + way * math.cos(heading), y + way * math.sin(heading)
        states.append([x, y, heading, speed(step)])
    return states


def along(*ways: list[list[float]]) -> list[Json]:
    """A run whose first agents are driven so."""

    def edit(step: int, request: Json) -> None:
        if step:
            request["agent_states"] = [
                *(way[step - 1] for way in ways), *request["agent_states"][len(ways) :]
            ]  # fmt: skip

    return mistakes.run(edit, agents=5, steps=len(ways[0]))


def branched(one: list[Json], other: list[Json], fork: int) -> list[Json]:
    """Two runs that are alike up to a step, as one with two branches from there on, called in turn."""
    first = next(at for at, call in enumerate(one) if call["endpoint"] == "initialize") + fork + 1
    for call in other[first:]:
        sides = [call["answer"]] if call is other[first] else [call["request"], call["answer"]]
        for side in sides:
            side["recurrent_states"] = [
                [number + 100.0 for number in row] for row in side["recurrent_states"]
            ]
    pairs = zip(one[first:], other[first:], strict=True)
    return [*one[:first], *(call for pair in pairs for call in pair)]


def codes_but_jumps(calls: list[Json], egos: Sequence[int]) -> list[tuple[int, int, int]]:
    """What is told, but where egos are put at first."""
    return [one for one in told(calls, egos) if one[:2] != (225, 1)]


def test_turns_that_are_counted_are_radians_at_a_stop_too() -> None:
    laps = around(
        340,
        lambda _: 1 / 14,
        lambda step: 7.0 if step < 280 else max(0.0, 7.0 - 0.4 * (step - 280)),
    )
    assert codes_but_jumps(along(laps), [0]) == []
    left = around(
        80, lambda step: 1 / 12 if 10 < step < 30 else 0.0, lambda step: 7.0 if step < 40 else 0.0
    )
    other = [[x + 40.0, y, *rest] for x, y, *rest in left]
    assert codes_but_jumps(along(left, other), [0, 1]) == []


def test_what_one_branch_does_says_nothing_of_another() -> None:
    """Both go on from step 1, and are called in turn: one drives in circles and counts its turns, one straight on."""
    laps = around(120, lambda _: 1 / 14, lambda _: 7.0, heading=0.3)
    straight = around(
        120, lambda step: (step == 0) / 14, lambda step: 7.0 + 0.1 * (step % 2), heading=0.3
    )
    assert codes_but_jumps(branched(along(laps), along(straight), 1), [0]) == []


@pytest.mark.parametrize("shift", [0.0, math.tau], ids=["0 to 2 pi", "counted"])
def test_a_step_of_a_history_that_is_left_out_breaks_a_row(shift: float) -> None:
    """40 steps along x at 20 and 10 m/s: headings are off at some, and speeds at others, as noise makes them."""
    history = []
    for step in range(40):
        heading = shift + (1.57 if step in {8, 9, 12, 13, 16, 17, 20, 21, 24, 25} else 0.0)
        speed = (4.1, 4.1, 4.1, 10, 10)[step % 5]
        history.append([[2.0 * step, 0.0, heading, 20.0], [1.0 * step, 9.0, shift, speed]])
    assert {
        code for code, _, _ in told(mistakes.run(history=history, properties=[mistakes.SIZED] * 2))
    } == set()


def test_degrees_are_not_mended_because_an_angle_within_one_turn_is_neither_on_the_way() -> None:
    """A compass course, 6.8 degrees and then 5.0: as rad 6.8 happens to be on the way, and 5.0 is not."""
    assert told(mistakes.run(driver((8.0, 0.3, -180 / math.pi, 40.0, 1.0)), steps=8), [0]) == [
        (220, 1, 8)
    ]


LAPS = around(
    188, lambda _: 1 / 14, lambda _: 7.0, heading=0.0
)  # up to 9.4 rad, which is 3.12; 9.4 degrees are 0.16


def backwards(steps: int, speed: float, sent: float) -> list[list[float]]:
    """States that go on from the laps, backwards at a speed, m/s, and are sent with another."""
    x, y, heading, _ = LAPS[-1]
    ways = [0.1 * speed * (step + 1) for step in range(steps)]
    speeds = [
        sent * (1 + 0.05 * (step % 2)) for step in range(steps)
    ]  # or the service would say the same
    return [
        [x - way * math.cos(heading), y - way * math.sin(heading), heading, v]
        for way, v in zip(ways, speeds, strict=True)
    ]


@pytest.mark.parametrize(
    ("then", "codes"),
    [(backwards(4, 4.0, 4.0), set()), (backwards(30, 4.0, -4.0), set())],
    ids=["sign", "reversing"],
)
def test_turns_that_are_counted_are_radians_in_reverse_too(
    then: list[list[float]], codes: set[int]
) -> None:
    """The way is 0.02 rad then. Without a negative speed it says so for as long as a skid may take."""
    assert {code for code, *_ in codes_but_jumps(along([*LAPS, *then]), [0])} == codes


def test_slow_circles_are_counted_though_no_way_of_theirs_says_anything() -> None:
    slow = around(400, lambda _: 0.25, lambda _: 2.0, heading=0.0)
    assert slow[-1][2] > 6 * math.pi
    assert codes_but_jumps(along(slow), [0]) == []


def test_turns_that_were_counted_before_the_run_began_are_radians() -> None:
    before = [[[0.8 * step, 0.0, 8 * math.pi, 8.0]] for step in range(12)]
    good = driver((8.0, 0.1, 1.0, 0.0, 1.0), course=8 * math.pi)
    assert told(mistakes.run(good, steps=20, history=before, properties=[mistakes.SIZED]), [0]) == [
        (225, 1, 1)
    ]


@pytest.mark.parametrize(
    ("angles", "steps"), [((13.0, 8.0), [(220, 1, 1)]), ((10.0, 8.0), []), ((6.29, 0.5), [])]
)
def test_agents_that_stand_are_in_degrees_beyond_two_turns(
    angles: tuple[float, float], steps: list[tuple[int, int, int]]
) -> None:
    standing = [[[10.0 * agent, 8.0 * agent, angle, 0.0]] * 6 for agent, angle in enumerate(angles)]
    assert codes_but_jumps(along(*standing), [0, 1]) == steps


def test_degrees_that_seemed_counted_radians_are_told_once_these_are_off_the_way() -> None:
    """It stands at 5 degrees, goes on at 6.4, which as rad is where it goes too, and then at 8: 1.7 rad."""
    headings = [5.0] * 5 + [6.4] * 3 + [8.0] * 20
    states, x, y = [], 0.0, 0.0
    for step, heading in enumerate(headings):
        way = 0.8 if step >= 5 else 0.0
        x, y = x + way * math.cos(math.radians(heading)), y + way * math.sin(math.radians(heading))
        states.append([x, y, heading, 10 * way])
    assert codes_but_jumps(along(states), [0]) == [(220, 9, 28)]


def test_degrees_that_are_mended_in_a_turn_end_there() -> None:
    good = driver((8.0, 1.0, 1.0, 0.0, 1.0), course=0.5)

    def edit(step: int, request: Json) -> None:
        good(step, request)
        if 1 <= step <= 15:
            request["agent_states"][0][2] = math.degrees(request["agent_states"][0][2])

    assert told(mistakes.run(edit, steps=30), [0]) == [(220, 1, 15)]


def test_who_has_left_is_forgotten() -> None:
    """At each step a newcomer, who leaves with the next one."""

    def edit(step: int, request: Json) -> None:
        if step > 1:
            mistakes.drop(request, 3)
        if step:
            mistakes.add(
                request, [100.0 * step, 50.0, 1.0, 5.0], length=4.0, width=2.0, rear_axis_offset=1.0
            )

    run, views = views_of(mistakes.run(edit, steps=20))
    for view in views:
        run.shared(Degrees).at(view)
    assert len(run.shared(Degrees)._units.at(views[-1])) <= 4


@pytest.mark.parametrize("heading", [0.0, 0.5, 1.0, 1.5, 3.0, -1.0])
@pytest.mark.parametrize("nudge", [(0.0, 1.5), (0.9, 0.0)])
@pytest.mark.parametrize("every", [10, 20])
def test_steps_apart_are_no_row(nudge: tuple[float, float], every: int, heading: float) -> None:
    def edit(step: int, request: Json) -> None:
        if step and step % every == 0:
            (x, y, *rest), *others = request["agent_states"]
            request["agent_states"] = [[x + nudge[0], y + nudge[1], *rest], *others]

    calls = mistakes.run(
        edit,
        steps=250,
        properties=[mistakes.SIZED],
        history=mistakes.placed([0.0, 0.0, heading, 2.0]),
    )
    assert {code for code, _, _ in told(calls, [0])} <= {225}


@pytest.mark.parametrize(
    ("noise", "speed"), [(0.1, 0.0), (0.2, 0.0), (0.2, 1.0), (0.2, 3.0), (0.3, 5.0)]
)
def test_noise_of_the_place_is_neither_speed_nor_heading(noise: float, speed: float) -> None:
    draw = random.Random(2)
    way = around(300, lambda _: 0.0, lambda _: speed)
    noisy = [[x + draw.gauss(0, noise), y + draw.gauss(0, noise), *rest] for x, y, *rest in way]
    assert {code for code, _, _ in told(along(noisy), [0])} <= {225}


def test_an_ego_that_stands_at_every_second_call_is_followed() -> None:
    way = around(60, lambda _: 0.0, lambda _: 8.0)
    halting = [
        [*way[step - step % 2][:2], -heading, speed]
        for step, (_, _, heading, speed) in enumerate(way)
    ]
    assert told(along(halting), [0]) == [(229, 2, 60)]


def test_a_heading_that_is_never_filled_in_is_named_among_what_it_may_be() -> None:
    way = [
        [-y, x, 0.0, speed] for x, y, _, speed in around(20, lambda _: 0.0, lambda _: 8.0)
    ]  # 0.89 rad off x
    (one,) = [
        one for one in run_checks(*views_of(along(way), [0]), ALL).located if one.check.code == 229
    ]
    assert one.finding.sentence.endswith(": this looks like a heading that is never filled in")


@pytest.mark.parametrize(
    ("way", "sent", "codes"),
    [
        (0.6, 0.0, {230}),  # never filled in
        (2.5, 0.0, {225, 230}),  # the first way alone is a jump
        (1.0, 5.0, {228}),  # at 5 Hz
        (1.0, 36.0, {221}),
        (1.0, 6.5, {230}),
        (1.0, 8.0, set()),
        (0.05, 1.4, set()),
        (0.2, 6.0, {230}),
        (0.0, 6.0, {230}),  # stands, and says that it drives
    ],
)
def test_a_speed_that_the_way_contradicts_is_one_finding(
    way: float, sent: float, codes: set[int]
) -> None:
    found = told(mistakes.run(mistakes.ego(lambda angle: angle, sent, way), steps=20), [0])
    assert sorted(found) == [
        (code, 2, 2) if code == 225 else (code, 1, 20) for code in sorted(codes)
    ]


@pytest.mark.parametrize("noisy", [8, 15, 30])
def test_one_noisy_heading_takes_no_explanation_away(noisy: int) -> None:
    good = driver((8.0, 0.1, 1.0, 0.0, 1.0), course=0.8)

    def edit(step: int, request: Json) -> None:
        good(step, request)
        if step:
            request["agent_states"][0][2] = 0.6 * (step == noisy) - request["agent_states"][0][2]

    (one,) = run_checks(*views_of(mistakes.run(edit, steps=30), [0]), [by_code(229)]).located
    assert (one.finding.step, one.finding.last_step) == (1, 30)
    assert one.finding.guess == "a y axis that points the other way"


def test_a_manoeuvre_is_forgotten_when_a_later_heading_is_explained() -> None:
    """Reversing without a negative speed until step 9; from step 15 on the heading is mirrored."""
    good = driver((8.0, 0.1, 1.0, 0.0, 1.0))

    def edit(step: int, request: Json) -> None:
        good(step, request)
        if step:
            x, y, heading, speed = request["agent_states"][0]
            shown = heading + math.pi if step <= 9 else -heading if step >= 15 else heading
            request["agent_states"][0] = [x, y, shown, speed]

    found = run_checks(*views_of(mistakes.run(edit, steps=30), [0]), [by_code(229)]).located
    assert [(one.finding.step, one.finding.last_step, one.finding.guess) for one in found] == [
        (1, 9, "its rear taken for its front, or reversing without a negative speed"),
        (15, 30, "a y axis that points the other way"),
    ]


def test_a_speed_that_was_explained_for_a_while_is_looked_at_again() -> None:
    """Twice as fast as it moves until step 6, which may be the time step; 0 from then on is none."""
    good = driver((8.0, 0.0, 1.0, 0.0, 1.0))

    def edit(step: int, request: Json) -> None:
        good(step, request)
        if step:
            request["agent_states"][0][3] = 16.0 if step <= 6 else 0.0

    assert told(mistakes.run(edit, steps=30), [0]) == [(230, 7, 30)]


@pytest.mark.parametrize("speed", [1.5, 2.5])
def test_a_short_time_step_is_found_however_little_an_agent_moves(
    speed: float,
) -> None:
    """At 100 Hz an agent of 1.5 m/s goes 1.5 cm in a call."""
    calls = mistakes.run(mistakes.ego(lambda angle: angle, 0.0, 0.01 * speed, sent=speed), steps=30)
    assert told(calls, [0]) == [(228, 1, 30)]


@pytest.mark.parametrize(
    ("factor", "code"), [(3.6, 221), (2.237, 221), (2.0, 228), (0.5, 228), (10.0, 228)]
)
@pytest.mark.parametrize("speed", [3.0, 6.0])
def test_noise_of_2_cm_hides_no_unit_and_tears_no_finding(
    factor: float, code: int, speed: float
) -> None:
    draw = random.Random(3)
    way = around(100, lambda _: 0.01, lambda _: speed)
    noisy = [
        [x + draw.gauss(0, 0.02), y + draw.gauss(0, 0.02), angle, factor * v]
        for x, y, angle, v in way
    ]
    ((found, first, last),) = told(along(noisy), [0])
    assert (found, last) == (code, 100)
    assert first <= 6


@pytest.mark.parametrize("factor", [3.6, 2.237])
@pytest.mark.parametrize("first", range(20, 26))
def test_a_unit_that_is_wrong_from_some_step_on_is_no_time_step_there(
    factor: float, first: int
) -> None:
    way = around(50, lambda _: 0.01, lambda step: 6.0 + 0.05 * step)
    later = [
        [x, y, heading, v * (factor if step >= first else 1.0)]
        for step, (x, y, heading, v) in enumerate(way)
    ]
    assert told(along(later), [0]) == [(221, first + 1, 50)]


def test_a_speed_that_passes_by_a_ratio_is_of_no_unit() -> None:
    """The component along x of a velocity that turns away from it: 1/10 of the way for a while."""
    way = around(60, lambda _: 0.05, lambda _: 8.0)
    shown = [[x, y, heading, v * abs(math.cos(heading - 5.6 + 0.9))] for x, y, heading, v in way]
    found = run_checks(*views_of(along(shown), [0]), ALL).located
    speeds = {
        (one.check.code, one.finding.guess) for one in found if one.check.code in {221, 228, 230}
    }
    assert speeds == {(230, "")}


@pytest.mark.parametrize(("factor", "first"), [(3.6, 3), (2.237, 5)])
def test_speeds_that_are_converted_again_at_each_step_are_found_beyond_70_m_per_s(
    factor: float, first: int
) -> None:
    """The answered speed is multiplied, sent, answered and multiplied again."""

    def edit(step: int, request: Json) -> None:
        if step:
            request["agent_states"] = [
                [x, y, heading, factor * v] for x, y, heading, v in request["agent_states"]
            ]

    history = mistakes.placed([0.0, 0.0, 0.0, 2.0])
    calls = mistakes.run(edit, steps=8, history=history, properties=[mistakes.SIZED])
    (one,) = [one for one in run_checks(*views_of(calls), ALL).located if one.check.code == 221]
    assert (one.finding.step, one.finding.last_step, one.finding.value) == (first, 8, None)
    assert one.finding.message.endswith("m/s are expected, and no road traffic is that fast")


@pytest.mark.parametrize(("slow", "fast"), [(0.15, 2.0), (0.28, 2.0), (1.0, 13.3)])
def test_one_step_that_is_much_faster_is_no_unit(slow: float, fast: float) -> None:
    """Each way is the mean of its two speeds times 0.1 s, so that nothing is wrong but the comfort."""
    states, x = [], 0.0
    for step in range(20):
        speed, before = (slow, slow) if step < 3 else (fast, slow if step == 3 else fast)
        x += 0.05 * (speed + before)
        states.append([x, 0.1 * (step % 2), 0.0, speed])
    assert 221 not in {code for code, _, _ in told(along(states), [0])}


@pytest.mark.parametrize("stands", [True, False], ids=["stands", "is driven by the API"])
def test_the_same_jump_again_is_a_jump_if_there_were_steps_between(stands: bool) -> None:
    """5 m at steps 3 and 8; at those between the ego stands, or is left to the API."""
    place = [0.0, 0.0, 0.0, 0.0]

    def edit(step: int, request: Json) -> None:
        if step == 1:
            place[:] = request["agent_states"][0]
        elif step in {3, 8}:
            place[0] += 5.0
        elif not stands:
            return
        request["agent_states"] = [[*place[:3], 0.0], *request["agent_states"][1:]] if step else []

    found = told(mistakes.run(edit, steps=10, history=mistakes.placed([0.0, 0.0, 0.0, 0.0])), [0])
    assert [one for one in found if one[0] == 225] == [(225, 3, 3), (225, 8, 8)]

"""The page in a browser: it plays, seeks, selects, filters, follows and compares."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from support.browser import NARROW, Watched
from support.scenes import circling, state_of

from iai_proxy.comparison import compared
from iai_proxy.page import Compared, comparison_details, write_page
from iai_proxy.scene import Agent, BranchInfo, Problem, SimulationInfo, Unplaced
from iai_proxy.scene.palette import CAR, DARK, EGO, LIGHT, LIGHTS, OTHER, PEDESTRIAN

HOSTILE = "</script><img src=x onerror=\"document.title='broken in'\"><b>"
PROBLEMS = [
    Problem(220, "agent-jumps", "error", "Agent 3 jumps.", "Send it back.", 41, 43, (3,), 42),
    Problem(
        11, "state-modified", "warning", "The client moved agent 0.", "Name it.", 0, 59, (0,), 1
    ),
    Problem(279, "seed-drawn", "info", "Seeds look drawn.", "Seed them.", 5, 5, (), None),
]
FORKED = SimulationInfo(1, "fork", False, (BranchInfo(1, 0, 59), BranchInfo(2, 0, 49, 1, 29)), 1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("page")


@pytest.fixture(scope="module")
def address(folder: Path) -> str:
    path = folder / "run.html"
    write_page([circling(problems=PROBLEMS, parts=2)], path)
    return path.as_uri()


@pytest.fixture(scope="module")
def forked(folder: Path) -> str:
    """Two branches; in the second agents drift to the east by 0.1 m a step."""
    path = folder / "forked.html"
    branch = circling(6, 50, simulation=FORKED, branch=2, drift=0.1)
    write_page([circling(6, 60, simulation=FORKED), branch], path)
    return path.as_uri()


def fragment(page: Page) -> dict[str, str]:
    found = parse_qs(urlsplit(page.url).fragment)
    return {name: values[0] for name, values in found.items()}


def expect_fragment(page: Page, **wanted: object) -> None:
    for name, value in wanted.items():
        expect(page).to_have_url(re.compile(rf"[#&]{name}={re.escape(str(value))}(&|$)"))


def card(page: Page) -> dict[str, str]:
    """Return what the card of the selected agent tells."""
    expect(page.locator("#agent-card")).to_contain_text("Position")
    pairs = "terms => terms.map(term => [term.innerText, term.nextSibling.innerText])"
    return dict(page.locator("#agent-card dt").evaluate_all(pairs))  # at once: it may change


def color_at(page: Page, x: float, y: float) -> str:
    """Return the colour of a place on the map, in pixels, as ``#RRGGBB``."""
    with Image.open(BytesIO(page.locator("#agents").screenshot())) as picture:
        red, green, blue = (
            picture.convert("RGB").crop((int(x), int(y), int(x) + 1, int(y) + 1)).tobytes()
        )
    return f"#{red:02X}{green:02X}{blue:02X}"


def place_of(page: Page, x: float, y: float, fov: float) -> tuple[float, float]:
    """Return where a point of the world is on the map, if its middle is (0, 0)."""
    box = page.locator("#agents").bounding_box()
    assert box
    scale = min(box["width"], box["height"]) / fov
    return box["width"] / 2 + x * scale, box["height"] / 2 - y * scale


def test_it_plays_to_the_end(open_page: Watched, address: str) -> None:
    page = open_page(f"{address}#step=40")
    page.select_option("#speed", "5")
    page.click("#play")
    expect(page.locator("#play")).to_have_attribute("aria-label", "Pause")
    expect(page.locator("#time")).to_have_text("59 / 59")
    expect(page.locator("#play")).to_have_attribute("aria-label", "Play")


def test_it_loops_a_range(open_page: Watched, address: str) -> None:
    page = open_page(f"{address}#loop=20-23")
    page.select_option("#speed", "2")
    page.click("#play")
    for step in (22, 20, 22, 20):
        expect(page.locator("#time")).to_have_text(f"{step} / 59")
    expect(page.locator("#loop-range")).to_have_text("20\u201323")


def test_a_click_on_the_timeline_goes_there(open_page: Watched, address: str) -> None:
    page = open_page(address)
    box = page.locator("#timeline").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 40)
    expect(page.locator("#time")).to_have_text(re.compile(r"^(2[89]|3[0-3]) / 59$"))
    expect(page).to_have_url(re.compile(r"step=(2[89]|3[0-3])&"))


def test_a_click_on_an_agent_tells_its_state_and_lineage(open_page: Watched, address: str) -> None:
    page = open_page(f"{address}#step=30&x=0&y=0&fov=90")
    x, y, _, _ = state_of(2, 30)
    box = page.locator("#agents").bounding_box()
    assert box
    across, down = place_of(page, x, y, 90)
    page.mouse.click(box["x"] + across, box["y"] + down)
    expect(page.locator("#agent-card h2")).to_have_text("Agent 2 \u00b7 pedestrian")
    told = card(page)
    assert told["Position"] == f"{x:.2f}, {y:.2f} m"
    assert told["Heading"] == "-160.0\u00b0"
    assert told["Size"] == "0.80 \u00d7 0.70 m"
    assert told["Answer"] == "call 61, part 1 of 2, index 1"
    assert told["Recurrent state"] == f"{2000 + 31:08x}"
    assert page.locator("#agent-card canvas").first.get_attribute("aria-label") == (
        "Speed from 4.6 to 5.1 m/s"
    )


def test_cars_are_where_their_states_say(open_page: Watched, address: str) -> None:
    page = open_page(f"{address}#step=12&x=0&y=0&fov=90")
    for agent, color in ((1, CAR), (3, CAR), (2, PEDESTRIAN)):
        x, y, _, _ = state_of(agent, 12)
        across, down = place_of(page, x, y, 90)
        assert color_at(page, across, down) == color


def test_the_answer_that_the_client_overwrote_is_a_ghost(open_page: Watched, address: str) -> None:
    page = open_page(f"{address}#step=12&agent=0&x=0&y=0&fov=90")
    x, y, _, _ = state_of(0, 12)
    assert color_at(page, *place_of(page, x, y + 2, 90)) == EGO
    assert card(page)["Client"] == "put it 2.00 m from what was answered"


def test_a_mirrored_map_has_east_on_the_left(open_page: Watched, address: str) -> None:
    page = open_page(f"{address}#step=12&x=0&y=0&fov=90&mirror=1")
    x, y, _, _ = state_of(1, 12)
    assert color_at(page, *place_of(page, -x, y, 90)) == CAR


def test_infractions_are_told_while_they_last(open_page: Watched, address: str) -> None:
    page = open_page(f"{address}#step=22&agent=2")
    assert card(page)["Infractions"] == "collision"
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("#agent-card")).not_to_contain_text("Infractions")


def test_findings_are_filtered_and_lead_to_step_and_agent(open_page: Watched, address: str) -> None:
    page = open_page(address)
    page.get_by_role("tab", name="Findings").click()
    rows = page.locator("#finding-list button")
    expect(rows).to_have_count(3)
    page.get_by_role("button", name="1 warning").click()
    expect(rows).to_have_count(2)
    page.fill("#finding-filter", "jump")
    expect(rows).to_have_count(1)
    rows.first.click()
    expect(page.locator("#time")).to_have_text("41 / 59")
    expect(page.locator("#agent-card h2")).to_have_text("Agent 3 \u00b7 car")
    expect_fragment(page, step=41, agent=3)


def test_a_run_that_was_not_checked_does_not_look_clean(open_page: Watched, folder: Path) -> None:
    path = folder / "unchecked.html"
    write_page([replace(circling(2, 2), unchecked="it is damaged")], path)
    page = open_page(path.as_uri())
    page.get_by_role("tab", name="Findings ?").click()
    expect(page.locator("#finding-list")).to_have_text("Not checked: it is damaged")


def test_following_keeps_an_agent_in_the_middle(open_page: Watched, address: str) -> None:
    page = open_page(f"{address}#step=10&agent=3&follow=1&x=0&y=0&fov=60")
    page.keyboard.press("ArrowRight")
    x, y, _, _ = state_of(3, 11)
    expect_fragment(page, step=11)
    there = fragment(page)
    assert (float(there["x"]), float(there["y"])) == pytest.approx((x, y), abs=0.02)
    page.keyboard.press("f")
    expect(page.locator("#follow")).to_have_attribute("aria-pressed", "false")


def test_wheel_and_drag_move_the_map(open_page: Watched, address: str) -> None:
    page = open_page(f"{address}#x=0&y=0&fov=90")
    page.mouse.move(400, 300)
    page.mouse.wheel(0, -300)
    expect(page).not_to_have_url(re.compile("fov=90(&|$)"))
    before = fragment(page)
    assert float(before["fov"]) < 90
    page.mouse.down()
    page.mouse.move(300, 300, steps=3)
    page.mouse.up()
    expect(page).not_to_have_url(re.compile(rf"x={re.escape(before['x'])}&"))
    assert float(fragment(page)["x"]) > float(before["x"])
    page.click("#fit")
    expect(page).not_to_have_url(re.compile(rf"fov={re.escape(before['fov'])}"))


def test_two_fingers_zoom_the_map(open_page: Watched, address: str) -> None:
    page = open_page(f"{address}#x=0&y=0&fov=90")
    touch = page.context.new_cdp_session(page)
    for apart in (40, 60, 80, 100):
        points = [{"x": 400 - apart, "y": 300, "id": 0}, {"x": 400 + apart, "y": 300, "id": 1}]
        kind = "touchStart" if apart == 40 else "touchMove"
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(page).to_have_url(re.compile(r"fov=3[4-8](\.|&|$)"))  # 90 * 40 / 100


def test_branches_are_switched_and_laid_over_each_other(open_page: Watched, forked: str) -> None:
    page = open_page(f"{forked}#step=49&agent=3&x=0&y=0&fov=90")
    page.select_option("#branch", "2")
    expect(page.locator("#time")).to_have_text("49 / 49")
    x, y, _, _ = state_of(3, 49, drift=0.1)
    expect(page.locator("#agent-card")).to_contain_text(f"{x:.2f}, {y:.2f} m")
    page.select_option("#over", label="branch 1")
    expect(page.locator("#agent-card")).to_contain_text("2.00 m apart")
    expect_fragment(page, branch=2, over="1.1")
    page.keyboard.press("Home")
    expect(page.locator("#agent-card")).to_contain_text("0.00 m apart")


def test_a_second_run_is_laid_over_the_first(open_page: Watched, folder: Path) -> None:
    path = folder / "compared.html"
    other = replace(circling(drift=0.1), source="other.iairec")
    pair = Compared("1", 1, "b1", 1, parts_at=30, agents=((3, 4),), note=f"They part. {HOSTILE}")
    write_page([circling()], path, over=[other], compared=[pair])
    page = open_page(path.as_uri())
    expect(page.locator("#time")).to_have_text("30 / 59")
    expect(page.locator("#notice")).to_have_text(f"They part. {HOSTILE}")
    page.locator("#agent-list").get_by_text("3 car").click()
    x, y, _, _ = state_of(3, 30)
    over_x, over_y, _, _ = state_of(4, 30, drift=0.1)
    apart = ((x - over_x) ** 2 + (y - over_y) ** 2) ** 0.5
    expect(page.locator("#agent-card")).to_contain_text(f"{apart:.2f} m apart")
    speeds = "Speed from 5.6 to 6.3 m/s"  # 1 degree in 0.1 s on circles of 32 and 36 m
    expect(page.locator("#agent-card canvas").first).to_have_attribute("aria-label", speeds)
    page.select_option("#over", "")
    expect_fragment(page, over="none")
    expect(page.locator("#agent-card")).not_to_contain_text("apart")


def test_all_of_a_comparison_is_told(open_page: Watched, folder: Path) -> None:
    path = folder / "details.html"
    a = circling(problems=PROBLEMS[1:])
    b = replace(circling(5, 50, drift=0.1, problems=PROBLEMS[:2]), source="other.iairec")
    details = comparison_details(compared(a, b))
    write_page([a], path, over=[b], compared=[Compared("1", 1, "b1", 1, details=details)])
    page = open_page(path.as_uri())
    page.select_option("#over", "b1.1")
    page.get_by_role("tab", name="Compare").click()
    panel = page.locator("#panel-compare")
    expect(panel).to_contain_text("A ends at step 59, B at step 49.")
    expect(panel.get_by_role("row", name="agents 6 5")).to_be_visible()
    expect(panel.get_by_role("row", name="3 30 2.00 m 49")).to_be_visible()
    expect(panel.get_by_role("row", name="median 23.0 ms 23.0 ms")).to_be_visible()
    assert panel.locator(".finding b").all_inner_texts() == ["220 agent-jumps", "279 seed-drawn"]
    box = panel.locator(".growth").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] * 40 / 49, box["y"] + 20)
    expect(page.locator("#time")).to_have_text("40 / 59")
    expect(panel.locator(".history .value")).to_have_text("1.10 m")
    page.keyboard.press("End")
    expect(page.locator("#clock-over")).to_have_text("laid over: ended at step 49")
    page.select_option("#over", "")
    expect(page.get_by_role("tab", name="Compare")).to_be_hidden()


def test_simulations_are_switched(open_page: Watched, folder: Path) -> None:
    path = folder / "two.html"
    second = SimulationInfo(2, "elsewhere", False, (BranchInfo(1, 0, 9),), 1)
    write_page([circling(), circling(3, 10, simulation=second)], path)
    page = open_page(path.as_uri())
    page.select_option("#sim", "2")
    expect(page.locator("#time")).to_have_text("0 / 9")
    expect(page.locator("#source")).to_contain_text("elsewhere")
    page.go_back()
    expect(page.locator("#time")).to_have_text("0 / 59")


def test_back_and_forward_lead_through_moments(open_page: Watched, address: str) -> None:
    page = open_page(address)
    page.locator("#agent-list").get_by_text("1 car").click()
    page.get_by_role("tab", name="Findings").click()
    page.locator("#finding-list button").first.click()
    expect(page.locator("#agent-card h2")).to_have_text("Agent 3 \u00b7 car")
    page.go_back()
    expect(page.locator("#agent-card h2")).to_have_text("Agent 1 \u00b7 car")
    expect(page.locator("#time")).to_have_text("0 / 59")
    page.go_forward()
    expect(page.locator("#time")).to_have_text("41 / 59")


def test_a_link_shows_a_moment(open_page: Watched, address: str) -> None:
    moment = "step=33&agent=4&loop=10-40&show=ids+trails&x=1&y=2&fov=70"
    page = open_page(f"{address}#sim=1&branch=1&{moment}")
    expect(page.locator("#time")).to_have_text("33 / 59")
    expect(page.locator("#agent-card h2")).to_have_text("Agent 4 \u00b7 bicycle")
    expect(page.locator("#layer-ids")).to_be_checked()
    expect(page.locator("#layer-ghosts")).not_to_be_checked()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("step=34.*x=1&y=2&fov=70$"))


@pytest.mark.parametrize("moment", ["step=-4&agent=99999999999", "sim=9&branch=8&x=a&fov=0", "%"])
def test_a_broken_link_shows_what_it_can(open_page: Watched, address: str, moment: str) -> None:
    page = open_page(f"{address}#{moment}")
    expect(page.locator("#time")).to_have_text("0 / 59")


def test_a_link_without_a_place_keeps_its_scale(open_page: Watched, address: str) -> None:
    page = open_page(f"{address}#fov=33&agent=77")
    expect_fragment(page, fov=33, step=0)
    expect(page).not_to_have_url(re.compile("agent="))
    expect(page.locator("#notice")).to_have_text("There is no agent 77 on this branch.")


def test_what_a_link_lays_over_is_named(open_page: Watched, forked: str) -> None:
    page = open_page(f"{forked}#over=1.2&step=49")
    expect(page.locator("#over")).to_have_value("1.2")
    page = open_page(f"{forked}#over=b1.9&branch=2")
    expect(page.locator("#over")).to_have_value("1.1")  # the trunk, for what there is not


def test_keys_lead_to_every_finding(open_page: Watched, folder: Path) -> None:
    path = folder / "findings.html"
    same = [replace(PROBLEMS[0], sentence=f"Number {number}.") for number in range(3)]
    write_page([circling(problems=same)], path)
    page = open_page(path.as_uri())
    status = page.locator("#status")
    for number in range(3):
        page.keyboard.press("j")
        expect(status).to_have_text(f"Step 41. Number {number}.")
    page.keyboard.press("j")
    expect(status).to_have_text("No more findings after this.")
    page.keyboard.press("k")
    expect(status).to_have_text("Step 41. Number 1.")


def test_an_agent_far_away_is_shown_with_all_only(open_page: Watched, folder: Path) -> None:
    path = folder / "far.html"
    scene = circling(5, 2)
    for frame in scene.frames:
        frame.states[4 * 4] = 1e9
    write_page([scene], path)
    page = open_page(path.as_uri())
    page.keyboard.press("ArrowRight")
    expect_fragment(page, step=1)
    expect(page).to_have_url(re.compile(r"fov=\d\d(\.|$)"))
    page.keyboard.press("0")
    expect(page).to_have_url(re.compile(r"fov=\d{7,8}"))
    page.locator("#agent-list").get_by_text("4 bicycle").click()
    expect(page.locator("#agent-card")).to_contain_text("10737418.23, ")
    expect(page.locator("#agent-card")).to_contain_text("or further")


def test_an_agent_that_is_nowhere_is_present(open_page: Watched, folder: Path) -> None:
    path = folder / "nowhere.html"
    scene = circling(3, 3)
    frames = list(scene.frames)
    lost = Unplaced(1, (math.nan, 0.0, 0.0, 0.0))
    states = frames[1].states[:4] + frames[1].states[8:]
    frames[1] = replace(frames[1], agents=(0, 2), states=states, calls=None, unplaced={1: lost})
    write_page([replace(scene, frames=frames)], path)
    page = open_page(f"{path.as_uri()}#step=1&agent=1")
    told = card(page)
    assert told["Position"] == "nowhere: its answered state is not four finite numbers"
    assert told["Order"] == "index 1 of the client's agents"
    expect(page.locator("#agent-list [aria-selected=true]")).to_contain_text("nowhere")
    page.locator("#timeline").hover()
    expect(page.locator("#tip")).to_have_text(re.compile("3 agents$"))


def test_the_keyboard_alone_is_enough(open_page: Watched, address: str) -> None:
    page = open_page(address)
    page.keyboard.press("Shift+ArrowRight")
    expect(page.get_by_role("slider", name="Step")).to_have_attribute("aria-valuenow", "10")
    expect(page.get_by_role("status").last).to_have_text("Step 10 of 59, 1.0 s")
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "agent-list":
            break
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    agents = page.get_by_role("listbox", name="Agents at this step")
    expect(agents.get_by_role("option", selected=True)).to_contain_text("1 car")
    page.keyboard.press("j")
    expect(page.locator("#time")).to_have_text("41 / 59")
    page.keyboard.press("Escape")
    expect(page.locator("#agent-card")).to_be_hidden()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Home")
    page.keyboard.press("Tab")
    page.keyboard.press(".")
    page.keyboard.press("[")
    page.keyboard.press("Space")
    expect(page.locator("#speed")).to_have_value("2")


def test_the_step_tells_its_calls_parts_and_lights(open_page: Watched, address: str) -> None:
    page = open_page(f"{address}#step=30")
    page.get_by_role("tab", name="Step").click()
    panel = page.locator("#panel-step")
    expect(panel).to_contain_text("1 call failed before: 900")
    expect(panel).to_contain_text("22.0 ms")
    expect(panel.get_by_role("row", name="62 3 3")).to_be_visible()
    expect(panel.get_by_role("row", name="100 red")).to_be_visible()


def test_the_timeline_tells_what_happened_under_the_pointer(
    open_page: Watched, address: str
) -> None:
    page = open_page(address)
    box = page.locator("#timeline").bounding_box()
    assert box
    page.mouse.move(box["x"] + 72 + (box["width"] - 86) * 30 / 59, box["y"] + 20)
    expect(page.locator("#tip")).to_contain_text(
        "step 30, 3.0 s \u00b7 22 ms \u00b7 2 parts \u00b7 1 failed"
    )


def test_agents_are_filtered(open_page: Watched, address: str) -> None:
    page = open_page(address)
    options = page.get_by_role("option")
    expect(page.locator("#agent-list").get_by_role("option")).to_have_count(5)
    page.fill("#agent-filter", "ped")
    expect(page.locator("#agent-list [role=option]")).to_have_count(1)
    page.fill("#agent-filter", "ego")
    expect(options.filter(has_text="0 car")).to_be_visible()


def test_what_a_recording_says_stays_text(open_page: Watched, folder: Path) -> None:
    path = folder / "hostile.html"
    scene = circling(3, 5, location=HOSTILE, source=HOSTILE)
    problem = Problem(1, HOSTILE, "error", HOSTILE, HOSTILE, 0, 0, (1,), None)
    agent = Agent(1, HOSTILE, 4.0, 2.0)
    scene = replace(scene, agents={**scene.agents, 1: agent}, problems=[problem])
    write_page([scene], path)
    page = open_page(f"{path.as_uri()}#agent=1")
    expect(page.locator("#source")).to_have_text(f"{HOSTILE} \u00b7 {HOSTILE}")
    expect(page.locator("#agent-card h2")).to_have_text(f"Agent 1 \u00b7 {HOSTILE}")
    page.get_by_role("tab", name="Findings").click()
    expect(page.locator("#finding-list .sentence")).to_have_text(HOSTILE)
    assert page.locator("img").count() == 0
    assert page.title() == f"{HOSTILE} \u00b7 iai-proxy"


def test_texts_that_turn_the_direction_are_escaped(open_page: Watched, folder: Path) -> None:
    path = folder / "turned.html"
    scene = circling(2, 2, location="a\u202eb\nc", source="\u05d0")
    write_page([scene], path)
    page = open_page(path.as_uri())
    assert page.locator("#source").text_content() == "\u2066\u05d0\u2069 \u00b7 a\\u202eb c"


def test_names_and_states_of_lights_are_text_as_well(open_page: Watched, folder: Path) -> None:
    path = folder / "lights.html"
    scene = circling(2, 2)
    nasty = {"1\u202e": "red\x9b"}
    frames = [replace(frame, lights=nasty) for frame in scene.frames]
    write_page([replace(scene, frames=frames)], path)
    page = open_page(path.as_uri())
    page.get_by_role("tab", name="Step").click()
    shown = page.locator("table", has_text="Traffic lights").locator("td")
    assert shown.all_text_contents() == ["1\\u202e", "red\\x9b"]


@pytest.fixture
def narrow(open_page: Watched, address: str) -> Page:
    return open_page(address, size=NARROW, theme="dark")


def test_on_a_telephone_nothing_is_cut_off(narrow: Page) -> None:
    assert narrow.evaluate("document.documentElement.scrollWidth") == NARROW[0]
    for button in narrow.locator("button:visible").all():
        box = button.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= NARROW[0]
    map_box = narrow.locator("#agents").bounding_box()
    assert map_box
    assert map_box["height"] > 200


def test_in_a_low_window_the_map_has_room_for_its_buttons(open_page: Watched, forked: str) -> None:
    page = open_page(forked, size=(400, 500))
    map_box = page.locator("#agents").bounding_box()
    last = page.locator("#follow").bounding_box()
    assert map_box
    assert last
    assert map_box["height"] > 200
    assert last["y"] + last["height"] <= map_box["y"] + map_box["height"]


def test_the_theme_is_the_systems_until_it_is_switched(narrow: Page) -> None:
    expect(narrow.locator("html")).to_have_attribute("data-theme", "dark")
    narrow.keyboard.press("n")
    expect(narrow.locator("html")).to_have_attribute("data-theme", "light")


def test_the_colours_are_those_of_pictures() -> None:
    asset = Path(__file__).parents[2] / "iai_proxy" / "page" / "assets" / "palette.js"
    text = asset.read_text("utf-8")
    assert f'agents: ["{CAR}", "{OTHER}", "{PEDESTRIAN}", "{EGO}"]' in text
    for light, color in LIGHTS.items():
        assert f'{light}: "{color}"' in text
    light, dark = text.split("const LIGHT =")[1].split("const DARK =")
    for theme, block in ((LIGHT, light), (DARK, dark)):
        for name in theme.__dataclass_fields__:
            assert f'{name}: "{getattr(theme, name)}"' in block

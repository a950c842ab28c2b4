"""What people read; whole lines, written by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iai_proxy.diagnosis.egos import Egos
from iai_proxy.diagnosis.registry import by_code
from iai_proxy.report.findings_text import text

from .diagnoses import diagnosis, found


def lines(*diagnoses: object) -> list[str]:
    return text(diagnoses).splitlines()  # type: ignore[arg-type]


def test_a_clean_run_says_so_in_one_line() -> None:
    assert [line for line in lines(diagnosis()) if line] == [
        "run.iairec: nothing found (1 simulation, 51 steps)"
    ]


def test_a_finding_over_many_steps_is_one_line_with_its_steps_agents_and_worst_value() -> None:
    located = found(
        11,
        (12, 40),
        "the client changed agent 3's state, by up to 0.531 m",
        agents=[3, 4, 5],
        value=0.5312,
    )
    assert lines(diagnosis(located)) == [
        "run.iairec: 1 warning (1 simulation, 51 steps)",
        "  simulation 1",
        "    warning IAI011 agent-state-modified: steps 12-40; agents 3-5; worst value 0.531 m",
        "      the client changed agent 3's state, by up to 0.531 m",
        f"      what to do: {by_code(11).help}",
        "",
        "1 warning in 1 file",
    ]


def test_findings_of_one_check_stand_together_in_order() -> None:
    several = [
        found(304, (step, step), f"{step} agents collide", value=step, agents=[step])
        for step in (3, 7, 8)
    ]
    assert lines(diagnosis(*several))[2:6] == [
        "    info IAI304 infractions: "
        "3 findings; steps 3, 7-8; agents 3, 7-8; worst value 8 agents",
        "      step 3: 3 agents collide",
        "      step 7: 7 agents collide",
        "      step 8: 8 agents collide",
    ]


def test_a_finding_names_the_call_that_shows_it() -> None:
    alone = found(11, (12, 40), agents=[3], call=14)
    assert lines(diagnosis(alone))[2] == (
        "    warning IAI011 agent-state-modified: steps 12-40; from call 14; agent 3"
    )
    several = [found(304, (step, step), call=step + 2) for step in (3, 7)]
    assert lines(diagnosis(*several))[3:5] == [
        "      step 3, call 5: agent 4 is wrong",
        "      step 7, call 9: agent 4 is wrong",
    ]
    many = [found(304, (step, step), value=step, call=step + 2) for step in range(9)]
    assert lines(diagnosis(*many))[3] == "      step 8, call 10: agent 4 is wrong"


def test_of_many_findings_of_one_check_only_the_worst_is_shown_and_the_lists_are_cut() -> None:
    many = [
        found(304, (step, step), f"{step} agents collide", value=step) for step in range(0, 80, 2)
    ]
    assert lines(diagnosis(*many))[2:5] == [
        "    info IAI304 infractions: 40 findings; "
        "steps 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28 and 25 more; "
        "worst value 78 agents",
        "      step 78: 78 agents collide",
        "      … and 39 more, no worse; --format json lists all",
    ]


def test_errors_stand_before_warnings_and_what_is_no_steps_stands_last_without_a_step() -> None:
    run = diagnosis(
        found(301, (0, 0), "1 call of drive failed", simulation=None),
        found(304),
        found(11),
        found(21),
    )
    heads = [
        line.strip()
        for line in lines(run)
        if "IAI" in line or (line.startswith("  ") and line[2] != " ")
    ]
    assert heads == [
        "simulation 1",
        "error IAI021 recurrent-state-modified: step 3",
        "warning IAI011 agent-state-modified: step 3",
        "info IAI304 infractions: step 3",
        "the whole run",
        "warning IAI301 calls-failed",
    ]


def test_the_last_line_sums_up_all_files_and_tells_those_that_cannot_be_read() -> None:
    files = [
        diagnosis(found(21), found(21, (9, 9)), found(11)),
        diagnosis(found(21), file="b.iairec"),
        diagnosis(file="clean.iairec"),
        diagnosis(file="bad.json", error="bad.json is a directory"),
    ]
    shown = lines(*files)
    assert shown[-1] == "3 errors, 1 warning in 2 of 3 files; 1 file can't be read"
    assert [line for line in shown if "bad.json" in line] == ["bad.json is a directory"]


def test_where_every_file_has_findings_their_number_is_enough() -> None:
    assert (
        lines(diagnosis(found(21)), diagnosis(found(11), file="b"))[-1]
        == "1 error, 1 warning in 2 files"
    )
    assert lines(diagnosis(), diagnosis(file="b"))[-1] == "nothing found in 2 files"


def test_inferred_egos_are_said_to_be_inferred() -> None:
    inferred = ", inferred: overwritten at most steps; use --ego to name them"
    everywhere = Egos(None, {1: frozenset({3, 0}), 2: frozenset({0, 3})})
    assert lines(diagnosis(egos=everywhere))[1] == f"  driven by the client: agents 0, 3{inferred}"
    each = Egos(None, {1: frozenset({0}), 2: frozenset({2}), 4: frozenset({0})})
    assert lines(diagnosis(egos=each))[1] == (
        f"  driven by the client: agent 0 in simulations 1, 4; agent 2 in simulation 2{inferred}"
    )
    named = diagnosis(egos=Egos(frozenset({2, 99})), agents=3)
    assert lines(named)[1] == "  driven by the client: agent 2"
    several = Egos(None, {1: frozenset({0})}, too_many={2: frozenset({0, 1, 2})})
    assert lines(diagnosis(egos=several))[1:3] == [
        f"  driven by the client: agent 0{inferred}",
        "  overwritten at most steps, but too many to be taken for the client's own: agents 0-2; "
        "if they are, name them with --ego",
    ]


def test_what_else_is_to_be_said_of_a_file_is_said() -> None:
    assert (
        lines(diagnosis(note="the log is cut off after step 50"))[1]
        == "  note: the log is cut off after step 50"
    )


def test_a_value_that_is_no_number_is_not_the_worst_one() -> None:
    two = [
        found(11, value=float("nan"), message="nan"),
        found(11, (5, 5), value=2.0, message="two"),
    ]
    assert lines(diagnosis(*two))[2].endswith("worst value 2 m")


def test_colours_are_for_terminals_and_no_color_takes_them_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    run = [diagnosis(found(21))]
    assert "\x1b[" not in text(run)
    assert "\x1b[1;31merror\x1b[0m" in text(run, width=80, colour=True)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "31m" not in text(run, width=80, colour=True)


def test_lines_are_folded_between_words_where_a_width_is_given_and_nowhere_else() -> None:
    run = [diagnosis(found(21, message="word " * 40), file="folder/" * 20 + "run.iairec")]
    assert "folder/" * 20 + "run.iairec" in text(run, width=60)
    assert max(len(line) for line in text(run, width=60).splitlines()[2:]) <= 60
    assert "word " * 39 + "word" in text(run)


@given(st.text(st.characters(), max_size=60))
def test_no_text_of_a_stranger_reaches_the_terminal_as_a_command(strange: str) -> None:
    run = diagnosis(found(21, message=strange), file=f"f{strange}", note=strange)
    for shown in (text([run]), text([diagnosis(file="f", error=strange)])):
        shown.encode()
        assert not [
            char
            for char in shown
            if char != "\n" and (ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0)
        ]


def test_a_name_with_an_escape_sequence_or_half_a_character_is_shown_as_it_is_written() -> None:
    assert lines(diagnosis(file="a\x1b[2J\udcff\nb"))[0].startswith(
        "a\\x1b[2J\ufffd b: nothing found"
    )

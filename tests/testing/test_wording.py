"""Sentences that name flags of the command line, as Python and pytest have them."""

from __future__ import annotations

import pytest

from iai_proxy.testing.wording import in_pytest, in_python


@pytest.mark.parametrize(
    ("sentence", "python", "marker"),
    [
        ("--match seedless accepts it", 'match="seedless"', 'match="seedless"'),
        ("--tolerance 0.5 accepts it", "tolerance=0.5", "tolerance=0.5"),
        (
            "--match nearest --tolerance 2 accepts it",
            'match="nearest", tolerance=2',
            'match="nearest", tolerance=2',
        ),
        (
            "--ignore random_seed --ignore n accepts it",
            'ignore=["random_seed", "n"]',
            'ignore=["random_seed", "n"]',
        ),
    ],
)
def test_flags_with_values_are_arguments(sentence: str, python: str, marker: str) -> None:
    assert in_python(sentence) == f"{python} accepts it"
    assert in_pytest(sentence) == f"@pytest.mark.iai_recording({marker}) accepts it"


def test_what_a_marker_does_not_take_is_an_option_of_pytest_or_a_variable() -> None:
    asking = "--on-miss record would ask the API"
    assert in_python(asking) == 'on_miss="record" would ask the API'
    assert in_pytest(asking) == "--iai-record-mode=new_episodes would ask the API"
    folder = "Choose another folder with --ca-dir or IAI_PROXY_CA_DIR."
    assert in_python(folder) == "Choose another folder with ca_dir or IAI_PROXY_CA_DIR."
    assert in_pytest(folder) == "Choose another folder with IAI_PROXY_CA_DIR."


def test_a_switch_is_true_and_a_path_needs_no_flag() -> None:
    sentence = "a.iairec exists: give --append to continue it, or another file with -o"
    assert in_python(sentence) == (
        "a.iairec exists: give append=True to continue it, or another file"
    )


def test_options_of_others_stay() -> None:
    for sentence in ("run without --iai-block-network", "see `pytest --match-all`", "a --matching"):
        assert in_python(sentence) == in_pytest(sentence) == sentence

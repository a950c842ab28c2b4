"""Sentences that name settings: each place where users read them has words of its own."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import iai_proxy
from iai_proxy.errors import InputError
from iai_proxy.settings.option import settings_of
from iai_proxy.settings.recording import RecordSettings
from iai_proxy.settings.replaying import ReplaySettings
from iai_proxy.settings.wording import (
    ALSO_IN_PYTHON,
    COMMAND_LINE,
    MITMPROXY,
    PYTEST,
    PYTHON,
    Place,
    Worded,
)

PACKAGE = Path(iai_proxy.__file__).parent
#: What is printed in a single place: the commands, what lists, checks and exports, the scripts.
IN_ONE_PLACE = re.compile(
    r"(cli|sandbox|testing|diagnosis(?!/checks)|view|formats|jobs|editing)/|tables/folder|"
    r"report/(findings|explanations|call_report)|"
    r"logs/(large_steps|log_folder)|recordings/(verify|salvage)|client/(trust|shell)|settings/wording|proxy/scripts"
)
FLAG = re.compile(r"(?<![\w-])--?[a-z][a-z-]*")
#: Options that a place has.
OWN = {PYTHON: r"(?!)", PYTEST: r"--iai-record-mode", MITMPROXY: r"--set"}


def sentences() -> Iterator[tuple[str, str]]:
    """Yield (module, text) of each string in the package that may name a flag in such a place."""
    for file in sorted(PACKAGE.rglob("*.py")):
        module = file.relative_to(PACKAGE).as_posix()
        if IN_ONE_PLACE.match(module):
            continue
        tree = ast.parse(file.read_text())
        nodes = list(ast.walk(tree))
        parts = {
            id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values
        }
        docs = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
        for node in nodes:
            if id(node) not in parts | docs and FLAG.search(text_of(node)) and " " in text_of(node):
                yield module, text_of(node)


def text_of(node: ast.AST) -> str:
    """Return a string as it may be printed, with 1 for what is filled in."""
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(value) or "1" for value in node.values)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return ""


def outside_commands(sentence: str) -> str:
    return " ".join(sentence.split("`")[::2])


ALL = list(sentences())


def test_the_sentences_are_found() -> None:
    found = " ".join(text for _, text in ALL)
    for known in ("--match", "--on-miss record", "--explain FILE", "--append", "--maps", "--fault"):
        assert known in found


@pytest.mark.parametrize("place", [PYTHON, PYTEST, MITMPROXY])
def test_no_sentence_has_a_flag_of_the_command_line_where_there_is_none(place: Place) -> None:
    left = {
        (module, flag)
        for module, text in ALL
        for flag in FLAG.findall(outside_commands(place(text)))
        if not re.fullmatch(OWN[place], flag)
    }
    assert left == set()


@pytest.mark.parametrize("place", [COMMAND_LINE, PYTHON, PYTEST, MITMPROXY])
def test_a_sentence_that_is_reworded_twice_is_as_if_it_were_once(place: Place) -> None:
    for _, text in ALL:
        assert place(place(text)) == place(text)


@pytest.mark.parametrize(
    ("sentence", "python", "pytest_", "mitmproxy"),
    [
        (
            "--match seedless accepts it",
            'match="seedless" accepts it',
            '@pytest.mark.iai_recording(match="seedless") accepts it',
            "--set iai_match=seedless accepts it",
        ),
        (
            "--match nearest --tolerance 0.5 accepts it",
            'match="nearest", tolerance=0.5 accepts it',
            '@pytest.mark.iai_recording(match="nearest", tolerance=0.5) accepts it',
            "--set iai_match=nearest --set iai_tolerance=0.5 accepts it",
        ),
        (
            "--ignore random_seed --ignore n accepts it",
            'ignore=["random_seed", "n"] accepts it',
            '@pytest.mark.iai_recording(ignore=["random_seed", "n"]) accepts it',
            "--set iai_ignore=random_seed --set iai_ignore=n accepts it",
        ),
        (
            "--on-miss record would ask the API",
            'on_miss="record" would ask the API',
            "--iai-record-mode=new_episodes would ask the API",
            "`iai-proxy replay --on-miss record` would ask the API",
        ),
        (
            "--fault drive:step=30:status=503 never happened",
            'fault="drive:step=30:status=503" never happened',
            '@pytest.mark.iai_recording(fault="drive:step=30:status=503") never happened',
            "--set iai_fault=drive:step=30:status=503 never happened",
        ),
        (
            "--explain FILE writes all of them",
            "`iai-proxy replay --explain FILE` writes all of them",
            "`iai-proxy replay --explain FILE` writes all of them",
            "`iai-proxy replay --explain FILE` writes all of them",
        ),
        (
            "a.iairec exists: give --append to continue it, or another file with -o",
            "a.iairec exists: give append=True to continue it, or another file",
            "a.iairec exists: give --iai-record-mode=all to continue it, or another file",
            "a.iairec exists: give --set iai_append=true to continue it, or another file with "
            "--set iai_recording=FILE",
        ),
        (
            "record with --maps, or with `iai-proxy record --append -o a.iairec -- python`",
            "record with maps=True, or with `iai-proxy record --append -o a.iairec -- python`",
            "record with @pytest.mark.iai_recording(maps=True), or with "
            "`iai-proxy record --append -o a.iairec -- python`",
            "record with --set iai_maps=true, or with "
            "`iai-proxy record --append -o a.iairec -- python`",
        ),
        (
            "--ignore my-field --ignore größe accepts it",
            'ignore=["my-field", "größe"] accepts it',
            '@pytest.mark.iai_recording(ignore=["my-field", "größe"]) accepts it',
            "--set iai_ignore=my-field --set iai_ignore=größe accepts it",
        ),
        (
            "give --upstream http://127.0.0.1:8000, or set IAI_DEV_URL where you start iai-proxy",
            'give upstream="http://127.0.0.1:8000", or set IAI_DEV_URL before the block',
            'give @pytest.mark.iai_recording(upstream="http://127.0.0.1:8000"), or set IAI_DEV_URL '
            "where you start iai-proxy",
            "give --set iai_upstream=http://127.0.0.1:8000, or set IAI_DEV_URL where you start "
            "iai-proxy",
        ),
        (
            "without a key use --upstream sandbox.",
            'without a key use upstream="sandbox".',
            'without a key use @pytest.mark.iai_recording(upstream="sandbox").',
            "without a key use --set iai_upstream=sandbox.",
        ),
        (
            "give --upload s3://team/runs/, or none",
            'give upload="s3://team/runs/", or none',
            "give `iai-proxy record --upload s3://team/runs/`, or none",
            "give `iai-proxy record --upload s3://team/runs/`, or none",
        ),
        (
            "--max-body 200 allows more",
            "`iai-proxy replay --max-body 200` allows more",
            "`iai-proxy replay --max-body 200` allows more",
            "--set iai_max_body=200 allows more",
        ),
        (
            "Record and replay with --python-seed N",
            "Record and replay with random.seed(N)",
            "Record and replay with random.seed(N)",
            "Record and replay with random.seed(N) in the client",
        ),
        (
            "Choose another folder with --ca-dir or IAI_PROXY_CA_DIR.",
            "Choose another folder with ca_dir or IAI_PROXY_CA_DIR.",
            "Choose another folder with IAI_PROXY_CA_DIR.",
            "Choose another folder with `iai-proxy replay --ca-dir` or IAI_PROXY_CA_DIR.",
        ),
    ],
)
def test_each_place_names_what_it_has(
    sentence: str, python: str, pytest_: str, mitmproxy: str
) -> None:
    assert COMMAND_LINE(sentence) == sentence
    assert PYTHON(sentence) == python
    assert PYTEST(sentence) == pytest_
    assert MITMPROXY(sentence) == mitmproxy


def test_a_block_words_our_errors_and_leaves_those_of_its_caller_as_they_are() -> None:
    with pytest.raises(InputError, match=r"^give append=True$"), Worded(PYTHON):
        raise InputError("give --append")
    theirs = InputError("give --append")
    with pytest.raises(InputError) as raised, Worded(PYTHON) as words, words.theirs():
        raise theirs
    assert raised.value is theirs
    assert str(theirs) == "give --append"
    with pytest.raises(ValueError, match=r"^give --append$"), Worded(PYTHON):
        raise ValueError("give --append")


def test_options_of_others_stay() -> None:
    for sentence in ("run without --iai-block-network", "see `pytest --match-all`", "a --matching"):
        assert PYTHON(sentence) == PYTEST(sentence) == MITMPROXY(sentence) == sentence


def test_the_arguments_named_in_python_are_those_of_its_functions() -> None:
    given = {
        *inspect.signature(iai_proxy.replaying).parameters,
        *inspect.signature(iai_proxy.recording).parameters,
    }
    settings = {**settings_of(RecordSettings), **settings_of(ReplaySettings)}.values()
    named = {setting.keyword for setting in settings if setting.option.marker} | ALSO_IN_PYTHON
    assert named == given - {"path"}

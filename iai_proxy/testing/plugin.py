"""The pytest plugin: the marker and the fixture ``iai_recording``, the options ``--iai-…``.

pytest loads this module in every run of its environment: what runs a proxy is imported by the first
test that does.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from iai_proxy.errors import IaiProxyError
from iai_proxy.testing import marker, modes, reporting
from iai_proxy.testing.loading import load
from iai_proxy.testing.network import blocked_network
from iai_proxy.text import one_line

if TYPE_CHECKING:
    from iai_proxy.testing.api import Running
    from iai_proxy.testing.using import Use

_USE: Final = pytest.StashKey["Use"]()
_SANDBOX: Final = "sandbox"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add our options and settings."""
    group = parser.getgroup("iai-proxy", "recordings of the Inverted AI API")
    group.addoption(
        "--iai-record-mode",
        choices=modes.MODES,
        help="none: replay, offline (the default); once: record tests that have no recording, and "
        "keep that if the test passes; new_episodes: replay, and record the misses; all: record, "
        "and append; rewrite: record again, and keep that if the test passes.",
    )
    group.addoption(
        "--iai-block-network",
        action="store_true",
        help="Let tests connect to this machine only; recording goes on.",
    )
    group.addoption(
        "--iai-upstream",
        metavar="URL|sandbox",
        help="Record from there; 'sandbox' starts a stand-in for the API.",
    )
    group.addoption(
        "--iai-explain",
        metavar="DIR",
        type=Path,
        help="Write a file for each test that had a miss: what was requested, and what differs "
        "from the closest recorded call.",
    )
    parser.addini("iai_record_mode", "Default of --iai-record-mode.", default=modes.DEFAULT)
    parser.addini(
        "iai_block_network", "Whether --iai-block-network is always on.", type="bool", default=False
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and check the settings."""
    # The names of its options come from pydantic models: only `pytest --markers` has to load them.
    options = marker.option_names() if config.getoption("markers") else ()
    config.addinivalue_line("markers", marker.description(options))
    if (mode := config.getini("iai_record_mode")) not in modes.MODES:
        raise pytest.UsageError(f"iai_record_mode is {mode}; it can be {', '.join(modes.MODES)}")


@pytest.fixture
def iai_recording(request: pytest.FixtureRequest) -> Iterator[Running]:
    """Answer the test's calls to the Inverted AI API from its recording, or record them.

    --iai-record-mode says which. The value has `path`, `mode`, `proxy_url`, `ca_bundle`, and what
    has come of it so far: `served`, `misses`, `recorded`.
    """
    load("iai_proxy.testing.using")
    from iai_proxy.testing.using import used

    problem = ""
    try:
        use = _use(request)
        with used(use) as running:
            request.node.stash[_USE] = use
            yield running
        if folder := request.config.getoption("--iai-explain"):
            reporting.explain(use, folder, request.node.nodeid)
    except IaiProxyError as error:
        problem = one_line(str(error))
    if problem:  # not within the except, or pytest shows the same sentence twice
        pytest.fail(f"iai-proxy: {problem}", pytrace=False)
    reporting.fail_on_misses(use)  # of calls that other fixtures made when they were torn down


@pytest.fixture(autouse=True)
def _iai_recording_of_marker(request: pytest.FixtureRequest) -> None:
    """Use the fixture for a test that has only the marker."""
    if request.node.get_closest_marker(marker.NAME):
        request.getfixturevalue("iai_recording")


@pytest.fixture(scope="session")
def _iai_sandbox() -> Iterator[str]:
    """One stand-in for the API, for all the tests that record from it."""
    from iai_proxy.sandbox.server import spawned_sandbox

    with spawned_sandbox() as sandbox:
        yield sandbox.url


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Block the network, fixtures included, if that was asked for; keep what was recorded."""
    blocks = item.config.getoption("--iai-block-network") or item.config.getini("iai_block_network")
    try:
        with blocked_network() if blocks else nullcontext():
            return (yield)
    finally:
        _settle(item)


def _settle(item: pytest.Item) -> None:
    """Keep what the test has recorded, or drop it, now that all of it has its outcome."""
    try:
        if use := item.stash.get(_USE, None):
            use.settle()
    except IaiProxyError as error:
        item.warn(
            pytest.PytestWarning(
                f"the recording of {item.name} was not kept: {one_line(str(error))}"
            )
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Fail a test that had a miss, though the code under test may have swallowed the exception.

    Here and not when the fixture is torn down, since pytest calls what happens then an error and
    the test passed.
    """
    result = yield
    if use := item.stash.get(_USE, None):
        reporting.fail_on_misses(use)
        reporting.warn_if_idle(item, use)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note whether the phase passed; if it did not, have its report name the misses."""
    report = yield
    if use := item.stash.get(_USE, None):
        use.phases[call.when] = report.passed
        if not report.passed:
            reporting.tell(report, use)
    return report


def _use(request: pytest.FixtureRequest) -> Use:
    """Work out which recording a test uses, and how."""
    from iai_proxy.testing.using import Use

    config = request.config
    found = request.node.get_closest_marker(marker.NAME)
    name, options = marker.options_of(found.args, found.kwargs) if found else (None, {})
    class_name = request.cls.__qualname__ if request.cls else None
    path = marker.path_of(name, request.path, class_name, request.node.name)
    mode = config.getoption("--iai-record-mode") or config.getini("iai_record_mode")
    upstream = config.getoption("--iai-upstream") or options.get("upstream")
    does = modes.doing(mode, path)
    offline = does in {modes.Doing.REFUSE, modes.Doing.REPLAY} and options.get("until_step") is None
    if upstream == _SANDBOX and not offline:
        upstream = request.getfixturevalue("_iai_sandbox")
    return Use(path, mode, {**options, "upstream": upstream})

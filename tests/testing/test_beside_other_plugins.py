"""Beside pytest-socket and pytest-recording, and with the network blocked by our own option."""

from __future__ import annotations

import pytest
import pytest_recording  # noqa: F401 - the runs below load it
import pytest_socket  # noqa: F401

from .conftest import Project, count
from .test_plugin import ONE

pytest.importorskip("invertedai")

ONLINE = """
import socket, urllib.request
def test_goes_out():
    urllib.request.urlopen("https://www.example.org")

def test_goes_out_by_address():
    socket.create_connection(("192.0.2.1", 443))

def test_looks_a_name_up_through_the_sdk():
    iai.location_info(LOCATION)
"""


def test_the_network_is_blocked_for_tests_and_not_for_recordings(project: Project) -> None:
    project.write(ONE)
    project.record("--iai-block-network").assert_outcomes(passed=1)
    project.run("--iai-block-network").assert_outcomes(passed=1)
    project.write(ONLINE)
    done = project.run("--iai-block-network")
    done.assert_outcomes(failed=3)
    for host in ("www.example.org", "192.0.2.1", "api.inverted.ai"):
        assert count(
            done.stdout.str(),
            f"a test tried to connect to {host}, and the network is blocked: give the",
        )
    project.pytester.makeini("[pytest]\niai_block_network = true\n")
    project.run().assert_outcomes(failed=3)


def test_beside_pytest_socket_with_this_machine_allowed(project: Project) -> None:
    project.write(ONE)
    project.record().assert_outcomes(passed=1)
    hosts = ("--disable-socket", "--allow-hosts=127.0.0.1")
    project.run(*hosts, "--iai-block-network", plugins="socket").assert_outcomes(passed=1)


def test_pytest_socket_without_this_machine_is_told_the_fix(project: Project) -> None:
    project.write(ONE)
    project.record()
    done = project.run("--disable-socket", plugins="socket")
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(
        ["*can't use sockets of this machine*--disable-socket --allow-hosts=127.0.0.1*"]
    )


def test_recording_from_the_api_while_pytest_socket_keeps_it_off_says_so_at_once(
    project: Project,
) -> None:
    project.write(ONE)
    hosts = ("--disable-socket", "--allow-hosts=127.0.0.1", "--iai-record-mode=once")
    done = project.run(*hosts, plugins="socket")
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["*recording has to reach the API*--force-enable-socket*"])


def test_beside_pytest_recording_and_its_cassettes_of_other_hosts(project: Project) -> None:
    project.write(ONE)
    project.record(plugins="recording").assert_outcomes(passed=1)
    project.run(
        "--block-network", "--allowed-hosts=127.0.0.1", plugins="recording"
    ).assert_outcomes(passed=1)
    done = project.run("--block-network", plugins="recording")
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(
        ["*with pytest-recording's --block-network, add --allowed-hosts=127.0.0.1*"]
    )

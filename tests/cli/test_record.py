"""``iai-proxy record`` as a process: exit codes, messages, what is on disk afterwards."""

from __future__ import annotations

import json
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.cli import Cli, posting, python
from support.proxy import Upstreamed


def test_an_unmodified_client_is_recorded_and_its_output_is_its_own(
    cli: Cli, upstream: Upstreamed
) -> None:
    done = cli.run("record", "-o", "run.iairec", "--upstream", upstream.url, "--", *posting(2))
    assert done.returncode == 0, done.stderr
    assert done.stdout == '200 {"path":"/drive"}\n' * 2
    assert "recorded 2 calls into run.iairec" in done.stderr
    calls = json.loads(cli.invoke("calls", "run.iairec", "--json").stdout)
    assert [(call["id"], call["endpoint"], call["status"]) for call in calls] == [
        (1, "drive", 200),
        (2, "drive", 200),
    ]
    assert set(calls[0]) >= {
        "id", "endpoint", "method", "path", "status", "started_ns", "duration_ms", "request_bytes",
        "response_bytes", "simulation", "step",
    }  # fmt: skip


def test_the_exit_code_is_the_clients(cli: Cli) -> None:
    assert cli.run("record", "-o", "a.iairec", "--", "sh", "-c", "exit 7").returncode == 7


def test_a_command_that_does_not_exist_is_said_and_has_the_shells_exit_code(cli: Cli) -> None:
    done = cli.run("record", "-o", "run.iairec", "--", "no-such-command")
    assert done.returncode == 127
    assert "no-such-command: no such command" in done.stderr


def test_the_mock_api_is_named_as_the_reason_of_an_empty_recording(cli: Cli) -> None:
    done = cli.run("record", "-o", "a.iairec", "--", "true", env={"IAI_MOCK_API": "true"})
    assert done.stderr.count("IAI_MOCK_API is set") == 2  # at once, and at the end


def test_an_empty_recording_says_why_and_is_not_kept(cli: Cli) -> None:
    done = cli.run("record", "-o", "run.iairec", "--", "true")
    assert done.returncode == 0
    assert "recorded nothing" in done.stderr
    assert "no call was recorded: the client made none" in done.stderr
    assert list(cli.folder.glob("run.iairec*")) == []


def test_without_a_client_it_prints_what_to_export_and_stops_on_sigterm(
    cli: Cli, upstream: Upstreamed
) -> None:
    with cli.start(
        "record", "-o", "run.iairec", "--listen", "127.0.0.1:0", "--upstream", upstream.url
    ) as proxy:
        exports = proxy.wait_for(r"(?s)(export HTTPS_PROXY=.*?)\niai-proxy: stop")[1]
        script = f"{exports}\n{sys.executable} -c '{posting(1)[2]}'"
        client = subprocess.run(
            ["sh", "-c", script], env=cli.environment, capture_output=True, text=True, check=False
        )
        assert client.stdout == '200 {"path":"/drive"}\n', client.stderr
        assert proxy.stop(signal.SIGTERM) == 0
    assert "recorded 1 call into run.iairec" in proxy.output()
    assert "run.iairec is intact: 1 call" in cli.invoke("verify", "run.iairec").stdout


def test_ctrl_c_stops_it_too(cli: Cli) -> None:
    with cli.start("record", "-o", "run.iairec", "--listen", "127.0.0.1:0") as proxy:
        proxy.wait_for("stop with Ctrl-C")
        assert proxy.stop(signal.SIGINT) == 0


def test_a_call_under_way_comes_to_its_end_when_the_proxy_is_stopped(
    cli: Cli, upstream: Upstreamed
) -> None:
    def slow(path: str) -> tuple[int, dict[str, str], bytes]:
        time.sleep(1)
        return 200, {}, b"late"

    upstream.answer = slow
    with cli.start(
        "record",
        "-o",
        "run.iairec",
        "--listen",
        "none",
        "--reverse-listen",
        "127.0.0.1:0",
        "--upstream",
        upstream.url,
    ) as proxy:
        url = proxy.wait_for(r"IAI_DEV_URL=(\S+)")[1]
        code = (
            "import requests\n"
            f"print(requests.post('{url}/drive', data='x', proxies={{'http': ''}}).text)"
        )
        client = subprocess.Popen(
            python(code), stdout=subprocess.PIPE, text=True, env=cli.environment
        )
        while not upstream.requests:
            time.sleep(0.01)
        assert proxy.stop(signal.SIGTERM) == 0
        client.communicate(timeout=20)
    assert "waiting for 1 call, up to 60 s" in proxy.output()
    (call,) = json.loads(cli.invoke("calls", "run.iairec", "--json").stdout)
    assert call["status"] == 200


def test_nothing_is_lost_when_the_proxy_is_killed(cli: Cli, upstream: Upstreamed) -> None:
    with cli.start(
        "record",
        "-o",
        "run.iairec",
        "--listen",
        "none",
        "--reverse-listen",
        "127.0.0.1:0",
        "--upstream",
        upstream.url,
    ) as proxy:
        url = proxy.wait_for(r"IAI_DEV_URL=(\S+)")[1]
        code = (
            "import requests\nfor n in range(5):\n"
            f"    requests.post('{url}/drive', data=str(n), proxies={{'http': ''}})"
        )
        subprocess.run(python(code), env=cli.environment, check=True)
        proxy.stop(signal.SIGKILL)
    assert len(json.loads(cli.invoke("calls", "run.iairec", "--json").stdout)) == 5
    assert cli.invoke("verify", "run.iairec").exit_code == 0
    done = cli.run(
        "record", "-o", "run.iairec", "--append", "--upstream", upstream.url, "--", *posting(1)
    )
    assert done.returncode == 0, done.stderr
    assert len(json.loads(cli.invoke("calls", "run.iairec", "--json").stdout)) == 6


def test_append_continues_and_without_it_a_recording_is_never_overwritten(
    cli: Cli, upstream: Upstreamed
) -> None:
    arguments = ("record", "-o", "run.iairec", "--upstream", upstream.url)
    cli.run(*arguments, "--", *posting(1))
    refused = cli.invoke(*arguments, "--", *posting(1))
    assert refused.exit_code == 2
    assert "run.iairec exists: give --append" in refused.stderr
    assert cli.run(*arguments, "--append", "--", *posting(1)).returncode == 0
    assert len(json.loads(cli.invoke("calls", "run.iairec", "--json").stdout)) == 2


def test_a_second_writer_is_refused_by_name(cli: Cli) -> None:
    with cli.start("record", "-o", "run.iairec", "--listen", "127.0.0.1:0") as first:
        first.wait_for("stop with Ctrl-C")
        second = cli.run("record", "-o", "run.iairec", "--append", "--", "true")
    assert second.returncode == 2
    assert f"process {first.process.pid}" in second.stderr


def test_a_full_disk_refuses_the_answer_and_keeps_what_was_recorded(
    cli: Cli, upstream: Upstreamed
) -> None:
    upstream.answer = lambda _: (200, {}, b"x" * 300_000)
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000)); "
    limited += "from iai_proxy.cli import main; main()"
    client = python(
        "import requests\n"
        "for n in range(12):\n"
        "    answer = requests.post('https://api.inverted.ai/drive', data=str(n) * 300_000)\n"
        "    print(answer.status_code)"
    )
    command = [
        sys.executable,
        "-c",
        limited,
        "record",
        "-o",
        "run.iairec",
        "--upstream",
        upstream.url,
        "--",
        *client,
    ]
    done = subprocess.run(
        command,
        cwd=cli.folder,
        env=cli.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    statuses = done.stdout.split()
    recorded = statuses.count("200")
    assert recorded >= 2
    assert set(statuses) == {"200", "424"}
    assert done.returncode == 1  # the client ended with 0, but recording failed
    assert "could not be recorded" in done.stderr
    assert len(json.loads(cli.invoke("calls", "run.iairec", "--json").stdout)) == recorded
    # Only the first of the refused calls was paid for: the others never left.
    assert len(upstream.requests) <= recorded + 2


def test_a_port_in_use_names_the_option_to_change(cli: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        forward = cli.run("record", "-o", "a.iairec", "--listen", address, "--", "true")
        reverse = cli.run("record", "-o", "b.iairec", "--reverse-listen", address, "--", "true")
    assert (forward.returncode, reverse.returncode) == (2, 2)
    assert f"can't listen on {address}" in forward.stderr
    assert "with --listen" in forward.stderr
    assert "with --reverse-listen" in reverse.stderr


def test_listening_beyond_this_machine_needs_a_password(cli: Cli) -> None:
    done = cli.invoke("record", "-o", "a.iairec", "--listen", "0.0.0.0:0", "--", "true")
    assert done.exit_code == 2
    assert "--proxy-password" in done.stderr


def test_a_password_of_any_characters_is_asked_of_clients_and_given_to_the_wrapped_one(
    cli: Cli, upstream: Upstreamed
) -> None:
    arguments = (
        "record",
        "-o",
        "run.iairec",
        "--upstream",
        upstream.url,
        "--listen",
        "[::1]:0",
        "--proxy-password",
        "@me:p@s:s/w?o#r%20d",
    )
    done = cli.run(*arguments, "--", *posting(1))
    assert done.stdout == '200 {"path":"/drive"}\n', done.stderr
    strip = "import os, requests; p = 'http://' + os.environ['HTTPS_PROXY'].rpartition('@')[2]\n"
    code = strip + "requests.get('https://api.inverted.ai/test', proxies={'https': p})"
    refused = cli.run(*arguments, "--append", "--", *python(code))
    assert "407" in refused.stderr
    with sqlite3.connect(cli.folder / "run.iairec") as database:
        assert database.execute("SELECT count(*) FROM exchange").fetchone() == (1,)
    database.close()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["-o", "no/such/folder/run.iairec"], "there is no folder"),
        (["--listen", "nonsense"], "--listen is nonsense: give an address HOST:PORT"),
        (["--upstream", "nonsense"], "--upstream is nonsense: give a URL such as"),
        (["--config", "missing.toml"], "can't read the settings file missing.toml"),
    ],
)
def test_wrong_usage_is_one_sentence(cli: Cli, arguments: list[str], sentence: str) -> None:
    done = cli.invoke("record", *arguments, "--", "true")
    assert done.exit_code in {2, 3}
    assert sentence in done.stderr


def test_settings_come_from_flags_variables_and_the_file(cli: Cli) -> None:
    variable = {"IAI_PROXY_LISTEN": "variable"}
    for flags, env, named in (
        ((), {}, "c.toml: [record] listen is 'file'"),
        ((), variable, "IAI_PROXY_LISTEN is variable"),
        (("--listen", "flag"), variable, "--listen is flag"),
    ):
        (cli.folder / "c.toml").write_text("[record]\nlisten = 'file'\n" if not env else "")
        done = cli.invoke("record", "--config", "c.toml", *flags, "--", "true", env=env)
        assert done.exit_code == 2
        assert named in done.stderr


def test_a_second_signal_does_not_cut_the_end_short(cli: Cli, upstream: Upstreamed) -> None:
    with cli.start(
        "record",
        "-o",
        "run.iairec",
        "--listen",
        "none",
        "--reverse-listen",
        "127.0.0.1:0",
        "--upstream",
        upstream.url,
    ) as proxy:
        url = proxy.wait_for(r"IAI_DEV_URL=(\S+)")[1]
        code = f"import requests\nrequests.post('{url}/drive', data='x', proxies={{'http': ''}})"
        subprocess.run(python(code), env=cli.environment, check=True)
        proxy.process.terminate()
        for _ in range(20):
            time.sleep(0.02)
            if proxy.process.poll() is None:
                proxy.process.terminate()
        assert proxy.process.wait(20) == 0
    assert "recorded 1 call" in proxy.output()


def test_without_a_forward_listener_the_wrapped_client_is_sent_to_the_reverse_one(
    cli: Cli, upstream: Upstreamed
) -> None:
    code = (
        "import os, requests\n"
        "answer = requests.get(os.environ['IAI_DEV_URL'] + '/test')\n"
        "print(os.environ['IAI_DEV'], answer.text)"
    )
    listening = ("--listen", "none", "--reverse-listen", "127.0.0.1:0")
    done = cli.run(
        "record", "-o", "run.iairec", *listening, "--upstream", upstream.url, "--", *python(code)
    )
    assert done.stdout == '1 {"path":"/test"}\n', done.stderr


def test_an_unwritable_file_is_a_sentence(cli: Cli) -> None:
    (cli.folder / "a-file").write_text("")
    assert cli.invoke("record", "-o", "a-file/run.iairec", "--", "true").exit_code == 2


def test_the_settings_file_for_the_sandbox_makes_it_fail_now_and_then(cli: Cli) -> None:
    settings = Path(__file__).parent.parent.parent / "configs" / "sandbox.toml"
    done = cli.run("record", "-o", "run.iairec", "--config", settings, "--", *posting(20))
    statuses = [line.split()[0] for line in done.stdout.splitlines()]
    assert (statuses.count("422"), statuses.count("503")) == (18, 2), done.stderr

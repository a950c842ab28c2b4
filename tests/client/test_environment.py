"""The environment of a wrapped client: what is set, what is left alone, and how in each shell."""

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import requests.utils
from hypothesis import example, given, settings
from hypothesis import strategies as st

from iai_proxy.client.environment import (
    logger_path_is_set,
    mock_api_is_on,
    proxy_variables,
    seeding_variables,
)

PROXY = "http://127.0.0.1:4711"
LOOPBACK = "localhost,127.0.0.1,::1"


def environment(base: dict[str, str], *, dev_url_proxied: bool = False) -> dict[str, str]:
    ours = proxy_variables(
        base,
        proxy_url=PROXY,
        ca_cert=Path("/ca/ca.pem"),
        ca_bundle=Path("/ca/bundle.pem"),
        dev_url_proxied=dev_url_proxied,
    )
    return {**base, **ours}


def bypasses(url: str, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether requests, which the SDK uses, would not go through the proxy."""
    with monkeypatch.context() as patch:
        for name in ("NO_PROXY", "no_proxy"):
            patch.setenv(name, environ[name])
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
            patch.setenv(name, environ[name])
        return requests.utils.get_environ_proxies(url).get(url.partition(":")[0]) != PROXY


def test_every_variable_that_a_client_reads_is_set() -> None:
    assert environment({}) == {
        **dict.fromkeys(("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"), PROXY),
        **dict.fromkeys(
            ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"), "/ca/bundle.pem"
        ),
        **dict.fromkeys(("NO_PROXY", "no_proxy"), LOOPBACK),
        "NODE_EXTRA_CA_CERTS": "/ca/ca.pem",
        "NODE_USE_ENV_PROXY": "1",
    }


def test_what_was_there_is_kept_or_replaced_and_not_changed_in_place() -> None:
    base = {
        "PATH": "/bin",
        "IAI_API_KEY": "k",
        "https_proxy": "http://old:1",
        "ALL_PROXY": "socks5://old:2",
        "SSL_CERT_DIR": "/certs",
        "AWS_CA_BUNDLE": "/aws.pem",
    }
    before = dict(base)
    result = environment(base)
    assert base == before
    assert result["https_proxy"] == PROXY
    kept = ("PATH", "IAI_API_KEY", "ALL_PROXY", "SSL_CERT_DIR", "AWS_CA_BUNDLE")
    assert {name: result[name] for name in kept} == {name: base[name] for name in kept}


@pytest.mark.parametrize(
    "entry",
    [
        "*",
        "inverted.ai",
        ".inverted.ai",
        "*.inverted.ai",
        "api.inverted.ai",
        "API.Inverted.AI",
        "api.inverted.ai:443",
        "api.inverted.ai.",
        "staging.inverted.ai",
        "ai",
        ".ai",
        "*.ai",
        "rted.ai",
    ],
)
def test_an_exemption_that_would_hide_iai_calls_is_dropped(entry: str) -> None:
    assert (
        environment({"NO_PROXY": f"corp.example,{entry}"})["no_proxy"] == f"corp.example,{LOOPBACK}"
    )


@pytest.mark.parametrize(
    "entry",
    [
        "notinverted.ai",
        "inverted.ai.example.com",
        ".corp.example",
        "corp.example:3128",
        "10.0.0.0/8",
        "10.1.2.3:8080",
        "[fe80::1]:80",
        "fe80::/10",
        "0.0.0.0/0",
    ],
)
def test_any_other_exemption_is_kept_as_it_was_written(entry: str) -> None:
    assert environment({"no_proxy": entry})["NO_PROXY"] == f"{entry},{LOOPBACK}"


def test_entries_may_be_parted_by_blanks_and_stand_in_either_case_of_the_variable() -> None:
    assert environment({"no_proxy": "a.example, b.example", "NO_PROXY": "b.example c.example,,"})[
        "NO_PROXY"
    ] == (f"a.example,b.example,c.example,{LOOPBACK}")


@pytest.mark.parametrize(
    "entry",
    [
        "localhost",
        "127.0.0.1",
        "::1",
        "[::1]",
        "127.0.0.0/8",
        "::/0",
        "0.0.0.0/0",
        "127.0.0.1:8000",
        "localhost:8000",
    ],
)
def test_loopback_is_proxied_when_the_development_url_is(entry: str) -> None:
    assert (
        environment({"NO_PROXY": f"{entry},corp.example"}, dev_url_proxied=True)["NO_PROXY"]
        == "corp.example"
    )


@pytest.mark.parametrize(
    ("url", "entry"),
    [("http://box.corp.example:8000", ".corp.example"), ("http://10.1.2.3:8000", "10.0.0.0/8")],
)
def test_the_host_of_the_development_url_is_proxied_wherever_it_is(
    url: str, entry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = {"NO_PROXY": f"{entry},other.example", "IAI_DEV_URL": url}
    assert environment(base, dev_url_proxied=True)["NO_PROXY"] == "other.example"
    assert not bypasses(url, environment(base, dev_url_proxied=True), monkeypatch)
    assert environment(base)["NO_PROXY"] == f"{entry},other.example,{LOOPBACK}"


@pytest.mark.parametrize("url", ["http://[::1", "", "localhost"])
def test_a_development_url_that_makes_no_sense_does_no_harm(url: str) -> None:
    assert environment({"IAI_DEV_URL": url}, dev_url_proxied=True)["NO_PROXY"] == ""


HOSTS = [
    "inverted.ai",
    "api",
    "localhost",
    "127.0.0.1",
    "10.0.0.0/8",
    "::1",
    "corp.example",
    "*",
    ".",
    ":443",
    "ai",
]


@settings(deadline=None)
@example(no_proxy=[[".", ".", "localhost"]])
@given(
    no_proxy=st.lists(
        st.lists(st.sampled_from(HOSTS) | st.text("ai.*:, [d", max_size=4), max_size=3)
    )
)
def test_requests_sends_iai_calls_through_the_proxy_whatever_was_exempt(
    no_proxy: list[list[str]],
) -> None:
    entries = ",".join("".join(parts) for parts in no_proxy)
    with pytest.MonkeyPatch.context() as monkeypatch:
        result = environment({"NO_PROXY": entries})
        assert not bypasses("https://api.inverted.ai/v0/aws/m1", result, monkeypatch)
        assert bypasses("http://localhost:8000/drive", result, monkeypatch)
        assert bypasses("http://127.0.0.1:8000/drive", result, monkeypatch)
        assert environment(result) == result  # a client within a client
        proxied = environment({"NO_PROXY": entries}, dev_url_proxied=True)
        assert not bypasses("http://localhost:8000/drive", proxied, monkeypatch)
        assert not bypasses("http://127.0.0.1:8000/drive", proxied, monkeypatch)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("no_proxy", ["*", ".ai", "inverted.ai corp.example"])
def test_curl_asks_the_proxy_too(no_proxy: str) -> None:
    variables = environment({"NO_PROXY": no_proxy}) | {
        "https_proxy": "http://127.0.0.1:9"
    }  # the discard port
    del variables["CURL_CA_BUNDLE"], variables["SSL_CERT_FILE"]
    command = [shutil.which("curl") or "curl", "-sS", "https://api.inverted.ai/"]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert "127.0.0.1 port 9" in done.stderr


def test_the_variables_to_export_are_only_those_that_we_set() -> None:
    paths = {"ca_cert": Path("a"), "ca_bundle": Path("b")}
    ours = proxy_variables({"PATH": "/bin"}, proxy_url=PROXY, dev_url_proxied=False, **paths)
    assert ours == {name: value for name, value in environment({}).items() if name in ours} | {
        **dict.fromkeys(("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"), "b"),
        "NODE_EXTRA_CA_CERTS": "a",
    }


@pytest.mark.parametrize(
    "value", ["y", "Yes", "ON", "1", "tRue", "T", "0", "false", "2", " true", ""]
)
def test_the_mock_api_is_on_when_the_sdk_says_so(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IAI_API_KEY", raising=False)  # with it, importing the SDK calls the API
    sdk = pytest.importorskip("invertedai")
    assert mock_api_is_on({"IAI_MOCK_API": value}) == sdk.strtobool(value)


def test_the_mock_api_and_the_logger_are_off_when_nobody_asks() -> None:
    assert not mock_api_is_on({})
    assert not logger_path_is_set({})


def test_an_empty_logger_path_counts_as_it_does_in_the_sdk() -> None:
    assert logger_path_is_set({"IAI_LOGGER_PATH": ""})


def test_each_python_process_of_a_client_draws_the_same_and_has_its_own_sitecustomize_too(
    tmp_path: Path,
) -> None:
    (tmp_path / "sitecustomize.py").write_text("import os; os.environ['MARK'] = 'mine'\n")
    code = "import os, random; print(random.random(), os.environ['MARK'], 'sitecustomize' in "
    code += "__import__('sys').modules)"
    base = {**os.environ, "PYTHONPATH": str(tmp_path)}
    client = {**base, **seeding_variables(base, 7)}
    child = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
    for command in (["-c", code], ["-c", child, code]):
        drawn = subprocess.check_output([sys.executable, *command], env=client, text=True)
        assert drawn == f"{random.Random(7).random()} mine True\n"


def test_without_a_path_of_its_own_a_client_gets_no_empty_one() -> None:
    assert os.pathsep not in seeding_variables({"PYTHONPATH": ""}, 1)["PYTHONPATH"]

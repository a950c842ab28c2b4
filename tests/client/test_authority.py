"""Our certificate authority: safe, the same for all processes, valid for IAI hosts only."""

import contextlib
import datetime as dt
import hashlib
import ipaddress
import os
import shutil
import socket
import ssl
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import verification
from mitmproxy.certs import CertStore
from mitmproxy.test import taddons

from iai_proxy.client import authority as module
from iai_proxy.client.authority import CERTIFICATE_FILE, KEY_FILE, Authority
from iai_proxy.errors import InputError, UsageError

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
VIOLATION = "permitted subtree violation"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.ensure(tmp_path / "ca")


def general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


@contextlib.contextmanager
def serving(authority: Authority, *hosts: str) -> Iterator[int]:
    """A TLS server on 127.0.0.1 with the leaf that mitmproxy makes for `hosts`; gives its port."""
    store = CertStore.from_store(authority.folder, "mitmproxy", 2048)
    entry = store.get_cert(hosts[0], [general_name(host) for host in hosts])
    leaf = authority.folder / "leaf.pem"
    key = entry.privatekey.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    leaf.write_bytes(key + entry.cert.to_pem() + store.default_ca.to_pem())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(leaf)

    def answer_one() -> None:
        connection, _ = server.accept()
        with (
            connection,
            contextlib.suppress(OSError),
            context.wrap_socket(connection, server_side=True) as tls,
        ):
            tls.recv(65536)
            tls.sendall(ANSWER)

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        thread = threading.Thread(target=answer_one)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


def handshake(port: int, host: str, ca: Path, flags: int = 0) -> None:
    context = ssl.create_default_context(cafile=ca)
    context.verify_flags |= flags
    with (
        socket.create_connection(("127.0.0.1", port)) as connection,
        context.wrap_socket(connection, server_hostname=host) as tls,
    ):
        tls.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert tls.recv(65536)


@pytest.mark.parametrize("flags", [0, ssl.VERIFY_X509_STRICT], ids=["default", "strict"])
@pytest.mark.parametrize("host", ["api.inverted.ai", "inverted.ai", "localhost", "::1"])
def test_openssl_accepts_the_leaf_of_a_permitted_host(
    authority: Authority, host: str, flags: int
) -> None:
    with serving(authority, host) as port:
        handshake(port, host, authority.path, flags)


@pytest.mark.parametrize("flags", [0, ssl.VERIFY_X509_STRICT], ids=["default", "strict"])
@pytest.mark.parametrize(
    "hosts",
    [
        ("evil.example.com",),
        ("notinverted.ai",),
        ("10.0.0.1",),
        ("api.inverted.ai", "evil.example.com"),
    ],
)
def test_openssl_refuses_a_leaf_with_any_other_host(
    authority: Authority, hosts: tuple[str, ...], flags: int
) -> None:
    with (
        serving(authority, *hosts) as port,
        pytest.raises(ssl.SSLCertVerificationError, match=VIOLATION),
    ):
        handshake(port, hosts[0], authority.path, flags)


def test_a_leaf_for_an_address_is_for_clients_that_ignore_common_names(
    authority: Authority,
) -> None:
    session = requests.Session()
    session.trust_env = False
    with serving(authority, "127.0.0.1") as port:
        assert session.get(f"https://127.0.0.1:{port}/", verify=str(authority.path)).text == "ok"
    with serving(authority, "127.0.0.1") as port, pytest.raises(ssl.SSLError, match=VIOLATION):
        handshake(port, "127.0.0.1", authority.path)
    session.close()


def test_the_leaf_for_a_client_without_sni_which_names_the_address_first_is_accepted(
    authority: Authority,
) -> None:
    with serving(authority, "127.0.0.1", "api.inverted.ai") as port:
        handshake(port, "api.inverted.ai", authority.path, ssl.VERIFY_X509_STRICT)


@pytest.mark.parametrize(
    ("host", "accepted"),
    [
        ("api.inverted.ai", True),
        ("localhost", True),
        ("127.0.0.1", True),
        ("evil.example.com", False),
    ],
)
def test_a_verifier_other_than_openssl_agrees(
    authority: Authority, host: str, accepted: bool
) -> None:
    leaf = (
        CertStore.from_store(authority.folder, "mitmproxy", 2048)
        .get_cert(host, [general_name(host)])
        .cert
    )
    subject = general_name(host)
    assert isinstance(subject, x509.DNSName | x509.IPAddress)
    roots = verification.Store([authority.certificate])
    verifier = verification.PolicyBuilder().store(roots).build_server_verifier(subject)
    refusal = pytest.raises(verification.VerificationError, match="name constraints")
    with contextlib.nullcontext() if accepted else refusal:
        verifier.verify(x509.load_pem_x509_certificate(leaf.to_pem()), [])


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize(("host", "code"), [("api.inverted.ai", 0), ("evil.example.com", 60)])
def test_curl_accepts_iai_hosts_only(authority: Authority, host: str, code: int) -> None:
    with serving(authority, host) as port:
        route = ["--noproxy", "*", "--connect-to", f"::127.0.0.1:{port}"]
        command = ["curl", "-sS", "--cacert", str(authority.path), *route, f"https://{host}/"]
        assert subprocess.run(command, capture_output=True, check=False).returncode == code


def test_mitmproxy_signs_with_it_and_adds_one_file_to_the_folder(authority: Authority) -> None:
    from mitmproxy.addons.tlsconfig import TlsConfig

    addon = TlsConfig()
    with taddons.context(addon) as context:
        context.configure(addon, confdir=str(authority.folder))
        assert addon.certstore.default_ca.fingerprint().hex() == authority.fingerprint
    files = {path.name for path in authority.folder.iterdir()}
    assert files == {KEY_FILE, CERTIFICATE_FILE, "mitmproxy-dhparam.pem"}


def test_it_says_who_it_is_and_how_long(authority: Authority) -> None:
    der = ssl.PEM_cert_to_DER_cert(authority.path.read_text())
    assert authority.fingerprint == hashlib.sha256(der).hexdigest()
    assert authority.name.startswith("iai-proxy CA ")
    left = authority.not_after - dt.datetime.now(dt.UTC)
    assert dt.timedelta(days=1824) < left < dt.timedelta(days=1826)
    assert authority.permitted == ("inverted.ai", "localhost", "127.0.0.0/8", "::1/128")


def test_two_authorities_differ_in_name_and_key(tmp_path: Path) -> None:
    first, second = Authority.ensure(tmp_path / "one"), Authority.ensure(tmp_path / "other")
    assert first.name != second.name
    assert first.fingerprint != second.fingerprint


def test_a_second_use_changes_no_file(authority: Authority) -> None:
    before = {path: path.stat().st_mtime_ns for path in authority.folder.iterdir()}
    assert Authority.ensure(authority.folder) == authority
    assert {path: path.stat().st_mtime_ns for path in authority.folder.iterdir()} == before


def test_a_lost_or_foreign_client_certificate_is_written_again(authority: Authority) -> None:
    authority.path.unlink()
    assert Authority.ensure(authority.folder).path.read_bytes() == authority.pem
    authority.path.write_text("something else")
    assert Authority.ensure(authority.folder).path.read_bytes() == authority.pem


@pytest.mark.skipif(os.name != "posix", reason="file modes are a POSIX matter")
def test_only_the_owner_may_read_what_is_there_whatever_the_umask(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        authority = Authority.ensure(tmp_path / "ca")
    finally:
        os.umask(old)
    modes = [
        stat.S_IMODE(path.stat().st_mode)
        for path in (authority.folder, authority.key_path, authority.path)
    ]
    assert modes == [0o700, 0o600, 0o600]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="audits the system calls of POSIX")
def test_the_key_is_never_readable_by_others_not_even_for_a_moment(tmp_path: Path) -> None:
    script = (
        "import os, sys\nfrom pathlib import Path\n"
        "from iai_proxy.client.authority import Authority\n"
        "modes = []\n"
        "def look(event, args):\n"
        "    if event in ('os.link', 'os.chmod'):\n"
        "        modes.append(oct(os.stat(args[0]).st_mode & 0o777))\n"
        "os.umask(0); sys.addaudithook(look); Authority.ensure(Path(sys.argv[1])); print(modes)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "ca")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['0o600']"  # as the key is linked


def test_processes_that_start_at_once_share_one_authority(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from iai_proxy.client.authority import Authority\n"
        "sys.stdin.read(); print(Authority.ensure(Path(sys.argv[1])).fingerprint)"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "ca")]
    pipe = subprocess.PIPE
    running = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(6)]
    for process in running:
        assert process.stdin
        process.stdin.close()  # the starting gun
    fingerprints = set()
    for process in running:
        assert process.stdout
        with process.stdout as output:
            fingerprints.add(output.read().strip())
        assert process.wait() == 0
    assert fingerprints == {Authority.ensure(tmp_path / "ca").fingerprint}
    assert {path.name for path in (tmp_path / "ca").iterdir()} == {KEY_FILE, CERTIFICATE_FILE}


@pytest.mark.parametrize("kept", [0, 1, 100, 300, 600, -2])
def test_a_truncated_file_is_refused_by_name_with_the_fix(authority: Authority, kept: int) -> None:
    authority.key_path.write_bytes(authority.key_path.read_bytes()[:kept].rstrip(b"-"))
    with pytest.raises(InputError, match="is damaged or can't be read: delete that file") as caught:
        Authority.ensure(authority.folder)
    assert str(authority.key_path) in str(caught.value)


def test_a_key_of_another_authority_is_refused(authority: Authority, tmp_path: Path) -> None:
    key = Authority.ensure(tmp_path / "other").key_path.read_bytes().split(b"-----BEGIN CERT")[0]
    authority.key_path.write_bytes(key + authority.pem)
    with pytest.raises(InputError, match="a key and a certificate that don't belong together"):
        Authority.ensure(authority.folder)


def test_an_expired_authority_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LIFETIME", dt.timedelta(seconds=-1))
    yesterday = f"{dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1):%Y-%m}"
    with pytest.raises(
        InputError, match=f"{KEY_FILE} expired on {yesterday}.*: delete that file and run again"
    ):
        Authority.ensure(tmp_path / "ca")


def test_an_authority_that_may_sign_for_any_host_is_refused_and_not_to_be_deleted(
    tmp_path: Path,
) -> None:
    tmp_path.chmod(0o700)
    CertStore.create_store(tmp_path, "mitmproxy", 2048)
    with pytest.raises(
        InputError, match=r"not limited to IAI hosts\. Choose another folder with --ca-dir"
    ) as caught:
        Authority.ensure(tmp_path)
    assert "delete" not in str(caught.value)


@pytest.mark.skipif(os.name != "posix", reason="file modes are a POSIX matter")
def test_a_key_that_others_could_read_is_refused(authority: Authority) -> None:
    authority.key_path.chmod(0o640)
    with pytest.raises(InputError, match="can be read by other users: delete that file"):
        Authority.ensure(authority.folder)


@pytest.mark.skipif(os.name != "posix", reason="file modes are a POSIX matter")
def test_a_folder_that_others_could_write_to_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o770)
    with pytest.raises(UsageError, match=r"Other users can write to .* 'chmod 700'"):
        Authority.ensure(tmp_path)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ca").write_text("")
    with pytest.raises(
        UsageError, match=r"can't be kept in .*: File exists\. Choose another folder"
    ):
        Authority.ensure(tmp_path / "ca")


def test_importing_it_brings_neither_mitmproxy_nor_click() -> None:
    script = (
        "import sys, iai_proxy.client.authority, iai_proxy.client.environment\n"
        "print({'mitmproxy', 'click', 'OpenSSL', 'requests'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"

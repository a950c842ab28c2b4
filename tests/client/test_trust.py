"""The files of roots that clients get, and how to trust our authority by hand."""

import json
import os
import re
import shutil
import ssl
import subprocess
from pathlib import Path

import certifi
import pytest

from iai_proxy.client.authority import Authority
from iai_proxy.client.trust import bundle, facts, instructions, node_certificates, text
from iai_proxy.errors import InputError


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.ensure(tmp_path / "ca")


@pytest.fixture
def corporate(tmp_path: Path) -> Authority:
    """Stands for the roots of somebody else."""
    return Authority.ensure(tmp_path / "corporate")


def roots(path: Path) -> list[bytes]:
    """The certificates that OpenSSL finds in a bundle."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(path)
    return context.get_ca_certs(binary_form=True)


def der(authority: Authority) -> bytes:
    return ssl.PEM_cert_to_DER_cert(authority.pem.decode())


def test_without_variables_the_bundle_is_certifi_and_ours(authority: Authority) -> None:
    assert sorted(roots(bundle(authority, {}))) == sorted(
        [*roots(Path(certifi.where())), der(authority)]
    )


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_roots_that_the_user_chose_stand_in_for_certifi(
    authority: Authority, corporate: Authority, name: str
) -> None:
    assert roots(bundle(authority, {name: str(corporate.path)})) == [der(corporate), der(authority)]


def test_the_first_variable_that_names_an_existing_file_counts(
    authority: Authority, corporate: Authority, tmp_path: Path
) -> None:
    other = Authority.ensure(tmp_path / "other")
    environment = {
        "SSL_CERT_FILE": str(other.path),
        "CURL_CA_BUNDLE": str(corporate.path),
        "REQUESTS_CA_BUNDLE": str(tmp_path / "gone.pem"),
    }
    assert roots(bundle(authority, environment)) == [der(corporate), der(authority)]


def test_a_folder_of_roots_is_read_as_well(
    authority: Authority, corporate: Authority, tmp_path: Path
) -> None:
    folder = tmp_path / "roots"
    folder.mkdir()
    shutil.copy(corporate.path, folder / "1.pem")
    shutil.copy(authority.path, folder / "2.pem")
    assert sorted(roots(bundle(authority, {"REQUESTS_CA_BUNDLE": str(folder)}))) == sorted(
        [der(corporate), der(authority)]
    )


def test_a_bundle_made_from_our_own_bundle_is_the_same_file(authority: Authority) -> None:
    first = bundle(authority, {})
    assert bundle(authority, {"SSL_CERT_FILE": str(first)}) == first
    assert (
        bundle(authority, {"REQUESTS_CA_BUNDLE": str(first), "CURL_CA_BUNDLE": str(first)}) == first
    )
    assert len(list(authority.folder.glob("bundle-*"))) == 1


def test_other_roots_make_another_file_and_leave_the_first(
    authority: Authority, corporate: Authority
) -> None:
    first = bundle(authority, {})
    content = first.read_bytes()
    assert bundle(authority, {"SSL_CERT_FILE": str(corporate.path)}) != first
    assert first.read_bytes() == content


@pytest.mark.skipif(os.name != "posix", reason="file modes are a POSIX matter")
def test_the_bundle_is_for_its_owner_alone(authority: Authority) -> None:
    assert bundle(authority, {}).stat().st_mode & 0o777 == 0o600


def test_node_gets_our_certificate_alone_and_keeps_what_it_had(
    authority: Authority, corporate: Authority
) -> None:
    assert node_certificates(authority, {}) == authority.path
    gone = authority.folder / "gone.pem"
    assert node_certificates(authority, {"NODE_EXTRA_CA_CERTS": str(gone)}) == authority.path
    assert (
        node_certificates(authority, {"NODE_EXTRA_CA_CERTS": str(authority.path)}) == authority.path
    )
    both = node_certificates(authority, {"NODE_EXTRA_CA_CERTS": str(corporate.path)})
    assert roots(both) == [der(corporate), der(authority)]


def test_roots_that_cannot_be_read_are_named_with_the_fix(authority: Authority) -> None:
    with pytest.MonkeyPatch.context() as patch:

        def refuse(path: Path) -> bytes:
            raise PermissionError(13, "Permission denied", str(path))

        patch.setattr(Path, "read_bytes", refuse)
        with pytest.raises(
            InputError, match=r"cacert\.pem, .* can't be read: Permission denied\. Fix that file"
        ):
            bundle(authority, {})


def test_the_text_says_where_what_and_how_long(authority: Authority) -> None:
    said = text(authority)
    for part in (
        authority.name,
        str(authority.path),
        f"{authority.not_after:%Y-%m-%d}",
        *authority.permitted,
    ):
        assert part in said
    pairs = re.search(r"SHA-256 +((?:[0-9A-F]{2}:){31}[0-9A-F]{2})", said)
    assert pairs
    assert pairs[1].replace(":", "").lower() == authority.fingerprint


@pytest.mark.parametrize(
    "client",
    ["Python SDK", "curl", "Node", "Java", "Debian and Ubuntu", "macOS", "Windows", "C++ SDK"],
)
def test_every_kind_of_client_has_its_steps(authority: Authority, client: str) -> None:
    assert client in text(authority)
    assert [
        steps
        for name, steps in instructions(authority).items()
        if name.startswith(client) and steps
    ]


def test_the_private_key_is_named_but_never_shown_or_handed_out(authority: Authority) -> None:
    assert "PRIVATE KEY" not in text(authority)
    assert not [
        line
        for lines in instructions(authority).values()
        for line in lines
        if authority.key_path.name in line
    ]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_the_fingerprint_is_the_one_that_openssl_prints(authority: Authority) -> None:
    command = ["openssl", "x509", "-in", str(authority.path), "-noout", "-fingerprint", "-sha256"]
    printed = (
        subprocess.run(command, capture_output=True, text=True, check=True)
        .stdout.split("=")[1]
        .strip()
    )
    assert printed in text(authority)


def test_the_facts_are_plain_json(authority: Authority) -> None:
    again = json.loads(json.dumps(facts(authority)))
    assert again["sha256"] == authority.fingerprint
    assert again["certificate"] == str(authority.path)
    assert again["permitted"] == ["inverted.ai", "localhost", "127.0.0.0/8", "::1/128"]
    assert again["not_after"].endswith("+00:00")
    assert set(again["trust"]) == set(instructions(authority))

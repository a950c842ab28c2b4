"""What clients have to trust: files of root certificates, and the text of ``iai-proxy ca``."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import certifi

from iai_proxy.client.authority import Authority
from iai_proxy.client.files import put
from iai_proxy.errors import InputError

#: The first that names an existing file or folder counts.
ROOTS_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


def bundle(authority: Authority, environment: Mapping[str, str]) -> Path:
    """Return a file of the authority and the roots that a client trusts without us.

    Those are the roots of the first of :data:`ROOTS_VARIABLES` that names an existing file or
    folder in the client's environment, else certifi's.

    Raises:
        InputError: they can't be read.
    """
    named = (Path(environment[name]) for name in ROOTS_VARIABLES if environment.get(name))
    return _joined(
        authority, next((path for path in named if path.exists()), Path(certifi.where()))
    )


def node_certificates(authority: Authority, environment: Mapping[str, str]) -> Path:
    """Return the file for ``NODE_EXTRA_CA_CERTS``: the authority, and what the variable names now.

    Node adds that one file to its built-in roots.

    Raises:
        InputError: the file that the variable names can't be read.
    """
    named = environment.get("NODE_EXTRA_CA_CERTS")
    return _joined(authority, Path(named)) if named and Path(named).exists() else authority.path


def facts(authority: Authority) -> dict[str, object]:
    """Return what :func:`text` says, for ``--json``."""
    return {
        "name": authority.name,
        "certificate": str(authority.path),
        "key": str(authority.key_path),
        "sha256": authority.fingerprint,
        "not_after": authority.not_after.isoformat(),
        "permitted": list(authority.permitted),
        "trust": {client: list(lines) for client, lines in instructions(authority).items()},
    }


def text(authority: Authority) -> str:
    """Return where the authority is, what it may sign for, and how clients come to trust it."""
    hosts = ", ".join(authority.permitted)
    lines = [
        authority.name,
        f"  certificate  {authority.path}",
        f"  private key  {authority.key_path} (never give this one away)",
        f"  SHA-256      {_pairs(authority.fingerprint)}",
        f"  valid until  {authority.not_after:%Y-%m-%d}",
        f"  may sign     {hosts}; each domain with its subdomains, and nothing else",
        "",
        "A client started by 'iai-proxy record -- CLIENT' or 'iai-proxy replay FILE -- CLIENT'",
        'trusts it already, as does a shell after eval "$(iai-proxy env)". By hand:',
    ]
    for client, steps in instructions(authority).items():
        lines += ["", client, *(f"  {step}" for step in steps)]
    return "\n".join(lines) + "\n"


def instructions(authority: Authority) -> dict[str, tuple[str, ...]]:
    """Return, for each kind of client, the lines that make it trust the authority."""
    certificate = f'"{authority.path}"'
    alias = authority.name.replace(" ", "-").lower()
    return {
        "Python SDK and anything else on requests": (
            "# one file that replaces certifi's roots, so it holds them too",
            f'cat "$(python -m certifi)" {certificate} > iai-roots.pem',
            'export REQUESTS_CA_BUNDLE="$PWD/iai-roots.pem"',
        ),
        "curl": (
            f"curl --cacert {certificate} --proxy http://127.0.0.1:8080 "
            "https://api.inverted.ai/v0/aws/m1",
        ),
        "Node": (f"export NODE_EXTRA_CA_CERTS={certificate}",),
        "Java": (
            "keytool -importcert -cacerts -storepass changeit -noprompt "
            f"-alias {alias} -file {certificate}",
        ),
        "Debian and Ubuntu, system store": (
            f"sudo cp {certificate} /usr/local/share/ca-certificates/{alias}.crt",
            "sudo update-ca-certificates",
        ),
        "macOS, login keychain": (
            "security add-trusted-cert -r trustRoot -p ssl "
            f"-k ~/Library/Keychains/login.keychain-db {certificate}",
        ),
        "Windows, current user": (f"certutil -user -addstore Root {certificate}",),
        "C++ SDK": (
            "# nothing to do: it checks no certificate, and knows no proxy; see --reverse-listen",
        ),
    }


def _pairs(digits: str) -> str:
    """Write hexadecimal digits as other tools print fingerprints: ``AB:CD:…``."""
    return ":".join(digits[index : index + 2] for index in range(0, len(digits), 2)).upper()


def _joined(authority: Authority, roots: Path) -> Path:
    """Write the roots and the authority, once, into a file that is named by its content."""
    try:
        files = (
            sorted(path for path in roots.iterdir() if path.is_file())
            if roots.is_dir()
            else [roots]
        )
        others = b"\n".join(file.read_bytes().replace(authority.pem, b"").strip() for file in files)
    except OSError as error:
        raise InputError(
            f"The certificates in {roots}, which the client trusts, can't be read: "
            f"{error.strerror}. Fix that file or unset the variable that names it."
        ) from error
    if not others:
        return authority.path
    content = others + b"\n" + authority.pem
    target = authority.folder / f"bundle-{hashlib.sha256(content).hexdigest()[:16]}.pem"
    if not target.exists():
        put(target, content)
    return target

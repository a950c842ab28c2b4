"""Our certificate authority: made at first use, kept in a user folder, valid for IAI hosts only.

The certificate has critical name constraints (RFC 5280, section 4.2.1.10): on a machine that trusts
it, someone who gets its key still can't sign for any other host. mitmproxy signs with it when its
option ``confdir`` is the folder: it reads ``mitmproxy-ca.pem`` (key and certificate) and adds
``mitmproxy-dhparam.pem``. Three rules follow from how it signs:

* All names in a leaf must be permitted, so ``upstream_cert`` must be off: it copies foreign names.
* Leaves share this key. An elliptic key makes the handshake faster than RSA 2048 (3.4 ms, 4.1 ms).
* A leaf for an address has it as its common name too. Unless told to ignore common names, OpenSSL
  takes ``127.0.0.1`` there for a DNS name and refuses it; for TLS on loopback, clients call
  ``localhost``.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import platformdirs
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from iai_proxy.client.files import put, write_temporary
from iai_proxy.errors import InputError, UsageError
from iai_proxy.private_files import make_private_folder

KEY_FILE = "mitmproxy-ca.pem"  # the name that mitmproxy looks for in its confdir
CERTIFICATE_FILE = "ca.pem"
LIFETIME = dt.timedelta(days=5 * 365)
CLOCK_SKEW = dt.timedelta(days=2)  # as mitmproxy backdates its leaves
PERMITTED_DOMAINS = ("inverted.ai", "localhost")  # each with its subdomains
PERMITTED_NETWORKS = ("127.0.0.0/8", "::1/128")

# In RFC 5280's order, section 4.2.1.3: keyCertSign and cRLSign alone.
_SIGNING_ONLY = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
_ELSEWHERE = "Choose another folder with --ca-dir or IAI_PROXY_CA_DIR."
_PEM = serialization.Encoding.PEM
_CONSTRAINTS = x509.NameConstraints(
    permitted_subtrees=[
        *(x509.DNSName(domain) for domain in PERMITTED_DOMAINS),
        *(x509.IPAddress(ipaddress.ip_network(network)) for network in PERMITTED_NETWORKS),
    ],
    excluded_subtrees=None,
)


def default_folder() -> Path:
    """Return the folder that is used without ``--ca-dir`` and ``IAI_PROXY_CA_DIR``.

    Raises:
        UsageError: nothing says where the user's home is.
    """
    try:
        return Path(platformdirs.user_data_dir("iai-proxy"))
    except RuntimeError as error:
        raise _homeless("your user folder") from error


@dataclass(frozen=True)
class Authority:
    """An authority on disk: complete, not expired, limited to permitted domains and networks."""

    folder: Path
    certificate: x509.Certificate

    @classmethod
    def ensure(cls, folder: Path) -> Self:
        """Return the authority in a folder; make it if there is none.

        Processes that do so at the same time get the same one.

        Raises:
            InputError: its file is damaged, expired, readable by others or not ours.
            UsageError: the folder can't hold it safely.
        """
        folder = _expanded(folder)
        key_file = folder / KEY_FILE
        try:
            make_private_folder(folder)
            if _open_to_others(folder, 0o022):
                raise UsageError(
                    f"Other users can write to {folder}: run 'chmod 700' on it first. {_ELSEWHERE}"
                )
            if not key_file.exists():
                _create(key_file)
            authority = cls(folder, _load(key_file))
            if not authority.path.exists() or authority.path.read_bytes() != authority.pem:
                put(authority.path, authority.pem)
        except OSError as error:
            raise UsageError(
                f"The certificate authority can't be kept in {folder}: {error.strerror}. "
                f"{_ELSEWHERE}"
            ) from error
        return authority

    @property
    def path(self) -> Path:
        """File with the certificate alone, for clients to trust (PEM)."""
        return self.folder / CERTIFICATE_FILE

    @property
    def key_path(self) -> Path:
        """File with the private key and the certificate, for mitmproxy (PEM, mode 0600)."""
        return self.folder / KEY_FILE

    @property
    def pem(self) -> bytes:
        """The certificate in PEM form."""
        return self.certificate.public_bytes(_PEM)

    @property
    def name(self) -> str:
        """The subject's common name. It ends in random digits, which tell two authorities apart."""
        return str(self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate in DER form, 64 lower-case hexadecimal digits."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    @property
    def not_after(self) -> dt.datetime:
        """The last moment at which clients accept the certificate, in UTC."""
        return self.certificate.not_valid_after_utc

    @property
    def permitted(self) -> tuple[str, ...]:
        """What it may sign for: domains, each with its subdomains, and networks in CIDR form."""
        return (*PERMITTED_DOMAINS, *PERMITTED_NETWORKS)


def _expanded(folder: Path) -> Path:
    """Return the absolute path of a folder, which may begin with ``~``."""
    try:
        return folder.expanduser().absolute()
    except RuntimeError as error:
        raise _homeless(str(folder)) from error


def _homeless(folder: str) -> UsageError:
    """Say that neither HOME nor the list of users names a home folder."""
    return UsageError(
        f"The certificate authority can't be kept in {folder}: there is no such home folder. "
        f"{_ELSEWHERE}"
    )


def _create(key_file: Path) -> None:
    """Make key and certificate; if another process was faster, its file stays."""
    key = ec.generate_private_key(ec.SECP256R1())
    secret = key.private_bytes(
        _PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    temporary = write_temporary(key_file.parent, secret + _certificate(key).public_bytes(_PEM))
    try:
        with contextlib.suppress(FileExistsError):
            os.link(temporary, key_file)
    finally:
        temporary.unlink()


def _certificate(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    """Make a root that OpenSSL's strict mode accepts, which Python uses from 3.13."""
    name = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, f"iai-proxy CA {secrets.token_hex(4)}")]
    )
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_SIGNING_ONLY, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_CONSTRAINTS, critical=True)
        .sign(key, hashes.SHA256())
    )


def _load(key_file: Path) -> x509.Certificate:
    try:
        raw = key_file.read_bytes()
        public_key = serialization.load_pem_private_key(raw, None).public_key()
        certificate = x509.load_pem_x509_certificate(raw)
        constraints = [extension.value for extension in certificate.extensions]
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _unusable(key_file, "is damaged or can't be read") from error
    if _CONSTRAINTS not in constraints:
        raise InputError(
            f"{key_file} is an authority of another kind, not limited to IAI hosts. {_ELSEWHERE}"
        )
    if public_key != certificate.public_key():
        raise _unusable(key_file, "holds a key and a certificate that don't belong together")
    if certificate.not_valid_after_utc <= dt.datetime.now(dt.UTC):
        raise _unusable(key_file, f"expired on {certificate.not_valid_after_utc:%Y-%m-%d}")
    if _open_to_others(key_file, 0o077):
        raise _unusable(key_file, "can be read by other users")
    return certificate


def _unusable(key_file: Path, why: str) -> InputError:
    return InputError(
        f"The certificate authority {key_file} {why}: delete that file and run again. "
        f"That makes a new one, which clients that trusted the old one have to trust."
    )


def _open_to_others(path: Path, mask: int) -> bool:
    return os.name == "posix" and bool(path.stat().st_mode & mask)

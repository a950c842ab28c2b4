"""An upstream that does not think: prepared answers over TLS, in a process of its own.

A request says in ``x-bench`` which call of which chain it is. Without that header each connection
is a chain of its own, which begins anew at ``initialize``: that is how the SDK's calls come.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import itertools
import re
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

from bodies import Call, Stored, chain
from http_over_tls import Messages

_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
#: Numbers of chains that requests do not name; no client's number is as high.
_CHAINS = itertools.count(1 << 40)
_WHICH = re.compile(rb"\r\nx-bench: *(\d+)/(\d+)", re.IGNORECASE)


class Upstream(NamedTuple):
    port: int
    certificate: Path

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"


@contextlib.contextmanager
def upstream(
    folder: Path, *, stored: Path | None = None, agents: int = 0, fresh: bool = False
) -> Iterator[Upstream]:
    """Run an upstream while the block runs.

    Args:
        folder: where its certificate is, or is put.
        stored: the chains that it answers from; without, it makes each answer while it waits for
            the request, from chain 0 with so many agents.
        agents: see above.
        fresh: it makes chains as they are asked for, any number of them.
    """
    certificate = folder / "upstream.pem"
    if not certificate.exists():
        write_certificate(certificate)
    command = [sys.executable, __file__, str(certificate)]
    command += ["--stored", str(stored)] if stored else ["--agents", str(agents)]
    command += ["--fresh"] if fresh else []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield Upstream(int(process.stdout.readline()), certificate)
        finally:
            process.terminate()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("certificate", type=Path)
    parser.add_argument("--stored", type=Path)
    parser.add_argument("--agents", type=int, default=0)
    parser.add_argument("--fresh", action="store_true")
    given = parser.parse_args()
    answers: Answers
    if given.stored:
        answers = FromFiles(Stored(given.stored))
    else:
        answers = Fresh(given.agents) if given.fresh else MadeAhead(given.agents)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(given.certificate)
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        print(server.getsockname()[1], flush=True)
        while True:
            connection, _ = server.accept()
            serving = (connection, context, answers)
            threading.Thread(target=serve, args=serving, daemon=True).start()


class FromFiles:
    def __init__(self, stored: Stored) -> None:
        self._stored = stored

    def answer(self, chain_number: int, number: int) -> bytes:
        return self._stored.call(chain_number % len(self._stored), number).answer

    def prepare(self) -> None:
        """Do nothing: all is prepared."""


class MadeAhead:
    """Answers of one long chain, each made while its request is not there yet."""

    def __init__(self, agents: int) -> None:
        self._calls = chain(0, agents)
        self._next: Call | None = None

    def answer(self, chain_number: int, number: int) -> bytes:
        self.prepare()
        made, self._next = self._next, None
        assert made
        assert (made.endpoint == "initialize") == (number == 0)
        return made.answer

    def prepare(self) -> None:
        self._next = self._next or next(self._calls)


class Fresh:
    """Answers of any number of chains, each made when it is asked for."""

    def __init__(self, agents: int) -> None:
        self._agents = agents
        self._chains: dict[int, Iterator[Call]] = {}

    def answer(self, chain_number: int, number: int) -> bytes:
        if not number:
            self._chains[chain_number] = chain(chain_number, self._agents)
        return next(self._chains[chain_number]).answer

    def prepare(self) -> None:
        """Do nothing: which chain goes on is not known."""


Answers = FromFiles | MadeAhead | Fresh


def serve(connection: socket.socket, context: ssl.SSLContext, answers: Answers) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    own, number = 0, 0
    with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
        messages = Messages(secure)
        while (message := messages.read()) is not None:
            head, _ = message
            which = _WHICH.search(head)
            if head.startswith(b"GET"):
                secure.sendall(_HEAD % 2 + b"{}")
                continue
            if b"/initialize " in head.partition(b"\r\n")[0]:
                own, number = next(_CHAINS), 0
            place = (int(which[1]), int(which[2])) if which else (own, number)
            body = answers.answer(*place)
            secure.sendall(_HEAD % len(body) + body)
            number += 1
            answers.prepare()


def write_certificate(path: Path) -> None:
    """Write a key, and the certificate for this machine that it signs itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names: list[x509.GeneralName] = [
        x509.DNSName("localhost"),
        x509.IPAddress(ip_address("127.0.0.1")),
    ]
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(
        encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(encoding))


if __name__ == "__main__":
    main()

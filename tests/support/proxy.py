"""A real proxy with TLS on a thread of the test's process, and a server that counts requests."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from iai_proxy.api.hosts import Upstream
from iai_proxy.client.authority import Authority
from iai_proxy.proxy.background import background_proxy
from iai_proxy.proxy.embed import ProxySpec
from iai_proxy.settings.listen import Address, Listening

API = "https://api.inverted.ai/v0/aws/m1"


@dataclass
class Upstreamed:
    """A stand-in for whatever is upstream: answers as told, keeps what it got."""

    url: str
    requests: list[tuple[str, str, bytes]] = field(default_factory=list)
    connections: int = 0
    answer: Callable[[str], tuple[int, dict[str, str], bytes]] = lambda path: (
        200,
        {"content-type": "application/json"},
        b'{"path":"%s"}' % path.encode(),
    )


@contextmanager
def counting_server() -> Iterator[Upstreamed]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            seen.connections += 1
            super().setup()

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            seen.requests.append((self.command, self.path, body))
            status, headers, answer = seen.answer(self.path)
            if status == 0:  # hang up without an answer
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer)

        do_GET = do_HEAD = do_POST = do_PUT = _answer

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    seen = Upstreamed(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class PreferringHttp2(ssl.SSLContext):
    """Names HTTP/2 first: httpx does not, and mitmproxy takes the first that it knows."""

    def set_alpn_protocols(self, alpn_protocols: Iterable[str]) -> None:
        super().set_alpn_protocols(sorted(alpn_protocols))  # "h2" sorts before "http/1.1"


@dataclass(frozen=True)
class RunningProxy:
    forward: str
    reverse: str
    ca: Path

    def client(self, **options: Any) -> httpx.Client:
        return httpx.Client(
            proxy=self.forward, verify=self._context(), trust_env=False, timeout=20, **options
        )

    def async_client(self, **options: Any) -> httpx.AsyncClient:
        """For many calls at once: httpx's other client loses HTTP/2 answers between threads."""
        return httpx.AsyncClient(
            proxy=self.forward, verify=self._context(), trust_env=False, timeout=20, **options
        )

    def _context(self) -> ssl.SSLContext:
        context = PreferringHttp2(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(str(self.ca))
        return context


@contextmanager
def running_proxy(
    authority: Authority,
    addons: Callable[[], Sequence[Any]],
    upstream: str | None = None,
    *,
    password: str | None = None,
    **more: Any,
) -> Iterator[RunningProxy]:
    """Run a proxy with both listeners, as for a client that it has started.

    ``addons`` is called on the proxy's thread; ``more`` is for its ``ProxySpec``.
    """
    listening = Listening(Address("127.0.0.1", 0), Address("127.0.0.1", 0), password)
    target = Upstream.parse(upstream) if upstream else None
    spec = ProxySpec(listening, authority.folder, target, **{"tunnels": True, **more})
    with background_proxy(spec, addons) as bound:
        assert bound.forward
        assert bound.reverse
        yield RunningProxy(bound.forward.url, bound.reverse.url, authority.path)


def self_signed(folder: Path, host: str) -> Path:
    """Make a self-signed certificate for an address; return the PEM file of key and certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "somebody else")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + certificate.public_bytes(Encoding.PEM)
    )
    return path

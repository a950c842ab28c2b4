"""How scripts learn that a proxy, or the sandbox, listens: a file that is there from then on."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from iai_proxy.client.files import put
from iai_proxy.errors import IaiProxyError, UsageError
from iai_proxy.settings.listen import Address

#: Each address stands under the name of its option; null if there is no such listener.
_ADDRESSES: Final = ("listen", "reverse_listen")
_EVERY_S: Final = 0.05
_TIMEOUT_S: Final = 1.0


class ReadyFile:
    """The file of ``--ready-file``: one JSON object with the addresses and the process.

    Args:
        path: where it is put; None for nowhere.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def write(self, **addresses: Address | None) -> None:
        """Say that all is ready: the file appears, complete.

        Raises:
            UsageError: it can't be written.
        """
        if self._path:
            texts = {name: str(found) if found else None for name, found in addresses.items()}
            facts = {"process": os.getpid(), **texts}
            with _plain_errors(self._path):
                put(self._path, f"{json.dumps(facts)}\n".encode())

    def remove(self) -> None:
        """Remove the file, unless another process has written it by now."""
        if self._path and _read(self._path).get("process") == os.getpid():
            with suppress(OSError):
                self._path.unlink()


@contextmanager
def ready_file(path: Path | None) -> Iterator[ReadyFile]:
    """Give the file to be written once all is ready; it is gone before and after the block.

    Raises:
        UsageError: something else is there, or nothing can be written there.
    """
    file = ReadyFile(path)
    if path:
        _clear(path)
    try:
        yield file
    finally:
        file.remove()


def refuse_any_port(address: Address) -> None:
    """Make sure that an address says where a proxy listens.

    Raises:
        UsageError: its port is 0, for which the system picks a free one.
    """
    if not address.port:
        raise UsageError(
            f"--listen {address}: port 0 is any free port, so it does not say where the proxy "
            "listens. Start that with --ready-file FILE; then `iai-proxy wait --ready-file FILE` "
            "prints its address"
        )


def wait_until_ready(where: Address | Path, timeout_s: float) -> Address:
    """Wait until something listens, and return its address.

    Args:
        where: the address, or a file of ``--ready-file`` that will hold it.
        timeout_s: how long to wait.

    Raises:
        IaiProxyError: nothing listens by then.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        address = where if isinstance(where, Address) else _address_in(where)
        if address and _listens(address):
            return address
        if time.monotonic() >= deadline:
            raise IaiProxyError(_in_vain(where, timeout_s))
        time.sleep(_EVERY_S)


def _in_vain(where: Address | Path, timeout_s: float) -> str:
    if isinstance(where, Address):
        return (
            f"nothing listens on {where} after {timeout_s:g} s: is `iai-proxy record` or "
            "`iai-proxy replay` running, with the same --listen?"
        )
    return (
        f"no proxy that listens has written {where} after {timeout_s:g} s: is one running with "
        "this --ready-file?"
    )


def _listens(address: Address) -> bool:
    try:
        with socket.create_connection((address.host, address.port), _TIMEOUT_S):
            return True
    except (OSError, UnicodeError):  # UnicodeError: no name of a host
        return False


def _address_in(path: Path) -> Address | None:
    """Return the address in a file, unless its process is gone."""
    facts = _read(path)
    import psutil  # here, as only those who wait need it

    if not isinstance(facts.get("process"), int) or not psutil.pid_exists(facts["process"]):
        return None
    named = next((facts[name] for name in _ADDRESSES if facts.get(name)), None)
    try:
        return Address.parse(named) if isinstance(named, str) else None
    except UsageError:
        return None


def _read(path: Path) -> Mapping[str, Any]:
    """Return what a file of ours holds; nothing if it is none."""
    try:
        facts = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) and "process" in facts else {}


def _clear(path: Path) -> None:
    """Remove what a process that was killed left; refuse to replace anything else."""
    if path.exists() and not _read(path):
        raise UsageError(f"{path} exists and is no ready file: give --ready-file another name")
    with _plain_errors(path):
        path.unlink(missing_ok=True)
        if not path.parent.is_dir():
            raise UsageError(f"can't write {path}: there is no folder {path.parent}; make it first")


@contextmanager
def _plain_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"can't write {path} ({error.strerror}): give --ready-file another name"
        ) from error

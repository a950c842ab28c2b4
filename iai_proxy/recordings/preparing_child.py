"""The process that makes large exchanges ready: what it does. See :mod:`preparing` for who asks."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress

from iai_proxy import child_process
from iai_proxy.api.bounds import TooLargeError
from iai_proxy.recordings import codecs
from iai_proxy.recordings.codecs import plain
from iai_proxy.recordings.codecs.referring import LONGEST
from iai_proxy.recordings.decoding import bodies_of, decoded, with_bodies
from iai_proxy.recordings.memory import give_back
from iai_proxy.recordings.preparing import (
    Answered,
    Asked,
    MadeBody,
    PreparingError,
    receive_body,
    send_body,
)
from iai_proxy.recordings.redactor import Redactor


def main() -> None:
    """Make one exchange ready after another, until no one asks."""
    connection = child_process.parent()
    with suppress(EOFError, OSError):
        while True:
            asked: Asked = connection.recv()
            sent = tuple(receive_body(connection, size) for size in asked.sizes)
            try:
                answered, bodies = _answered(asked, (sent[0], sent[1]))
            except TooLargeError as error:
                connection.send(error)
            except MemoryError:
                connection.send(PreparingError("there is too little memory for it"))
            except Exception as error:
                connection.send(PreparingError(f"an error in it: {error!r}; please report it"))
            else:
                connection.send(answered)
                for body in bodies:
                    send_body(connection, body)
                del answered, bodies
            del asked, sent
            give_back()
    os._exit(0)


def _answered(asked: Asked, sent: tuple[bytes, bytes]) -> tuple[Answered, list[bytes]]:
    """Return the answer, and what is to be sent after it."""
    redactor = Redactor.knowing(asked.secrets)
    exchange = decoded(with_bodies(asked.exchange, *sent), asked.most)
    exchange = redactor.exchange(exchange)
    made = [_made(body, came) for body, came in zip(bodies_of(exchange), sent, strict=True)]
    head = with_bodies(exchange, b"", b"")
    (request, _), (response, _) = made
    return Answered(head, (request, response), redactor.secrets), [data for _, data in made]


def _made(body: bytes, came: bytes) -> tuple[MadeBody, bytes]:
    digest = hashlib.sha256(body).digest()
    # What is longer never refers to others, and is packed now, so that it is written fast.
    codec, data = plain.pack(body) if len(body) > LONGEST else (codecs.RAW, body)
    if codec == codecs.RAW and (body is came or body == came):
        return MadeBody(digest, codec, len(body), None), b""
    return MadeBody(digest, codec, len(body), len(data)), data


if __name__ == "__main__":
    main()

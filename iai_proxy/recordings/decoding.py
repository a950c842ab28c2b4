"""Exchanges as they travelled to exchanges with their content codings undone."""

from __future__ import annotations

from dataclasses import replace

from iai_proxy.api import Exchange
from iai_proxy.api.bounds import MOST_DECODED
from iai_proxy.api.content_coding import decode


def decoded(exchange: Exchange, most: int = MOST_DECODED) -> Exchange:
    """Return the exchange with its bodies decoded. Takes milliseconds: not for the event loop.

    Raises:
        TooLargeError: one has more than ``most`` bytes.
    """
    request = exchange.request
    body, name = decode(request.body, request.encoding, most)
    exchange = replace(exchange, request=replace(request, body=body, encoding=name))
    if exchange.response:
        body, name = decode(exchange.response.body, exchange.response.encoding, most)
        exchange = replace(exchange, response=replace(exchange.response, body=body, encoding=name))
    return exchange


def bodies_of(exchange: Exchange) -> tuple[bytes, bytes]:
    """Return the bodies of the request and of the answer, empty if there is none."""
    return exchange.request.body, exchange.response.body if exchange.response else b""


def with_bodies(exchange: Exchange, request: bytes, response: bytes) -> Exchange:
    """Return an exchange with other bodies; that of the answer is not used if there is none."""
    answer = exchange.response
    return replace(
        exchange,
        request=replace(exchange.request, body=request),
        response=replace(answer, body=response) if answer else None,
    )

"""The sandbox over HTTP: reads requests, refuses what the API would refuse, writes answers.

Every endpoint is served under both prefixes of the real API, and without one as by a development
server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, cast

import orjson
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from iai_proxy.api import Endpoint
from iai_proxy.api.faults import FaultPlan
from iai_proxy.api.limits import AGENTS_PER_CALL
from iai_proxy.sandbox import endpoints
from iai_proxy.sandbox.guard import Guard
from iai_proxy.sandbox.refusal import RequestRefusedError
from iai_proxy.sandbox.requests.blame_request import BlameRequest
from iai_proxy.sandbox.requests.drive_request import DriveRequest
from iai_proxy.sandbox.requests.initialize_request import InitializeRequest
from iai_proxy.sandbox.requests.queries import LightRequest, LocationInfoRequest
from iai_proxy.settings.serving import SandboxSettings

PREFIXES: Final = ("", "/v0/aws/m1", "/v0/academic/m1")
#: Closes the connection of a client, named by its address and port.
HangUp = Callable[[tuple[str, int]], None]
_Work = Callable[[Request], Awaitable[Any]]
_KEY_HEADERS: Final = ("x-api-key", "api-key")


class _Json(Response):
    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return orjson.dumps(content)


class _NoAnswer(Response):
    """Closes the connection instead of answering."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"].state.hang_up(tuple(scope["client"]))
        while (await receive())["type"] != "http.disconnect":
            pass


def create_app(settings: SandboxSettings, host: str = "127.0.0.1") -> Starlette:
    """Return the sandbox as an ASGI application, for a server that listens on a host.

    The server sets ``app.state.hang_up`` to a :data:`HangUp`. Without one, a dropped call raises an
    error.
    """
    compression = Middleware(GZipMiddleware, minimum_size=1000, compresslevel=1)
    guard = Middleware(Guard, host=host)
    app = Starlette(
        routes=_routes(settings),
        middleware=[guard, compression] if settings.gzip else [guard],
        exception_handlers={
            HTTPException: _http_error,
            ValidationError: _invalid,
            RequestRefusedError: _refused,
            OverflowError: _refused,  # 500 would make the SDK retry for ever
        },
    )
    app.state.seed = settings.seed
    app.state.hang_up = _cannot_hang_up
    return app


def _routes(settings: SandboxSettings) -> list[Route]:
    work: list[tuple[Endpoint, str, str, _Work]] = [
        (Endpoint.KEY_CHECK, "GET", "", _nothing),
        (Endpoint.TEST, "GET", "/test", _nothing),
        (Endpoint.LOCATION_INFO, "GET", "/location_info", _location_info),
        (Endpoint.INITIALIZE, "POST", "/initialize", _initialize),
        (Endpoint.DRIVE, "POST", "/drive", _drive),
        (Endpoint.BLAME, "POST", "/blame", _blame),
        (Endpoint.LIGHT, "GET", "/light", _light),
    ]
    plan = FaultPlan(settings.faults)
    return [
        Route(path, _endpoint(name, answer, settings, plan), methods=[method])
        for prefix in PREFIXES
        for name, method, tail, answer in work
        for path in dict.fromkeys((prefix + tail or "/", prefix + tail + "/"))
    ]


def _endpoint(name: Endpoint, work: _Work, settings: SandboxSettings, plan: FaultPlan) -> _Work:
    """Wrap an endpoint in what all endpoints share: faults, latency, the key."""

    async def answer(request: Request) -> Response:
        fault = plan.next_call(name)
        delay = settings.latency_ms / 1000 + (fault.delay_s if fault else 0.0)
        if delay:
            await asyncio.sleep(delay)
        if fault and fault.drop:
            return _NoAnswer()
        if fault and fault.status:
            raise HTTPException(fault.status, f"injected by --fault {fault}")
        if settings.api_key and settings.api_key not in {
            request.headers.get(header) for header in _KEY_HEADERS
        }:
            raise HTTPException(403, "the API key is wrong or missing")
        return _Json(await work(request))

    return answer


async def _nothing(_: Request) -> Any:
    return {"message": "iai-proxy sandbox: a stand-in, not the real model"}


async def _location_info(request: Request) -> Any:
    return endpoints.location_info(LocationInfoRequest.model_validate(dict(request.query_params)))


async def _light(request: Request) -> Any:
    return endpoints.light(
        LightRequest.model_validate(dict(request.query_params)), request.app.state.seed
    )


async def _initialize(request: Request) -> Any:
    body = await _body(request)
    count = body.get("num_agents_to_spawn")
    _limit(
        body.get("agent_properties"),
        body.get("agent_attributes"),
        range(count) if isinstance(count, int) else (),
    )
    return endpoints.initialize(InitializeRequest.model_validate(body), request.app.state.seed)


async def _drive(request: Request) -> Any:
    body = await _body(request)
    _limit(body.get("agent_states"))
    return endpoints.drive(DriveRequest.model_validate(body), request.app.state.seed)


async def _blame(request: Request) -> Any:
    body = await _body(request)
    _limit(body.get("agent_attributes"))
    return endpoints.blame(BlameRequest.model_validate(body))


async def _body(request: Request) -> dict[str, Any]:
    """Read the body, which must be a JSON object."""
    try:
        body = orjson.loads(await request.body())
    except orjson.JSONDecodeError as error:
        raise HTTPException(
            422, _detail(["body", error.pos], f"JSON decode error: {error.msg}", "json_invalid")
        ) from error
    if not isinstance(body, dict):
        raise HTTPException(422, _detail(["body"], "Input should be an object", "model_type"))
    return body


def _limit(*by_agent: Any) -> None:
    """Refuse more agents than a call may have."""
    most = max((len(items) for items in by_agent if isinstance(items, list | range)), default=0)
    if most > AGENTS_PER_CALL:
        raise HTTPException(
            413, f"{most} agents are more than the {AGENTS_PER_CALL} that one call may have"
        )


def _detail(loc: Sequence[str | int], message: str, kind: str) -> Any:
    """Return an error in the form of the real service, which is built on FastAPI."""
    return [{"loc": list(loc), "msg": message, "type": kind}]


async def _http_error(_: Request, error: Exception) -> Response:
    raised = cast("HTTPException", error)
    return _Json({"detail": raised.detail}, raised.status_code, raised.headers)


async def _invalid(request: Request, error: Exception) -> Response:
    raised = cast("ValidationError", error)
    source = "body" if request.method == "POST" else "query"
    details = [
        {"loc": [source, *found["loc"]], "msg": found["msg"], "type": found["type"]}
        for found in raised.errors(include_url=False, include_context=False, include_input=False)
    ]
    return _Json({"detail": details}, 422)


async def _refused(_: Request, error: Exception) -> Response:
    return _Json({"detail": _detail(["body"], str(error), "value_error")}, 422)


def _cannot_hang_up(_: tuple[str, int]) -> None:
    raise ConnectionResetError("the connection was dropped by --fault")

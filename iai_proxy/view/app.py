"""The page's server over HTTP: addresses, and what is answered there.

All addresses are fixed, but for the number of a file: nothing of an address names a path.

    /                     the start page; with a single file, the way to its page
    /events               what the start page shows, whenever it changes
    /run/1/               the page of the first file; what follows is what it asks for
    /run/1/index.json     the run, as ``iai_proxy.page.encode`` writes it
    /run/1/overview       of a branch: ``?sim=&branch=``
    /run/1/chunk          of a branch: ``?sim=&branch=&first=&count=``
    /run/1/picture        of the ground: ``?sim=``
    /run/1/small.png      a small picture of the run, for the start page: ``?theme=dark``
    /run/1/events         what has changed since
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from iai_proxy.errors import IaiProxyError, unexpected
from iai_proxy.page.encode import CHUNK_STEPS
from iai_proxy.scene.palette import DARK, LIGHT
from iai_proxy.session.password_pauses import PasswordPauses
from iai_proxy.view import pages
from iai_proxy.view.guard import Guard
from iai_proxy.view.shelf import Shelf
from iai_proxy.view.texts import json_of
from iai_proxy.view.viewed import Viewed

_JSON: Final = "application/json"
#: To a question for the head only, which a stream would never be done with.
_NO_EVENTS: Final = Response(media_type="text/event-stream")
_Answer = Callable[[Request, Viewed], Awaitable[Response]]


def create_app(
    shelf: Shelf,
    host: str = "127.0.0.1",
    password: str | None = None,
    pauses: PasswordPauses | None = None,
) -> Starlette:
    """Return the server as an ASGI application.

    Args:
        shelf: the files to show.
        host: what it listens on.
        password: ``user:password`` that browsers must give; None to let everyone in.
        pauses: after wrong passwords.
    """

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await shelf.end()

    app = Starlette(
        lifespan=lifespan,
        routes=_routes(),
        middleware=[Middleware(Guard, host=host, password=password, pauses=pauses)],
        exception_handlers={
            HTTPException: _http_error,
            IaiProxyError: _error,
            Exception: _our_fault,
        },
    )
    app.state.shelf = shelf
    return app


def _routes() -> list[Route]:
    of_a_run: dict[str, _Answer] = {
        "": _page,
        "index.json": _index,
        "overview": _overview,
        "chunk": _chunk,
        "picture": _picture,
        "small.png": _small_picture,
        "events": _events,
    }
    return [
        Route("/", _start),
        Route("/events", _all_events),
        Route("/start.js", pages.start_script),
        Route("/readable.js", pages.readable_script),
        Route("/start.css", pages.start_style),
        *(Route(f"/run/{{number:int}}/{name}", _of_run(of_a_run[name])) for name in of_a_run),
    ]


def _of_run(answer: _Answer) -> Callable[[Request], Awaitable[Response]]:
    async def answered(request: Request) -> Response:
        shelf: Shelf = request.app.state.shelf
        return await answer(request, shelf.viewed(request.path_params["number"]))

    return answered


async def _start(request: Request) -> Response:
    shelf: Shelf = request.app.state.shelf
    if len(shelf) == 1:
        return RedirectResponse("run/1/")
    return pages.start_page()


async def _all_events(request: Request) -> Response:
    if request.method == "HEAD":
        return _NO_EVENTS
    shelf: Shelf = request.app.state.shelf
    shelf.wake()
    return shelf.events.response(shelf.rows())


async def _page(_: Request, viewed: Viewed) -> Response:
    viewed.start()  # it will ask for the index in a moment
    return pages.run_page()


async def _index(request: Request, viewed: Viewed) -> Response:
    return _fresh(request, await viewed.index(), _JSON)


async def _overview(request: Request, viewed: Viewed) -> Response:
    sim, branch = _numbers(request, "sim", "branch")
    return _fresh(request, await viewed.overview(sim, branch), _JSON)


async def _chunk(request: Request, viewed: Viewed) -> Response:
    sim, branch, first, count = _numbers(request, "sim", "branch", "first", "count")
    if not 1 <= count <= CHUNK_STEPS:
        raise HTTPException(400, f"count is {count}: give 1 to {CHUNK_STEPS}")
    return _fresh(request, await viewed.chunk(sim, branch, range(first, first + count)), _JSON)


async def _picture(request: Request, viewed: Viewed) -> Response:
    (sim,) = _numbers(request, "sim")
    data, media_type = await viewed.picture(sim)
    return _fresh(request, data, media_type)


async def _small_picture(request: Request, viewed: Viewed) -> Response:
    theme = DARK if request.query_params.get("theme") == "dark" else LIGHT
    return _fresh(request, await viewed.small_picture(theme), "image/png")


async def _events(request: Request, viewed: Viewed) -> Response:
    if request.method == "HEAD":
        return _NO_EVENTS
    return viewed.watched()


def _numbers(request: Request, *names: str) -> list[int]:
    """Read whole numbers from the query."""
    found = []
    for name in names:
        text = request.query_params.get(name, "")
        if not (text.isascii() and text.isdecimal() and len(text) <= 9):
            raise HTTPException(400, f"give {name} as a whole number from 0")
        found.append(int(text))
    return found


def _fresh(request: Request, body: bytes, media_type: str) -> Response:
    """Answer with a body, or that the browser has it already."""
    tag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


async def _http_error(_: Request, error: Exception) -> Response:
    raised = cast("HTTPException", error)
    return _sentence(raised.detail, raised.status_code)


async def _error(_: Request, error: Exception) -> Response:
    return _sentence(str(error), 404)


async def _our_fault(_: Request, error: Exception) -> Response:
    return _sentence(unexpected("iai-proxy view could not go on", error), 500)


def _sentence(text: str, status: int) -> Response:
    return Response(json_of({"error": text}), status, media_type=_JSON)

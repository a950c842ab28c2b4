"""Recording and replaying for a block of code: ``with iai_proxy.replaying("run.iairec"): …``."""

from __future__ import annotations

import logging
import os
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from iai_proxy.api.hosts import Upstream
from iai_proxy.client import environment
from iai_proxy.errors import IaiProxyError, UsageError
from iai_proxy.replay import SeenMiss
from iai_proxy.sandbox.upstream import opened_upstream
from iai_proxy.session.background import only_one
from iai_proxy.session.job import Job, authority_of
from iai_proxy.session.notices import Notices
from iai_proxy.settings.listen import Bound
from iai_proxy.settings.proxying import ProxySettings
from iai_proxy.settings.reading import S, from_keywords, from_variables, layered
from iai_proxy.settings.recording import RecordSettings
from iai_proxy.settings.replaying import ReplaySettings
from iai_proxy.settings.wording import PYTHON, Place, Worded
from iai_proxy.testing.network import check_sockets
from iai_proxy.testing.pointing import mock_api_is_used, pointed
from iai_proxy.text import one_line, plural, ranges

if TYPE_CHECKING:
    from iai_proxy.proxy.job import ProxyJob

logger = logging.getLogger("iai_proxy")

_MOCK: Final = (
    "IAI_MOCK_API is set, or use_mock_api() was called: the SDK makes up the answers itself, and "
    "nothing is {}. Unset it; in a running process, call invertedai.use_mock_api(False)"
)


class _Logged(Notices):
    """Notices for the log of the process, without misses: the caller learns of those anyway."""

    def __init__(self, place: Place, of_misses: Callable[[str], str] | None = None) -> None:
        super().__init__(_say, place, of_misses)

    def once(self, key: str, text: str) -> None:
        """Log a notice, unless one with this key was logged before."""
        if not key.startswith("miss"):
            super().once(key, text)


class MissedError(IaiProxyError):
    """Calls were made that no recorded call answers; its text is what the client was told."""

    exit_code = 1


class UnusedError(IaiProxyError):
    """Recorded calls were never used; its text says which."""

    exit_code = 1


@dataclass(frozen=True)
class Running:
    """A proxy that runs in this process, and what has come of it; can be read after its block too.

    Attributes:
        path: the recording.
        mode: how it is used.
        proxy_url: where the proxy listens.
        ca_bundle: the roots that clients have to trust: the usual ones and ours.
    """

    path: Path
    mode: str
    proxy_url: str
    ca_bundle: Path
    _job: Job = field(repr=False)

    @property
    def misses(self) -> tuple[SeenMiss, ...]:
        """The distinct misses, each with the ``sentence`` that the client got and its ``count``."""
        return self._job.misses

    @property
    def served(self) -> Counter[str]:
        """How many calls were answered from the recording, by level of matching."""
        return self._job.served

    @property
    def unused(self) -> tuple[int, ...]:
        """The numbers of the recorded calls that were never used; none while recording."""
        return self._job.unused

    @property
    def recorded(self) -> int:
        """How many calls were recorded."""
        return self._job.recorded

    def log_left_over(self) -> None:
        """Log what there was no time for when the recording was closed."""
        if left := self._job.left_over(self.path):
            self._job.notices.once("left over", left)


@contextmanager
def replaying(
    path: str | os.PathLike[str],
    *,
    match: str = "step",
    ignore: str | Iterable[str] = (),
    tolerance: float | None = None,
    until_step: int | None = None,
    latency: float | str | None = None,
    on_miss: str = "refuse",
    upstream: str | None = None,
    fault: str | Iterable[str] = (),
    fail_on_miss: bool = False,
    fail_on_unused: bool = False,
    ca_dir: str | os.PathLike[str] | None = None,
) -> Iterator[Running]:
    """Answer the calls of this process, and of its children, from a recording while the block runs.

    Args:
        path: the recording, or the URL of its object.
        match: loosest level of matching allowed.
        ignore: fields that make no difference from level ``seedless`` on, besides ``random_seed``;
            ``"none"`` among them leaves out that.
        tolerance: at level ``step``, how far a state may be from the recorded one (m, rad, m/s).
        until_step: the last step that is answered from the recording; what follows goes to the API.
        latency: answers take as long as recorded, times this; ``"recorded"`` for 1; None for as
            fast as can be.
        on_miss: ``refuse``, ``forward`` or ``record`` what nothing recorded answers.
        upstream: where what goes to the API is sent instead: a URL, or ``"sandbox"`` to start a
            stand-in for it.
        fault: which calls fail, and how, such as ``"drive:every=10:status=503"``.
        fail_on_miss: raise at the end of the block if there was a miss.
        fail_on_unused: raise at the end of the block if a recorded answer was never used.
        ca_dir: folder of our CA.

    Raises:
        InputError: the recording can't be read.
        UsageError: a setting means nothing, a proxy runs in this process already, or sockets are
            blocked.
        MissedError: there was a miss, and ``fail_on_miss`` is true.
        UnusedError: a recorded answer was never used, and ``fail_on_unused`` is true.
    """
    keywords = {
        "match": match,
        "ignore": ignore,
        "tolerance": tolerance,
        "until_step": until_step,
        "latency": latency,
        "on_miss": on_miss,
        "upstream": upstream,
        "fault": fault,
    }
    with opened_replay(path, keywords, ca_dir=ca_dir) as running:
        yield running
    if fail_on_miss and running.misses:
        raise MissedError("\n".join(miss.sentence for miss in running.misses))
    if fail_on_unused and running.unused:
        calls = plural(len(running.unused), "recorded call")
        raise UnusedError(f"never used: {calls} of {path} ({ranges(running.unused)})")


@contextmanager
def recording(
    path: str | os.PathLike[str],
    *,
    append: bool = False,
    upstream: str | None = None,
    maps: bool = False,
    upload: str | None = None,
    ca_dir: str | os.PathLike[str] | None = None,
) -> Iterator[Running]:
    """Record the calls of this process, and of its children, while the block runs.

    Args:
        path: the recording.
        append: continue an existing recording; without it the file must not exist.
        upstream: where the calls go: a URL, ``"sandbox"`` to start a stand-in for the API, None for
            the API.
        maps: at the end, ask for the ``location_info`` of each location that was used and not asked
            about, so that the SDK's LogReader can load scenario logs offline.
        upload: at the end, upload the recording under this prefix of object storage, such as
            ``"s3://team/runs/"``; if that fails, ``iai-proxy upload`` tries it again.
        ca_dir: folder of our CA.

    Raises:
        UsageError: the file is in the way, a proxy runs in this process already, or sockets are
            blocked.
        InputError: the file to continue is no recording.
        IaiProxyError: a call could not be recorded, and so was refused to the client; or the
            recording could not be uploaded.
    """
    keywords = {"append": append, "upstream": upstream, "maps": maps, "upload": upload}
    with opened_recording(path, keywords, ca_dir=ca_dir) as running:
        yield running
    if upload is not None and running.recorded:
        with Worded(PYTHON):
            _upload(running.path, upload)


def _upload(path: Path, prefix: str) -> None:
    from iai_proxy.sources.place import prefix_of
    from iai_proxy.sources.uploading import upload_again

    uploaded, stays = upload_again(path, prefix_of(prefix))
    logger.info("uploaded as %s", uploaded.url)
    if stays:
        logger.warning(stays)


@contextmanager
def opened_replay(
    path: str | os.PathLike[str],
    keywords: Mapping[str, object],
    *,
    ca_dir: str | os.PathLike[str] | None = None,
    place: Place = PYTHON,
    of_misses: Callable[[str], str] | None = None,
) -> Iterator[Running]:
    """Do what :func:`replaying` does, for a place of its own.

    Args:
        path: the recording.
        keywords: keyword arguments of :func:`replaying`.
        ca_dir: folder of our CA.
        place: where users read the sentences.
        of_misses: rewords what is said of a miss, if the place's words will not do.
    """
    with Worded(place) as words, ExitStack() as stack:
        file = stack.enter_context(_file_of(path))
        settings = _settings(ReplaySettings, ca_dir, {"recording": file, **keywords})
        check_sockets(recording=not settings.offline and settings.upstream is None)
        notices = _Logged(place, of_misses)
        begun = _played(settings, notices) if settings.offline else _hybrid(settings, notices)
        job, bound = stack.enter_context(begun)
        running = stack.enter_context(_running(job, settings, bound, mode="replay"))
        with words.theirs():
            yield running
    running.log_left_over()


def _file_of(path: str | os.PathLike[str]) -> AbstractContextManager[str | os.PathLike[str]]:
    """Give the file to be read; that of an object stays in the cache while the block runs."""
    if not isinstance(path, str) or "://" not in path:
        return nullcontext(path)
    from iai_proxy.sources import is_url, named

    if not is_url(path):
        return nullcontext(path)
    sources = named([path])
    if len(sources) > 1:
        raise UsageError(f"{path} names {len(sources)} recordings: name one")
    return sources[0].reading()


@contextmanager
def opened_recording(
    path: str | os.PathLike[str],
    keywords: Mapping[str, object],
    *,
    ca_dir: str | os.PathLike[str] | None = None,
    place: Place = PYTHON,
    is_draft: bool = False,
) -> Iterator[Running]:
    """Do what :func:`recording` does, for a place of its own.

    Args:
        path: the recording.
        is_draft: its file may be dropped, or put elsewhere: nothing is said of it.
        keywords: keyword arguments of :func:`recording`.
        ca_dir: folder of our CA.
        place: where users read the sentences.
    """
    from iai_proxy.proxy.record_job import open_recording

    with Worded(place) as words, ExitStack() as stack:
        settings = _settings(RecordSettings, ca_dir, {"output": path, **keywords})
        check_sockets(recording=settings.upstream is None)
        target = stack.enter_context(opened_upstream(settings.upstream))
        notices = _Logged(place)
        job = stack.enter_context(open_recording(settings, target, os.environ, notices))
        bound = stack.enter_context(_in_mitmproxy(job, settings, target))
        running = stack.enter_context(_running(job, settings, bound, mode="record"))
        with words.theirs():
            yield running
    if not is_draft:
        running.log_left_over()
    if job.recorder.failed:
        calls = plural(job.recorder.failed, "call")
        raise IaiProxyError(f"{calls} could not be recorded in {running.path}")


@contextmanager
def _played(settings: ReplaySettings, notices: Notices) -> Iterator[tuple[Job, Bound]]:
    """Replay by our own server: mitmproxy, which takes long to import, is not needed."""
    from iai_proxy.offline.replaying import served
    from iai_proxy.player.job import open_player

    with (
        open_player(settings, os.environ, notices, wrapped=True) as job,
        only_one(),
        served(job, settings) as bound,
    ):
        yield job, bound


@contextmanager
def _hybrid(settings: ReplaySettings, notices: Notices) -> Iterator[tuple[Job, Bound]]:
    """Replay by mitmproxy, and let the API answer what the settings leave to it."""
    from iai_proxy.proxy.replay_job import open_replay

    with (
        opened_upstream(settings.upstream) as upstream,
        open_replay(settings, upstream, os.environ, notices, wrapped=True) as job,
        _in_mitmproxy(job, settings, upstream) as bound,
    ):
        yield job, bound


@contextmanager
def _in_mitmproxy(
    job: ProxyJob, settings: ProxySettings, upstream: Upstream | None
) -> Iterator[Bound]:
    from iai_proxy.proxy.background import background_proxy
    from iai_proxy.proxy.foreground import mitmproxy_log
    from iai_proxy.proxy.job import proxy_spec

    spec = proxy_spec(settings, upstream, os.environ, job.notices, replayed=job.replayed)
    with (
        mitmproxy_log(_say, verbose=False),
        background_proxy(spec, job.addons, job.drained) as bound,
    ):
        yield bound


@contextmanager
def _running(job: Job, settings: ProxySettings, bound: Bound, *, mode: str) -> Iterator[Running]:
    if environment.mock_api_is_on(os.environ) or mock_api_is_used():
        warnings.warn(_MOCK.format("recorded" if mode == "record" else "replayed"), stacklevel=8)
    if bound.forward is None:
        raise RuntimeError("there is no forward listener")
    authority = authority_of(settings)
    variables = environment.pointing_variables(os.environ, authority, bound.forward.url)
    with pointed(variables):
        bundle = Path(variables["REQUESTS_CA_BUNDLE"])
        yield Running(job.path, mode, bound.forward.url, bundle, job)


def _settings(
    model: type[S], ca_dir: str | os.PathLike[str] | None, keywords: Mapping[str, object]
) -> S:
    """Read the settings from keyword arguments; only the CA's folder has a variable as well."""
    given = {**keywords, "ca_dir": ca_dir} if ca_dir else keywords
    return layered(
        from_keywords(model, given),
        from_variables(model, os.environ, () if ca_dir else ("ca_dir",)),
    )


def _say(text: str) -> None:
    logger.warning("%s", one_line(text))

"""Where an object is: a URL, which may hold secrets, and what of it may be shown.

Signed URLs and SAS tokens are queries of ``https://``, and a user may stand in front of a host.
Neither is ever shown, nor kept beside what it led to.
"""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import unquote, urlsplit

from iai_proxy.errors import UsageError

#: Those of object storage, which can be listed.
_STORAGE: Final = ("s3", "s3a", "gs", "az", "azure", "abfs", "abfss", "adl")
_WEB: Final = ("https", "http")
#: Allows plain HTTP to other machines.
ALLOW_HTTP: Final = "IAI_PROXY_ALLOW_HTTP"
_GIVE: Final = "give s3://BUCKET/…, gs://BUCKET/…, az://CONTAINER/… or https://…"
_GIVE_PREFIX: Final = "give s3://BUCKET/…, gs://BUCKET/… or az://CONTAINER/…"
#: What a URL begins with that lacks a slash.
_ONE_SLASH: Final = re.compile(rf"({'|'.join((*_STORAGE, *_WEB))}):/(?!/)", re.IGNORECASE)
_QUERY: Final = re.compile(r"\?[\w-]+=")


@dataclass(frozen=True, slots=True)
class Place:
    """An object, or the prefix of several.

    Attributes:
        root: the URL up to the bucket; of a web server all of it.
        key: the name in the bucket, as it is: nothing in it is escaped; empty on a web server.
        shown: the URL without what may be secret.
    """

    root: str = field(repr=False)
    key: str
    shown: str

    @classmethod
    def of(cls, url: str, *, give: str = _GIVE) -> Self:
        """Read a URL.

        Args:
            url: as it was given.
            give: what to give instead, for messages.

        Raises:
            UsageError: it is none that leads to object storage or a web server.
        """
        scheme, _, rest = url.partition("://")
        if found := _ONE_SLASH.match(url):
            raise UsageError(f"{found[0]} has one slash, and a URL two: write {found[1]}://…")
        if scheme.lower() in _WEB:
            try:
                return cls(url, "", _shown_on_web(url))
            except ValueError:  # brackets round no address, say; its text may hold the user
                raise UsageError(
                    f"what begins with {scheme}:// is no URL: see how its host is written"
                ) from None
        bucket, _, key = rest.partition("/")
        if scheme.lower() not in _STORAGE:
            raise UsageError(f"{scheme}:// is nothing that can be read: {_GIVE}")
        if ":" in bucket.partition("@")[0] and "@" in bucket:
            raise UsageError(
                f"{scheme}:// URLs hold no password: set the variables of docs/cloud.md"
            )
        if _QUERY.search(key):
            raise UsageError(f"{scheme}:// URLs have no query: give a signed URL as https://…")
        if not bucket:
            raise UsageError(f"{url} names no bucket: {give}")
        root = f"{scheme.lower()}://{bucket}/"
        return cls(root, key, f"{root}{key}")

    @property
    def url(self) -> str:
        """The whole URL, with its secrets."""
        return f"{self.root}{self.key}"

    @property
    def scheme(self) -> str:
        """The scheme of the URL: ``s3``."""
        return self.root.partition(":")[0].lower()

    @property
    def is_on_web(self) -> bool:
        """Whether it is on a web server, of which only single files can be asked for."""
        return self.scheme in _WEB

    @property
    def bucket(self) -> str:
        """The bucket or container; the host of a web server."""
        return self.shown.split("/")[2]

    @property
    def file_name(self) -> str:
        """The last part of its name."""
        path = urlsplit(self.root).path if self.is_on_web else self.key
        name = path.rstrip("/").rpartition("/")[2]
        return unquote(name) if self.is_on_web else name

    @property
    def can_be_read_back(self) -> bool:
        """Whether this is the place that its URL names, as it is shown."""
        if self.is_on_web:
            return self.url == self.shown
        parts = self.key.removesuffix("/").split("/")
        if not self.shown.isprintable() or not {"", ".", ".."}.isdisjoint(parts):
            return False
        try:
            return Place.of(self.shown) == self
        except UsageError:
            return False

    @property
    def prefix(self) -> Place:
        """The prefix that it is under, as far as the last ``/``."""
        folder, slash, _ = self.key.rpartition("/")
        return self.named(f"{folder}{slash}")

    def named(self, key: str) -> Place:
        """Return the place of another object in the same bucket."""
        return Place(self.root, key, f"{self.root}{key}")

    def __truediv__(self, name: str) -> Place:
        """Return the place of an object under this prefix."""
        prefix = self.key if not self.key or self.key.endswith("/") else f"{self.key}/"
        return self.named(f"{prefix}{name}")


def has_one_slash(word: str) -> bool:
    """Return whether a word begins as a URL does that lacks a slash: ``s3:/bucket/run.iairec``."""
    return _ONE_SLASH.match(word) is not None


def allows_http(url: str) -> bool:
    """Return whether a URL may be asked for without TLS: only on this machine, unless one says so.

    Args:
        url: ``http://…``; others are none of its business.
    """
    host = urlsplit(url).hostname or ""
    try:
        is_here = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_here = host == "localhost"
    return is_here or os.environ.get(ALLOW_HTTP, "").lower() in {"1", "true", "yes", "on"}


def _shown_on_web(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme.lower() == "http" and not allows_http(url):
        raise UsageError(
            f"http://{_host(url)} is another machine, and what is read goes there and back "
            f"unprotected: give https://, or set {ALLOW_HTTP}=1"
        )
    if not parts.hostname or not parts.path.strip("/") or parts.path.endswith("/"):
        raise UsageError(
            f"{parts.scheme}://{_host(url)}{parts.path} names no file: a web server lists none; "
            f"{_GIVE}"
        )
    return f"{parts.scheme.lower()}://{_host(url)}{parts.path}"


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


def why_unreadable(place: Place) -> str | None:
    """Return why the URL of an object would not lead to it, and what to do; None if it does."""
    if place.can_be_read_back:
        return None
    if not (place.prefix / "run.iairec").can_be_read_back:
        return f"no URL under {place.prefix.shown} can be read: choose another prefix"
    return (
        f"the URL of an object with the name {place.file_name} can't be read: rename the "
        "recording, to letters, digits, - and _ for example"
    )


def prefix_of(url: str) -> Place:
    """Read the URL of a prefix to upload to.

    Raises:
        UsageError: it is none of object storage.
    """
    scheme, slashes, _ = url.partition("://")
    if not slashes and not has_one_slash(url):
        raise UsageError(f"it is no URL: {_GIVE_PREFIX}")
    if slashes and scheme.lower() not in (*_STORAGE, *_WEB):
        raise UsageError(f"nothing can be uploaded to {scheme}://: {_GIVE_PREFIX}")
    if scheme.lower() in _WEB:
        raise UsageError(f"{_web_server(url)} can't be uploaded to: {_GIVE_PREFIX}")
    return Place.of(url, give=_GIVE_PREFIX)


def _web_server(url: str) -> str:
    """Return what may be shown of the URL of a web server."""
    try:
        return Place.of(url).shown
    except UsageError:
        return f"what begins with {url.partition('://')[0]}://"

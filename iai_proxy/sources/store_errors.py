"""Errors of object storage as sentences.

The messages of obstore are never passed on: they quote URLs with all they hold.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from iai_proxy.errors import InputError
from iai_proxy.sources.place import ALLOW_HTTP, Place

#: Where programs in a cloud get credentials: asked last, if there are none in the environment.
_METADATA: Final = re.compile(
    r"//169\.254\.|/latest/(api/token|meta-data)|computeMetadata|/metadata/identity"
    r"|Missing (SecretAccessKey|AccessKeyId)"
)
_CODE: Final = re.compile(r"<Code>(\w+)</Code>")
#: What stores say of keys that are none of theirs, whatever is asked.
_WRONG_KEYS: Final = frozenset(
    {
        "AuthenticationFailed",
        "ExpiredToken",
        "InvalidAccessKeyId",
        "InvalidToken",
        "SignatureDoesNotMatch",
    }
)
_STATUS: Final = re.compile(r"status code: (\d{3})")
_HOST: Final = re.compile(r"https?://(?:[^/\s@]*@)?([\w.:\[\]-]+)")
_VARIABLES: Final = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_SKIP_SIGNATURE=true for a public "
    "bucket",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS, or GOOGLE_SKIP_SIGNATURE=true for a public bucket",
    "az": "AZURE_STORAGE_ACCOUNT_KEY or AZURE_STORAGE_SAS_TOKEN, or AZURE_SKIP_SIGNATURE=true for "
    "a public container",
}


class NoBucketError(InputError):
    """There is no such bucket: trying again does not help."""


class NoWayInError(InputError):
    """Nothing can be done in a store, whatever the object: no credentials, or wrong ones."""


@contextmanager
def plain_errors(place: Place) -> Iterator[None]:
    """Turn errors of obstore into our own.

    Raises:
        InputError: there is no such object, it may not be read, or no one answers.
    """
    from obstore.exceptions import BaseError

    try:
        yield
    except (BaseError, FileNotFoundError, ValueError) as error:
        raise _explained(place, error) from None  # whose text may hold secrets


def _explained(place: Place, error: Exception) -> InputError:
    text = str(error)
    found = _CODE.search(text)
    code = found[1] if found else ""
    if _METADATA.search(text) or "AnonymousNotAllowed" in code:
        return NoWayInError(f"no credentials for {place.shown}: set {_variables(place)}")
    if "MissingAccount" in text:
        return NoWayInError(
            f"{place.shown} needs AZURE_STORAGE_ACCOUNT_NAME: set the account's name"
        )
    if "BadScheme" in text:
        return NoWayInError(
            f"the endpoint of {place.shown} is plain HTTP on another machine: give one with "
            f"https://, or set {ALLOW_HTTP}=1"
        )
    if code in {"NoSuchBucket", "ContainerNotFound"}:
        return NoBucketError(
            f"{place.shown}: there is no bucket {place.bucket}; is its name right?"
        )
    if isinstance(error, FileNotFoundError):
        return InputError(f"{place.shown} does not exist: is its name right?")
    return _refused(place, error, text, code)


def _refused(place: Place, error: Exception, text: str, code: str) -> InputError:
    status = _STATUS.search(text)
    said = ", ".join(filter(None, (status[1] if status else "", code)))
    kind = type(error).__name__
    if kind in {"PermissionDeniedError", "UnauthenticatedError"}:
        also = "is the signed URL still valid?" if place.is_on_web else f"set {_variables(place)}"
        kind_of_error = NoWayInError if code in _WRONG_KEYS else InputError
        return kind_of_error(f"{place.shown} may not be used ({said or 'denied'}): {also}")
    if "Connect" in text or "error sending request" in text or "TimedOut" in text:
        host = _HOST.search(text)
        is_pointed = os.environ.get("IAI_PROXY_POINTED") and "HTTPS_PROXY" in os.environ
        ours = " This shell's HTTPS_PROXY is iai-proxy: try another shell" if is_pointed else ""
        return NoWayInError(
            f"{place.shown}: {host[1] if host else 'its server'} can't be reached; is the network "
            f"there, and the endpoint right?{ours}"
        )
    if "MissingContentLength" in text:
        return InputError(f"{place.shown}: its server does not say how long it is; download it")
    why = f"its server says {said}" if said else _without_urls(text)
    return InputError(f"{place.shown} can't be had: {why}")


def _variables(place: Place) -> str:
    kind = next((kind for kind in ("s3", "gs") if place.scheme.startswith(kind)), "az")
    return _VARIABLES[kind]


def _without_urls(text: str) -> str:
    """Return the first line of a message without URLs, which may hold secrets."""
    return re.sub(r"\S*(://|[?&=])\S*", "…", text.partition("\n")[0]).strip(" :.")[:200]

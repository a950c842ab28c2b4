"""Replaces secrets before anything is stored.

A secret is the value of a key header (``x-api-key``, ``api-key``) and of ``authorization``, and that same value
wherever else it stands: in the URL, in another header, in a body. In its place goes a mark, ``[redacted:1a2b3c4d]``,
that is the same for the same secret within one recording and says nothing about it: the first bytes of a scrypt hash
(RFC 7914) under a salt of the recording's own, so that even a weak key can't be searched for cheaply. Cookies are
replaced too, by a bare ``[redacted]``, but only in their headers.

Marks of different keys differ, so :mod:`iai_proxy.exchange.marks` takes them out of what is compared: a recording
made with one key replays for a client that has another.
"""

from iai_proxy.redact.redactor import Redactor

__all__ = ["Redactor"]

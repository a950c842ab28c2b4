"""Labels: what people say of a recording in a few words, such as ``team=planning``.

Each is a row of ``meta``, whose key has :data:`_PREFIX` before the label's: an iai-proxy that knows
no labels passes over it.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any, Final

from iai_proxy.errors import UsageError
from iai_proxy.recordings.checksums import is_whole
from iai_proxy.recordings.connecting import DamagedRowError
from iai_proxy.recordings.queries import insert, with_checksum
from iai_proxy.text import printable

_PREFIX: Final = "label:"
#: No slash: a word with one before its ``=`` names a file.
_KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_LONGEST_VALUE: Final = 1_000
_MOST: Final = 100
#: Follows a query of ``meta``: the rows of labels, and one more than there may be.
WHERE_LABELS: Final = f"WHERE key >= '{_PREFIX}' AND key < 'label;' ORDER BY key LIMIT {_MOST + 1}"
#: How much of a word that is none a message quotes.
_QUOTED: Final = 60


def parse_label(word: str) -> tuple[str, str]:
    """Return the key and the value of ``key=value``.

    Raises:
        UsageError: it is no label; the sentence says what one may be.
    """
    key, equals, value = word.partition("=")
    if not equals:
        raise UsageError(f"{_quoted(word)} is no label: give key=value, such as team=planning")
    require_key(key)
    fault = _fault_of(value)
    if fault:
        raise UsageError(f"the value of the label {key} {fault}")
    return key, value


def require_key(key: str) -> None:
    """Make sure that a text may be the key of a label.

    Raises:
        UsageError: it may not.
    """
    if not _KEY.fullmatch(key):
        raise UsageError(
            f"{_quoted(key)} is no key of a label: that is 1 to 100 letters from A to Z, digits, "
            "dots, dashes and underscores, the first a letter or a digit"
        )


def _fault_of(value: str) -> str | None:
    if len(value) > _LONGEST_VALUE:
        return f"has {len(value)} characters: give {_LONGEST_VALUE} at most"
    try:
        value.encode()
    except UnicodeEncodeError:
        return "is not UTF-8: give text"
    return "holds a zero byte: give text" if "\0" in value else None


def _quoted(word: str) -> str:
    shown = printable(word)
    return repr(shown if len(shown) <= _QUOTED else f"{shown[:_QUOTED]}…")


def require_no_secret(labels: Mapping[str, str], secrets: Iterable[str]) -> None:
    """Make sure that labels hold no secret that is known.

    Raises:
        UsageError: one does; its text does not say the secret.
    """
    for key, value in labels.items():
        if any(secret in key or secret in value for secret in secrets if secret):
            raise UsageError("a label holds your API key or password: labels are for all to read")


def labels_of(rows: Iterable[tuple[Any, ...]]) -> dict[str, str]:
    """Return the labels that rows of ``meta`` are, by key.

    Args:
        rows: key, value and checksum, as queries read them.

    Raises:
        DamagedRowError: a row is not what was written, or there are too many.
    """
    labels = {}
    for *values, stored in rows:
        key, value = values
        if not (isinstance(value, str) and is_whole("meta", values, stored)):
            raise DamagedRowError(f"the label {printable(str(key))[:_QUOTED]} is not what was set")
        labels[key.removeprefix(_PREFIX)] = value
    if len(labels) > _MOST:
        raise DamagedRowError(f"it has more than {_MOST} labels")
    return labels


def store_labels(
    connection: sqlite3.Connection, labels: Mapping[str, str], removed: Iterable[str] = ()
) -> None:
    """Set labels, and remove others, in one transaction.

    Args:
        connection: of a writer.
        labels: values by key; an equal key's value is replaced.
        removed: keys; those of no label are passed over.

    Raises:
        UsageError: it would have too many then.
        sqlite3.Error: it can't be written; nothing of it is.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        _store(connection, labels, removed)
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def _store(
    connection: sqlite3.Connection, labels: Mapping[str, str], removed: Iterable[str]
) -> None:
    for key in removed:
        connection.execute("DELETE FROM meta WHERE key = ?", (_PREFIX + key,))
    for key, value in labels.items():
        row = with_checksum("meta", _PREFIX + key, value)
        connection.execute(insert("meta", "INSERT OR REPLACE"), row)
    found = connection.execute(f"SELECT key FROM meta {WHERE_LABELS}").fetchall()
    if len(found) > _MOST:
        raise UsageError(f"a recording has {_MOST} labels at most: remove some")

"""Which file it is that has a name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.exchanges import exchange
from support.recordings import write

from iai_proxy.errors import InputError
from iai_proxy.view.runs import Identity, open_followed


@contextmanager
def identity(path: Path) -> Iterator[Identity]:
    made = Identity(path)
    try:
        yield made
    finally:
        made.close()


def test_a_recording_that_grows_stays_the_same(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    write(path, exchange())
    with identity(path) as found:
        write(path, exchange(), append=True)
        assert found.holds()


def test_another_recording_is_another_one_even_at_once(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    write(path, exchange())
    with identity(path) as found:
        path.unlink()
        with pytest.raises(FileNotFoundError):
            found.holds()
        write(path, exchange())
        assert not found.holds()


def test_a_log_that_is_written_again_is_another_one(tmp_path: Path) -> None:
    path = tmp_path / "log.json"
    path.write_text("{}")
    with identity(path) as found:
        assert found.holds()
        path.write_text('{"a": 1}')
        assert not found.holds()


def test_what_can_not_be_shown_is_told(tmp_path: Path) -> None:
    path = tmp_path / "log.json"
    path.write_text("{}")
    with pytest.raises(InputError, match=r"log\.json"):
        open_followed(path)

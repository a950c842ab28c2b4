"""Objects that were read, kept on this machine."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from iai_proxy.errors import UsageError
from iai_proxy.sources.cache import Cache


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "objects", limit=1000)


def keep(cache: Cache, url: str, size: int = 400, *, version: str = "1", used_s: int = 0) -> Path:
    """Put an object into a cache, last used so many seconds after 1970, and hold it no longer."""
    with cache.adding(url, version, "a.iairec", size) as path:
        path.write_bytes(b"x" * size)
    kept = cache.take(url, version, "a.iairec")
    assert kept is not None
    kept.let_go()
    for file in kept.path.parent.iterdir():
        os.utime(file, (used_s, used_s))
    return kept.path


def test_what_was_not_used_for_longest_goes_first(cache: Cache) -> None:
    old, older, new = (keep(cache, url, used_s=s) for url, s in (("a", 2), ("b", 1), ("c", 3)))
    assert [path.exists() for path in (old, older, new)] == [True, False, True]


def test_what_is_asked_for_is_used(cache: Cache) -> None:
    old, new = keep(cache, "a", used_s=1), keep(cache, "b", used_s=2)
    kept = cache.take("a", "1", "a.iairec")
    assert kept is not None
    kept.let_go()
    keep(cache, "c", used_s=3)
    assert [path.exists() for path in (old, new)] == [True, False]


def test_what_is_held_stays(cache: Cache) -> None:
    keep(cache, "a", used_s=1)
    kept = cache.take("a", "1", "a.iairec")
    assert kept is not None
    os.utime(kept.path.parent / "in-use", (1, 1))
    keep(cache, "b", 900, used_s=2)
    assert kept.path.exists()
    kept.let_go()
    cache.make_room(900)
    assert not kept.path.exists()


def test_what_another_process_holds_stays_until_it_ends(cache: Cache) -> None:
    path = keep(cache, "a", used_s=1)
    program = (
        "import sys\nfrom pathlib import Path\nfrom iai_proxy.sources.cache import Cache\n"
        "kept = Cache(Path(sys.argv[1]), 1000).take('a', '1', 'a.iairec')\n"
        "print('held', flush=True)\nsys.stdin.readline()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(cache.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        cache.make_room(1000)
        assert path.exists()
        process.kill()
        process.wait()
    cache.make_room(1000)
    assert not path.exists()


def test_a_new_version_takes_the_place_of_the_old_one(cache: Cache) -> None:
    old, new = keep(cache, "a", version="1"), keep(cache, "a", version="2")
    assert not old.exists()
    assert new.exists()
    assert cache.take("a", "1", "a.iairec") is None


def test_what_breaks_off_leaves_nothing(cache: Cache) -> None:
    with suppress(RuntimeError), cache.adding("a", "1", "a.iairec", 400) as path:
        path.write_bytes(b"x")
        raise RuntimeError
    assert cache.take("a", "1", "a.iairec") is None
    assert not [*cache.folder.rglob("a.iairec")]


def test_what_a_killed_process_left_is_removed(cache: Cache) -> None:
    left = cache.folder / "partial-0123"
    left.mkdir(parents=True)
    (left / "a.iairec").write_bytes(b"x" * 900)
    for path in (left / "a.iairec", left):
        os.utime(path, (1, 1))
    keep(cache, "a")
    assert not left.exists()


def test_one_at_a_time_fetches_an_object(cache: Cache) -> None:
    under_way, ended = [], threading.Event()

    def fetch() -> None:
        with cache.fetching("a"):
            under_way.append(1)
            assert len(under_way) == 1
            ended.wait(0.05)
            under_way.pop()

    threads = [threading.Thread(target=fetch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("a b.iairec", "a b.iairec"),
        ("Straße.iairec", "Straße.iairec"),
        ("..", "object"),
        ("a\x1b:b/\\.iairec", "a__b__.iairec"),
        ("x" * 300 + ".iairec", "x" * 93 + ".iairec"),
        ("", "object"),
    ],
)
def test_names_of_objects_become_names_of_files(cache: Cache, name: str, file: str) -> None:
    with cache.adding("a", "1", name, 0) as path:
        path.touch()
        assert path.name == file
    kept = cache.take("a", "1", name)
    assert kept is not None
    kept.let_go()


def test_the_bound_is_a_number(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("IAI_PROXY_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("IAI_PROXY_CACHE_MB", "2")
    assert Cache.of_user() == Cache(tmp_path / "objects", 2_000_000)
    monkeypatch.setenv("IAI_PROXY_CACHE_MB", "2 GB")
    with pytest.raises(UsageError) as refused:
        Cache.of_user()
    assert str(refused.value) == "IAI_PROXY_CACHE_MB is 2 GB: give a whole number of MB, from 0"

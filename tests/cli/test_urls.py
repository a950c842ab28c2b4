"""Commands take the URLs of recordings where they take files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.cli import Cli
from support.exchanges import exchange
from support.recordings import chained, write
from support.storage import Storage

pytestmark = pytest.mark.xdist_group("s3")

URL = "s3://team/runs/run.iairec"


@pytest.fixture
def run(cli: Cli, s3: Storage) -> Path:
    """A recording here, whose object is the same."""
    path = cli.folder / "run.iairec"
    write(path, *chained(3))
    s3.put("runs/run.iairec", path.read_bytes())
    return path


@pytest.fixture
def variables(cache: Path) -> dict[str, str]:
    return {"IAI_PROXY_CACHE_DIR": str(cache)}


@pytest.mark.parametrize(
    "words",
    [
        ("show", "FILE"),
        ("show", "FILE", "--json"),
        ("calls", "FILE"),
        ("call", "FILE", "1"),
        ("verify", "FILE"),
        ("verify", "FILE", "--json"),
        ("verify", "FILE", "--secrets", "a-secret"),
        ("diagnose", "FILE", "--format", "json"),
        ("diff", "FILE", "run.iairec", "--no-check"),
        ("step", "FILE", "1"),
    ],
    ids=" ".join,
)
def test_an_object_is_read_as_the_file_is(
    cli: Cli, run: Path, variables: dict[str, str], words: tuple[str, ...]
) -> None:
    def said(name: str) -> tuple[int, str, str]:
        done = cli.invoke(*(name if word == "FILE" else word for word in words), env=variables)
        shown, told = done.stdout.replace(URL, "run.iairec"), done.stderr.replace(URL, "run.iairec")
        return done.exit_code, shown, told

    assert said(URL) == said("run.iairec")


@pytest.mark.parametrize("command", ["pack", "label"])
def test_what_changes_a_file_takes_no_url(cli: Cli, run: Path, command: str) -> None:
    done = cli.invoke(command, URL, *(["a=b"] if command == "label" else []))
    assert done.exit_code == 2
    assert done.stderr == (
        f"iai-proxy: {URL} is an object, and this command changes files: download it, and name the "
        "file\n"
    )


@pytest.mark.parametrize("word", [URL, "s3://team/runs/", "s3://team/**/*.iairec"])
def test_a_test_that_is_written_needs_a_file_of_this_machine(
    cli: Cli, run: Path, word: str
) -> None:
    done = cli.invoke("export", "pytest", word, "-o", "test_run.py")
    assert done.exit_code == 2
    assert not (cli.folder / "test_run.py").exists()
    assert done.stderr == (
        f"iai-proxy: {word} is an object, and what this command writes reads the file: download "
        "it, and name the file\n"
    )


def test_merge_names_objects_by_their_urls(
    cli: Cli, run: Path, s3: Storage, variables: dict[str, str]
) -> None:
    s3.put("cut.iairec", run.read_bytes()[:20_000])
    done = cli.invoke("merge", URL, "s3://team/cut.iairec", "-o", "all.iairec", env=variables)
    assert done.exit_code == 3
    assert done.stderr.startswith("iai-proxy: s3://team/cut.iairec is damaged")
    assert "cache" not in done.stderr


def test_a_prefix_is_many_recordings(
    cli: Cli, run: Path, s3: Storage, variables: dict[str, str]
) -> None:
    s3.put("runs/other.iairec", run.read_bytes())
    shown = json.loads(cli.invoke("verify", "s3://team/runs/", "--json", env=variables).stdout)
    assert [(found["file"], found["whole"]) for found in shown] == [
        ("s3://team/runs/other.iairec", True),
        (URL, True),
    ]
    done = cli.invoke("step", "s3://team/runs/", "1", env=variables)
    assert done.exit_code == 2
    assert done.stderr == (
        "iai-proxy: s3://team/runs/ names 2 recordings, and this command reads one\n"
    )


def test_the_cache_stays_within_its_bound(
    cli: Cli, s3: Storage, cache: Path, variables: dict[str, str]
) -> None:
    write(cli.folder / "large.iairec", exchange(bytes(400_000)), exchange(b"1"))
    data = (cli.folder / "large.iairec").read_bytes()
    for number in range(4):
        s3.put(f"runs/{number}.iairec", data + bytes(400_000))
    bound = {**variables, "IAI_PROXY_CACHE_MB": "1"}
    cli.invoke("verify", "s3://team/runs/", env=bound)
    kept = [path.stat().st_size for path in cache.rglob("*.iairec")]
    assert 400_000 < sum(kept) <= 1_000_000


def test_an_object_that_is_not_there_is_a_sentence_and_the_others_are_read(
    cli: Cli, run: Path, variables: dict[str, str]
) -> None:
    done = cli.invoke(
        "verify", "s3://team/gone.iairec", URL, "--json", env=variables
    )  # fmt: skip
    assert done.exit_code == 3
    gone, there = json.loads(done.stdout)
    assert gone["problems"][0]["message"] == (
        "s3://team/gone.iairec does not exist: is its name right?"
    )
    assert there["whole"] is True

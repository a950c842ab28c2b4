"""Words of a command line to the inputs that they name."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from support.exchanges import exchange
from support.recordings import write

from iai_proxy.errors import InputError
from iai_proxy.sources import named


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with recordings and other things, which is the current one."""
    monkeypatch.chdir(tmp_path)
    for name in ("b.iairec", "a.iairec", "runs/c.iairec", "runs/deep/d.iairec"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        write(Path(name), exchange())
    Path("runs/log.json").write_text('{"drive_requests": []}')
    Path("runs/scenario.json").write_text('{"scenario_length": 3}')
    Path("runs/.hidden.iairec").write_bytes(Path("a.iairec").read_bytes())
    Path("empty").mkdir()
    Path("empty/notes.txt").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("words", "names"),
    [
        pytest.param(["b.iairec", "a.iairec"], ["b.iairec", "a.iairec"], id="files, as given"),
        pytest.param(["runs"], ["runs/c.iairec", "runs/deep/d.iairec"], id="folder"),
        pytest.param(["*.iairec"], ["a.iairec", "b.iairec"], id="glob"),
        pytest.param(["runs/*"], ["runs/c.iairec", "runs/deep/d.iairec"], id="glob of a folder"),
        pytest.param(
            ["**/*.iairec"],
            ["a.iairec", "b.iairec", "runs/c.iairec", "runs/deep/d.iairec"],
            id="glob of any depth",
        ),
        pytest.param(["**.iairec"], ["a.iairec", "b.iairec"], id="glob of two stars"),
        pytest.param(["[ab].iairec"], ["a.iairec", "b.iairec"], id="glob of characters"),
        pytest.param(["b.iairec", "*.iairec"], ["b.iairec", "a.iairec"], id="named twice"),
        pytest.param(["./a.iairec", "a.iairec"], ["a.iairec"], id="by two paths"),
        pytest.param(["gone.iairec", "a.iairec"], ["gone.iairec", "a.iairec"], id="not there"),
    ],
)
def test_files_folders_and_globs_are_found(words: Sequence[str], names: Sequence[str]) -> None:
    found = named(words)
    assert [source.name for source in found] == names
    assert [str(source.local()) for source in found] == names


def test_debug_logs_are_found_where_they_are_wanted() -> None:
    names = [source.name for source in named(["runs"], logs=True)]
    assert names == ["runs/c.iairec", "runs/deep/d.iairec", "runs/log.json"]


def test_an_emptied_recording_is_found_so_that_reading_it_says_so() -> None:
    Path("runs/emptied.iairec").touch()
    assert "runs/emptied.iairec" in [source.name for source in named(["runs"])]


def test_a_link_and_what_it_leads_to_count_once() -> None:
    Path("latest.iairec").symlink_to("b.iairec")
    os.link("b.iairec", "z.iairec")
    assert [source.name for source in named(["*.iairec"])] == ["a.iairec", "b.iairec"]


def test_a_file_with_the_characters_of_a_glob_is_that_file() -> None:
    for name in ("[ab].iairec", "run[1]/x.iairec", "run1/y.iairec", "run*.iairec"):
        Path(name).parent.mkdir(exist_ok=True)
        write(Path(name), exchange())
    assert [source.name for source in named(["[ab].iairec"])] == ["[ab].iairec"]
    assert [source.name for source in named(["run*.iairec"])] == ["run*.iairec"]
    assert [source.name for source in named(["run[1]"])] == ["run[1]/x.iairec"]
    assert [source.name for source in named(["run[1]/*.iairec"])] == ["run[1]/x.iairec"]


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        (
            "empty",
            "empty has no recording in it: name files, folders or globs of recordings (*.iairec)",
        ),
        (
            "no/*.iairec",
            "no recording matches no/*.iairec: name files, folders or globs of recordings "
            "(*.iairec)",
        ),
    ],
)
def test_what_names_nothing_is_refused(word: str, sentence: str) -> None:
    with pytest.raises(InputError) as refused:
        named([word])
    assert str(refused.value) == sentence
    assert refused.value.exit_code == 3


def test_a_source_goes_to_a_worker() -> None:
    sources = named(["*.iairec"])
    assert pickle.loads(pickle.dumps(sources)) == sources


def test_a_folder_that_can_not_be_listed_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may list any folder."""
    (tmp_path / "shut").mkdir()
    write(tmp_path / "run.iairec", exchange())
    scandir = os.scandir

    def refusing(path: str) -> object:
        if Path(path).name == "shut":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    with pytest.raises(InputError, match=r"can't list .*shut \(Permission denied\)"):
        named([str(tmp_path)])

"""Settings files, and that those of ``configs/`` load."""

from __future__ import annotations

from pathlib import Path

import pytest

from iai_proxy.errors import InputError, UsageError
from iai_proxy.settings.checking import DiagnoseSettings
from iai_proxy.settings.files import load_config
from iai_proxy.settings.recording import RecordSettings
from iai_proxy.settings.replaying import ReplaySettings

CONFIGS = Path(__file__).parent.parent.parent / "configs"


def loaded(folder: Path, text: str) -> RecordSettings:
    path = folder / "c.toml"
    path.write_text(text)
    return load_config(path).of(RecordSettings)


def test_a_file_has_a_table_for_each_command(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text('[record]\noutput = "a.iairec"\n[diagnose]\nfail-on = [11, "warning"]\n')
    config = load_config(path)
    assert config.of(RecordSettings).model_fields_set == {"output"}
    assert config.of(DiagnoseSettings).fail_on == "11,warning"
    assert config.of(ReplaySettings).model_fields_set == set()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[record]\nlisen = '127.0.0.1:0'\n", r"\[record\] has no setting lisen.*mean 'listen'"),
        ("[recrod]\n", r"recrod is no table for a command \(did you mean 'record'\?\)"),
        ("record = 3\n", "record is no table for a command"),
        ("[record]\nappend = 'yes'\n", r"c.toml: \[record\] append is 'yes': give true or false"),
        ("[replay]\nmatch = 'fuzzy'\n", r"\[replay\] match is 'fuzzy': give exact, seedless"),
        (
            "[replay]\nfault = ['drove:drop']\n",
            r"\[replay\] fault is 'drove:drop': there is no endpoint 'drove'",
        ),
        ("[record]\nselect = []\n", r"select is \[\]: give at least one check, or leave it out"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        loaded(tmp_path, text)


def test_a_file_that_can_not_be_read_is_another_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"can't read the settings file missing\.toml"):
        load_config(Path("missing.toml"))
    with pytest.raises(InputError, match="is not TOML"):
        loaded(tmp_path, "[record")


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_settings_file_loads(path: Path) -> None:
    assert load_config(path).settings

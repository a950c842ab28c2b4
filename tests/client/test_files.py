"""Files that appear complete or not at all."""

from __future__ import annotations

from pathlib import Path
from stat import S_IMODE

from iai_proxy.client.files import put, write_temporary


def test_a_file_is_replaced_whole_and_stays_as_readable_as_it_was(tmp_path: Path) -> None:
    target = tmp_path / "ca.pem"
    target.write_bytes(b"old")
    target.chmod(0o644)
    with target.open("rb") as reader:
        put(target, b"new")
        assert reader.read() == b"old"  # it still has the old one
    assert target.read_bytes() == b"new"
    assert S_IMODE(target.stat().st_mode) == 0o644
    assert list(tmp_path.iterdir()) == [target]


def test_a_new_file_is_for_its_owner_alone_and_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"old")
    target = tmp_path / "ca.pem"
    target.symlink_to("other")
    put(target, b"new")
    assert S_IMODE(target.lstat().st_mode) == 0o600
    assert (tmp_path / "other").read_bytes() == b"old"


def test_a_temporary_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = write_temporary(tmp_path, b"secret")
    assert (path.parent, path.read_bytes()) == (tmp_path, b"secret")
    assert S_IMODE(path.stat().st_mode) == 0o600

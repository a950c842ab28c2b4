"""What only some commands need is asked for in a sentence."""

from __future__ import annotations

import json

import pytest

from iai_proxy.errors import UsageError
from iai_proxy.extras import require


def test_what_is_installed_is_imported() -> None:
    assert require("json", extra="table", what="export parquet") is json


def test_what_is_not_installed_is_named_with_the_way_to_install_it() -> None:
    with pytest.raises(UsageError) as refused:
        require("not_there.at_all", extra="table", what="export parquet")
    assert str(refused.value) == (
        "export parquet needs what is not installed: `pip install 'iai-proxy[table]'` adds it"
    )


def test_a_module_that_lacks_something_itself_is_an_error_of_its_own(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "half_there.py").write_text("import not_there")  # type: ignore[operator]
    with pytest.raises(ModuleNotFoundError, match="not_there"):
        require("half_there", extra="table", what="export parquet")

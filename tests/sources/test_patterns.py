"""Globs, of files and of the names of objects alike."""

from __future__ import annotations

import pytest

from iai_proxy.sources.patterns import is_glob, matches


@pytest.mark.parametrize(
    ("pattern", "name", "is_match"),
    [  # as `bash -O globstar` has them
        ("*.iairec", "a.iairec", True),
        ("*.iairec", "runs/a.iairec", False),
        ("*.iairec", ".a.iairec", False),
        (".*.iairec", ".a.iairec", True),
        ("**/*.iairec", "a.iairec", True),
        ("**/*.iairec", "runs/deep/a.iairec", True),
        ("**/*.iairec", "runs/.deep/a.iairec", False),
        ("runs/**", "runs/deep/a.iairec", True),
        ("run?/[ab].iairec", "run1/a.iairec", True),
        ("run?/[ab].iairec", "run1/c.iairec", False),
        ("run?/[ab].iairec", "RUN1/a.iairec", False),
        ("**a.iairec", "runa.iairec", True),
        ("**a.iairec", "deep/runa.iairec", False),
    ],
)
def test_globs_match_as_those_of_a_shell_do(pattern: str, name: str, is_match: bool) -> None:
    assert matches(name.split("/"), pattern.split("/")) is is_match


def test_a_glob_has_special_characters() -> None:
    assert all(map(is_glob, ("a*", "a?", "[a]")))
    assert not is_glob("runs/a.iairec")

"""How a proxy is set up for a job."""

from __future__ import annotations

from pathlib import Path

import pytest

from iai_proxy.client.authority import Authority
from iai_proxy.errors import InputError
from iai_proxy.proxy.job import proxy_spec
from iai_proxy.session.job import known_secrets
from iai_proxy.session.notices import Notices
from iai_proxy.settings.recording import RecordSettings

PASSWORD = "me:pass:word-0123"


@pytest.mark.parametrize(
    ("password", "environment", "secrets"),
    [
        (None, {}, ()),
        (None, {"IAI_API_KEY": "key-0123"}, ("key-0123",)),
        (PASSWORD, {"IAI_API_KEY": ""}, ("pass:word-0123",)),  # without its user
        (PASSWORD, {"IAI_API_KEY": "key-0123"}, ("key-0123", "pass:word-0123")),
    ],
)
def test_the_key_and_the_password_are_known_before_any_call(
    password: str | None, environment: dict[str, str], secrets: tuple[str, ...]
) -> None:
    assert known_secrets(RecordSettings(proxy_password=password), environment) == secrets


def test_root_certificates_are_read_before_the_first_call(tmp_path: Path) -> None:
    authority = Authority.ensure(tmp_path / "ca")
    settings = RecordSettings(ca_dir=authority.folder, upstream_ca=authority.path)
    assert proxy_spec(settings, None, {}, Notices(print)).upstream_ca == authority.path


@pytest.mark.parametrize(
    ("text", "reason"), [("no PEM", "it has no certificate"), (None, "No such file or directory")]
)
def test_root_certificates_that_can_not_be_read_are_refused_with_the_flag(
    tmp_path: Path, text: str | None, reason: str
) -> None:
    file = tmp_path / "roots.pem"
    if text is not None:
        file.write_text(text)
    settings = RecordSettings(ca_dir=tmp_path / "ca", upstream_ca=file)
    with pytest.raises(InputError, match=rf"\({reason}\): give a PEM file with --upstream-ca"):
        proxy_spec(settings, None, {}, Notices(print))

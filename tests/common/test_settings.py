"""Settings: from the code, the environment or files, and never in a printed form."""

from pathlib import Path

import pytest
from pydantic import SecretBytes, ValidationError
from tests.clients import key_text, settings_values

from common.settings import ServerSettings, ServiceSettings, decode_key, encode_key

URL = "postgresql+asyncpg://registry:secret-word@127.0.0.1/registry"


def new_settings(**changes: object) -> ServiceSettings:
    return ServiceSettings(**{"service": "registry", **settings_values(URL), **changes})


def test_a_secret_may_come_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "key"
    file.write_text(key_text(7) + "\n")
    monkeypatch.setenv("SEALING_KEY_FILE", str(file))
    values = settings_values(URL)
    del values["sealing_key"]
    assert ServiceSettings(service="x", **values).sealing_key == SecretBytes(bytes([7]) * 32)


def test_so_may_an_address_with_a_password_for_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "url").write_text(URL)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "url"))
    assert ServerSettings().database_url == URL


def test_the_environment_wins_over_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "level").write_text("DEBUG")
    monkeypatch.setenv("LOG_LEVEL_FILE", str(tmp_path / "level"))
    monkeypatch.setenv("LOG_LEVEL", "ERROR")
    values = settings_values(URL)
    del values["log_level"]
    assert ServiceSettings(service="x", **values).log_level == "ERROR"


@pytest.mark.parametrize("text", ["", "short", encode_key(bytes(31)), encode_key(bytes(33)), "é"])
def test_a_key_of_the_wrong_length_is_refused_with_the_rule_and_without_the_key(text: str):
    with pytest.raises(ValidationError) as raised:
        new_settings(sealing_key=text)
    assert "32 bytes as base64url" in str(raised.value)
    assert not text or text not in str(raised.value)


def test_a_key_with_or_without_padding_is_the_same():
    key = bytes(range(32))
    assert decode_key(encode_key(key)) == decode_key(encode_key(key) + "=") == key


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch):
    for name in ("DATABASE_URL", "AMQP_URL"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ValidationError) as raised:
        ServiceSettings(service="x")
    for name in ("database_url", "amqp_url", "sealing_key", "session_key"):
        assert name in str(raised.value)


def test_no_secret_is_in_the_printed_form():
    settings = new_settings(oidc_client_secret="client-word", demo_password="demo-word")
    for printed in (repr(settings), str(settings)):
        for secret in ("secret-word", "client-word", "demo-word", key_text(1), "\\x01\\x01"):
            assert secret not in printed


def test_settings_cannot_be_changed():
    with pytest.raises(ValidationError):
        new_settings().demo = True  # type: ignore[misc]


def test_the_issuer_is_the_registry_unless_a_provider_is_given():
    assert new_settings(oidc_issuer="").issuer == "http://127.0.0.1:8001"
    assert new_settings(oidc_issuer="https://login.test/").issuer == "https://login.test"
    assert new_settings().client_id == "registry"

"""Whom terminals believe, and with whom their pages may speak, is told to the service."""

import json
from typing import Any

import pytest
from pydantic import ValidationError
from tests.common.tokens import es256_issuer
from tests.common.trust import Root, signing_key
from tests.redemption.world import settings as plain_settings

from common.cose_keys import RootKey
from common.web.headers import content_security_policy
from local.run_folder import RunFolder
from local.services import ServiceSetup
from redemption.settings import Settings

ED25519 = Root().key
ES256 = RootKey("ES256", signing_key(es256_issuer()).public_key)


def settings(**others: Any) -> Settings:
    given = plain_settings("postgresql://u:p@127.0.0.1/none").model_dump()
    return Settings(**{**given, **others})


def test_roots_are_read_from_hexadecimal_text_and_told_to_terminals():
    text = f"{ED25519.public_key.hex()}, {ES256.public_key.hex()}"
    found = settings(trust_roots=text, issuance_url="https://kartu.example/")
    assert found.trust_roots == (ED25519, ES256)
    assert found.terminal_trust == {
        "roots": text.split(", "),
        "bundle_url": "https://kartu.example/trust/bundle.cbor",
    }
    assert settings(trust_roots="").terminal_trust["roots"] == []


@pytest.mark.parametrize("text", ["00", "zz", "00" * 33, ",".join(["00" * 32] * 5)])
def test_what_is_no_root_stops_the_service_at_its_start(text: str):
    with pytest.raises(ValidationError):
        settings(trust_roots=text)


def test_roots_come_from_the_environment_as_plain_text(monkeypatch: pytest.MonkeyPatch):
    given = plain_settings("postgresql://u:p@127.0.0.1/none").model_dump()
    monkeypatch.setenv("TRUST_ROOTS", ED25519.public_key.hex())
    without = {name: value for name, value in given.items() if name != "trust_roots"}
    assert Settings(**without).trust_roots == (ED25519,)


def test_pages_of_terminals_may_ask_the_places_of_what_is_public_and_no_other():
    found = settings(
        issuance_url="https://kartu.example/app", status_list_url="https://daftar.example/s"
    )
    policy = content_security_policy(found, wasm=True, connect=found.trust_origins)
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["connect-src"] == "'self' https://daftar.example https://kartu.example"
    assert rules["script-src"] == "'self' 'wasm-unsafe-eval'"
    assert rules["worker-src"] == "'self'"
    with pytest.raises(ValidationError):
        settings(status_list_url="https://daftar.example; script-src *")


def test_a_demonstration_tells_its_roots_to_redemption_once_they_are_made(
    tmp_path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("TRUST_ROOTS", raising=False)
    (tmp_path / "secrets").mkdir()
    folder = RunFolder(tmp_path)
    names = ("registry", "issuance", "redemption")
    addresses = dict.fromkeys(names, "none")
    setup = ServiceSetup(folder, dict.fromkeys(names, 1), addresses, addresses, demo=True)
    assert setup.environment("redemption")["TRUST_ROOTS"] == ""
    place = folder.key("trust_root_passphrase").parent
    for name, key in (("trust_root.pub", "aa"), ("trust_root.next.pub", "bb")):
        (place / name).write_text(json.dumps({"public_key": key}))
    assert setup.environment("redemption")["TRUST_ROOTS"] == "aa,bb"
    assert "TRUST_ROOTS" not in setup.environment("issuance")

"""Other agencies' systems as an administrator keeps them: agreement, secret, end."""

import base64
import json
from datetime import timedelta
from typing import Any

import httpx2 as httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.identity.browsing import sign_in
from tests.identity.world import ADDRESSES, Browser, World

from common.clock import utc_now

REGISTRY = ADDRESSES["registry"]
RAW = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
KEYS = json.dumps(
    {
        "keys": [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "kid": "k1",
                "x": base64.urlsafe_b64encode(RAW).rstrip(b"=").decode(),
            }
        ]
    }
)
FILLED = {
    "agency_name": "Dinas Sosial Kapuas",
    "purpose": "Memeriksa tumpang tindih PKH",
    "legal_basis": "PKS-CONTOH/2026",
    "regions": "62.03",
    "roster_codes": "pkh",
    "callback_addresses": "https://layanan.example.go.id/dci",
    "public_keys": KEYS,
    "valid_until": (utc_now().date() + timedelta(days=30)).isoformat(),
    "fields": "sex",
    "needs_signature": "yes",
}


@pytest.fixture
async def admin(own_world: World) -> Browser:
    return await sign_in(own_world, "admin")


async def new_agency(admin: Browser, **changes: str) -> tuple[str, str]:
    await admin.open(f"{REGISTRY}/agencies/new")
    client_id = admin.page.form("/agencies")["client_id"]
    await admin.send("/agencies", **{**FILLED, **changes})
    assert admin.last.status_code == 200, admin.last.text
    return client_id, next(word for word in admin.page.words if word.startswith("khbs_"))


async def ask(world: World, client: tuple[str, str], **given: str) -> tuple[int, Any]:
    """Get a token where the standard looks for it, and ask for families."""
    form = {"grant_type": "client_credentials", "client_id": client[0], "client_secret": client[1]}
    async with httpx.AsyncClient(transport=world.hosts, base_url=REGISTRY) as http:
        path = "/dci/social/v1/oauth2/client/token"
        token = (await http.post(path, data={**form, **given})).json()
        if "access_token" not in token:
            return 0, token["error"]
        headers = {"authorization": f"Bearer {token['access_token']}"}
        answer = await http.get("/v1/exchange/households", headers=headers)
        return answer.status_code, answer.json()


async def test_an_agreement_gives_a_system_access_until_it_is_ended(
    own_world: World, admin: Browser
):
    client = await new_agency(admin)
    assert await ask(own_world, client) == (200, {"households": [], "next_cursor": None})
    assert await ask(own_world, client, grant_type="password") == (0, "unsupported_grant_type")
    await admin.open(f"{REGISTRY}/agencies/{client[0]}")
    assert client[1] not in admin.last.text
    await admin.open(f"{REGISTRY}/agencies/{client[0]}/edit")
    changed = {**FILLED, "legal_basis": "PKS-CONTOH-2/2026", "regions": "62.71"}
    await admin.send(f"/agencies/{client[0]}", **changed)
    assert "PKS-CONTOH-2/2026" in admin.last.text
    assert (await ask(own_world, client))[0] == 200
    await admin.send(f"/agencies/{client[0]}/disable")
    assert await ask(own_world, client) == (0, "invalid_client")
    actions = await own_world.actions()
    for action in ("agency.created", "agency.changed", "agency.disabled", "api_client.created"):
        assert action in actions


async def test_an_agreement_that_cannot_be_is_shown_again_with_what_is_wrong(
    own_world: World, admin: Browser
):
    secret = json.dumps(
        {"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "k", "x": "x", "d": "d"}]}
    )
    for changes in (
        {"agency_name": ""},
        {"regions": "Atlantis"},
        {"valid_until": "2020-01-01"},
        {"callback_addresses": "http://layanan.example.go.id/"},
        {"callback_addresses": "https://layanan.example.go.id/?x=1"},
        {"public_keys": secret},
        {"public_keys": ""},
        {"public_keys": "bukan kunci"},
        {"roster_codes": "PKH; DROP"},
        {"sender_id": "a b"},
    ):
        await admin.open(f"{REGISTRY}/agencies/new")
        await admin.send("/agencies", **{**FILLED, **changes})
        assert admin.last.status_code == 422, changes
        assert "Dinas Sosial" in admin.last.text or changes == {"agency_name": ""}
    assert await own_world.sql("SELECT 1 FROM exchange_clients") == []


async def test_a_second_secret_lets_an_agency_change_it_without_a_break(
    own_world: World, admin: Browser
):
    client_id, old = await new_agency(admin)
    await admin.open(f"{REGISTRY}/agencies/{client_id}")
    await admin.send(f"/agencies/{client_id}/secrets")
    new = next(word for word in admin.page.words if word.startswith("khbs_"))
    await admin.open(f"{REGISTRY}/agencies/{client_id}")
    actions = [form["action"] for form in admin.page.forms]
    assert f"/agencies/{client_id}/secrets" not in actions
    await admin.send(next(one for one in actions if one.endswith("/revoke")))
    assert (await ask(own_world, (client_id, old)))[1] == "invalid_client"
    assert (await ask(own_world, (client_id, new)))[0] == 200

"""Signing keys and status lists, as the world sees them."""

import ast
from datetime import timedelta
from pathlib import Path

import pytest
from tests.clients import bearer

from common import clock
from common.card_token import key_ring
from common.ids import new_id
from common.status_list import StatusListRefused, verify_status_list
from issuance.signing.open_signer import KeyRoom
from issuance.signing.queries import verify_keys
from issuance.status.publish import publish_lists
from issuance.status.rules import LIST_SIZE, index_at

REPOSITORY = Path(__file__).parents[2]


def test_every_position_of_a_list_has_its_own_index():
    secret = b"s" * 32
    found = {index_at(position, secret) for position in range(LIST_SIZE // 8)}
    assert len(found) == LIST_SIZE // 8
    assert min(found) >= 0
    assert max(found) < LIST_SIZE
    assert [index_at(n, secret) for n in range(8)] != [index_at(n, b"t" * 32) for n in range(8)]


async def publish(desk, now=None):
    keys = KeyRoom(desk.settings)
    address = desk.settings.status_list_address
    return await desk.do(lambda tx: publish_lists(tx, keys, address, now or clock.utc_now()))


async def test_a_blocked_card_is_on_the_next_list_and_an_unchanged_list_is_not_made_again(
    desk, client
):
    card = await desk.a_card()
    await publish(desk)
    uri = f"http://testserver/s/{card.list_number}"
    ring = key_ring(await desk.do(verify_keys))

    async def status_now():
        answer = await client.get(f"/s/{card.list_number}")
        found = verify_status_list(answer.content, ring, clock.utc_now(), uri=uri)
        return answer, found.status(card.status_index)

    before, status = await status_now()
    assert status == "valid"
    assert before.headers["content-type"] == "application/statuslist+cwt"
    same = await client.get(
        f"/s/{card.list_number}", headers={"if-none-match": before.headers["etag"]}
    )
    assert (same.status_code, same.content) == (304, b"")
    assert await publish(desk) == []

    clerk = bearer("card_desk")
    body = {"change_id": str(new_id()), "act": "block", "reason": "lost"}
    await client.post(f"/v1/cards/{card.card_id}/status-changes", json=body, headers=clerk)
    assert await publish(desk) == [card.list_number]
    after, status = await status_now()
    assert status == "suspended"
    assert after.headers["etag"] != before.headers["etag"]
    body = {"change_id": str(new_id()), "act": "revoke", "reason": "issued_in_error"}
    await client.post(f"/v1/cards/{card.card_id}/status-changes", json=body, headers=clerk)
    await publish(desk)
    assert (await status_now())[1] == "revoked"


async def test_a_list_is_made_anew_before_it_grows_old_and_says_nothing_after_its_end(desk, client):
    await desk.a_card()
    await publish(desk)
    later = clock.utc_now() + timedelta(hours=7)
    assert await publish(desk, later) == [0]
    data = (await client.get("/s/0")).content
    ring = key_ring(await desk.do(verify_keys))
    uri = "http://testserver/s/0"
    assert verify_status_list(data, ring, later, uri=uri)
    for now, wrong, word in [
        (later + timedelta(days=7), uri, "expired"),
        (later - timedelta(hours=1), uri, "not_yet_valid"),
        (later, "http://testserver/s/1", "wrong_list"),
    ]:
        with pytest.raises(StatusListRefused) as caught:
            verify_status_list(data, ring, now, uri=wrong)
        assert caught.value.code == word
    for place in range(len(data)):
        with pytest.raises(StatusListRefused):
            verify_status_list(
                data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :], ring, later, uri=uri
            )


async def test_a_list_that_was_never_published_is_not_there(client):
    assert (await client.get("/s/77")).status_code == 404


PRIVATE = {
    "Ed25519PrivateKey",
    "EllipticCurvePrivateKey",
    "generate_private_key",
    "derive_private_key",
    "load_pem_private_key",
    "load_der_private_key",
}


def test_only_issuance_signing_touches_private_keys():
    allowed = REPOSITORY / "services" / "issuance" / "issuance" / "signing"
    folders = [REPOSITORY / "services" / "issuance", REPOSITORY / "services" / "redemption"]
    names = ("card_token", "card_encoding", "cose", "base45", "card_number", "status_list")
    modules = [REPOSITORY / "libs" / "common" / "common" / f"{name}.py" for name in names]
    modules += [path for folder in folders for path in folder.rglob("*.py")]
    for path in modules:
        if path.is_relative_to(allowed):
            continue
        words = {
            getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "name", None)
            for node in ast.walk(ast.parse(path.read_text()))
        }
        assert not words & PRIVATE, f"{path} touches private keys"

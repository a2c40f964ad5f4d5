"""Signing keys and status lists, as the world sees them."""

import ast
import asyncio
import concurrent.futures
import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import create_async_engine
from tests.clients import bearer
from tests.issuance.builders import Desk, a_desk, settings_for
from typer.testing import CliRunner

from common import clock
from common.card_token import key_ring
from common.events import SigningKeyPublishedV1
from common.ids import new_id
from common.problems import Refused
from common.sealed import SealBroken, Sealer
from common.status_list import StatusListRefused, verify_status_list
from issuance import cli
from issuance.signing.change_key import change_key
from issuance.signing.create_key import create_first_key, create_key
from issuance.signing.open_signer import KeyRoom, NoSigningKey
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


async def test_preparing_twice_makes_one_key_and_one_event(new_database):
    desk = await a_desk(new_database("issuance"))
    await desk.make_key()
    rows = await desk.rows("SELECT kid, state FROM signing_keys")
    assert [row.state for row in rows] == ["active"]
    (event,) = await desk.rows("SELECT envelope FROM outbox")
    told = SigningKeyPublishedV1.model_validate(json.loads(event.envelope)["data"])
    assert told.kid == rows[0].kid
    assert told.verify_until > told.sign_until + timedelta(days=5 * 365)
    await desk.engine.dispose()


async def test_the_youngest_active_key_signs_and_a_retired_one_still_verifies(new_database):
    desk = await a_desk(new_database("issuance"))
    first = await desk.a_card()
    master = KeyRoom(desk.settings).master
    kid = await desk.do(
        lambda tx: create_key(
            tx, master, starts_at=clock.utc_now(), card_valid_years=5, actor="t", algorithm="ES256"
        )
    )
    await desk.do(lambda tx: change_key(tx, kid, "active", actor="t", reason=""))
    await desk.do(lambda tx: change_key(tx, first.kid, "verify_only", actor="t", reason=""))
    second = await desk.a_card()
    assert (second.kid, first.kid != second.kid) == (kid, True)
    with pytest.raises(Refused) as caught:
        await desk.do(lambda tx: change_key(tx, first.kid, "active", actor="t", reason=""))
    assert caught.value.code == "key_state_impossible"
    await desk.engine.dispose()


async def test_keys_do_not_open_under_another_master_key_and_not_at_all_without_one(desk):
    other = settings_for(desk.settings.database_url, signing_master_key="A" * 43)
    with pytest.raises(SealBroken):
        await desk.do(lambda tx: KeyRoom(other).signer(tx, clock.utc_now()))
    with pytest.raises(NoSigningKey):
        KeyRoom(desk.settings.model_copy(update={"signing_master_key": None}))


async def test_public_keys_are_for_everybody_and_the_page_for_those_who_may(client):
    (row,) = (await client.get("/v1/keys")).json()
    (jwk,) = (await client.get("/.well-known/jwks.json")).json()["keys"]
    assert jwk["kid"] == row["kid"]
    assert jwk["crv"] == "Ed25519"
    assert "d" not in jwk
    page = await client.get("/keys", headers={**bearer("auditor"), "accept": "text/html"})
    assert row["kid"] in page.text
    assert (await client.get("/keys", headers=bearer("card_desk"))).status_code == 403


async def test_two_operators_who_prepare_at_once_make_one_key(new_database):
    url = new_database("issuance")
    desk = Desk(settings_for(url), create_async_engine(url))
    master = Sealer(bytes([9]) * 32)
    made = await asyncio.gather(
        *(
            desk.do(
                lambda tx: create_first_key(tx, master, now=clock.utc_now(), card_valid_years=5)
            )
            for _ in range(4)
        )
    )
    assert len([kid for kid in made if kid]) == 1
    await desk.engine.dispose()


def test_the_commands_prepare_list_create_activate_and_retire(new_database, monkeypatch):
    settings = settings_for(new_database("issuance"))
    monkeypatch.setattr(cli, "Settings", lambda: settings)
    runner = CliRunner()

    def said(*arguments):
        # The command runs its own event loop, as it does in a terminal.
        with concurrent.futures.ThreadPoolExecutor() as pool:
            done = pool.submit(runner.invoke, cli.app, list(arguments)).result()
        assert done.exit_code == 0, done.output
        return done.output

    assert "made and published" in said("prepare")
    assert "is there" in said("prepare")
    kid = said("keys", "create", "--algorithm", "ES256").split()[0]
    said("keys", "activate", kid)
    said("keys", "retire", kid)
    assert f"{kid}  ES256    verify_only" in said("keys", "list")


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

"""A signing key's life: two people, thirty days, a part of the province, and no way back."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine
from tests.clients import bearer, key_text
from tests.issuance import key_scenes
from tests.issuance.builders import OTHER_VILLAGE, VILLAGE, Desk, a_desk, settings_for
from tests.issuance.key_scenes import CHECKER, MAKER

from common import clock
from common.card_token import key_ring, parse, verify
from common.events import SigningKeyPublishedV1
from common.ids import new_id
from common.problems import Refused
from common.sealed import SealBroken, Sealer
from common.settings import decode_key
from issuance.cards.read import open_token
from issuance.settings import Settings
from issuance.signing.activate_key import activate_key
from issuance.signing.change_key import operator
from issuance.signing.compromise_key import compromise_key
from issuance.signing.create_key import create_first_key
from issuance.signing.open_signer import KeyRoom, NoSigningKey
from issuance.signing.publish_key import publish_key
from issuance.signing.queries import verify_keys
from issuance.signing.retire_key import retire_key
from issuance.signing.rewrap_keys import rewrap_keys
from issuance.signing.rules import TRANSITIONS, key_of_place


def as_(name: str):
    return operator(name)


async def refusal_of(desk: Desk, act) -> str:
    with pytest.raises(Refused) as caught:
        await desk.do(act)
    return caught.value.code


async def state_of(desk: Desk, kid: str) -> str:
    (row,) = await desk.rows("SELECT state FROM signing_keys WHERE kid = :kid", kid=kid)
    return str(row.state)


async def test_preparing_twice_makes_one_key_and_one_event(new_database):
    desk = await a_desk(new_database("issuance"))
    await desk.make_key()
    rows = await desk.rows("SELECT kid, state FROM signing_keys")
    assert [row.state for row in rows] == ["active"]
    (event,) = await desk.rows("SELECT envelope FROM outbox")
    told = SigningKeyPublishedV1.model_validate(json.loads(event.envelope)["data"])
    assert (told.kid, told.state) == (rows[0].kid, "active")
    assert told.verify_until > told.sign_until + timedelta(days=5 * 365)
    await desk.engine.dispose()


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


async def test_a_key_is_published_thirty_days_before_it_signs_or_somebody_says_why_not(desk):
    kid = await key_scenes.planned(desk)
    now = clock.utc_now()
    early = lambda tx: activate_key(tx, kid, as_(CHECKER), now)  # noqa: E731
    assert await refusal_of(desk, early) == "key_not_published"
    may_from = await desk.do(lambda tx: publish_key(tx, kid, as_(MAKER), now - timedelta(days=29)))
    assert may_from == now + timedelta(days=1)
    assert await refusal_of(desk, early) == "key_too_young"
    await desk.do(
        lambda tx: activate_key(tx, kid, as_(CHECKER), now, despite=" kunci lama dicuri ")
    )
    (row,) = await desk.rows("SELECT * FROM signing_keys WHERE kid = :kid", kid=kid)
    assert (row.state, row.early_reason) == ("active", "kunci lama dicuri")
    on_time = await key_scenes.active(desk)
    (row,) = await desk.rows("SELECT * FROM signing_keys WHERE kid = :kid", kid=on_time)
    assert (row.activated_by, row.early_reason) == (CHECKER, None)


async def test_who_made_a_key_does_not_activate_it(desk):
    kid = await key_scenes.published(desk)
    for name in (MAKER, f"  {MAKER.upper()} "):
        code = await refusal_of(
            desk, lambda tx, name=name: activate_key(tx, kid, as_(name), clock.utc_now())
        )
        assert code == "key_needs_another"
    with pytest.raises(Refused, match="operator_unnamed"):
        as_("  ")
    with pytest.raises(Refused, match="operator_unnamed"):
        as_("Prepare")


async def test_every_act_is_in_the_history_and_in_the_audit_log(desk):
    kid = await key_scenes.active(desk)
    await desk.do(lambda tx: compromise_key(tx, kid, as_(CHECKER), reason="laptop hilang"))
    history = await desk.rows(
        """SELECT act, actor, reason FROM signing_key_changes c
           JOIN signing_keys k ON k.id = key_id WHERE kid = :kid ORDER BY at""",
        kid=kid,
    )
    assert history == [
        ("created", MAKER, ""),
        ("published", MAKER, ""),
        ("activated", CHECKER, ""),
        ("compromised", CHECKER, "laptop hilang"),
    ]
    noted = await desk.rows(
        "SELECT action, actor_name FROM audit_log WHERE subject_id = :kid ORDER BY at", kid=kid
    )
    assert [tuple(one) for one in noted] == [
        (f"signing_key.{act}", actor) for act, actor, _ in history
    ]


async def test_nobody_outside_hears_of_a_key_before_it_is_published(desk, client):
    kid = await key_scenes.planned(desk)
    told = "SELECT count(*) FROM outbox WHERE subject = :subject"

    async def heard_of() -> tuple[bool, bool, int]:
        keys = {one["kid"] for one in (await client.get("/v1/keys")).json()}
        jwks = {one["kid"] for one in (await client.get("/.well-known/jwks.json")).json()["keys"]}
        ((count,),) = await desk.rows(told, subject=f"key:{kid}")
        return kid in keys, kid in jwks, count

    assert await heard_of() == (False, False, 0)
    await desk.do(lambda tx: publish_key(tx, kid, as_(MAKER), clock.utc_now()))
    assert await heard_of() == (True, True, 1)
    again = lambda tx: publish_key(tx, kid, as_(MAKER), clock.utc_now())  # noqa: E731
    assert await refusal_of(desk, again) == "key_published_already"


async def retired(desk: Desk, kid: str, cards_living: int = 0) -> str:
    return str(
        await desk.do(
            lambda tx: retire_key(
                tx, kid, as_(CHECKER), clock.utc_now(), reason="", cards_living=cards_living
            )
        )
    )


async def test_the_last_key_of_a_place_is_not_stopped_and_a_key_with_cards_is_not_ended(
    new_database,
):
    desk = await a_desk(new_database("issuance"))
    first = (await desk.a_card()).kid
    for kid in (first, await key_scenes.active(desk, region_code="62.01")):
        covered = kid != first
        if covered:
            assert await retired(desk, kid) == "verify_only"
        else:
            with pytest.raises(Refused, match="key_without_successor"):
                await retired(desk, kid)
    await key_scenes.active(desk)
    assert await retired(desk, first) == "verify_only"
    with pytest.raises(Refused, match="key_has_cards"):
        await retired(desk, first, cards_living=1)
    assert await retired(desk, first) == "retired"
    with pytest.raises(Refused, match="key_state_impossible"):
        await retired(desk, first)
    await desk.engine.dispose()


async def test_a_card_is_signed_by_the_most_specific_youngest_key_of_its_village(new_database):
    desk = await a_desk(new_database("issuance"))
    old = (await desk.a_card(region_code=VILLAGE)).kid
    younger = await key_scenes.active(desk)
    regency = await key_scenes.active(desk, region_code="62.01", algorithm="ES256")
    here, there = (
        await desk.a_card(region_code=VILLAGE),
        await desk.a_card(region_code=OTHER_VILLAGE),
    )
    assert (here.kid, there.kid) == (regency, younger)
    assert len({old, younger, regency}) == 3
    sealer = Sealer(desk.settings.sealing_key.get_secret_value())
    ring = key_ring(await desk.do(verify_keys))
    for card in (here, there):
        text = open_token(sealer, card._mapping)
        assert verify(text, ring, clock.utc_now()).kid.hex() == card.kid
        assert parse(text).kid.hex() == card.kid
    await desk.engine.dispose()


async def test_a_part_without_a_key_waits_and_keeps_nobody_else_waiting(new_database):
    url = new_database("issuance")
    desk = Desk(settings_for(url), create_async_engine(url))
    kid = await key_scenes.active(desk, region_code="62.02")
    waits = await desk.a_card(region_code=VILLAGE)
    signed = await desk.a_card(region_code=OTHER_VILLAGE)
    assert (waits.state, signed.state, signed.kid) == ("ordered", "signed", kid)
    await desk.engine.dispose()


def test_whose_key_signs_is_decided_by_place_then_by_age():
    day = clock.utc_now()

    def key(region: str, age: int) -> Any:
        return {"region_code": region, "not_before": day - timedelta(days=age), "id": new_id()}

    province, younger = key("62", 300), key("62", 10)
    regency, district = key("62.01", 400), key("62.01.02", 500)
    keys = [province, younger, regency, district]
    assert key_of_place(keys, "62.01.02.2001") is district
    assert key_of_place(keys, "62.01.03.2001") is regency
    assert key_of_place(keys, "62.10.01.2001") is younger
    alone: list[Any] = [regency]
    assert key_of_place(alone, "62.10.01.2001") is None


# ------------------------------------------------------------------- what the database refuses

UPDATE = "UPDATE signing_keys SET {} WHERE kid = :kid"


async def impossible(desk: Desk, statement: str, kid: str) -> str:
    with pytest.raises(DBAPIError) as caught:
        await desk.rows(statement + " RETURNING 1", kid=kid)
    assert caught.value.orig is not None
    cause = caught.value.orig.__cause__
    return str(getattr(cause, "constraint_name", "") or type(cause).__name__)


@pytest.mark.parametrize("state", ["planned", "active", "verify_only", "retired", "compromised"])
async def test_the_database_knows_which_state_may_follow_which(new_database, state):
    desk = await a_desk(new_database("issuance"))
    kid = await key_scenes.planned(desk)
    await desk.do(lambda tx: publish_key(tx, kid, as_(MAKER), clock.utc_now() - timedelta(days=31)))
    if state == "compromised":
        await desk.do(lambda tx: compromise_key(tx, kid, as_(CHECKER), reason="x"))
    elif state != "planned":
        await desk.do(lambda tx: activate_key(tx, kid, as_(CHECKER), clock.utc_now()))
        for _ in range(("active", "verify_only", "retired").index(state)):
            await retired(desk, kid)
    assert await state_of(desk, kid) == state
    change = (
        "state = '{}', sealed_private_key = CASE WHEN '{}' = 'active' THEN sealed_private_key END,"
        " activated_at = coalesce(activated_at, now()), activated_by = coalesce(activated_by, 'R')"
    )
    for new in TRANSITIONS:
        if new in TRANSITIONS[state] or new == state:
            continue
        assert await impossible(desk, UPDATE.format(change.format(new, new)), kid) == (
            "signing_key_lawful"
        ), (state, new)
    await desk.engine.dispose()


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("public_key = '\\x00'", "signing_key_lawful"),
        ("region_code = '62.01'", "signing_key_lawful"),
        ("verify_until = verify_until + interval '1 year'", "signing_key_lawful"),
        ("created_by = 'somebody else'", "signing_key_lawful"),
        ("published_at = published_at - interval '60 days'", "signing_key_lawful"),
        # A private key in the clear is 32 bytes; sealed it is 65.
        ("sealed_private_key = decode(repeat('ab', 32), 'hex')", "ck_signing_keys_sealed"),
        ("sealed_private_key = NULL", "ck_signing_keys_custody"),
        ("device_uri = 'pkcs11:token=x'", "signing_key_lawful"),
        (
            "state = 'active', activated_at = published_at, activated_by = 'Rini'",
            "ck_signing_keys_waited",
        ),
        (
            f"state = 'active', activated_at = now(), activated_by = '{MAKER.upper()} '",
            "ck_signing_keys_two_people",
        ),
        ("state = 'active'", "ck_signing_keys_activated_whole"),
        # All is right but one thing: nobody wrote down who did it.
        (
            "state = 'active', activated_at = now(), activated_by = 'Rini'",
            "signing_key_has_history",
        ),
    ],
)
async def test_the_database_refuses_what_no_ceremony_does(desk, change, constraint):
    kid = await key_scenes.published(desk)
    assert await impossible(desk, UPDATE.format(change), kid) == constraint


async def test_a_key_and_its_history_are_never_deleted(desk):
    kid = await key_scenes.planned(desk)
    for statement in (
        "DELETE FROM signing_keys WHERE kid = :kid",
        "DELETE FROM signing_key_changes WHERE :kid <> ''",
        "UPDATE signing_key_changes SET actor = 'x' WHERE :kid <> ''",
    ):
        with pytest.raises(DBAPIError, match="append-only"):
            await desk.rows(f"{statement} RETURNING 1", kid=kid)


async def test_a_pin_never_lies_beside_a_key_in_a_device(desk):
    insert = """
        INSERT INTO signing_keys (id, kid, algorithm, public_key, custody, device_uri, state,
                                  not_before, sign_until, verify_until, created_by)
        VALUES (gen_random_uuid(), '00000001', 'ES256', '', 'pkcs11', :uri, 'planned',
                now(), now() + interval '1 day', now() + interval '2 days', 'x') RETURNING 1
    """
    with pytest.raises(IntegrityError, match="ck_signing_keys_device_uri"):
        await desk.rows(insert, uri="pkcs11:token=khbs?pin-value=1234")
    with pytest.raises(IntegrityError, match="ck_signing_keys_custody"):
        await desk.rows(insert.replace("'pkcs11', :uri", "'sealed', :uri"), uri="pkcs11:token=k")


# ----------------------------------------------------------------------------- the private side


async def test_what_no_longer_signs_has_no_private_side(desk):
    stopped, stolen = await key_scenes.active(desk), await key_scenes.active(desk)
    await retired(desk, stopped)
    await desk.do(lambda tx: compromise_key(tx, stolen, as_(CHECKER), reason="dicuri"))
    rows = await desk.rows(
        "SELECT sealed_private_key FROM signing_keys WHERE kid IN (:a, :b)", a=stopped, b=stolen
    )
    assert [row.sealed_private_key for row in rows] == [None, None]


async def test_keys_do_not_open_under_another_master_key_and_not_at_all_without_one(desk):
    other = settings_for(desk.settings.database_url, signing_master_key="A" * 43)
    with pytest.raises(SealBroken):
        await desk.do(lambda tx: KeyRoom(other).signer(tx, clock.utc_now()))
    with pytest.raises(NoSigningKey):
        KeyRoom(desk.settings.model_copy(update={"signing_master_key": None}))


def test_the_master_key_may_be_given_as_a_file(monkeypatch, tmp_path):
    file = tmp_path / "master"
    file.write_text(key_text(7) + "\n")
    for name, value in settings_for("postgresql://x").model_dump().items():
        if name in {"database_url", "amqp_url", "public_url"}:
            monkeypatch.setenv(name.upper(), value)
    for number, name in enumerate(("sealing", "blind_index", "event_sealing", "session")):
        monkeypatch.setenv(f"{name.upper()}_KEY", key_text(number))
    monkeypatch.setenv("SIGNING_MASTER_KEY_FILE", str(file))
    given = Settings().signing_master_key
    assert given is not None
    assert given.get_secret_value() == decode_key(key_text(7))
    assert key_text(7) not in repr(Settings())


async def test_all_keys_are_sealed_anew_or_none(new_database):
    desk = await a_desk(new_database("issuance"))
    for algorithm in ("Ed25519", "ES256"):
        await key_scenes.published(desk, algorithm=algorithm)
    old, new = Sealer(bytes([9]) * 32), Sealer(bytes([8]) * 32)
    before = await desk.rows("SELECT kid, sealed_private_key FROM signing_keys ORDER BY kid")
    with pytest.raises(SealBroken):
        await desk.do(lambda tx: rewrap_keys(tx, new, old, as_(CHECKER)))
    after = await desk.rows("SELECT kid, sealed_private_key FROM signing_keys ORDER BY kid")
    assert after == before
    assert await desk.do(lambda tx: rewrap_keys(tx, old, new, as_(CHECKER))) == 3
    with pytest.raises(SealBroken):
        await desk.do(lambda tx: KeyRoom(desk.settings).signer(tx, clock.utc_now()))
    desk.settings = settings_for(desk.settings.database_url, signing_master_key=key_text(8))
    assert (await desk.a_card()).state == "signed"
    await desk.engine.dispose()


async def test_no_batch_signs_under_a_key_that_is_stolen_meanwhile(new_database):
    """Who marks a key as stolen waits for the batch in hand, and the next one does not use it."""
    desk = await a_desk(new_database("issuance"))
    (row,) = await desk.rows("SELECT kid FROM signing_keys")
    room = KeyRoom(desk.settings)
    async with desk.engine.begin() as tx:
        signer = await room.signer(tx, clock.utc_now())
        stolen = asyncio.create_task(
            desk.do(lambda tx: compromise_key(tx, row.kid, as_(CHECKER), reason="dicuri"))
        )
        waiting = """SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"""
        async with asyncio.timeout(10):
            while not await desk.rows(waiting):  # noqa: ASYNC110
                await asyncio.sleep(0)
        assert await state_of(desk, row.kid) == "active"
        assert signer.kid.hex() == row.kid
    await stolen
    with pytest.raises(NoSigningKey):
        await desk.do(lambda tx: room.signer(tx, clock.utc_now()))
    await desk.engine.dispose()


async def test_public_keys_are_for_everybody_and_the_page_for_those_who_may(client):
    row = (await client.get("/v1/keys")).json()[0]
    jwks = (await client.get("/.well-known/jwks.json")).json()["keys"]
    assert all("d" not in jwk for jwk in jwks)
    page = await client.get("/keys", headers={**bearer("auditor"), "accept": "text/html"})
    assert row["kid"] in page.text
    assert (await client.get("/keys", headers=bearer("card_desk"))).status_code == 403

"""What the signer puts its name to besides cards: asked for, answered once, never a card."""

import asyncio

import cbor2
import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError
from tests.issuance import key_scenes
from tests.issuance.builders import OTHER_VILLAGE, VILLAGE, a_desk
from tests.issuance.key_scenes import CHECKER

from common import clock
from common.base45 import encode_base45
from common.card_encoding import encode_claims
from common.card_token import CardRefused, StatusReference, key_ring, verify
from common.cose import assemble, parse_sign1
from common.ids import new_id
from common.problems import Refused
from issuance.cards.rules import expiry
from issuance.signing.change_key import operator
from issuance.signing.compromise_key import compromise_key
from issuance.signing.open_signer import KeyRoom, NoSigningKey
from issuance.signing.purposes import CONTENT_TYPES, PAYLOAD_BYTES_MAX, MessageRefused, read_message
from issuance.signing.queries import verify_keys
from issuance.signing.requests import ask_signature, signature_of
from issuance.signing.sign_requests import BATCH_MAX, sign_waiting

PURPOSE = "print_manifest"


async def ask(desk, payload: bytes, request_id=None, **wish):
    request_id = request_id or new_id()
    wish = {"purpose": PURPOSE, "asked_by": "printing", **wish}
    await desk.do(lambda tx: ask_signature(tx, request_id=request_id, payload=payload, **wish))
    return request_id


async def answer(desk) -> int:
    room = KeyRoom(desk.settings)
    return int(await desk.do(lambda tx: sign_waiting(tx, room, clock.utc_now())))


async def token_of(desk, request_id) -> bytes | None:
    found: bytes | None = await desk.do(lambda tx: signature_of(tx, request_id))
    return found


async def answered(desk, request_id) -> bytes:
    found = await token_of(desk, request_id)
    assert found is not None
    return found


async def ring(desk):
    return key_ring(await desk.do(verify_keys))


async def test_what_was_asked_is_signed_once_and_read_back(desk):
    request_id = await ask(desk, b'{"cards": 10}')
    assert await token_of(desk, request_id) is None
    assert await answer(desk) == 1
    token = await answered(desk, request_id)
    assert read_message(token, PURPOSE, await ring(desk)) == b'{"cards": 10}'
    header = parse_sign1(token).header
    assert header[3] == CONTENT_TYPES[PURPOSE]
    assert set(header) == {1, 3, 4}
    await ask(desk, b'{"cards": 10}', request_id)
    assert await answer(desk) == 0
    assert await token_of(desk, request_id) == token
    with pytest.raises(Refused, match="id_reused"):
        await ask(desk, b'{"cards": 11}', request_id)


async def test_only_known_purposes_and_sizes_are_signed(desk):
    for payload, purpose in ((b"x", "card"), (b"x" * (PAYLOAD_BYTES_MAX + 1), PURPOSE)):
        with pytest.raises(ValueError, match="does not sign"):
            await ask(desk, payload, purpose=purpose)
    insert = """INSERT INTO signing_requests
                (id, purpose, payload, region_code, asked_at, asked_by)
                VALUES (gen_random_uuid(), 'card', '', '62', now(), 'x') RETURNING 1"""
    with pytest.raises(IntegrityError, match="ck_signing_requests_purpose"):
        await desk.rows(insert)


async def test_a_request_whose_payload_is_a_cards_does_not_become_a_card(desk):
    now = clock.utc_now()
    claims = encode_claims(
        "00" * 8,
        household_pseudonym="A" * 13,
        printed_name="PENIPU",
        issued_at=now,
        expires_at=expiry(now, 5),
        status=StatusReference(1, "http://testserver/s/0"),
    )
    request_id = await ask(desk, claims)
    await answer(desk)
    token = await answered(desk, request_id)
    message = parse_sign1(token)
    card_header = cbor2.dumps({1: message.header[1], 4: message.header[4]}, canonical=True)
    forged = [
        encode_base45(token),
        # The signature moved under the header of a card.
        encode_base45(assemble(card_header, claims, message.signature)),
    ]
    keys = await ring(desk)
    refused = []
    for text in forged:
        with pytest.raises(CardRefused) as caught:
            verify(text, keys, now)
        refused.append(caught.value.code)
    assert refused == ["malformed", "bad_signature"]


async def test_a_cards_token_is_no_message_and_neither_is_anything_changed(desk):
    request_id = await ask(desk, b"{}")
    await answer(desk)
    token, keys = await answered(desk, request_id), await ring(desk)
    for place in range(len(token)):
        changed = token[:place] + bytes([token[place] ^ 1]) + token[place + 1 :]
        with pytest.raises(MessageRefused):
            read_message(changed, PURPOSE, keys)
    with pytest.raises(MessageRefused):
        read_message(token, PURPOSE, {})


async def test_the_database_answers_a_request_once_and_keeps_its_words(desk):
    request_id = await ask(desk, b"{}")
    update = "UPDATE signing_requests SET {} WHERE id = :id RETURNING 1"
    for change in ("payload = 'other'", "asked_by = 'somebody'"):
        with pytest.raises(DBAPIError, match="answered once"):
            await desk.rows(update.format(change), id=request_id)
    await answer(desk)
    with pytest.raises(DBAPIError, match="answered once"):
        await desk.rows(update.format("token = ''"), id=request_id)


async def test_two_signers_share_the_requests_and_answer_each_once(desk):
    asked = [await ask(desk, b"%d" % number) for number in range(BATCH_MAX + 5)]
    assert sum(await asyncio.gather(answer(desk), answer(desk))) == len(asked)
    keys = await ring(desk)
    found = {read_message(await answered(desk, one), PURPOSE, keys) for one in asked}
    assert found == {b"%d" % number for number in range(len(asked))}


async def test_a_message_is_signed_by_the_key_of_its_place_and_a_stolen_key_vouches_for_nothing(
    new_database,
):
    desk = await a_desk(new_database("issuance"))
    regency = await key_scenes.active(desk, region_code="62.01")
    here, there = (
        await ask(desk, b"1", region_code=VILLAGE),
        await ask(desk, b"2", region_code=OTHER_VILLAGE),
    )
    await answer(desk)
    rows = await desk.rows("SELECT kid FROM signing_requests WHERE id = :id", id=here)
    assert rows[0].kid == regency
    await desk.do(lambda tx: compromise_key(tx, regency, operator(CHECKER), reason="dicuri"))
    keys = await ring(desk)
    with pytest.raises(MessageRefused):
        read_message(await answered(desk, here), PURPOSE, keys)
    assert read_message(await answered(desk, there), PURPOSE, keys) == b"2"
    await desk.engine.dispose()


async def test_the_device_of_one_place_that_is_away_keeps_no_message_waiting(new_database):
    desk = await a_desk(new_database("issuance"))
    regency = await key_scenes.active(desk, region_code="62.01")
    sealed = KeyRoom.opened

    async def opened(room: KeyRoom, key):
        if key["kid"] == regency:
            raise NoSigningKey("the device does not open")
        return await sealed(room, key)

    asked = [await ask(desk, b"%d" % place, region_code=VILLAGE) for place in range(BATCH_MAX + 1)]
    with pytest.MonkeyPatch.context() as away:
        away.setattr(KeyRoom, "opened", opened)
        assert await answer(desk) + await answer(desk) == len(asked)
    keys = await ring(desk)
    assert read_message(await answered(desk, asked[-1]), PURPOSE, keys) == b"%d" % BATCH_MAX
    await desk.engine.dispose()

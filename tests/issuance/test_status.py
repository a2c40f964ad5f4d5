"""Status lists and deltas as the world sees them: what is published, when, and what it says."""

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection
from tests.clients import bearer
from tests.issuance.builders import Desk

from common import clock
from common.card_token import key_ring
from common.database import in_transaction
from common.ids import new_id
from common.status_delta import MEDIA_TYPE as DELTA_MEDIA_TYPE
from common.status_delta import open_status_delta
from common.status_list import StatusListRefused, verify_status_list
from common.status_list_jwt import verify_status_list_jwt
from issuance.signing.open_signer import KeyRoom
from issuance.signing.queries import verify_keys
from issuance.status import rules
from issuance.status.allocate import allocate
from issuance.status.publish import publish
from issuance.status.rules import LIST_SIZE, index_at
from issuance.status.set_status import set_many, set_status


async def published(desk: Desk, now=None):
    keys, address = KeyRoom(desk.settings), desk.settings.status_list_address
    return await desk.do(lambda tx: publish(tx, keys, address, now or clock.utc_now()))


async def ring_of(desk):
    return key_ring(await desk.do(verify_keys))


async def fetched_list(desk, client, number=0):
    answer = await client.get(f"/s/{number}")
    uri = f"{desk.settings.status_list_address}/{number}"
    return verify_status_list(answer.content, await ring_of(desk), clock.utc_now(), uri=uri)


async def fetched_delta(desk, client):
    answer = await client.get("/s/delta.cbor")
    assert answer.headers["content-type"] == DELTA_MEDIA_TYPE
    uri = f"{desk.settings.status_list_address}/delta.cbor"
    return open_status_delta(answer.content, await ring_of(desk), uri=uri)


async def places(desk, count):
    return await desk.do(lambda tx: allocate(tx, count))


async def say(desk, where, status):
    await desk.do(lambda tx: set_many(tx, where, status))


def test_every_position_of_a_list_has_its_own_index():
    secret = b"s" * 32
    found = {index_at(position, secret) for position in range(LIST_SIZE // 8)}
    assert len(found) == LIST_SIZE // 8
    assert min(found) >= 0
    assert max(found) < LIST_SIZE
    assert [index_at(n, secret) for n in range(8)] != [index_at(n, b"t" * 32) for n in range(8)]


async def test_a_change_is_told_by_a_delta_and_a_whole_list_is_not_made_for_it(desk, client):
    one, two = await places(desk, 2)
    await say(desk, [one, two], "not_active")
    first = await published(desk)
    assert (first.lists, first.delta) == ((0,), 0)
    whole = await fetched_list(desk, client)
    assert [whole.status(index) for _, index in (one, two)] == ["not_active"] * 2

    assert await published(desk) == type(first)()
    await say(desk, [one], "valid")
    assert (await published(desk)).delta == 1
    delta = await fetched_delta(desk, client)
    assert dict(delta.entries) == {one: 0}
    assert delta.base == {0: whole.issued_at}
    assert delta.issued_at > whole.issued_at
    await say(desk, [one], "suspended")
    await published(desk)
    assert (await fetched_delta(desk, client)).entry(*one) == "suspended"
    await say(desk, [one], "valid")
    await published(desk)
    assert (await fetched_delta(desk, client)).entry(*one) == "valid"

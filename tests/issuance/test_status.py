"""Status lists and deltas as the world sees them: what is published, when, and what it says."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from tests.issuance.builders import Desk, a_desk

from common import clock
from common.card_token import key_ring
from common.status_delta import MEDIA_TYPE as DELTA_MEDIA_TYPE
from common.status_delta import open_status_delta
from common.status_list import StatusListRefused, verify_status_list
from common.status_list_jwt import base64url, verify_status_list_jwt
from issuance.signing.open_signer import KeyRoom
from issuance.signing.queries import verify_keys
from issuance.status import rules
from issuance.status.allocate import allocate
from issuance.status.publish import Published, publish
from issuance.status.rules import LIST_SIZE, index_at
from issuance.status.set_status import set_many, set_status


@pytest_asyncio.fixture
async def new_desk(new_database) -> AsyncIterator[Desk]:
    made = await a_desk(new_database("issuance"))
    yield made
    await made.engine.dispose()


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

    assert await published(desk) == Published()
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


async def test_cards_just_signed_wait_for_the_next_list_and_too_much_news_makes_one(
    new_desk, monkeypatch
):
    desk = new_desk
    old = await places(desk, 6)
    await say(desk, old, "not_active")
    assert (await published(desk)).lists == (0,)
    await say(desk, await places(desk, 3), "not_active")
    assert await published(desk) == Published()
    a_minute_later = clock.utc_now() + rules.NEW_CARDS_WAIT + timedelta(seconds=5)
    assert (await published(desk, a_minute_later)).lists == (0,)
    monkeypatch.setattr("issuance.status.publish.DELTA_ENTRIES_MAX", 4)
    await say(desk, old[:4], "valid")
    assert (await published(desk, a_minute_later)) == Published((), 4)
    await say(desk, old[4:], "valid")
    assert (await published(desk, a_minute_later)) == Published((0,), 0)


async def test_a_list_and_a_delta_are_made_anew_before_they_grow_old(new_desk):
    desk = new_desk
    await say(desk, await places(desk, 1), "not_active")
    await published(desk)
    later = clock.utc_now() + rules.RENEW_AFTER
    assert await published(desk, later - timedelta(minutes=1)) == Published()
    assert await published(desk, later + timedelta(minutes=1)) == Published((0,), 0)


async def test_a_change_that_commits_after_a_publication_began_is_in_the_next(new_desk):
    """Transactions commit in another order than they begin: none falls between two publications."""
    desk = new_desk
    one, two = await places(desk, 2)
    list_number, index = one
    await say(desk, [one, two], "not_active")
    await published(desk)
    async with desk.engine.connect() as slow, slow.begin():
        await set_status(slow, list_number, index, "suspended")
        await say(desk, [two], "valid")
        assert (await published(desk)).delta == 1
        async with desk.engine.connect() as other:
            assert (await publish_in(other, desk)) == Published()
    assert (await published(desk)).delta == 2


async def publish_in(connection: AsyncConnection, desk: Desk):
    async with connection.begin():
        keys, address = KeyRoom(desk.settings), desk.settings.status_list_address
        return await publish(connection, keys, address, clock.utc_now())


async def test_two_publishers_at_once_make_one_publication(new_desk):
    desk = new_desk
    await say(desk, await places(desk, 2), "not_active")
    made = await asyncio.gather(*(published(desk) for _ in range(5)))
    assert sorted(one.lists for one in made) == [(), (), (), (), (0,)]


async def test_every_publication_is_younger_than_the_one_before_and_the_database_keeps_it_so(
    new_desk,
):
    desk = new_desk
    (one,) = await places(desk, 1)
    await say(desk, [one], "not_active")
    now = clock.utc_now()
    moments = []
    for status in ("valid", "suspended", "valid", "suspended"):
        await published(desk, now)
        rows = await desk.rows("SELECT issued_at FROM publications WHERE path = '/s/delta.cbor'")
        moments.append(rows[0].issued_at)
        await say(desk, [one], status)
    assert moments == sorted(set(moments))
    for wrong in ("version = 1, body = 'x'", "issued_at = issued_at - interval '1 s'"):
        with pytest.raises(DBAPIError, match="does not go back"):
            await desk.do(
                lambda tx, wrong=wrong: tx.execute(text(f"UPDATE publications SET {wrong}"))  # noqa: S608
            )


async def test_after_a_restore_into_another_cluster_everything_is_published_again(new_desk):
    desk = new_desk
    (one,) = await places(desk, 1)
    await say(desk, [one], "not_active")
    await published(desk)
    await desk.do(
        lambda tx: tx.execute(text("UPDATE publications SET snapshot = '900000000:900000000:'"))
    )
    await desk.do(lambda tx: tx.execute(text("UPDATE status_entries SET changed_in = 800000000")))
    assert (await published(desk)).lists == (0,)
    assert await published(desk) == Published()
    await say(desk, [one], "valid")
    assert (await published(desk)).delta == 1


async def test_a_list_that_is_nearly_full_is_followed_by_the_next_and_no_place_comes_twice(
    new_desk, monkeypatch
):
    desk = new_desk
    monkeypatch.setattr("issuance.status.allocate.LIST_SIZE", 50)
    taken = []
    for count in (30, 30, 30, 30):
        taken += await places(desk, count)
    assert len(set(taken)) == 120
    assert [number for number, _ in taken] == [0] * 50 + [1] * 50 + [2] * 20
    at_once = await asyncio.gather(*(places(desk, 7) for _ in range(12)))
    everything = taken + [place for some in at_once for place in some]
    assert len(set(everything)) == len(everything)
    used = await desk.rows("SELECT number, used, size FROM status_lists ORDER BY number")
    assert [row.used for row in used] == [50, 50, 50, 50, 4]


@settings_of_hypothesis(max_examples=30, deadline=None)
@given(secret=st.binary(min_size=32, max_size=32), start=st.integers(0, LIST_SIZE - 200))
def test_no_secret_and_no_stretch_of_positions_gives_an_index_twice(secret, start):
    found = [index_at(position, secret) for position in range(start, start + 200)]
    assert len(set(found)) == 200
    assert all(0 <= index < LIST_SIZE for index in found)


async def test_both_forms_are_served_with_strong_etags_and_to_any_origin(desk, client):
    await say(desk, await places(desk, 1), "not_active")
    await published(desk, clock.utc_now() + timedelta(minutes=2))
    uri, ring = f"{desk.settings.status_list_address}/0", await ring_of(desk)
    as_jwt = {"accept": "application/statuslist+jwt"}
    for path, headers, form in [
        ("/s/0", {}, "cwt"),
        ("/s/0.cwt", as_jwt, "cwt"),
        ("/s/0", as_jwt, "jwt"),
        ("/s/0.jwt", {}, "jwt"),
    ]:
        answer = await client.get(path, headers=headers)
        assert answer.headers["content-type"] == f"application/statuslist+{form}"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cache-control"] == "public, max-age=60"
        etag = answer.headers["etag"]
        assert etag.startswith('"')
        same = await client.get(path, headers={**headers, "if-none-match": f'"x", {etag}'})
        assert (same.status_code, same.content) == (304, b"")
        head = await client.head(path, headers=headers)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == str(len(answer.content))
        soon = clock.utc_now() + timedelta(minutes=3)
        if form == "cwt":
            one = verify_status_list(answer.content, ring, soon, uri=uri)
        else:
            other = verify_status_list_jwt(answer.text, ring, soon, uri=uri)
    assert one == other
    missing = await client.get("/s/77")
    assert missing.status_code == 404
    # A terminal's page may know that as well; it is told as every refusal is.
    assert missing.headers["access-control-allow-origin"] == "*"
    assert missing.json()["code"] == "not_found"
    assert (await client.get("/s/77.jwt")).status_code == 404


async def test_a_jwt_list_that_was_changed_or_made_for_another_address_is_refused(desk, client):
    await published(desk, clock.utc_now() + timedelta(minutes=10))
    token = (await client.get("/s/0.jwt")).text
    uri, ring = f"{desk.settings.status_list_address}/0", await ring_of(desk)
    now = clock.utc_now() + timedelta(minutes=11)
    header, payload, signature = token.split(".")
    none = base64url(
        b'{"alg":"none","kid":"%s","typ":"statuslist+jwt"}' % next(iter(ring)).hex().encode()
    )
    for wrong, at, address, word in [
        (f"{header}.{payload}", now, uri, "malformed"),
        (f"{none}.{payload}.", now, uri, "malformed"),
        (f"{none}.{payload}.{signature}", now, uri, "wrong_algorithm"),
        (f"{header}.{payload[:-2]}AA.{signature}", now, uri, "bad_signature"),
        (token, now, f"{uri}7", "wrong_list"),
        (token, now + timedelta(days=8), uri, "expired"),
        (token, now - timedelta(days=1), uri, "not_yet_valid"),
    ]:
        with pytest.raises(StatusListRefused) as caught:
            verify_status_list_jwt(wrong, ring, at, uri=address)
        assert caught.value.code == word, wrong
    with pytest.raises(StatusListRefused) as caught:
        verify_status_list_jwt(token, {}, now, uri=uri)
    assert caught.value.code == "unknown_key"
